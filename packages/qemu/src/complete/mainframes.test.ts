import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, formatDomain, parseDomain } from "@tsvirt/model/domain";
import fc from "fast-check";
import { buildCommandLine } from "../argv/build.ts";
import type { HostFacts } from "../argv/context.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { fakeBuildContext, fakeHostFacts } from "../testing/index.ts";
import { prepareStart, qemuHooks } from "./complete.ts";

/** Guests of s390 and POWER: addresses, defaults, command lines, and what is refused. */

interface Guest {
  readonly arch?: string;
  readonly machine?: string;
  readonly type?: "kvm" | "qemu";
  readonly flags?: readonly string[];
  readonly head?: string;
  readonly os?: string;
  readonly abiUpdate?: boolean;
  readonly facts?: Partial<HostFacts>;
}

const ccw: Guest = {
  arch: "s390x",
  machine: "s390-ccw-virtio",
  flags: [
    "zpci",
    "vfio-ccw",
    "vfio-ap",
    "vfio-pci",
    "s390-sclp",
    "sclplmconsole",
    "loadparm",
    "virtio-mouse",
    "virtio-mouse-ccw",
    "virtio-gpu",
    "aes-key-wrap",
    "query-cpu-model-expansion",
    "virtio-scsi-pci",
    "VGA",
  ],
};
const power: Guest = {
  arch: "ppc64",
  machine: "pseries",
  flags: [
    "spapr-pci-host-bridge",
    "spapr-vty",
    "pci-ohci",
    "qemu-xhci",
    "usb-kbd",
    "nvram",
    "tpm-spapr",
    "spapr-tpm-proxy",
    "tpm-emulator",
    "tpm-passthrough",
    "virtio-scsi-pci",
    "VGA",
    "vfio-pci",
    "nvdimm",
    "pc-dimm",
    "spapr-pci-host-bridge.numa_node",
  ],
};

function capabilities({ arch = "", machine = "", flags = [] }: Guest): QemuCapabilities {
  const machines = { [arch]: [machine] };
  const cpuModels = { s390x: ["z14"], ppc64: ["POWER7", "POWER8"], x86: ["qemu64"] };
  const caps = declaredCapabilities({ flags, machines: { kvm: machines, qemu: machines }, cpuModels, gic: [] }, arch);
  assert.ok(caps);
  return caps;
}

function complete(devices: string, guest: Guest): Domain {
  const { arch = "", machine = "", type = "qemu", head = "", os = "", abiUpdate = false, facts } = guest;
  const memory = head.includes("<memory") ? "" : "<memory unit='MiB'>512</memory>";
  const text = `<domain type='${type}'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid>
${memory}<os><type arch='${arch}' machine='${machine}'>hvm</type>${os}</os>${head}<devices>${devices}</devices></domain>`;
  const host = fakeHostFacts({ arch, ...facts });
  return parseDomain(text, { inactive: true, abiUpdate, hooks: qemuHooks(capabilities(guest), host, { abiUpdate }) });
}

/** Arguments of the command line, each option with its value. */
function build(devices: string, guest: Guest, hostCpuModel?: string): string[] {
  const domain = complete(devices, guest);
  const caps = capabilities(guest);
  const hostCpu = { model: hostCpuModel, vendor: undefined, features: [] };
  prepareStart(domain, caps, fakeHostFacts({ arch: guest.arch ?? "", hostCpu }));
  const { args } = buildCommandLine(domain, caps, fakeBuildContext());
  return args.flatMap((arg, index) => (arg.startsWith("-") ? [`${arg} ${args[index + 1] ?? ""}`] : []));
}

const option = (args: readonly string[], name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`${name} `))?.slice(name.length + 1);

const devices = (args: readonly string[]): string[] =>
  args.filter((arg) => arg.startsWith("-device ")).map((arg) => arg.slice(8));

function ccwOf(device: { address?: Domain["devices"] extends infer _ ? unknown : never } | undefined): string {
  const address = device?.address as { type?: string; cssid?: number; ssid?: number; devno?: number } | undefined;
  return address?.type === "ccw" ? `${address.cssid?.toString(16)}.${address.ssid}.${address.devno}` : "none";
}

