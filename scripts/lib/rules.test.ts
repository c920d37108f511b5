import assert from "node:assert/strict";
import { test } from "node:test";
import { checkImports, checkLength, checkTraces } from "./rules.ts";

const declared = (room: string): readonly string[] =>
  ({ codec: ["@tsvirt/base"], client: ["@tsvirt/base", "@tsvirt/driver"], driver: [] })[room] ?? [];

function importFindings(path: string, text: string): readonly string[] {
  return checkImports({ path, text }, declared, ["fast-check"]).map(({ what }) => what);
}

test("an arrow of the architecture is allowed when it is declared", () => {
  assert.deepEqual(importFindings("packages/codec/src/a.ts", 'import { x } from "@tsvirt/base";\n'), []);
  assert.deepEqual(importFindings("packages/driver/src/a.ts", 'import { x } from "@tsvirt/base";\n'), [
    "'@tsvirt/base' is not declared in packages/driver/package.json",
  ]);
});

test("an arrow against the architecture is refused, and a dynamic one only where it is meant", () => {
  assert.deepEqual(importFindings("packages/codec/src/a.ts", 'import { x } from "@tsvirt/model/domain";\n'), [
    "'codec' must not import '@tsvirt/model/domain'",
  ]);
  assert.deepEqual(importFindings("packages/client/src/a.ts", 'const d = await import("@tsvirt/driver");\n'), []);
  assert.deepEqual(importFindings("packages/client/src/a.ts", 'import { d } from "@tsvirt/driver";\n'), [
    "'client' must not import '@tsvirt/driver'",
  ]);
});

test("pure packages import node: in tests only", () => {
  assert.equal(importFindings("packages/codec/src/a.ts", 'import "node:fs";\n').length, 1);
  assert.equal(importFindings("packages/codec/src/a.test.ts", 'import "node:fs";\n').length, 0);
  assert.equal(importFindings("packages/driver/src/a.ts", 'import "node:fs";\n').length, 0);
});

test("what is not declared is refused; tests and fakes may use the root's packages", () => {
  assert.equal(importFindings("packages/codec/src/a.ts", 'import fc from "fast-check";\n').length, 1);
  assert.equal(importFindings("packages/codec/src/a.test.ts", 'import fc from "fast-check";\n').length, 0);
  assert.equal(importFindings("packages/codec/src/xdr/testing.ts", 'import fc from "fast-check";\n').length, 0);
});

test("only the procedures of a driver, and what joins them, know the wire", () => {
  const wire = 'import type { Handlers } from "@tsvirt/rpc";\n';
  const within = (path: string): readonly string[] =>
    checkImports({ path: `packages/driver/src/${path}`, text: wire }, () => ["@tsvirt/rpc"], []).map(
      ({ what }) => what,
    );
  assert.deepEqual(within("qemu/stop/destroy.ts"), ["only a driver's procedures know the wire"]);
  assert.deepEqual(within("qemu/procedures/remote.ts"), []);
  assert.deepEqual(within("driver.ts"), []);
});

test("relative imports stay inside the package and carry their extension", () => {
  assert.equal(importFindings("packages/codec/src/xdr/a.ts", 'import { b } from "../b.ts";\n').length, 0);
  assert.equal(
    importFindings("packages/codec/src/xdr/a.ts", 'import { b } from "../../../base/src/b.ts";\n').length,
    1,
  );
  assert.equal(importFindings("packages/codec/src/xdr/a.ts", 'import { b } from "./b";\n').length, 1);
});

test("a long file needs a reason", () => {
  const long = "x\n".repeat(801);
  assert.equal(checkLength({ path: "a.ts", text: long }).length, 1);
  assert.equal(checkLength({ path: "a.ts", text: `// Long because it is a table.\n${long}` }).length, 0);
  assert.equal(checkLength({ path: "a.ts", text: "x\n".repeat(800) }).length, 0);
});

test("the checkout's place and registries are traces", () => {
  const at = (text: string) => checkTraces({ path: "a.md", text }, ["/home/me/tsvirt"]).length;
  assert.equal(at("see /home/me/tsvirt/README.md"), 1);
  assert.equal(at("see /home/me/tsvirt-old"), 0);
  assert.equal(at(`https://${["registry", "example", "org"].join(".")}/x`), 1);
  assert.equal(at("a registry. Then more"), 0);
});
