import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { quoteShellWord, shellLines } from "./shell.ts";

test("a shell reads every word back as it was", () => {
  const words = fc.array(
    fc.string({ unit: "binary" }).map((text) => text.replaceAll("\0", "")),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(words, (given) => {
      const script = `for word in ${given.map(quoteShellWord).join(" ")}; do printf '%s\\0' "$word"; done`;
      const read = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
      assert.deepEqual(
        read,
        given.map((word) => Buffer.from(word).toString()),
      );
    }),
    { numRuns: 30 },
  );
});

test("an option shares a line with its value, the environment comes first", () => {
  const lines = shellLines({
    emulator: "/usr/bin/qemu",
    env: { HOME: "/a b" },
    args: ["-S", "-name", "it's", "-newarg", "a", "b", "-append", ""],
  });
  assert.deepEqual(lines, ["HOME='/a b'", "/usr/bin/qemu", "-S", "-name 'it'\\''s'", "-newarg a", "b", "-append ''"]);
});
