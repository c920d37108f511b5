import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { FakeQemu, probeTranscript } from "../testing/index.ts";
import { QemuCapabilities } from "./capabilities.ts";
import { probeCapabilities } from "./probe.ts";
import { capabilitiesOfReplies } from "./replies.ts";
import { SchemaQuery } from "./schema-query.ts";

let caps: QemuCapabilities;
before(async () => {
  caps = await probeTranscript(
    await readFile(new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url), "utf8"),
  );
});

test("a recorded QEMU 7.2 has its version, flags and accelerators", () => {
  assert.equal(caps.version, 7_002_022);
  assert.equal(caps.arch, "x86_64");
  for (const flag of [
    "kvm",
    "tcg",
    "device.json+hotplug",
    "netdev.json",
    "qemu-xhci",
    "spice",
    "no-hpet",
    "cpu-max",
  ] as const) {
    assert.ok(caps.has(flag), flag);
  }
  for (const flag of ["machine-hpet", "loadparm", "enable-fips", "sev-guest", "pl011"] as const)
    assert.ok(!caps.has(flag), flag);
});

test("machine types resolve by name and alias, the default first", () => {
  assert.equal(caps.machines("tcg")[0]?.name, "pc-i440fx-7.2");
  assert.equal(caps.canonicalMachine("kvm", "q35"), "pc-q35-7.2");
  assert.equal(caps.canonicalMachine("kvm", "pc-q35-6.1"), "pc-q35-6.1");
  assert.equal(caps.canonicalMachine("kvm", "nothing"), "nothing");
  assert.equal(caps.findMachine("tcg", "q35")?.maxCpus, 288);
  assert.equal(
    caps.machines("tcg").some(({ name }) => name === "none"),
    false,
  );
});

test("CPU models say whether this host can run them", () => {
  const epyc = caps.accelerator("tcg")?.cpus.find(({ name }) => name === "EPYC");
  assert.ok(epyc?.usable === "yes" || (epyc?.usable === "no" && (epyc.blockers?.length ?? 0) > 0));
  assert.equal(caps.accelerator("tcg")?.hostCpu?.migratability, true);
});

test("the cache form gives the same capabilities, another program's form none", () => {
  assert.deepEqual(QemuCapabilities.parse(caps.format())?.data, caps.data);
  assert.equal(QemuCapabilities.parse('{"format":0}'), undefined);
  assert.throws(() => QemuCapabilities.parse('{"format":1}'));
  assert.throws(() => QemuCapabilities.parse(caps.format().slice(0, -5)));
});

test("flags can be added and taken away", () => {
  const changed = caps.with(["machine-hpet"], ["spice"]);
  assert.ok(changed.has("machine-hpet") && !changed.has("spice") && caps.has("spice"));
});

test("an emulator that refuses a mandatory question is an error, an optional one is not", async () => {
  const session = FakeQemu.scripted({}).open();
  await session.start();
  await assert.rejects(probeCapabilities(session), /query-version/);
});

test("replies of libvirt's form are read, also the second conversation", async () => {
  const ask = (execute: string, answer: unknown, args?: unknown): string =>
    `${JSON.stringify({ execute, ...(args ? { arguments: args } : {}) })}\n\n${JSON.stringify({ return: answer })}\n\n`;
  const machines = [
    { name: "none", "cpu-max": 1, "hotpluggable-cpus": false },
    { name: "m-1", alias: "m", "is-default": true, "cpu-max": 4, "hotpluggable-cpus": true },
  ];
  const text =
    ask("qmp_capabilities", {}) +
    ask("query-version", { qemu: { major: 5, minor: 0, micro: 0 }, package: "" }) +
    ask("query-target", { arch: "i386" }) +
    ask("query-qmp-schema", []) +
    ask("query-commands", [{ name: "query-cpu-definitions" }]) +
    ask("query-kvm", { enabled: true, present: true }) +
    ask("qom-list-types", [{ name: "qxl" }]) +
    ask("query-machines", machines) +
    ask("query-cpu-definitions", [{ name: "max" }]) +
    ask("query-command-line-options", []) +
    ask("qmp_capabilities", {}) +
    ask("query-cpu-definitions", []) +
    ask("query-machines", machines);
  const small = await capabilitiesOfReplies(text);
  assert.equal(small.arch, "i686");
  assert.ok(small.has("qxl") && small.has("kvm") && small.has("cpu-max") && small.has("enable-fips"));
  assert.equal(small.accelerator("kvm")?.cpus.length, 1);
  assert.equal(small.accelerator("tcg")?.cpus.length, 0);
  assert.equal(small.defaultMachine("tcg")?.name, "m-1");
});

test("schema paths enter members, variants, enums, arrays, alternates and features", () => {
  const schema = new SchemaQuery([
    { name: "cmd", "meta-type": "command", "arg-type": "1", "ret-type": "[2]", features: ["new"] },
    {
      name: "1",
      "meta-type": "object",
      members: [
        { name: "a", type: "3" },
        { name: "b", type: "str", default: null, features: ["old"] },
      ],
      variants: [{ case: "x", type: "2" }],
    },
    { name: "[2]", "meta-type": "array", "element-type": "2" },
    { name: "2", "meta-type": "object", members: [{ name: "deep", type: "4" }] },
    { name: "3", "meta-type": "enum", values: ["v"] },
    { name: "4", "meta-type": "alternate", members: [{ type: "str" }, { type: "3" }] },
    { name: "str", "meta-type": "builtin", "json-type": "string" },
  ]);
  for (const path of [
    "cmd",
    "cmd/$new",
    "cmd/arg-type/a/^v",
    "cmd/arg-type/*b",
    "cmd/arg-type/b/!string",
    "cmd/arg-type/b/$old",
    "cmd/arg-type/+x/deep/^v",
    "cmd/ret-type/deep/!string",
  ]) {
    assert.ok(schema.has(path), path);
  }
  for (const path of [
    "none",
    "cmd/$old",
    "cmd/arg-type/a/^w",
    "cmd/arg-type/*a",
    "cmd/arg-type/+y",
    "cmd/arg-type/a/^v/more",
    "cmd/ret-type/x",
    "cmd/arg-type/b/!number",
  ]) {
    assert.ok(!schema.has(path), path);
  }
});
