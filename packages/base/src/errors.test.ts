import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, ErrorDomain, ErrorLevel } from "./error-codes.ts";
import { nameOfCode, virtError } from "./errors.ts";

test("virtError words an error as libvirt does", () => {
  const error = virtError(ErrorCode.noDomain, "no domain with matching name 'x'", { cause: new RangeError("why") });
  assert.equal(error.message, "Domain not found: no domain with matching name 'x'");
  assert.equal(error.code, 42);
  assert.equal(error.codeName, "noDomain");
  assert.equal(error.domain, ErrorDomain.qemu);
  assert.equal(error.level, ErrorLevel.error);
  assert.equal(error.str1, "Domain not found: %s");
  assert.equal(error.str2, "no domain with matching name 'x'");
  assert.ok(error.cause instanceof RangeError);
});

test("without a detail the bare text stands alone", () => {
  assert.equal(virtError(ErrorCode.noDomain).message, "Domain not found");
  assert.equal(virtError(ErrorCode.operationDenied).message, "operation forbidden for read only access");
});

test("a code of a newer libvirt keeps its number", () => {
  assert.equal(nameOfCode(9999), "unknown(9999)");
});
