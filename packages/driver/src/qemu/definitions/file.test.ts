import assert from "node:assert/strict";
import { test } from "node:test";
import { withHeader, withoutHeader } from "./file.ts";

test("a document comes out of its file as it went in", () => {
  const file = withHeader("<domain/>\n", "edit a--b");
  assert.match(file, /^<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE\./);
  assert.ok(file.includes("virsh edit a- -b\n"));
  assert.equal(withoutHeader(file), "<domain/>\n");
  assert.equal(withoutHeader("<domain/>"), "<domain/>");
});
