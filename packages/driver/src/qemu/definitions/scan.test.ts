import assert from "node:assert/strict";
import { test } from "node:test";
import { scanIdentity } from "./scan.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";

test("finds name and UUID among the direct children", () => {
  const text = `<?xml version="1.0"?>\n<!-- <name>no</name> -->\n<domain type='qemu'>
  <metadata><app:name xmlns:app="x">no</app:name><name>no</name></metadata>
  <title a="<name>no</name>">x</title><!-- <uuid>no</uuid> --><![CDATA[<name>no</name>]]>
  <name>a&amp;b &#x263a;</name><empty/><uuid> D1D1D1D1-0000-4000-8000-000000000001 </uuid></domain>`;
  assert.deepEqual(scanIdentity(text), { name: "a&b ☺", uuid });
});

test("a document without a UUID, or with a broken one, has only its name", () => {
  assert.deepEqual(scanIdentity("<domain><name>x</name></domain>"), { name: "x" });
  assert.deepEqual(scanIdentity("<domain><name>x</name><uuid>1</uuid></domain>"), { name: "x" });
});

test("what is no domain, or is cut off, has no identity", () => {
  for (const text of ["", "<network><name>x</name></network>", "<domain><uuid>", "<domain a='", "<domain></domain>"]) {
    assert.equal(scanIdentity(text), undefined, text);
  }
  assert.equal(scanIdentity("<domain><devices><name>x</name></devices></domain>"), undefined);
});

test("another kind of document is found by its root", () => {
  assert.deepEqual(scanIdentity(`<network><name>n</name><uuid>${uuid}</uuid></network>`, "network"), { name: "n", uuid });
});
