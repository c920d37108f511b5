import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf } from "./imports.ts";

test("every form of import is found, with its line", () => {
  const source = [
    'import { a } from "one";',
    "import {",
    "  b,",
    '} from "two";',
    'export type { C } from "three";',
    'import "four";',
    'const d = await import("five");',
  ].join("\n");
  assert.deepEqual(importsOf(source), [
    { specifier: "one", line: 1, dynamic: false, typeOnly: false },
    { specifier: "two", line: 2, dynamic: false, typeOnly: false },
    { specifier: "three", line: 5, dynamic: false, typeOnly: true },
    { specifier: "four", line: 6, dynamic: false, typeOnly: false },
    { specifier: "five", line: 7, dynamic: true, typeOnly: false },
  ]);
});

test("imports in comments are not imports", () => {
  const source = '// import { a } from "one";\n/**\n * import { b } from "two";\n */\nexport const x = 1;\n';
  assert.deepEqual(importsOf(source), []);
});

test("an export without a source does not reach into the next statement", () => {
  const source = 'export const x = y;\nconst text = "from";\nimport { z } from "one";\n';
  assert.deepEqual(
    importsOf(source).map(({ specifier }) => specifier),
    ["one"],
  );
});
