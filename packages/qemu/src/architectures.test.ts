import assert from "node:assert/strict";
import { test } from "node:test";
import { architectures, areRelated, emulatorPrograms, findArchitecture, isNative, runsGuest } from "./architectures.ts";

test("every architecture is there once, with a word size", () => {
  assert.equal(new Set(architectures.map(({ name }) => name)).size, architectures.length);
  assert.equal(findArchitecture("armv7l")?.wordsize, 32);
  assert.equal(findArchitecture("riscv64")?.wordsize, 64);
  assert.equal(findArchitecture("z80"), undefined);
});

test("the emulator that can use KVM is looked for first, the one of the host last", () => {
  assert.deepEqual(emulatorPrograms("x86_64", "x86_64"), ["qemu-system-x86_64"]);
  assert.deepEqual(emulatorPrograms("x86_64", "i686"), ["qemu-system-i386", "qemu-system-x86_64"]);
  assert.deepEqual(emulatorPrograms("aarch64", "armv7l"), ["qemu-system-aarch64", "qemu-system-arm"]);
  assert.deepEqual(emulatorPrograms("x86_64", "armv7l"), ["qemu-system-arm"]);
  assert.deepEqual(emulatorPrograms("x86_64", "ppc64le"), ["qemu-system-ppc64le", "qemu-system-ppc64"]);
});

test("what a host runs natively, an emulator runs, and may be asked about are three things", () => {
  assert.ok(isNative("ppc64le", "ppc64") && !isNative("i686", "x86_64"));
  assert.ok(runsGuest("armv7l", "armv6l") && !runsGuest("aarch64", "armv6l"));
  assert.ok(areRelated("i686", "x86_64") && areRelated("aarch64", "armv6l") && !areRelated("ppc64", "s390x"));
});
