import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSecret, parseSecret } from "./index.ts";

test("a secret is written in libvirt's order with its defaults", () => {
  const secret = parseSecret("<secret private='yes'><usage type='ceph'><name>pool</name></usage></secret>", {
    newUuid: () => "00000000-0000-4000-8000-000000000001",
  });
  assert.equal(
    formatSecret(secret),
    [
      "<secret ephemeral='no' private='yes'>",
      "  <uuid>00000000-0000-4000-8000-000000000001</uuid>",
      "  <usage type='ceph'>",
      "    <name>pool</name>",
      "  </usage>",
      "</secret>",
      "",
    ].join("\n"),
  );
});

test("a usage without what it is for is refused in libvirt's words", () => {
  assert.throws(
    () => parseSecret("<secret><usage type='volume'/></secret>"),
    /volume usage specified, but volume path is missing/,
  );
  assert.throws(() => parseSecret("<secret><usage type='x'/></secret>"), /unknown secret usage type x/);
});
