import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { DocumentError } from "@tsvirt/codec/xml";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { chooseEmulator, completeDomain, prepareStart, qemuHooks } from "./complete.ts";

let caps: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  caps = await probeTranscript(await readFile(transcript, "utf8"));
});

const facts = fakeHostFacts();

function document(devices: string, machine = "pc", head = ""): string {
  return `<domain type='qemu'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid><memory>65536</memory>
<os><type arch='x86_64' machine='${machine}'>hvm</type></os>${head}<devices>${devices}</devices></domain>`;
}

function complete(devices: string, machine = "pc", head = ""): Domain {
  return parseDomain(document(devices, machine, head), { inactive: true, hooks: qemuHooks(caps, facts) });
}

const pci = (device: { address?: Domain["devices"] extends infer _ ? unknown : never } | undefined): string => {
  const address = device?.address as { type?: string; bus?: number; slot?: number; function?: number } | undefined;
  return address?.type === "pci" ? `${address.bus}:${address.slot?.toString(16)}.${address.function}` : "none";
};

test("a bare PC has its own controllers, inputs, balloon, CPU and boot disk", () => {
  const domain = complete("");
  assert.equal(domain.os.type.machine, "pc-i440fx-7.2");
  assert.deepEqual(domain.os.boots, ["hd"]);
  assert.equal(domain.cpu?.model?.name, "qemu64");
  assert.deepEqual(
    domain.devices?.controllers.map(({ type, model }) => [type, model]),
    [
      ["usb", "piix3-uhci"],
      ["pci", "pci-root"],
    ],
  );
  assert.deepEqual(
    domain.devices?.inputs.map(({ type, bus }) => [type, bus]),
    [
      ["mouse", "ps2"],
      ["keyboard", "ps2"],
    ],
  );
  assert.equal(pci(domain.devices?.memballoon), "0:2.0");
  assert.equal(domain.devices?.emulator, "/usr/bin/qemu-system-x86_64");
});

test("the first video card has slot 2 of a PC and slot 1 of a q35", () => {
  const video = "<video><model type='vga'/></video>";
  assert.equal(pci(complete(video).devices?.videos[0]), "0:2.0");
  assert.equal(pci(complete(video, "q35").devices?.videos[0]), "0:1.0");
});

test("a q35 gets a root port for each device and one to spare", () => {
  const { devices } = complete("", "q35");
  const ports = devices?.controllers.filter(({ model }) => model === "pcie-root-port") ?? [];
  // USB, balloon, and the spare one.
  assert.equal(ports.length, 3);
  assert.deepEqual(
    ports.map(({ target }) => [target?.chassis, target?.port]),
    [
      [1, 8],
      [2, 9],
      [3, 10],
    ],
  );
  assert.equal(ports[0]?.address?.type === "pci" && ports[0].address.multifunction, true);
});

test("an old PCI device on q35 brings a bridge behind a root port", () => {
  const { devices } = complete("<interface type='user'><model type='e1000'/></interface>", "q35");
  const bridge = devices?.controllers.find(({ model }) => model === "pcie-to-pci-bridge");
  assert.equal(pci(bridge), "1:0.0");
  assert.equal(pci(devices?.interfaces[0]), `${bridge?.index}:1.0`);
});

test("a full bus brings a bridge", () => {
  const disks = Array.from({ length: 30 }, (_, i) => {
    const dev = `vd${i >= 26 ? "a" : ""}${String.fromCharCode(97 + (i % 26))}`;
    return `<disk type='file'><source file='/d${i}'/><target dev='${dev}' bus='virtio'/></disk>`;
  });
  const { devices } = complete(disks.join(""));
  assert.ok(devices?.controllers.some(({ model, index }) => model === "pci-bridge" && index === 1));
});

test("serial port and console are one device", () => {
  const { devices } = complete("<console type='pty'/>");
  assert.equal(devices?.serials.length, 1);
  assert.equal(devices?.serials[0]?.target?.type, "isa-serial");
  assert.deepEqual(devices?.consoles[0]?.target, { type: "serial", port: 0 });
});

test("channels bring a virtio-serial controller and start at port 1", () => {
  const channel = "<channel type='unix'><target type='virtio' name='a'/></channel>";
  const { devices } = complete(channel + channel);
  assert.ok(devices?.controllers.some(({ type }) => type === "virtio-serial"));
  assert.deepEqual(
    devices?.channels.map(({ address }) => address?.type === "virtio-serial" && address.port),
    [1, 2],
  );
});

test("firmware is selected when the guest starts, or the start fails", () => {
  const domain = parseDomain(
    document("", "q35", "<features><acpi/></features>").replace("<os>", "<os firmware='efi'>"),
    {
      inactive: true,
      hooks: qemuHooks(caps, facts),
    },
  );
  assert.equal(domain.os.loader, undefined);
  assert.throws(
    () => prepareStart(domain, caps, facts),
    /operation failed: Unable to find any firmware to satisfy 'efi'/,
  );
});

test("every device has an alias at the start, the user's own stay", () => {
  const domain = complete(
    "<disk type='file'><source file='/a'/><target dev='hda'/></disk><disk type='file'><source file='/b'/><target dev='vda'/><alias name='ua-mine'/></disk><serial type='pty'/><interface type='user'/>",
  );
  prepareStart(domain, caps, facts);
  const { devices } = domain;
  assert.deepEqual(
    devices?.disks.map(({ alias }) => alias),
    ["ide0-0-0", "ua-mine"],
  );
  assert.deepEqual(
    devices?.controllers.map(({ alias }) => alias),
    ["usb", "pci.0", "ide"],
  );
  assert.equal(devices?.serials[0]?.alias, "serial0");
  assert.equal(devices?.consoles[0]?.alias, "serial0");
  assert.equal(devices?.interfaces[0]?.alias, "net0");
});

test("what this QEMU cannot do is refused with place and libvirt's words", () => {
  const refused = (devices: string, message: RegExp, machine = "pc", head = ""): void =>
    assert.throws(
      () => complete(devices, machine, head),
      (error) => error instanceof DocumentError && message.test(error.message),
    );
  refused("", /Emulator '\/usr\/bin\/qemu-system-x86_64' does not support machine type 'nothing'/, "nothing");
  refused("<video><model type='xen'/></video>", /does not support video model 'xen'/);
  refused("<iommu model='intel'/>", /only supported with Q35 machines/);
  refused(
    "<disk type='file'><driver type='qcow2'/><source file='/a'/><target dev='vda'/><shareable/></disk>",
    /shared access for disk 'vda' requires use of supported storage format/,
  );
});

test("a document without a known emulator is an error", () => {
  const domain = parseDomain(document(""), { inactive: true });
  assert.throws(
    () => chooseEmulator(domain, fakeHostFacts({ emulatorFor: () => undefined })),
    /No emulator found for arch 'x86_64'/,
  );
  assert.throws(() => completeDomain({ ...domain, type: "xen" }, caps, facts), VirtError);
});
