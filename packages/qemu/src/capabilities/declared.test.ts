import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredCapabilities } from "./declared.ts";

const written = {
  flags: ["vnc", "kvm"],
  flagsAlwaysSetPerArch: { x86_64: ["no-hpet", "vnc"], s390x: ["loadparm"] },
  machines: { kvm: { x86_64: ["pc", "q35"] }, qemu: { x86_64: ["q35"], sparc: ["SS-5"] } },
  cpuModels: { x86: ["qemu64"] },
  gic: [2, 3],
  version: 7002000,
};

test("flags, machine types and CPU models are those of the architecture", () => {
  const caps = declaredCapabilities(written, "x86_64");
  assert.deepEqual(caps?.data.flags, ["vnc", "kvm", "no-hpet"]);
  assert.equal(caps.version, 7002000);
  assert.deepEqual(
    caps.machines("kvm").map(({ name }) => name),
    ["pc", "q35"],
  );
  assert.deepEqual(
    caps.machines("tcg").map(({ name }) => name),
    ["q35"],
  );
  assert.equal(caps.accelerator("kvm")?.cpus[0]?.name, "qemu64");
  assert.deepEqual(
    caps.data.gic.map(({ version }) => version),
    [2, 3],
  );
});

test("an accelerator without machine types cannot be used", () => {
  const caps = declaredCapabilities(written, "sparc");
  assert.equal(caps?.accelerator("kvm"), undefined);
  assert.equal(caps?.machines("tcg")[0]?.name, "SS-5");
  assert.throws(() => declaredCapabilities(written, "__proto__"), /no machine type of architecture '__proto__'/);
});

test("other JSON is told apart", () => {
  for (const value of [null, [], {}, { flags: [] }, { flags: "kvm", machines: {} }]) {
    assert.equal(declaredCapabilities(value, "x86_64"), undefined);
  }
});
