import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { probeTranscript } from "../testing/index.ts";
import { cpuOfHostModel, describeCpu, featureOfQemu, qemuNameOfFeature, x86Map } from "./x86.ts";

const cpu = (features: Iterable<string>, family = 0, model = 0, vendor = "Intel", stepping = 0) => ({
  vendor,
  family,
  model,
  stepping,
  features: new Set(features),
});
const featuresOf = (name: string): string[] => [
  ...(x86Map().models.find((model) => model.name === name)?.features ?? []),
];

test("the tables are consistent", () => {
  const { features, byName, models } = x86Map();
  assert.ok(features.length > 200 && models.length > 50);
  assert.equal(new Set(features.map(({ place }) => place)).size > features.length - 20, true);
  for (const model of models)
    for (const feature of [...model.features, ...model.removed])
      assert.ok(byName.has(feature), `${model.name}: ${feature}`);
});

test("every model that may describe a host describes exactly its own features", () => {
  for (const model of x86Map().models.filter(({ forHost, vendor }) => forHost && vendor)) {
    const { family = 0, model: number = 0, steppings = [0] } = model.signatures[0] ?? {};
    const found = describeCpu(cpu(model.features, family, number, model.vendor, steppings[0]), "host");
    assert.deepEqual(found?.require, [], model.name);
    assert.deepEqual(featuresOf(found?.model ?? "").sort(), [...model.features].sort(), model.name);
  }
});

test("family and model number outweigh the number of differences", () => {
  const haswell = featuresOf("Haswell");
  const found = describeCpu(
    cpu(
      [...haswell, "vmx"].filter((name) => name !== "rtm" && name !== "hle"),
      6,
      60,
    ),
    "guest",
  );
  assert.equal(found?.model, "Haswell-noTSX");
  assert.deepEqual(found?.require, ["vmx"]);
});

test("an emulator's models limit the choice, their blockers are disabled", () => {
  const skylake = featuresOf("Skylake-Client");
  const offered = [{ name: "Skylake-Client", usable: "no" as const, blockers: ["x-unheard-of", "spec-ctrl"] }];
  const found = describeCpu(cpu(skylake, 6, 94), "guest", { offered });
  assert.deepEqual(found, { model: "Skylake-Client", vendor: "Intel", require: [], disable: ["spec-ctrl"] });
  assert.equal(describeCpu(cpu(skylake), "guest", { offered: [] }), undefined);
});

test("features a model has lost are said to be absent", () => {
  const found = describeCpu(cpu(featuresOf("EPYC"), 23, 1, "AMD"), "guest");
  assert.deepEqual([found?.model, found?.disable], ["EPYC", ["monitor"]]);
});

test("names go both ways", () => {
  assert.equal(featureOfQemu("pclmulqdq")?.name, "pclmuldq");
  assert.equal(featureOfQemu("vmx-ept"), undefined);
  assert.equal(qemuNameOfFeature("pclmuldq"), "pclmulqdq");
  assert.equal(qemuNameOfFeature("avx"), "avx");
});

test("the recorded TCG gives the CPU stock libvirt reports for it", async () => {
  const caps = await probeTranscript(
    await readFile(new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url), "utf8"),
  );
  const tcg = caps.accelerator("tcg");
  assert.ok(tcg?.hostCpu);
  const found = describeCpu(cpuOfHostModel(tcg.hostCpu, false), "guest", { offered: tcg.cpus });
  assert.equal(found?.model, "EPYC");
  assert.equal(found?.vendor, "AMD");
  assert.deepEqual(found?.disable, [
    "vme",
    "rdseed",
    "sha-ni",
    "xsavec",
    "fxsr_opt",
    "misalignsse",
    "3dnowprefetch",
    "osvw",
    "topoext",
    "nrip-save",
  ]);
});
