import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { probeTranscript } from "../testing/index.ts";
import { type DomainCapabilitiesRequest, domainCapabilities } from "./domain-capabilities.ts";
import { guestCapabilities } from "./guests.ts";

let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

const request: DomainCapabilitiesRequest = {
  emulator: "/usr/bin/qemu-system-x86_64",
  virtType: "qemu",
  hostArch: "x86_64",
  firmware: [],
  kvmMaxVcpus: 64,
  hasVfio: false,
  tpmVersions: [],
};

test("domain capabilities differ by machine and accelerator", () => {
  const tcg = domainCapabilities(caps, request);
  assert.equal(tcg.machine, "pc-i440fx-7.2");
  assert.equal(tcg.vcpu?.max, 255);
  assert.equal(tcg.cpu?.modes.find(({ name }) => name === "host-passthrough")?.supported, false);
  const kvm = domainCapabilities(caps, { ...request, virtType: "kvm", machine: "q35" });
  assert.equal(kvm.machine, "pc-q35-7.2");
  assert.equal(kvm.vcpu?.max, 64);
  assert.equal(kvm.cpu?.modes.find(({ name }) => name === "host-passthrough")?.supported, true);
  const buses = kvm.devices?.disk?.enums.find(({ name }) => name === "bus")?.values;
  assert.deepEqual(buses, ["fdc", "scsi", "virtio", "usb", "sata"]);
});

test("only CPU models that documents can name are offered", () => {
  const custom = domainCapabilities(caps, request).cpu?.modes.find(({ name }) => name === "custom");
  assert.ok(custom?.models.some(({ name, vendor }) => name === "Nehalem" && vendor === "Intel"));
  assert.ok(!custom?.models.some(({ name }) => name === "Nehalem-v1" || name === "max"));
});

test("a machine that is not there is an error", () => {
  assert.throws(
    () => domainCapabilities(caps, { ...request, machine: "toaster" }),
    /the machine 'toaster' is not supported by emulator/,
  );
});

test("the guest's part of the host's capabilities lists machines by name and alias", () => {
  const guest = guestCapabilities({ path: "/usr/bin/qemu-system-x86_64", caps });
  assert.equal(guest.arch.wordsize, 64);
  assert.deepEqual(
    guest.arch.domains.map(({ type }) => type),
    ["qemu", "kvm"],
  );
  assert.deepEqual(guest.arch.machines.slice(0, 2), [
    { maxCpus: 255, name: "pc-i440fx-7.2" },
    { canonical: "pc-i440fx-7.2", maxCpus: 255, name: "pc" },
  ]);
});