const disk = (target: string, address = ""): string =>
  `<disk type='file'><source file='/a'/><target dev='${target}' bus='virtio'/>${address}</disk>`;
/** Models of different lengths are different devices. */
const mdev = (model: string, more = ""): string =>
  `<hostdev mode='subsystem' type='mdev' model='${model}'><source><address uuid='90c6c135-ad44-41d0-b1b7-bae47de4862${model.length}'/></source>${more}</hostdev>`;

test("virtio devices of s390 are channel devices, numbered in libvirt's order of devices", () => {
  const { devices: found } = complete(
    `<rng model='virtio'><backend model='random'>/dev/random</backend></rng>${disk("vda")}${disk("vdb")}
<interface type='user'/><input type='mouse' bus='virtio'/><video><model type='virtio'/></video><vsock/>
<controller type='scsi'/>`,
    { ...ccw, flags: [...(ccw.flags ?? []), "vhost-vsock", "virtio-rng", "rng-random", "virtio-scsi-pci"] },
  );
  assert.equal(ccwOf(found?.disks[0]), "fe.0.0");
  assert.equal(ccwOf(found?.disks[1]), "fe.0.1");
  assert.equal(ccwOf(found?.interfaces[0]), "fe.0.2");
  assert.equal(ccwOf(found?.videos[0]), "fe.0.3");
  assert.equal(ccwOf(found?.controllers.find(({ type }) => type === "scsi")), "fe.0.4");
  assert.equal(ccwOf(found?.inputs[0]), "fe.0.5");
  assert.equal(ccwOf(found?.memballoon), "fe.0.6");
  assert.equal(ccwOf(found?.rngs[0]), "fe.0.7");
  assert.equal(ccwOf(found?.vsock), "fe.0.8");
});

test("numbers that the document gives are kept and passed over", () => {
  const given = "<address type='ccw' cssid='0xfe' ssid='0' devno='0x0001'/>";
  const { devices: found } = complete(disk("vda") + disk("vdb", given) + disk("vdc"), ccw);
  assert.deepEqual(found?.disks.map(ccwOf), ["fe.0.0", "fe.0.1", "fe.0.2"]);
  assert.throws(
    () => complete(disk("vda", given) + disk("vdb", given), ccw),
    /XML error: The CCW devno 'fe\.0\.0001' is in use already/,
  );
});

test("no two channel devices have one number, whatever the document gives", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 6 }), fc.nat(6), (given, more) => {
      const letters = "abcdefghijklmnop";
      const text = [...given, ...Array.from({ length: more }, () => undefined)]
        .map((devno, index) =>
          disk(
            `vd${letters[index]}`,
            devno === undefined ? "" : `<address type='ccw' cssid='0xfe' ssid='0' devno='${devno}'/>`,
          ),
        )
        .join("");
      const places = complete(text, ccw).devices?.disks.map(ccwOf) ?? [];
      assert.equal(new Set(places).size, given.length + more);
      assert.ok(given.every((devno) => places.includes(`fe.0.${devno}`)));
    }),
    { numRuns: 40 },
  );
});

test("channel devices of the host are numbered, its crypto adapters have no place", () => {
  const { devices: found } = complete(mdev("vfio-ccw") + mdev("vfio-ap"), ccw);
  assert.equal(ccwOf(found?.hostdevs[0]), "fe.0.0");
  assert.equal(found?.hostdevs[1]?.address, undefined);
  const args = devices(build(mdev("vfio-ccw") + mdev("vfio-ap"), ccw));
  assert.match(args[0] ?? "", /^vfio-ccw,id=hostdev0,sysfsdev=.*,devno=fe\.0\.0000$/);
  assert.match(args[1] ?? "", /^vfio-ap,id=hostdev1,sysfsdev=/);
});

