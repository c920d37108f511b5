import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { buildCommandLine } from "../argv/build.ts";
import type { CommandLine } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeBuildContext, fakeHostFacts, probeTranscript } from "../testing/index.ts";
import { formatImportedDomain, importCommandLine } from "./import.ts";

let json: QemuCapabilities;
/** The same emulator, of the time when its options were text. */
let text: QemuCapabilities;
before(async () => {
  const transcript = new URL("../../fixtures/probe/qemu-7.2-x86_64.transcript", import.meta.url);
  json = await probeTranscript(await readFile(transcript, "utf8"));
  text = json.with([], ["device.json+hotplug", "netdev.json", "object.qapified"]);
});

const facts = fakeHostFacts();

function build(xml: string, caps: QemuCapabilities): CommandLine {
  const domain = parseDomain(xml, { inactive: true, hooks: qemuHooks(caps, facts), newMac: () => "52:54:00:00:00:01" });
  prepareStart(domain, caps, facts);
  for (const graphics of domain.devices?.graphics ?? []) {
    if (graphics.type === "vnc" && graphics.port === -1) graphics.port = 5900;
    if (graphics.type === "spice" && graphics.autoport === true) graphics.port = 5901;
  }
  return buildCommandLine(domain, caps, fakeBuildContext());
}

/** The command line of the document that a command line is imported to. */
function again(
  { emulator, args }: CommandLine,
  caps: QemuCapabilities,
): { readonly args: readonly string[]; readonly xml: string } {
  const xml = formatImportedDomain(importCommandLine(JSON.stringify([emulator, ...args])).domain);
  return { args: build(xml, caps).args, xml };
}

/** Documents of {@link fixtures} whose command line does not say everything, and why. */
const incomplete: ReadonlyMap<string, string> = new Map([
  ["i440fx-old.xml", "its disks have no bus, so that they stand in another order; a password is on no command line"],
  ["q35-all.xml", "a USB controller that libvirt adds stands behind one of a higher number"],
  ["uefi-auto.xml", "needs the firmware of a host"],
]);

const fixtures = new URL("../../fixtures/argv/", import.meta.url);
for (const name of (await readdir(fixtures)).filter((each) => each.endsWith(".xml"))) {
  test(`${name}: its command line comes back from the document that it is imported to`, async () => {
    if (incomplete.has(name)) return;
    const line = build(await readFile(new URL(name, fixtures), "utf8"), json);
    const { args, xml } = again(line, json);
    assert.deepEqual(args, line.args, xml);
  });
}

