import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDocumented } from "./documented.ts";

function findings(...lines: readonly string[]): readonly string[] {
  return checkDocumented({ path: "packages/base/src/a.ts", text: lines.join("\n") }).map(
    ({ line, what }) => `${line}: ${what}`,
  );
}

test("every form of an exported declaration needs a doc comment", () => {
  const forms = [
    "export const a = 1;",
    "export async function b() {}",
    "export abstract class C {}",
    "export interface D {}",
    "export type E = string;",
    "export const { f } = g;",
  ];
  for (const form of forms) {
    assert.equal(findings(form).length, 1, form);
    assert.equal(findings("// Not a doc comment.", form).length, 1, form);
    assert.equal(findings("/* Nor this. */", form).length, 1, form);
    assert.equal(findings("/** Why there is such a thing. */", form).length, 0, form);
  }
  assert.deepEqual(findings("const own = 1;", "  export const inner = 2;"), []);
});

test("comments may have several lines, and a line for the linter below them", () => {
  assert.deepEqual(findings("/**", " * Counts sheep.", " */", "// biome-ignore x: why", "export let sheep = 0;"), []);
});

test("a value and its type, and the signatures of a function, share a comment", () => {
  assert.deepEqual(findings("/** Colours by wave length. */", "export const Hue = 1;", "export type Hue = 1;"), []);
});

test("a comment that says the name again is none", () => {
  assert.deepEqual(findings("/** The block counters. */", "export interface BlockCounter {}"), [
    "2: the comment of 'BlockCounter' only says its name again",
  ]);
  assert.deepEqual(findings("/** A block's counters, in bytes. */", "export interface BlockCounter {}"), []);
});

test("tests and other folders are free", () => {
  assert.deepEqual(checkDocumented({ path: "packages/base/src/a.test.ts", text: "export const a = 1;" }), []);
  assert.deepEqual(checkDocumented({ path: "scripts/a.ts", text: "export const a = 1;" }), []);
});