const hostPci = (slot: number, zpci = ""): string =>
  `<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0' slot='${slot}' function='0'/></source>
<address type='pci'>${zpci}</address></hostdev>`;
const zpciOf = (domain: Domain): unknown[] =>
  (domain.devices?.hostdevs ?? []).map(({ address }) => (address?.type === "pci" ? address.zpci : undefined));

test("PCI devices of s390 get the lowest numbers that are free, in the command line before themselves", () => {
  const three = hostPci(1) + hostPci(2, "<zpci uid='1'/>") + hostPci(4);
  assert.deepEqual(zpciOf(complete(three, ccw)), [
    { uid: 2, fid: 1 },
    { uid: 1, fid: 0 },
    { uid: 3, fid: 2 },
  ]);
  const args = devices(build(three, ccw));
  assert.equal(args[0], "zpci,uid=2,fid=1,target=hostdev0,id=zpci2");
  assert.match(args[1] ?? "", /^vfio-pci,host=0000:00:01\.0,id=hostdev0,bus=pci\.0,addr=0x1$/);
  const refuse = (text: string, message: RegExp, flags = ccw.flags ?? []): void => {
    assert.throws(() => complete(text, { ...ccw, flags }), message);
  };
  refuse(hostPci(1, "<zpci uid='9'/>") + hostPci(2, "<zpci uid='9' fid='1'/>"), /zPCI uid 11 is already reserved/);
  refuse(hostPci(1, "<zpci uid='0' fid='1'/>"), /Invalid PCI address uid='0x0000', must be > 0x0000 and <= 0xffff/);
  refuse(hostPci(1, "<zpci uid='0x10000' fid='1'/>"), /Invalid PCI address uid='0x10000'/);
  const bare = ["vfio-pci"];
  const place = "<address type='pci' domain='0' bus='0' slot='1' function='0'><zpci uid='1' fid='0'/></address>";
  const root = "<controller type='pci' index='0' model='pci-root'/>";
  refuse(
    root + hostPci(1).replace(/<address type='pci'>.*/, `${place}</hostdev>`),
    /This QEMU binary doesn't support zPCI/,
    bare,
  );
});

test("half a pair of zPCI numbers is shown whole where nobody gives the other", () => {
  const text = `<domain type='test'><name>t</name><memory>1024</memory><os><type>hvm</type></os><devices>${hostPci(1, "<zpci fid='7'/>")}</devices></domain>`;
  assert.match(formatDomain(parseDomain(text)), /<zpci uid='0x0000' fid='0x00000007'\/>/);
});

test("s390 has no USB, a panic of its own, virtio cards and consoles of the firmware", () => {
  const { devices: found } = complete("<serial type='pty'/><interface type='user'/><controller type='usb'/>", ccw);
  assert.deepEqual(found?.serials[0]?.target, { type: "sclp-serial", port: 0, model: { name: "sclpconsole" } });
  assert.equal(found?.interfaces[0]?.model, "virtio");
  assert.equal(found?.panics[0]?.model, "s390");
  assert.equal(found?.controllers.find(({ type }) => type === "usb")?.model, "none");
  const args = build("<console type='pty'><target type='sclplm'/></console>", ccw);
  assert.ok(devices(args).includes("sclplmconsole,chardev=charconsole0,id=console0"));
  assert.ok(!args.some((arg) => arg.startsWith("-usb")));
});

test("keys, the boot loader's parameter and protected guests are settings of the machine", () => {
  const booted = `<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/><boot order='1' loadparm='system1'/></disk>`;
  const guest = { ...ccw, head: "<keywrap><cipher name='aes' state='off'/></keywrap>" };
  const machine = option(build(booted, guest), "-machine") ?? "";
  assert.match(machine, /,aes-key-wrap=off,.*loadparm=SYSTEM1/);
  assert.throws(
    () => build("", { ...ccw, head: "<keywrap><cipher name='dea' state='on'/></keywrap>" }),
    /dea-key-wrap is not available with this QEMU binary/,
  );
});

