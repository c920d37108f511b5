import assert from "node:assert/strict";
import { test } from "node:test";
import type { CpuDescription } from "@tsvirt/host";
import { x86Map } from "@tsvirt/qemu";
import { hostCpu } from "./host-cpu.ts";

function described(flags: readonly string[], vendor = "GenuineIntel"): ReturnType<typeof hostCpu> {
  const identity = { vendor, family: 6, model: 94, stepping: 3, modelName: "a CPU" };
  const unknown = { microcode: undefined, tsc: undefined, physicalBits: undefined };
  return hostCpu({ architecture: "x86_64", ...identity, ...unknown, flags } satisfies CpuDescription);
}

test("every feature of the map is found under Linux's spelling of its name", () => {
  for (const { name } of x86Map().byName.values()) {
    assert.ok(described([name.replace(/[-.]/g, "_")]).features.includes(name), name);
  }
});

test("Linux's own names become libvirt's, and what is no feature is left out", () => {
  const { features } = described(["nonstop_tsc", "tsc_deadline_timer", "avx512_vpopcntdq", "rep_good", "constructor"]);
  assert.deepEqual([...features].sort(), ["avx512-vpopcntdq", "invtsc", "tsc-deadline"]);
});

test("a CPU with all that a model has is that model, and more", () => {
  const model = x86Map().models.find(({ name }) => name === "Skylake-Client-IBRS");
  assert.ok(model);
  const flags = [...model.features].map((name) => name.replace(/[-.]/g, "_"));
  const { model: found, vendor, features } = described([...flags, "vmx", "xsave"]);
  assert.equal(found, "Skylake-Client-IBRS");
  assert.equal(vendor, "Intel");
  // Linux does not list osxsave, which goes with xsave.
  assert.deepEqual([...features].sort(), ["osxsave", "vmx"]);
});

test("a vendor that libvirt does not know is none", () => {
  for (const vendor of ["TransmetaCPU", "constructor", "__proto__"]) {
    assert.equal(described(["fpu"], vendor).vendor, undefined);
  }
});
