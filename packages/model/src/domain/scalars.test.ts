import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cpuSet, formatCpuSet, parseCpuSet } from "./scalars.ts";

test("CPU sets come in libvirt's canonical form", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["1", "1"],
    ["0-3,^2", "0-1,3"],
    ["3,1,2", "1-3"],
    ["0-3,^2,2", "0-3"],
    [" 1 - 4 , ^3 , 6 ", "1-2,4,6"],
    ["1-4,3-8", "1-8"],
    ["^1", ""],
    ["", undefined],
    ["1-", undefined],
    ["4-1", undefined],
    ["1,,2", undefined],
    ["65536", undefined],
    ["0-4000000000", undefined],
    ["x", undefined],
  ];
  for (const [text, expected] of cases) assert.equal(cpuSet.parse(text), expected, text);
});

test("property: a set survives its text", () => {
  const set = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(set, (numbers) => {
      const sorted = [...numbers].sort((a, b) => a - b);
      const text = formatCpuSet(sorted);
      assert.deepEqual(parseCpuSet(text), sorted);
      assert.equal(cpuSet.parse(text), text);
    }),
  );
});

test("a short text that says a lot costs little", () => {
  const text = new Array(4096).fill("0-65535").join(",");
  assert.equal(cpuSet.parse(text), "0-65535");
  assert.equal(cpuSet.parse(`${text},1`), undefined);
  assert.equal(cpuSet.parse(`0-65535,${new Array(300).fill("^1").join(",")}`), undefined);
});