test("CPUs of s390: features are required or not, and QEMU must be able to say what they are", () => {
  const cpu = (inside: string): string => `<cpu mode='custom' match='exact'><model>z14</model>${inside}</cpu>`;
  const guest = (head: string): Guest => ({ ...ccw, head });
  const args = build("", guest(cpu("<feature policy='require' name='gs'/><feature policy='disable' name='te'/>")));
  assert.equal(option(args, "-cpu"), "z14,gs=on,te=off");
  assert.throws(
    () => build("", guest(cpu("<feature policy='optional' name='gs'/>"))),
    /only cpu feature policies 'require' and 'disable' are supported for gs/,
  );
  assert.throws(
    () => build("", { ...guest(cpu("<feature policy='require' name='gs'/>")), flags: [] }),
    /internal error: CPU features not supported by hypervisor for s390x architecture/,
  );
});

test("a POWER guest has a host bridge, a panic of its own, and USB for a keyboard and a mouse", () => {
  const { devices: found } = complete("<graphics type='vnc'/><serial type='pty'/>", {
    ...power,
    flags: [...(power.flags ?? []), "vnc"],
  });
  assert.deepEqual(
    found?.controllers.map(({ type, model, target }) => [type, model, target?.index]),
    [
      ["usb", "pci-ohci", undefined],
      ["pci", "pci-root", 0],
    ],
  );
  assert.deepEqual(found?.controllers[1]?.modelName, { name: "spapr-pci-host-bridge" });
  assert.deepEqual(
    found?.inputs.map(({ type, bus }) => [type, bus]),
    [
      ["keyboard", "usb"],
      ["mouse", "usb"],
    ],
  );
  assert.equal(found?.panics[0]?.model, "pseries");
  assert.equal(found?.videos[0]?.model?.type, "vga");
  assert.deepEqual(found?.serials[0]?.address, { type: "spapr-vio", reg: 0x3000_0000n });
  // Only new guests get the better controller.
  const [usb] = complete("", { ...power, abiUpdate: true }).devices?.controllers ?? [];
  assert.equal(usb?.model, "qemu-xhci");
});

test("registers of POWER's virtual bus start where QEMU counts from, and are never used twice", () => {
  const vty = (address = ""): string => `<serial type='pty'>${address}</serial>`;
  const at = (reg: string): string => `<address type='spapr-vio' reg='${reg}'/>`;
  const { devices: found } = complete(
    `${vty()}${vty(at("0x30001000"))}${vty()}<nvram/><controller type='scsi'/><controller type='scsi' index='1'/>
<interface type='user'><model type='spapr-vlan'/></interface><tpm><backend type='emulator'/></tpm>`,
    power,
  );
  const reg = (device: unknown): unknown => (device as { address?: { reg?: bigint } } | undefined)?.address?.reg;
  assert.deepEqual(found?.serials.map(reg), [0x3000_0000n, 0x3000_1000n, 0x3000_2000n]);
  assert.deepEqual(found?.controllers.filter(({ type }) => type === "scsi").map(reg), [0x2000n, 0x3000n]);
  assert.equal(reg(found?.nvram), 0x4000n);
  assert.equal(reg(found?.interfaces[0]), 0x1000n);
  assert.equal(reg(found?.tpms[0]), 0x5000n);
  assert.throws(
    () => complete(vty(at("0x30000000")) + vty(at("0x30000000")), power),
    /XML error: spapr-vio address 0x30000000 already in use/,
  );
});

test("devices of the host share a host bridge only with those that are isolated with them", () => {
  const facts: Partial<HostFacts> = {
    pciDevice: (address) => ({ iommuGroup: address.startsWith("0000:00:03") ? 7 : 4 }),
  };
  const args = devices(build(hostPci(1) + hostPci(2) + hostPci(3), { ...power, facts }));
  assert.ok(args.includes("spapr-pci-host-bridge,index=1,id=pci.1"));
  assert.ok(args.includes("spapr-pci-host-bridge,index=2,id=pci.2"));
  const places = args.filter((arg) => arg.startsWith("vfio-pci")).map((arg) => /bus=.*$/.exec(arg)?.[0]);
  assert.deepEqual(places, ["bus=pci.1.0,addr=0x1", "bus=pci.1.0,addr=0x2", "bus=pci.2.0,addr=0x1"]);
});

