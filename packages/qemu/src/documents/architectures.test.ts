import assert from "node:assert/strict";
import { test } from "node:test";
import type { DomainCapabilities } from "@tsvirt/model/capabilities";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { cpuModelNames } from "./cpu-modes.ts";
import { domainCapabilities } from "./domain-capabilities.ts";
import { guestCapabilities } from "./guests.ts";

interface Emulator {
  readonly arch: string;
  readonly machine: string;
  readonly flags?: readonly string[];
  readonly gic?: readonly number[];
  readonly cpus?: readonly string[];
  readonly family?: string;
  readonly hostCpuModel?: string;
}

function document({
  arch,
  machine,
  flags = [],
  gic = [],
  cpus = [],
  family = arch,
  hostCpuModel,
}: Emulator): DomainCapabilities {
  const machines = { [arch]: [machine] };
  const caps = declaredCapabilities({ flags, gic, machines: { kvm: machines }, cpuModels: { [family]: cpus } }, arch);
  assert.ok(caps);
  return domainCapabilities(caps, {
    emulator: "/usr/bin/qemu",
    virtType: "kvm",
    hostArch: arch,
    hostCpuModel,
    firmware: [],
    kvmMaxVcpus: 8,
    hasVfio: false,
    tpmVersions: ["2.0"],
  });
}

const valuesOf = (
  holder: { readonly enums: readonly { name: string; values: readonly string[] }[] } | undefined,
  name: string,
): unknown => holder?.enums.find((each) => each.name === name)?.values;

const modeOf = (caps: DomainCapabilities, name: string): unknown => {
  const mode = caps.cpu?.modes.find((each) => each.name === name);
  return mode?.supported === true ? mode.models.map((model) => [model.name, model.vendor]) : false;
};

test("CPU models are those that libvirt takes for the architecture", () => {
  const arm = document({ arch: "aarch64", machine: "virt", cpus: ["cortex-a57", "host"], family: "arm" });
  assert.deepEqual(modeOf(arm, "custom"), [["cortex-a57", "unknown"]]);
  assert.equal(modeOf(arm, "host-model"), false);
  const power = document({
    arch: "ppc64",
    machine: "pseries",
    cpus: ["POWER9", "970fx", "POWERPC_e5500"],
    hostCpuModel: "POWER9",
  });
  assert.deepEqual(modeOf(power, "custom"), [
    ["POWER9", "IBM"],
    ["POWERPC_e5500", "Freescale"],
  ]);
  assert.deepEqual(modeOf(power, "host-model"), [["POWER9", undefined]]);
  const old = document({ arch: "s390x", machine: "s390-ccw-virtio-2.7", cpus: ["z13"] });
  assert.equal(modeOf(old, "custom"), false);
  assert.deepEqual(modeOf(document({ arch: "s390x", machine: "s390-ccw-virtio-2.9", cpus: ["z13"] }), "custom"), [
    ["z13", "unknown"],
  ]);
  assert.equal(modeOf(document({ arch: "riscv64", machine: "virt", cpus: ["rv64"] }), "custom"), false);
});

test("boards differ in their disks, TPMs and interrupt controllers", () => {
  const virt = document({ arch: "aarch64", machine: "virt", gic: [3, 2], flags: ["tpm-tis", "qemu-xhci"] });
  assert.deepEqual(valuesOf(virt.devices?.disk, "bus"), ["fdc", "scsi", "virtio"]);
  assert.deepEqual(valuesOf(virt.features?.gic, "version"), ["2", "3"]);
  assert.deepEqual(valuesOf(virt.devices?.tpm, "model"), ["tpm-tis"]);
  assert.deepEqual(valuesOf(virt.devices?.hostdev, "subsysType"), ["usb", "pci", "scsi"]);
  const other = document({ arch: "aarch64", machine: "raspi3", gic: [2] });
  assert.equal(other.features?.gic?.supported, false);
  assert.deepEqual(valuesOf(other.devices?.hostdev, "subsysType"), ["pci", "scsi"]);
  const pseries = document({ arch: "ppc64", machine: "pseries", flags: ["spapr-tpm-proxy"] });
  assert.deepEqual(valuesOf(pseries.devices?.disk, "diskDevice"), ["disk", "cdrom", "lun"]);
  assert.deepEqual(valuesOf(pseries.devices?.tpm, "model"), ["spapr-tpm-proxy"]);
  assert.equal(document({ arch: "s390x", machine: "s390-ccw-virtio" }).features?.s390Pv?.supported, false);
  assert.equal(virt.features?.s390Pv, undefined);
});

test("names of CPU models are known for some architectures, left to the emulator for others", () => {
  assert.ok(cpuModelNames("i686")?.includes("qemu32"));
  assert.deepEqual(cpuModelNames("ppc64le")?.slice(0, 2), ["POWER6", "POWER7"]);
  assert.deepEqual(cpuModelNames("armv6l"), []);
  assert.equal(cpuModelNames("riscv64"), undefined);
});

test("one emulator serves guests of several architectures", () => {
  const machines = { ppc64: ["pseries"] };
  const caps = declaredCapabilities({ flags: ["tcg"], machines: { qemu: machines } }, "ppc64");
  assert.ok(caps);
  const { arch, features } = guestCapabilities({ path: "/usr/bin/qemu-system-ppc64", caps, arch: "ppc64le" });
  assert.equal(arch.name, "ppc64le");
  assert.equal(arch.wordsize, 64);
  assert.equal(features?.acpi, undefined);
});
