import assert from "node:assert/strict";
import { test } from "node:test";
import type { CpuFeature } from "@tsvirt/model/domain";
import fc from "fast-check";
import { baselineX86Cpu, type ComparedCpu, compareX86Cpu } from "./compare.ts";
import { x86Map } from "./x86.ts";

/** `Haswell +vmx -rtm ?aes !hle *svm`: required, disabled, optional, forbidden, forced. */
function cpu(text: string, more: Partial<ComparedCpu> = {}): ComparedCpu {
  const policies = { "+": "require", "-": "disable", "?": "optional", "!": "forbid", "*": "force" } as const;
  const [name = "", ...words] = text.split(" ");
  const features = words.map((word): CpuFeature => {
    const mark = word.slice(0, 1) as keyof typeof policies;
    return { policy: policies[mark], name: word.slice(1) };
  });
  return { model: { name }, features, ...more };
}

test("a host that has more is a superset, the same is identical, less is incompatible with a list", () => {
  assert.deepEqual(compareX86Cpu(cpu("Haswell"), cpu("Nehalem")), { result: "superset" });
  assert.deepEqual(compareX86Cpu(cpu("Nehalem"), cpu("Nehalem")), { result: "identical" });
  assert.deepEqual(compareX86Cpu(cpu("Nehalem"), cpu("Nehalem +avx2 +aes")), {
    result: "incompatible",
    reason: "Host CPU does not provide required features: aes, avx2",
  });
});

test("policies: forced and optional features need not be there, disabled ones may be, forbidden ones must not", () => {
  const host = cpu("Nehalem +aes");
  assert.equal(compareX86Cpu(host, cpu("Nehalem *avx2 ?avx")).result, "superset");
  assert.equal(compareX86Cpu(host, cpu("Nehalem -aes")).result, "identical");
  assert.equal(compareX86Cpu(host, cpu("Haswell -avx2")).result, "incompatible");
  assert.deepEqual(compareX86Cpu(host, cpu("Penryn !aes")), {
    result: "incompatible",
    reason: "Host CPU provides forbidden features: aes",
  });
});

test("strict matching refuses what the host has besides", () => {
  assert.deepEqual(compareX86Cpu(cpu("Nehalem +aes +avx"), cpu("Nehalem", { match: "strict" })), {
    result: "incompatible",
    reason: "Host CPU does not strictly match guest CPU: Extra features: aes, avx",
  });
});

test("another vendor or architecture is incompatible, an unknown name an error", () => {
  const host = cpu("Haswell", { vendor: "Intel" });
  assert.match(JSON.stringify(compareX86Cpu(host, cpu("Nehalem", { vendor: "AMD" }))), /CPU vendor AMD/);
  assert.match(JSON.stringify(compareX86Cpu(host, cpu("Nehalem", { arch: "s390x" }))), /CPU arch s390x does not match/);
  assert.throws(() => compareX86Cpu(host, cpu("NoSuch")), /Unknown CPU model NoSuch/);
  assert.throws(() => compareX86Cpu(host, cpu("Nehalem +nosuch")), /Unknown CPU feature nosuch/);
  // QEMU's spelling is none of a document's.
  assert.throws(() => compareX86Cpu(host, cpu("Nehalem +sse4_1")), /Unknown CPU feature sse4_1/);
});

test("a baseline is a CPU that every one of them can be", () => {
  const names = x86Map()
    .models.filter(({ forGuest }) => forGuest)
    .map(({ name }) => name);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }), (models) => {
      const hosts = models.map((name) => cpu(name));
      const vendors = new Set(models.map((name) => x86Map().models.find((each) => each.name === name)?.vendor));
      vendors.delete(undefined);
      if (vendors.size > 1) return;
      const { vendor: _vendor, ...baseline } = baselineX86Cpu(hosts, { expand: true });
      for (const host of hosts) assert.notEqual(compareX86Cpu(host, baseline).result, "incompatible");
    }),
  );
});

test("a baseline of one model is that model, and cannot fall back", () => {
  assert.deepEqual(baselineX86Cpu([cpu("Haswell"), cpu("Haswell")]).model, { name: "Haswell", fallback: "forbid" });
  assert.equal(baselineX86Cpu([cpu("Haswell"), cpu("Nehalem")]).model?.name, "Nehalem");
});

test("the emulator's models and features limit a baseline", () => {
  const offered = [{ name: "Nehalem", usable: "no" as const, blockers: ["popcnt"] }];
  const { model, features } = baselineX86Cpu([cpu("Haswell")], { offered, features: ["sse2", "popcnt", "aes", "fpu"] });
  assert.equal(model?.name, "Nehalem");
  assert.ok(features.some(({ name, policy }) => name === "popcnt" && policy === "disable"));
  assert.ok(features.some(({ name, policy }) => name === "aes" && policy === "require"));
  assert.ok(!features.some(({ name, policy }) => name === "avx2" && policy === "require"));
});

test("a migratable baseline leaves out what ties a guest to its host", () => {
  const named = (migratable: boolean): string[] =>
    baselineX86Cpu([cpu("Haswell +invtsc")], { migratable }).features.map(({ name }) => name);
  assert.ok(named(false).includes("invtsc"));
  assert.ok(!named(true).includes("invtsc"));
});

test("what cannot be has libvirt's words", () => {
  assert.throws(() => baselineX86Cpu([]), /no CPUs given/);
  assert.throws(() => baselineX86Cpu([{ features: [] }]), /no CPU model specified at index 0/);
  assert.throws(
    () => baselineX86Cpu([cpu("EPYC", { vendor: "AMD" }), cpu("Nehalem", { vendor: "Intel" })]),
    /CPU vendors do not match/,
  );
  assert.throws(() => baselineX86Cpu([cpu("qemu64", { vendor: "Nobody" })]), /Unknown CPU vendor Nobody/);
});