test("host bridges can belong to a node of memory, but for the first", () => {
  const bridge = (index: number, target: string): string =>
    `<controller type='pci' index='${index}' model='pci-root'><target index='${index}'>${target}</target></controller>`;
  const numa = `<cpu><numa><cell id='0' cpus='0' memory='524288'/></numa></cpu>`;
  const guest: Guest = { ...power, head: numa };
  assert.ok(
    devices(build(bridge(1, "<node>0</node>"), guest)).includes("spapr-pci-host-bridge,index=1,id=pci.1,numa_node=0"),
  );
  assert.throws(() => complete(bridge(0, "<node>0</node>"), guest), /can't be associated with a NUMA node/);
  const flags = (power.flags ?? []).filter((flag) => !flag.endsWith("numa_node"));
  assert.throws(
    () => complete(bridge(1, "<node>0</node>"), { ...guest, flags }),
    /Option 'numaNode' is not supported by 'spapr-pci-host-bridge' device with this QEMU binary/,
  );
});

test("memory of POWER comes in blocks of 256 MiB, an NVDIMM's part within its file", () => {
  assert.equal(option(build("", { ...power, head: "<memory unit='MiB'>300</memory>" }), "-m"), "512");
  const nvdimm = (size: number): string =>
    `<memory model='nvdimm'><uuid>49545eb3-75e1-2d0a-acdd-f0294406c99e</uuid><source><path>/tmp/n</path></source>
<target><size unit='KiB'>${size}</size><node>0</node><label><size unit='KiB'>128</size></label></target></memory>`;
  const head = `<maxMemory slots='2' unit='MiB'>8192</maxMemory><memory unit='MiB'>2048</memory>
<cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu>`;
  const args = build(nvdimm(550_000), { ...power, head });
  assert.ok(
    args.some((arg) => arg.includes(`size=${(524_288 + 128) * 1024}`)),
    args.join("\n"),
  );
  assert.equal(
    complete(nvdimm(550_000), { ...power, head, abiUpdate: true }).devices?.memories[0]?.target.size,
    524_288 + 128,
  );
  assert.throws(
    () => complete(nvdimm(200_000), { ...power, head, abiUpdate: true }),
    /minimum target size for the NVDIMM must be 256MB plus the label size/,
  );
});

test("a module's address in the guest is a number, which QEMU insists on", () => {
  const head = `<maxMemory slots='2' unit='MiB'>8192</maxMemory><memory unit='MiB'>2048</memory>
<cpu><numa><cell id='0' cpus='0' memory='1048576'/></numa></cpu>`;
  const module = `<memory model='dimm'><target><size unit='MiB'>256</size><node>0</node></target>
<address type='dimm' slot='0' base='0x100000000'/></memory>`;
  const args = build(module, { ...power, head, flags: [...(power.flags ?? []), "device.json+hotplug"] });
  const [text] = devices(args).filter((device) => device.includes("pc-dimm"));
  assert.deepEqual(JSON.parse(text ?? "{}"), {
    driver: "pc-dimm",
    node: 0,
    memdev: "memdimm0",
    id: "dimm0",
    slot: 0,
    addr: 0x1_0000_0000,
  });
});

test("a running guest's document shows the sizes that it really has", () => {
  const sizesOf = (arch: string, machine: string, kib: number): unknown => {
    const guest: Guest = {
      arch,
      machine,
      flags: ["spapr-pci-host-bridge"],
      head: `<memory unit='KiB'>${kib}</memory>`,
    };
    const domain = complete("", guest);
    prepareStart(domain, capabilities(guest), fakeHostFacts({ arch }));
    return [domain.memory?.kib, domain.currentMemory];
  };
  assert.deepEqual(sizesOf("x86_64", "pc", 219_100), [219_136, 219_100]);
  assert.deepEqual(sizesOf("ppc64", "pseries", 219_100), [262_144, 219_100]);
  assert.deepEqual(sizesOf("s390x", "s390-ccw-virtio", 65_536), [65_536, 65_536]);
});

test("features of sPAPR's firmware are settings of its machine", () => {
  const head = `<features><hpt resizing='required'><maxpagesize unit='MiB'>16</maxpagesize></hpt><htm state='off'/>
<nested-hv state='on'/><ccf-assist state='on'/><cfpc value='fixed'/><sbbc value='broken'/><ibs value='fixed-na'/></features>`;
  const flags = ["hpt-max-page-size", "htm", "nested-hv", "ccf-assist", "cfpc", "sbbc", "ibs"];
  const guest: Guest = {
    ...power,
    head,
    flags: [...(power.flags ?? []), ...flags.map((flag) => `machine.pseries.cap-${flag}`)],
  };
  assert.match(
    option(build("", guest), "-machine") ?? "",
    /,resize-hpt=required,cap-hpt-max-page-size=16384k,cap-htm=off,cap-nested-hv=on,cap-ccf-assist=on,cap-cfpc=fixed,cap-sbbc=broken,cap-ibs=fixed-na,/,
  );
});

test("the host's CPU can be held to what an older one knew, not to what a newer one will", () => {
  const head = "<cpu mode='host-model'><model>power8</model></cpu>";
  const guest: Guest = { ...power, type: "kvm", head };
  const args = build("", guest, "POWER9");
  assert.equal(option(args, "-cpu"), "host");
  assert.match(option(args, "-machine") ?? "", /,max-cpu-compat=power8/);
  assert.throws(() => build("", guest, "POWER7"), /the CPU is incompatible with host CPU/);
  const legacy = build("", { ...power, head: "<cpu mode='custom'><model>POWER7_v2.3</model></cpu>" });
  assert.equal(option(legacy, "-cpu"), "POWER7");
  const custom: Guest = { ...guest, head: "<cpu mode='custom'><model>POWER8</model></cpu>" };
  assert.throws(() => build("", custom, "POWER9"), /host CPU model does not match required CPU model POWER8/);
});

test("the host's TPM is lent to POWER's firmware without a back end", () => {
  const proxy = "<tpm model='spapr-tpm-proxy'><backend type='passthrough'><device path='/dev/tpmrm0'/></backend></tpm>";
  assert.ok(devices(build(proxy, power)).includes("spapr-tpm-proxy,id=tpm0,host-path=/dev/tpmrm0"));
  const own = "<tpm><backend type='emulator'/></tpm>";
  assert.equal(complete(proxy + own, power).devices?.tpms[1]?.model, "tpm-spapr");
  assert.throws(() => complete(proxy + proxy, power), /only a single TPM Proxy device is supported/);
  assert.throws(() => complete(own + own, power), /only a single TPM non-proxy device is supported/);
  assert.throws(
    () => complete("<tpm><backend type='emulator' version='1.2'/></tpm>", power),
    /TPM 1\.2 is not supported with the SPAPR device model/,
  );
});

test("boards that nobody knows better have platform devices and the controller QEMU makes", () => {
  const guest: Guest = { arch: "ppc", machine: "ppce500", flags: [], os: "<kernel>/k</kernel><dtb>/t.dtb</dtb>" };
  const args = build("<serial type='pty'/>", guest);
  assert.equal(option(args, "-serial"), "chardev:charserial0");
  assert.equal(option(args, "-dtb"), "/t.dtb");
  assert.ok(args.some((arg) => arg.startsWith("-usb")));
});

const refusals: Readonly<Record<string, readonly [devices: string, guest: Guest, says: RegExp]>> = {
  "a panic device of s390 with a place": [
    "<panic model='s390'><address type='isa' iobase='0x505'/></panic>",
    ccw,
    /setting the panic device address is not supported for model 's390'/,
  ],
  "a panic device of another architecture": [
    "<panic model='pseries'/>",
    ccw,
    /only pSeries guests support panic device of model 'pseries'/,
  ],
  "a watchdog of s390 elsewhere": ["<watchdog model='diag288'/>", power, /is allowed for s390 and s390x only/],
  "a watchdog of s390 with a place": [
    "<watchdog model='diag288'><address type='ccw' cssid='0xfe' ssid='0' devno='1'/></watchdog>",
    ccw,
    /diag288 model of watchdog is virtual and cannot go on any bus\./,
  ],
  "a serial port of POWER on s390": [
    "<serial type='pty'><target type='spapr-vio-serial'/></serial>",
    ccw,
    /Serial device with target type 'spapr-vio-serial' and target model 'spapr-vty' not compatible/,
  ],
  "a console of s390 with a place": [
    "<serial type='pty'><target type='sclp-serial'/><address type='ccw' cssid='0xfe' ssid='0' devno='1'/></serial>",
    ccw,
    /Target type 'sclp-serial' cannot have an associated address/,
  ],
  "a model of another kind of serial port": [
    "<serial type='pty'><target type='sclp-serial'><model name='spapr-vty'/></target></serial>",
    ccw,
    /Target model 'spapr-vty' requires target type 'spapr-vio-serial'/,
  ],
  "a parallel port": ["<parallel type='pty'/>", ccw, /parallel ports are not supported/],
  "two crypto adapters": [mdev("vfio-ap") + mdev("vfio-ap"), ccw, /Only one hostdev of model vfio-ap is supported/],
  "booting from a crypto adapter": [
    mdev("vfio-ap", "<boot order='1'/>"),
    ccw,
    /booting from assigned devices is not supported by mediated devices of model vfio-ap/,
  ],
  "a channel device on POWER": [
    disk("vda", "<address type='ccw' cssid='0xfe' ssid='0' devno='1'/>"),
    power,
    /cannot use CCW address type/,
  ],
  "a channel subsystem that no guest has": [
    disk("vda", "<address type='ccw' cssid='0xff' ssid='0' devno='0x1'/>"),
    ccw,
    /internal error: Invalid specification for virtio ccw address: cssid='0xff' ssid='0x0' devno='0x0001'/,
  ],
  "half a number of a channel device": [
    disk("vda", "<address type='ccw' cssid='0xfe'/>"),
    ccw,
    /internal error: Invalid partial specification for virtio ccw address/,
  ],
  "variables of POWER's firmware on s390": ["<nvram/>", ccw, /nvram device is only supported for PPC64/],
  "a second root of s390": [
    "<controller type='pci' index='1' model='pci-root'/>",
    ccw,
    /(should have index 0|must be 0)/,
  ],
  "a bridge by another's name": [
    "<controller type='pci' index='1' model='pci-bridge'><model name='pxb'/></controller>",
    power,
    /Option 'modelName' has invalid value for PCI controller with index '1', model 'pci-bridge' and modelName 'pxb'/,
  ],
  "a host bridge's setting on a bridge": [
    "<controller type='pci' index='1' model='pci-bridge'><target index='1'/></controller>",
    { ...power, flags: [...(power.flags ?? []), "pci-bridge"] },
    /Option 'targetIndex' is not valid for PCI controller with index '1', model 'pci-bridge' and modelName 'pci-bridge'/,
  ],
  "settings of virtio-scsi on another adapter": [
    "<controller type='scsi' model='ibmvscsi'><driver queues='2'/></controller>",
    power,
    /'queues' is only supported by virtio-scsi controller/,
  ],
  "IDE on POWER": ["<controller type='ide' index='0'/>", power, /IDE controllers are unsupported for this QEMU binary/],
  "a PS/2 mouse without its controller": ["<input type='mouse' bus='ps2'/>", power, /ps2 is not supported/],
  "a virtio tablet that is no channel device": [
    "<input type='tablet' bus='virtio'/>",
    { ...ccw, flags: [...(ccw.flags ?? []), "virtio-tablet"] },
    /virtio-tablet is not supported by this QEMU binary/,
  ],
};
for (const [name, [text, guest, says]] of Object.entries(refusals)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => complete(text, guest), says);
  });
}
