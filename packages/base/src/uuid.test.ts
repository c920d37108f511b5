import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatUuid, parseUuid } from "./uuid.ts";

test("parse(format(uuid)) is the uuid", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      assert.deepEqual(parseUuid(formatUuid(bytes)), bytes);
    }),
  );
});

test("dashes are optional and case does not count, as in libvirt", () => {
  const expected = parseUuid("c7a5fdbd-cdaf-9455-926a-d65c16db1809");
  assert.deepEqual(parseUuid("C7A5FDBDCDAF9455926AD65C16DB1809"), expected);
  for (const wrong of ["", "c7a5", "c7a5fdbd-cdaf-9455-926a-d65c16db180", "g7a5fdbd-cdaf-9455-926a-d65c16db1809"]) {
    assert.equal(parseUuid(wrong), undefined);
  }
});
