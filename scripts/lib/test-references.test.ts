import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTestReferences } from "./test-references.ts";

const source = { path: "packages/a/src/b.test.ts", text: 'test("it works, and how", () => {});' };
const findings = (text: string): readonly string[] =>
  checkTestReferences([source, { path: "docs/c.md", text }]).map(({ line, what }) => `${line}: ${what}`);

test("a test that is named exists, by file and by words of its name", () => {
  assert.deepEqual(findings("see `packages/a/src/b.test.ts`"), []);
  assert.deepEqual(findings("| x | `packages/a/src/b.test.ts`: it works, and how |"), []);
  assert.deepEqual(findings("`packages/a/src/b.test.ts`: it works. More to say"), []);
  assert.deepEqual(findings("`packages/a/src/b.test.ts`: it works<br>`packages/a/src/b.test.ts`: and how"), []);
});

test("what is gone is named", () => {
  assert.deepEqual(findings("\n`packages/a/src/z.test.ts`: it works"), ["2: 'packages/a/src/z.test.ts' is not there"]);
  assert.deepEqual(findings("| `packages/a/src/b.test.ts`: it fails |"), [
    "1: 'packages/a/src/b.test.ts' has no test 'it fails'",
  ]);
});