const onOff = fc.constantFrom("on", "off");
const attribute = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.option(value, { nil: undefined }).map((given) => (given === undefined ? "" : ` ${name}='${given}'`));
const join = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> => fc.tuple(...parts).map((all) => all.join(""));
const maybe = (xml: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(xml, { nil: "" });
/** Names with what the notations have to escape. */
const path = fc
  .stringMatching(/^\/[a-z ,='"{}\\-]{1,12}[a-z]$/)
  .map((value) => value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;"));

const virtioDriver = join(
  attribute("iommu", onOff),
  attribute("ats", onOff),
  attribute("packed", onOff),
  attribute("page_per_vq", onOff),
);

const pair = (type: string, source: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> =>
  source.map((xml) => [type, xml] as const);
const image: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  pair(
    "file",
    path.map((file) => `<source file='${file}'/>`),
  ),
  pair(
    "block",
    path.map((dev) => `<source dev='/dev${dev}'/>`),
  ),
  pair(
    "network",
    fc.nat(65_000).map((port) => `<source protocol='nbd' name='export'><host name='h' port='${port + 1}'/></source>`),
  ),
  pair(
    "network",
    fc.nat(200).map((lun) => `<source protocol='iscsi' name='iqn.2000-01.x:y/${lun}'><host name='h'/></source>`),
  ),
  pair("network", fc.constant("<source protocol='http' name='a/b.iso'><host name='h'/></source>")),
);

/** A disk on a bus, with the target that its place in the list gives it. */
const disk = fc
  .record({
    image,
    bus: fc.constantFrom("virtio", "ide", "scsi", "usb"),
    format: fc.constantFrom("raw", "qcow2", "vmdk"),
    backing: fc.boolean(),
    settings: join(
      attribute("cache", fc.constantFrom("none", "writethrough", "writeback", "directsync", "unsafe")),
      attribute("io", fc.constantFrom("threads", "io_uring")),
      attribute("discard", fc.constantFrom("unmap", "ignore")),
      attribute("detect_zeroes", fc.constantFrom("off", "on")),
      attribute("error_policy", fc.constantFrom("stop", "report", "ignore", "enospace")),
      attribute("rerror_policy", fc.constantFrom("stop", "report", "ignore")),
      attribute("copy_on_read", fc.constant("on")),
    ),
    virtio: join(
      attribute("queues", fc.constantFrom("2", "4")),
      attribute("queue_size", fc.constantFrom("128")),
      attribute("ioeventfd", onOff),
      attribute("event_idx", onOff),
      attribute("iothread", fc.constant("1")),
      virtioDriver,
    ),
    flags: join(
      maybe(fc.constant("<readonly/>")),
      maybe(fc.stringMatching(/^[A-Z0-9]{4,12}$/).map((s) => `<serial>${s}</serial>`)),
    ),
    sizes: maybe(fc.constant("<blockio logical_block_size='512' physical_block_size='4096'/>")),
  })
  .map(({ image: [type, source], bus, format, backing, settings, virtio, flags, sizes }) => (index: number) => {
    const prefix = bus === "virtio" ? "vd" : bus === "ide" ? "hd" : "sd";
    const dev = `${prefix}${String.fromCharCode(97 + index)}`;
    const below =
      backing && format === "qcow2" && type !== "network"
        ? "<backingStore type='file'><format type='raw'/><source file='/base'/><backingStore/></backingStore>"
        : "";
    return (
      `<disk type='${type}' device='disk'><driver name='qemu' type='${format}'${settings}${bus === "virtio" ? virtio : ""}/>` +
      `${source}${below}<target dev='${dev}' bus='${bus}'/>${sizes}${bus === "ide" ? flags.replace("<readonly/>", "") : flags}</disk>`
    );
  });

const nic = fc
  .record({
    model: fc.constantFrom("virtio", "e1000", "rtl8139", "virtio-non-transitional"),
    type: fc.constantFrom(
      "<interface type='user'>",
      "<interface type='ethernet'>",
      "<interface type='client'><source address='1.2.3.4' port='5'/>",
    ),
    driver: join(
      attribute("txmode", fc.constantFrom("iothread", "timer")),
      attribute("ioeventfd", onOff),
      attribute("rx_queue_size", fc.constantFrom("512")),
      virtioDriver,
    ),
    offloads: maybe(fc.constant("<host csum='off' gso='on' mrg_rxbuf='off'/><guest tso4='off' ufo='on'/>")),
    rom: maybe(fc.constantFrom("<rom bar='off'/>", "<rom enabled='no'/>", "<rom file='/rom'/>")),
    mtu: maybe(fc.constant("<mtu size='1400'/>")),
  })
  .map(({ model, type, driver, offloads, rom, mtu }) => (index: number) => {
    const isVirtio = model.startsWith("virtio");
    return (
      `${type}<mac address='52:54:00:00:00:0${index}'/><model type='${model}'/>` +
      `${isVirtio ? `<driver${driver}>${offloads}</driver>${mtu}` : ""}${rom}</interface>`
    );
  });

const chardev = fc.constantFrom(
  ["pty", ""],
  ["null", ""],
  ["unix", "<source mode='bind' path='/s,1'/>"],
  ["unix", "<source mode='connect' path='/s'><reconnect enabled='yes' timeout='3'/></source>"],
  ["tcp", "<source mode='bind' host='127.0.0.1' service='5'/><protocol type='telnet'/>"],
  ["udp", "<source mode='bind' host='1.1.1.1' service='5'/><source mode='connect' host='2.2.2.2' service='6'/>"],
  ["dev", "<source path='/dev/ttyS0'/>"],
) as fc.Arbitrary<[string, string]>;

const devices = fc
  .record({
    disks: fc.array(disk, { maxLength: 4 }),
    nics: fc.array(nic, { maxLength: 3 }),
    serials: fc.array(chardev, { maxLength: 3 }),
    channels: fc.array(chardev, { maxLength: 3 }),
    sounds: fc.subarray(["ich6", "ich9", "ac97", "es1370"]),
    inputs: fc.subarray([
      "<input type='tablet' bus='usb'/>",
      "<input type='keyboard' bus='virtio'/>",
      "<input type='mouse' bus='virtio' model='virtio-non-transitional'/>",
    ]),
    graphics: fc.subarray([
      "<graphics type='vnc' port='5903' listen='0.0.0.0' sharePolicy='ignore' keymap='de'/>",
      "<graphics type='spice' port='5910' listen='127.0.0.1'><image compression='off'/><clipboard copypaste='no'/></graphics>",
    ]),
    video: fc.constantFrom(
      "qxl' ram='65536' vram='32768' vgamem='8192",
      "vga' vram='16384",
      "cirrus",
      "virtio",
      "none",
    ),
    others: fc.subarray([
      "<rng model='virtio'><rate bytes='64' period='10'/><backend model='random'>/dev/urandom</backend></rng>",
      "<rng model='virtio'><backend model='builtin'/></rng>",
      "<watchdog model='i6300esb' action='poweroff'/>",
      "<filesystem accessmode='mapped' fmode='0644' dmode='0755'><source dir='/a,b'/><target dir='tag'/><readonly/></filesystem>",
      "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='6' slot='2' function='1'/></source></hostdev>",
      "<hostdev mode='subsystem' type='usb'><source><address bus='1' device='4'/></source></hostdev>",
      "<tpm model='tpm-crb'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>",
      "<panic model='isa'/>",
      "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
      "<vsock><cid auto='no' address='5'/></vsock>",
      "<memballoon model='virtio' autodeflate='on'/>",
    ]),
  })
  .map(({ disks, nics, serials, channels, sounds, inputs, graphics, video, others }) => {
    const balloon = others.some((xml) => xml.startsWith("<memballoon")) ? "" : "<memballoon model='none'/>";
    return [
      ...disks.map((make, index) => make(index)),
      ...nics.map((make, index) => make(index)),
      ...serials.map(([type, xml], port) => `<serial type='${type}'>${xml}<target port='${port}'/></serial>`),
      ...channels
        .filter(([type]) => type !== "dev")
        .map(
          ([type, xml], index) => `<channel type='${type}'>${xml}<target type='virtio' name='c.${index}'/></channel>`,
        ),
      ...inputs,
      ...graphics,
      ...sounds.map((model) => `<sound model='${model}'/>`),
      `<video><model type='${video}'/></video>`,
      ...others,
      balloon,
    ].join("\n");
  });

const features = fc
  .subarray([
    "<acpi/>",
    "<apic eoi='on'/>",
    "<hyperv><relaxed state='on'/><spinlocks state='on' retries='4096'/><stimer state='on'/><synic state='on'/><vpindex state='on'/></hyperv>",
    "<kvm><hidden state='on'/></kvm>",
    "<pmu state='off'/>",
    "<vmport state='off'/>",
    "<vmcoreinfo state='on'/>",
    "<ioapic driver='qemu'/>",
  ])
  .map((all) => (all.length === 0 ? "" : `<features>${all.join("")}</features>`));

const timers = fc.subarray([
  "<timer name='rtc' tickpolicy='catchup' track='guest'/>",
  "<timer name='pit' tickpolicy='delay'/>",
  "<timer name='hpet' present='no'/>",
  "<timer name='kvmclock' present='no'/>",
]);

const document = fc
  .record({
    machine: fc.constantFrom("pc-i440fx-7.2", "pc-q35-7.2"),
    memory: fc.integer({ min: 16, max: 4096 }).map((mib) => mib * 1024),
    backing: maybe(
      fc.constantFrom(
        "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>",
        "<memoryBacking><hugepages/></memoryBacking>",
        "<memoryBacking><locked/><nosharepages/></memoryBacking>",
        "<memoryBacking><source type='file'/><allocation mode='immediate'/></memoryBacking>",
      ),
    ),
    cpu: fc.constantFrom(
      "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Nehalem</model><feature policy='require' name='aes'/><feature policy='disable' name='vme'/></cpu>",
      "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>qemu64</model><topology sockets='2' dies='1' cores='2' threads='1'/></cpu>",
      "",
    ),
    boot: maybe(
      fc.constantFrom(
        "<boot dev='hd'/>",
        "<boot dev='network'/><boot dev='hd'/>",
        "<bootmenu enable='yes' timeout='300'/><bios rebootTimeout='5'/>",
      ),
    ),
    kernel: maybe(fc.constant("<kernel>/k,1</kernel><initrd>/i</initrd><cmdline>a=b, c 'd'</cmdline>")),
    clock: fc.constantFrom("offset='utc'", "offset='localtime'", "offset='absolute' start='1000000000'"),
    pm: maybe(fc.constant("<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='yes'/></pm>")),
    features,
    timers,
    devices,
  })
  .map(
    ({
      machine,
      memory,
      backing,
      cpu,
      boot,
      kernel,
      clock,
      pm,
      features: some,
      timers: ticks,
      devices: all,
    }) => `<domain type='qemu'>
<name>guest</name><uuid>d1d1d1d1-0000-4000-8000-000000000001</uuid>
<memory>${memory}</memory>${backing}<vcpu>4</vcpu><iothreads>1</iothreads>
<os><type arch='x86_64' machine='${machine}'>hvm</type>${kernel}${boot}</os>
${some}${cpu}<clock ${clock}>${ticks.join("")}</clock>${pm}
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
${machine.includes("q35") ? all.replaceAll(/bus='ide'/g, "bus='sata'").replaceAll(/dev='hd/g, "dev='sd") : all}
</devices></domain>`,
  );

for (const notation of ["json", "text"] as const) {
  test(`what documents become comes back from what it is imported to (${notation})`, () => {
    const caps = notation === "json" ? json : text;
    fc.assert(
      fc.property(document, (xml) => {
        let line: CommandLine;
        try {
          line = build(xml, caps);
        } catch {
          // Two devices of the document want the same place: there is nothing to import.
          fc.pre(false);
          return;
        }
        const back = again(line, caps);
        assert.deepEqual(back.args, line.args, `${xml}\n${back.xml}`);
      }),
      { numRuns: 100 },
    );
  });
}
