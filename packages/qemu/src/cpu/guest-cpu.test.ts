import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "@tsvirt/codec/options";
import { parseDomain } from "@tsvirt/model/domain";
import type { HostFacts } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { fakeHostFacts } from "../testing/index.ts";
import { updateGuestCpu } from "./guest-cpu.ts";

/** An emulator that knows these models and cannot say what the host has. */
function emulator(...models: readonly string[]): QemuCapabilities {
  const text = JSON.stringify({
    flags: [],
    machines: { kvm: { x86_64: ["pc"] }, qemu: { x86_64: ["pc"] } },
    cpuModels: { x86: models },
  });
  const caps = declaredCapabilities(parseJson(text), "x86_64");
  assert.ok(caps);
  return caps;
}

const host = { model: "core2duo", vendor: "Intel", features: ["vmx", "invtsc"] };

/** The CPU as the guest gets it, in QEMU's manner. */
function update(
  cpu: string,
  {
    type = "kvm",
    models = ["core2duo", "qemu64"],
    facts = { hostCpu: host },
  }: {
    readonly type?: string;
    readonly models?: readonly string[];
    readonly facts?: Partial<HostFacts>;
  } = {},
): string {
  const domain = parseDomain(
    `<domain type='${type}'><name>t</name><memory>1024</memory><os><type arch='x86_64'>hvm</type></os>${cpu}</domain>`,
  );
  updateGuestCpu(domain, emulator(...models), fakeHostFacts(facts));
  const signs = { require: "+", force: "+", disable: "-", forbid: "-", optional: "?" } as const;
  const features = domain.cpu?.features.map(({ policy = "require", name }) => signs[policy] + name) ?? [];
  return [domain.cpu?.mode, domain.cpu?.model?.name, ...features].join(" ");
}

test("host-model is the host's model with its features, but for those that tie a guest to it", () => {
  assert.equal(update("<cpu mode='host-model'/>"), "custom core2duo +vmx");
  assert.equal(
    update("<cpu mode='host-model'><feature policy='disable' name='vmx'/><feature name='svm'/></cpu>"),
    "custom core2duo -vmx +svm",
  );
});

test("the least that a guest needs is a reason to give it all", () => {
  assert.equal(update("<cpu match='minimum' check='none'><model>qemu64</model></cpu>"), "custom core2duo +vmx");
});

test("an optional feature is there if the host has it", () => {
  const cpu =
    "<cpu check='none'><model>core2duo</model><feature policy='optional' name='vmx'/><feature policy='optional' name='svm'/></cpu>";
  assert.equal(update(cpu), "custom core2duo +vmx -svm");
});

test("features that only libvirt knows are not passed on", () => {
  assert.equal(
    update("<cpu check='none'><model>core2duo</model><feature name='cmt'/><feature name='pcid'/></cpu>"),
    "custom core2duo +pcid",
  );
});

test("what a model has lost since is said to be off", () => {
  assert.match(
    update("<cpu check='none'><model>Icelake-Server</model></cpu>", { models: ["Icelake-Server"] }),
    / -intel-pt$/,
  );
});

test("a model that the emulator lacks becomes the nearest one, unless that is ruled out", () => {
  assert.match(update("<cpu check='none'><model>core2duo</model></cpu>", { models: ["qemu64"] }), /^custom qemu64 /);
  assert.throws(
    () => update("<cpu check='none'><model fallback='forbid'>core2duo</model></cpu>", { models: ["qemu64"] }),
    /CPU model core2duo is not supported by hypervisor/,
  );
});

test("what the host lacks, or has too much of, is refused", () => {
  const partial = (inside: string, match = "exact"): string =>
    `<cpu match='${match}' check='partial'><model>core2duo</model>${inside}</cpu>`;
  assert.equal(update(partial("<feature name='vmx'/>")), "custom core2duo +vmx");
  assert.equal(update(partial("<feature policy='force' name='svm'/>")), "custom core2duo +svm");
  assert.throws(
    () => update(partial("<feature name='svm'/>")),
    /the CPU is incompatible with host CPU: Host CPU does not provide required features: svm/,
  );
  assert.throws(
    () => update(partial("<feature policy='forbid' name='vmx'/>")),
    /Host CPU provides forbidden features: vmx/,
  );
  assert.throws(() => update(partial("", "strict")), /does not strictly match guest CPU: Extra features: vmx, invtsc/);
  assert.throws(
    () => update(partial("<vendor>AMD</vendor>")),
    /host CPU vendor does not match required CPU vendor AMD/,
  );
});

test("the host's own CPU needs the host's own hypervisor", () => {
  assert.equal(update("<cpu mode='host-passthrough'/>"), "host-passthrough ");
  assert.throws(
    () => update("<cpu mode='host-passthrough'/>", { type: "qemu" }),
    /CPU mode 'host-passthrough' for x86_64 qemu domain on x86_64 host is not supported by hypervisor/,
  );
  assert.throws(
    () => update("<cpu mode='host-passthrough'/>", { facts: { arch: "aarch64" } }),
    /CPU mode 'host-passthrough' for x86_64 kvm domain on aarch64 host/,
  );
});

test("nobody can be asked: host-model is refused, a named model is not", () => {
  assert.throws(() => update("<cpu mode='host-model'/>", { facts: {} }), /CPU mode 'host-model' for x86_64 kvm domain/);
  assert.equal(update("<cpu><model>qemu64</model></cpu>", { facts: {} }), "custom qemu64");
  assert.equal(update("<cpu><topology sockets='1' cores='1' threads='1'/></cpu>", { facts: {} }), "custom ");
});
