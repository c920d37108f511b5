import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Rollback } from "@tsvirt/base";
import { concatenate, moduleBody } from "./concatenate.mjs";

/** Puts modules given as texts together and runs the result. */
async function run(modules: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>> {
  const text = concatenate(
    "entry",
    (path) => modules[path] ?? assert.fail(`no module ${path}`),
    (specifier) => (specifier in modules ? specifier : undefined),
  ).get("bundle.js");
  const loaded: unknown = await import(`data:text/javascript,${encodeURIComponent(text ?? "")}`);
  assert.ok(typeof loaded === "object" && loaded !== null && "default" in loaded);
  return loaded.default as Readonly<Record<string, unknown>>;
}

test("modules find each other's exports under all ways to write them", async () => {
  const result = await run({
    entry: [
      'import { one, two as deux } from "./numbers";',
      'import * as all from "./numbers";',
      'import { sep } from "node:path";',
      'import path from "node:path";',
      'export * from "./numbers";',
      'export * as numbers from "./numbers";',
      "const local = 3;",
      "export { local as three };",
      'export { one as eins, } from "./numbers";',
      "export const sum = one + deux + local + all.one;",
      "export function four() {",
      "    return 4;",
      "}",
      "export class Five {",
      "}",
      "export const same = path.sep === sep;",
    ].join("\n"),
    "./numbers": "export const one = 1;\nexport const two = 2;\n//# sourceMappingURL=numbers.js.map\n",
  });
  const { numbers, four, Five, ...rest } = result;
  assert.deepEqual(rest, { one: 1, two: 2, three: 3, eins: 1, sum: 7, same: true });
  assert.deepEqual(numbers, { one: 1, two: 2 });
  assert.ok(typeof four === "function" && typeof Five === "function" && Five.name === "Five");
});

test("a module runs once, and one that is imported dynamically only when it is asked for", async () => {
  const { log, later } = await run({
    entry: [
      'import { log } from "./log";',
      "export { log };",
      'export const later = async () => (await import("./late")).name;',
    ].join("\n"),
    "./log": "export const log = [];\nlog.push('log');",
    "./late": "import { log } from \"./log\";\nlog.push('late');\nexport const name = 'late';",
  });
  assert.deepEqual(log, ["log"]);
  assert.ok(typeof later === "function");
  assert.equal(await later(), "late");
  assert.equal(await later(), "late");
  assert.deepEqual(log, ["log", "late"]);
});

test("several files import from each other, and load what is imported dynamically when it is asked for", async () => {
  const modules: Readonly<Record<string, string>> = {
    "a/entry": [
      'import { log } from "b/log";',
      "export { log };",
      'export const later = async () => (await import("c/late")).name;',
    ].join("\n"),
    "b/log": "export const log = [];\nlog.push('log');",
    "c/late": "import { log } from \"b/log\";\nlog.push('late');\nexport const name = 'late';",
  };
  await using undo = new Rollback();
  const directory = await mkdtemp(join(tmpdir(), "tsvirt-bundle-"));
  undo.add(() => rm(directory, { recursive: true }));
  const files = concatenate(
    "a/entry",
    (path) => modules[path] ?? assert.fail(`no module ${path}`),
    (specifier) => (specifier in modules ? specifier : undefined),
    (path) => `${path.slice(0, 1)}.mjs`,
  );
  assert.deepEqual([...files.keys()].sort(), ["a.mjs", "b.mjs", "c.mjs"]);
  for (const [name, text] of files) await writeFile(join(directory, name), text);
  const { default: entry } = (await import(pathToFileURL(join(directory, "a.mjs")).href)) as {
    default: { log: string[]; later(): Promise<string> };
  };
  assert.deepEqual(entry.log, ["log"]);
  assert.equal(await entry.later(), "late");
  assert.deepEqual(entry.log, ["log", "late"]);
});

test("text stays as it is, in single bytes", () => {
  const text = concatenate(
    "entry",
    () => "export const sign = '\u2026 \u{1f427}';",
    () => undefined,
  ).get("bundle.js");
  assert.ok(text !== undefined);
  assert.match(text, /^[\0-\x7f]*$/);
  assert.match(text, /'\\u2026 \\ud83d\\udc27'/);
});

test("what is not understood is refused", () => {
  const linker = { inner: () => undefined, later: () => undefined, outer: () => "outer" };
  for (const line of [
    'import "./effect";',
    "export let changing = 1;",
    "export default 1;",
    "import one, { two } from './x';",
  ]) {
    assert.throws(() => moduleBody(line, linker), { name: "SyntaxError", message: `not understood: ${line}` });
  }
});
