import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConstructs, checkExceptions } from "./constructs.ts";

function findings(text: string, path = "packages/base/src/a.ts"): readonly string[] {
  return checkConstructs({ path, text }).map(({ line, what }) => `${line}: ${what}`);
}

/** Put together, so that this file does not have what it is about. */
const say = (...parts: readonly string[]): string => parts.join("");

test("each construct is found, with its line", () => {
  const bad: readonly (readonly [text: string, what: RegExp])[] = [
    ["  throw new Error('x');", /^2: a plain Error/],
    ["  return Promise.reject(new Error('x'));", /^2: a plain Error/],
    [say("const x = y as ", "any;"), /^2: any$/],
    [say("function f(x: ", "any) {}"), /^2: any$/],
    ["const x = y as unknown as Z;", /^2: a cast through/],
    [say("// @ts-", "expect-error"), /^2: a tool that was silenced/],
    ["try {} catch (error) {\n}", /^2: an error that is swallowed/],
    ["try {} catch {\n  // nothing to do\n}", /^2: an error that is swallowed/],
    ["work().catch(() => {});", /^2: an error that is swallowed/],
    ["readFileSync(path);", /^2: a blocking call/],
    [say("// TO", "DO: later"), /^2: unfinished work/],
    [say("test.", "only('x');"), /^2: a test that hides/],
  ];
  for (const [text, what] of bad) {
    const found = findings(`\n${text}\n`);
    assert.equal(found.length, 1, text);
    assert.match(found[0] ?? "", what);
  }
});

test("what merely looks like one is none", () => {
  const good = [
    "// throw new Error('x') would be wrong here",
    "const e = error instanceof Error ? error : undefined;",
    "for (const many of any) {}",
    "try { f(); } catch (error) { log(error); }",
    "await this.files.createSynced(path, bytes);",
  ];
  for (const text of good) assert.deepEqual(findings(text), [], text);
});

test("tests may throw what they like, but not hide others", () => {
  assert.deepEqual(findings("throw new Error('x');", "packages/base/src/a.test.ts"), []);
  assert.equal(findings(say("test.", "only('x');"), "packages/base/src/a.test.ts").length, 1);
});

test("an exception holds for its file and construct alone, and has to be needed", () => {
  const path = "packages/codec/src/xml/characters.ts";
  const silenced = say("// biome-", "ignore lint/x: why");
  assert.deepEqual(findings(silenced, path), []);
  assert.equal(findings(silenced, "packages/codec/src/xml/other.ts").length, 1);
  assert.equal(findings("throw new Error('x');", path).length, 1);
  const unused = (text: string): boolean => checkExceptions([{ path, text }]).some((each) => each.path === path);
  assert.equal(unused(silenced), false);
  assert.equal(unused("export const a = 1;"), true);
});
