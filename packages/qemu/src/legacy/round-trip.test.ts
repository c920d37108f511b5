import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { buildCommandLine } from "../argv/build.ts";
import type { CommandLine } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { formatImportedDomain, importCommandLine } from "../import/import.ts";
import { fakeBuildContext, fakeHostFacts, legacyAnswers } from "../testing/index.ts";
import { probeLegacy } from "./probe.ts";

const facts = fakeHostFacts();

async function profile(name: string, emulator: string): Promise<QemuCapabilities> {
  const record = await readFile(new URL(`../../fixtures/legacy/${name}.txt`, import.meta.url), "utf8");
  const found = await probeLegacy({ emulator, hostArch: "x86_64", kvm: false, run: legacyAnswers(record) });
  assert.ok(found);
  return found;
}

function build(xml: string, caps: QemuCapabilities): CommandLine {
  const domain = parseDomain(xml, { inactive: true, hooks: qemuHooks(caps, facts) });
  prepareStart(domain, caps, facts);
  return buildCommandLine(domain, caps, fakeBuildContext({ domainId: -1, tap: () => undefined }));
}

const path = fc.stringMatching(/^\/[a-z0-9][a-z0-9,. -]{0,12}[a-z0-9]$/);
const disk = (name: string, bus: string, kinds: readonly string[]) =>
  fc
    .record({ file: path, device: fc.constantFrom(...kinds) })
    .map(
      ({ file, device }) =>
        `<disk type='file' device='${device}'><driver name='qemu' type='raw'/><source file='${file}'/><target dev='${name}' bus='${bus}'/></disk>`,
    );
const mac = fc.nat(255).map((last) => `52:54:00:00:00:${last.toString(16).padStart(2, "0")}`);
const card = fc
  .record({ address: mac, model: fc.constantFrom("e1000", "rtl8139", "ne2k_pci") })
  .map(
    ({ address, model }) => `<interface type='user'><mac address='${address}'/><model type='${model}'/></interface>`,
  );
const port = fc.oneof(
  fc.constantFrom("<serial type='pty'/>", "<serial type='null'/>", "<parallel type='pty'/>"),
  path.map((file) => `<serial type='file'><source path='${file}'/></serial>`),
);
const none = fc.constant("");
const device = fc.tuple(
  fc.oneof(none, disk("hda", "ide", ["disk"])),
  fc.oneof(none, disk("hdc", "ide", ["disk", "cdrom"])),
  fc.oneof(none, disk("fda", "fdc", ["floppy"])),
  fc.array(card, { maxLength: 3 }).map((cards) => cards.join("")),
  fc.array(port, { maxLength: 3 }).map((ports) => ports.join("")),
  fc.oneof(none, fc.constantFrom("<input type='tablet' bus='usb'/>", "<sound model='es1370'/>")),
);
const settings = fc.record({
  memory: fc.integer({ min: 1, max: 4096 }),
  boot: fc.constantFrom("hd", "cdrom", "network"),
  acpi: fc.boolean(),
  offset: fc.constantFrom("utc", "localtime"),
});

for (const [name, record, emulator] of [
  ["0.8.1", "qemu-0.8.1", "/usr/bin/qemu"],
  ["0.9.1", "qemu-0.9.1", "/usr/bin/qemu"],
  ["0.12.3", "qemu-kvm-0.12.3", "/usr/bin/qemu-system-x86_64"],
] as const) {
  test(`a command line of ${name} is written again from the document that it is imported to`, async () => {
    const caps = await profile(record, emulator);
    fc.assert(
      fc.property(device, settings, (devices, { memory, boot, acpi, offset }) => {
        const xml = `<domain type='qemu'><name>old</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
          <memory unit='MiB'>${memory}</memory>
          <os><type arch='${caps.arch}' machine='pc'>hvm</type><boot dev='${boot}'/></os>
          ${acpi ? "<features><acpi/></features>" : ""}<clock offset='${offset}'/>
          <devices><emulator>${emulator}</emulator>${devices.join("")}</devices></domain>`;
        const line = build(xml, caps);
        const { domain } = importCommandLine(JSON.stringify([line.emulator, ...line.args]), { name: "old" });
        const imported = formatImportedDomain(domain);
        assert.deepEqual(build(imported, caps).args, line.args, imported);
      }),
      { numRuns: 60 },
    );
  });
}

test("a command line of Xenner is a Xen guest's", async () => {
  const record = await readFile(new URL("../../fixtures/legacy/xenner.txt", import.meta.url), "utf8");
  const emulator = "/usr/bin/xenner";
  const caps = await probeLegacy({ emulator, hostArch: "x86_64", kvm: true, run: legacyAnswers(record) });
  assert.ok(caps);
  const line = build(
    `<domain type='kvm'><name>old</name><memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='xenner'>xen</type><kernel>/k</kernel><initrd>/i</initrd></os>
      <devices><emulator>${emulator}</emulator>
        <disk type='file'><source file='/x.img'/><target dev='xvda' bus='xen'/></disk></devices></domain>`,
    caps,
  );
  const { domain } = importCommandLine(JSON.stringify([emulator, ...line.args]), { name: "old" });
  assert.deepEqual([domain.type, domain.os.type.value, domain.os.type.machine], ["kvm", "xen", "xenner"]);
  assert.deepEqual(domain.devices?.disks[0]?.target, { dev: "xvda", bus: "xen" });
  assert.deepEqual(build(formatImportedDomain(domain), caps).args, line.args);
});
