import assert from "node:assert/strict";
import { test } from "node:test";
import { assembleDeviceProgram, type DeviceRule, formatDeviceRule } from "./device-program.ts";

const rules: readonly DeviceRule[] = [
  { type: "char", major: 1, minor: 3, access: "rw" },
  { type: "block", major: 8, access: "r" },
  { type: "char", major: 136, access: "rw" },
];

/** What the kernel's machine does with the few instructions that the program uses. */
function run(program: Uint8Array, access: number, type: number, major: number, minor: number): number {
  const view = new DataView(program.buffer);
  const registers: number[] = new Array(11).fill(0);
  const context = [(access << 16) | type, major, minor];
  for (let at = 0; at * 8 < program.length; at++) {
    const operation = view.getUint8(at * 8);
    const both = view.getUint8(at * 8 + 1);
    const jump = view.getInt16(at * 8 + 2, true);
    const constant = view.getInt32(at * 8 + 4, true);
    const to = both & 15;
    const value = registers[to] ?? 0;
    const other = registers[both >> 4] ?? 0;
    if (operation === 0x61) registers[to] = context[jump / 4] ?? 0;
    else if (operation === 0xbf) registers[to] = other;
    else if (operation === 0xb7) registers[to] = constant;
    else if (operation === 0x57) registers[to] = value & constant;
    else if (operation === 0x77) registers[to] = value >>> constant;
    else if (operation === 0x5d) at += value === other ? 0 : jump;
    else if (operation === 0x55) at += value === constant ? 0 : jump;
    else if (operation === 0x95) return registers[0] ?? 0;
    else assert.fail(`instruction ${operation}`);
  }
  return assert.fail("fell off the end");
}

const [block, char] = [1, 2];
const [make, read, write] = [1, 2, 4];

test("the program lets pass what a rule allows, and nothing more", () => {
  const program = assembleDeviceProgram(rules);
  assert.equal(run(program, read | write, char, 1, 3), 1);
  assert.equal(run(program, write, char, 1, 3), 1);
  assert.equal(run(program, make, char, 1, 3), 0);
  assert.equal(run(program, read, char, 1, 5), 0);
  assert.equal(run(program, read, block, 1, 3), 0);
  assert.equal(run(program, read, block, 8, 17), 1);
  assert.equal(run(program, write, block, 8, 17), 0);
  assert.equal(run(program, read | write, char, 136, 9), 1);
  assert.equal(run(assembleDeviceProgram([]), read, char, 1, 3), 0);
});

test("rules in the words of version 1", () => {
  assert.deepEqual(rules.map(formatDeviceRule), ["c 1:3 rw", "b 8:* r", "c 136:* rw"]);
});
