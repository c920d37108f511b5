import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnyCodec, DocumentError, fieldsOf } from "@tsvirt/codec/xml";
import { arbitrary } from "@tsvirt/codec/xml/testing";
import fc from "fast-check";
import { localName } from "../../compare/located.ts";
import { formatDomain, parseDomain } from "../document.ts";
import { Domain } from "../domain.ts";
import { changePatterns } from "./changes.ts";
import { diff } from "./diff.ts";
import { filledInPatterns } from "./filled-in.ts";
import { identityPatterns } from "./identities.ts";
import { sameDomain } from "./same-domain.ts";

/** A definition as a daemon shows it. */
const complete = `<domain type='kvm'>
  <name>vm</name>
  <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <cpu mode='custom' match='exact' check='none'>
    <model fallback='forbid'>qemu64</model>
  </cpu>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/images/a.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
      <address type='drive' controller='0' bus='0' target='0' unit='0'/>
    </disk>
    <controller type='usb' index='0' model='qemu-xhci' ports='15'/>
    <controller type='sata' index='0'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x1f' function='0x2'/>
    </controller>
    <controller type='pci' index='0' model='pcie-root'/>
    <interface type='network'>
      <mac address='52:54:00:aa:bb:cc'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'>
      <target type='isa-serial' port='0'>
        <model name='isa-serial'/>
      </target>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
    <graphics type='vnc' port='-1' autoport='yes'>
      <listen type='address'/>
    </graphics>
    <video>
      <model type='vga' vram='16384' heads='1' primary='yes'/>
    </video>
    <memballoon model='virtio'/>
  </devices>
</domain>`;

/** What a person would write for the same guest. */
const short = `<domain type='kvm'>
  <name>vm</name>
  <devices>
    <graphics type='vnc'/>
    <interface type='network'><model type='virtio'/><source network='default'/></interface>
    <disk device='cdrom'><target dev='sda' bus='sata'/></disk>
    <disk type='file'>
      <target dev='vda'/>
      <source file='/images/a.qcow2'/>
      <driver type='qcow2'/>
    </disk>
    <serial type='pty'/>
    <video><model type='vga'/></video>
    <controller type='usb' model='qemu-xhci' ports='15'/>
  </devices>
  <os><type machine='q35'>hvm</type></os>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
</domain>`;

test("what a driver fills in, order, units and spellings do not count", () => {
  assert.deepEqual(sameDomain(short, complete), { same: true, differences: [] });
  assert.deepEqual(sameDomain(complete, short), { same: true, differences: [] });
  assert.deepEqual(sameDomain(short, complete, { complete: "second" }).differences, []);
});

test("what only a running guest has does not count", () => {
  const running = complete
    .replace("<domain type='kvm'>", "<domain type='kvm' id='7'>")
    .replace("<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><alias name='virtio-disk0'/>")
    .replace("<source file='/images/a.qcow2'/>", "<source file='/images/a.qcow2' index='2'/>");
  assert.equal(sameDomain(running, complete).same, true);
});

test("of two complete documents the one that lacks something differs", () => {
  const without = complete.replace("    <memballoon model='virtio'/>\n", "");
  assert.equal(sameDomain(complete, without).same, true);
  assert.deepEqual(sameDomain(complete, without, { complete: "both" }).differences, [
    { path: "/domain/devices/memballoon", kind: "removed", before: "<memballoon model='virtio'/>" },
  ]);
});

test("differences are named by path, with both texts", () => {
  const other = complete
    .replace("<vcpu placement='static'>2<", "<vcpu placement='static'>4<")
    .replace("bus='0x04' slot='0x00'", "bus='0x05' slot='0x00'")
    .replace("<model type='vga' vram='16384'", "<model type='qxl' vram='16384'")
    .replace("type='qcow2'/>", "type='qcow2' cache='none'/>");
  assert.deepEqual(sameDomain(complete, other).differences, [
    { path: "/domain/vcpu", kind: "changed", before: "2", after: "4" },
    {
      path: "/domain/devices/disk[target/@dev='vda']/driver/@cache",
      kind: "added",
      after: "none",
    },
    {
      path: "/domain/devices/disk[target/@dev='vda']/address/@bus",
      kind: "changed",
      before: "0x04",
      after: "0x05",
    },
    { path: "/domain/devices/video/model/@type", kind: "changed", before: "vga", after: "qxl" },
  ]);
});

test("items of a list are found by what names them", () => {
  const other = complete.replace(/ {4}<disk type='file' device='disk'>[\s\S]*?<\/disk>\n/, "");
  const [gone, ...rest] = sameDomain(complete, other).differences;
  assert.equal(gone?.path, "/domain/devices/disk[target/@dev='vda']");
  assert.equal(gone?.kind, "removed");
  assert.match(gone?.before ?? "", /^<disk type='file' device='disk'>\n/);
  assert.deepEqual(rest, []);
});

test("the order of boot devices and of pass-through arguments counts", () => {
  const booting = (...devices: readonly string[]) =>
    complete.replace("<boot dev='hd'/>", devices.map((dev) => `<boot dev='${dev}'/>`).join(""));
  assert.deepEqual(
    sameDomain(booting("hd", "network"), booting("network", "hd")).differences.map(({ path }) => path),
    ["/domain/os/boot[1]/@dev", "/domain/os/boot[2]/@dev"],
  );
});

test("secrets are compared but not shown", () => {
  const withPassword = (word: string) => complete.replace("autoport='yes'>", `autoport='yes' passwd='${word}'>`);
  assert.equal(sameDomain(withPassword("a"), withPassword("a")).same, true);
  const { differences } = sameDomain(withPassword("hunter1"), withPassword("hunter2"));
  assert.deepEqual(differences, [
    {
      path: "/domain/devices/graphics[@type='vnc']/@passwd",
      kind: "changed",
      before: "(secret)",
      after: "(secret)",
    },
  ]);
});

