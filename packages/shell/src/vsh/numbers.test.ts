import assert from "node:assert/strict";
import { test } from "node:test";
import { parseInteger, parseSize } from "./numbers.ts";

test("whole numbers within their C types", () => {
  assert.equal(parseInteger("12", "int"), 12n);
  assert.equal(parseInteger("-12", "int"), -12n);
  assert.equal(parseInteger("2147483648", "int"), undefined);
  assert.equal(parseInteger("-1", "uint"), undefined);
  assert.equal(parseInteger("18446744073709551615", "ulong"), 2n ** 64n - 1n);
  for (const text of ["", " ", "x", "1x", "0x10", "1.5", "--1"]) assert.equal(parseInteger(text, "long"), undefined);
});

test("sizes with units", () => {
  assert.equal(parseSize("1", 1024), 1024n);
  assert.equal(parseSize("1b", 1024), 1n);
  assert.equal(parseSize("2KiB", 1), 2048n);
  assert.equal(parseSize("2kB", 1), 2000n);
  assert.equal(parseSize("3G", 1), 3n * 1024n ** 3n);
  assert.equal(parseSize("15E", 1), 15n * 1024n ** 6n);
  assert.equal(parseSize("16E", 1), undefined);
  assert.equal(parseSize("-1", 1), undefined);
  assert.deepEqual(parseSize("1x", 1), { wrong: "invalid argument: unknown suffix 'x'" });
});