test("a removed thing that nothing brings back is a difference", () => {
  const richer = complete
    .replace("<controller type='pci'", "<controller type='scsi' index='0' model='virtio-scsi'/><controller type='pci'")
    .replace("<cpu mode='custom' match='exact' check='none'>", "<cpu mode='host-passthrough' check='none'>");
  const paths = sameDomain(richer, short, { complete: "first" }).differences.map(({ path }) => path);
  assert.deepEqual(paths, ["/domain/cpu", "/domain/devices/controller[@type='scsi' and @index='0']"]);
});

test("a document that is none is refused with its file's name", () => {
  assert.throws(
    () => sameDomain(complete, "<domain type='kvm'/>", { files: [undefined, "vm.xml"] }),
    (error) => error instanceof DocumentError && error.file === "vm.xml",
  );
});

const times: readonly (readonly [string, (xml: string) => string, string, string])[] = [
  ["title", (xml) => xml.replace("</uuid>", "</uuid><title>t</title>"), "live", "virsh desc --title"],
  ["balloon", (xml) => xml.replace("1048576</currentMemory>", "524288</currentMemory>"), "live", "virsh setmem"],
  ["number of CPUs", (xml) => xml.replace(">2</vcpu>", ">4</vcpu>"), "boot", "virsh define"],
  [
    "CPUs in use",
    (xml) => xml.replace("placement='static'>", "placement='static' current='1'>"),
    "live",
    "virsh setvcpus",
  ],
  ["machine", (xml) => xml.replace("pc-q35-7.2", "pc-q35-7.1"), "boot", "virsh define"],
  ["architecture", (xml) => xml.replace("x86_64' machine", "i686' machine"), "new", "another kind of machine"],
  ["uuid", (xml) => xml.replace("1809</uuid>", "1810</uuid>"), "new", "a guest keeps its UUID"],
  [
    "medium",
    (xml) => xml.replace("<target dev='sda'", "<source file='/a.iso'/><target dev='sda'"),
    "live",
    "virsh change-media",
  ],
  ["image of a disk", (xml) => xml.replace("a.qcow2", "b.qcow2"), "boot", "virsh define"],
  [
    "new virtio disk",
    (xml) =>
      xml.replace(
        "<controller type='usb'",
        "<disk type='file'><source file='/b'/><target dev='vdb'/></disk><controller type='usb'",
      ),
    "live",
    "virsh attach-device",
  ],
  ["network card", (xml) => xml.replace(/<interface[\s\S]*<\/interface>/, ""), "live", "virsh detach-device"],
  ["link", (xml) => xml.replace("</interface>", "<link state='down'/></interface>"), "live", "virsh domif-setlink"],
  ["network", (xml) => xml.replace("network='default'", "network='lan'"), "live", "virsh update-device"],
  ["card model", (xml) => xml.replace("<model type='virtio'/>", "<model type='e1000'/>"), "boot", "virsh define"],
  ["video", (xml) => xml.replace("<model type='vga'", "<model type='qxl'"), "boot", "virsh define"],
];
for (const [what, change, when, how] of times) {
  test(`a change of ${what}: ${when}`, () => {
    const changes = diff(complete, change(complete), { complete: "both" });
    assert.equal(changes.length, 1, JSON.stringify(changes));
    assert.equal(changes[0]?.when, when);
    assert.equal(changes[0]?.how, how);
  });
}

test("nothing changes between a definition and itself", () => {
  assert.deepEqual(diff(complete, complete), []);
});

/** Whether a path of XML names is declared below a codec. */
function isDeclared(codec: AnyCodec, steps: readonly string[]): boolean {
  const [step, ...rest] = steps;
  const { parts } = codec;
  if (step === undefined) return true;
  if (parts?.kind === "leaf") return rest.length === 0 && step === `@${parts.attribute}`;
  if (parts?.kind === "union") return parts.members.some((member) => isDeclared(member, steps));
  return Object.entries(fieldsOf(codec) ?? {}).some(([key, { spec }]) => {
    const name = spec.name ?? key;
    if (spec.kind === "attribute") return rest.length === 0 && step === `@${name}`;
    const inner = spec.codec?.(key);
    if (inner === undefined) return rest.length === 0 && step === name;
    return inner.elementNames.some((each) => localName(each) === step.replace(/^qemu:/, "")) && isDeclared(inner, rest);
  });
}

test("every path that a rule names is declared", () => {
  const patterns = [
    ...changePatterns,
    ...filledInPatterns,
    ...identityPatterns.flatMap(([pattern, paths]) => [pattern, ...paths.map((path) => `${pattern}/${path}`)]),
  ];
  const undeclared = patterns.filter((pattern) => !isDeclared(Domain, pattern.split("/").slice(2)));
  assert.deepEqual(undeclared, []);
});

test("a generated document is the same as itself, and as what is written of it", () => {
  fc.assert(
    fc.property(arbitrary(Domain, { maxElements: 2, maxDepth: 4 }), (value) => {
      assert.deepEqual(sameDomain(value, value, { complete: "both" }).differences, []);
      const text = formatDomain({ ...value, name: "vm" }, { inactive: true, secure: true });
      let domain: Domain;
      try {
        domain = parseDomain(text, { inactive: true });
      } catch (error) {
        if (error instanceof DocumentError) return;
        throw error;
      }
      const again = formatDomain(domain, { inactive: true, secure: true });
      assert.deepEqual(sameDomain(text, again).differences, []);
    }),
    { numRuns: 60 },
  );
});
