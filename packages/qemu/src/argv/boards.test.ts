import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeBuildContext, fakeHostFacts } from "../testing/index.ts";
import { buildCommandLine } from "./build.ts";

interface Guest {
  readonly arch?: string;
  readonly hostArch?: string;
  readonly type?: string;
  readonly cpus?: readonly string[];
  readonly machine?: string;
  readonly flags?: readonly string[];
  readonly head?: string;
  readonly devices?: string;
}

/** The command line of such a guest, one string an option. */
function argsOf({
  arch = "aarch64",
  hostArch = arch,
  machine = "virt",
  type = "qemu",
  flags = [],
  cpus = [],
  head = "",
  devices = "",
}: Guest): string[] {
  const machines = { [type]: { [arch]: [machine] }, qemu: { [arch]: [machine] } };
  const caps = declaredCapabilities({ flags, machines, cpuModels: { arm: cpus, x86: cpus } }, arch);
  assert.ok(caps);
  const facts = fakeHostFacts({ arch: hostArch });
  const domain = parseDomain(
    `<domain type='${type}'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid><memory>65536</memory>
<os><type arch='${arch}' machine='${machine}'>hvm</type></os>${head}<devices>${devices}</devices></domain>`,
    { inactive: true, hooks: qemuHooks(caps, facts) },
  );
  prepareStart(domain, caps, facts);
  const { args } = buildCommandLine(domain, caps, fakeBuildContext({ hostArch }));
  return args.flatMap((word, index) => (word.startsWith("-") ? [`${word} ${args[index + 1] ?? ""}`] : []));
}

const board = { arch: "armv7l", machine: "vexpress-a9" };

test("an SD card is a drive of the board, without block nodes", () => {
  const sd = (inner: string, attributes = ""): string[] =>
    argsOf({
      ...board,
      devices: `<disk type='file' ${attributes}>${inner}<target dev='sdb' bus='sd'/></disk>`,
    }).filter((text) => text.startsWith("-drive") || text.startsWith("-blockdev"));
  assert.deepEqual(sd("<source file='/a,b.raw'/>"), ["-drive file=/a,,b.raw,format=raw,if=sd,index=1"]);
  assert.deepEqual(
    sd(
      "<driver name='qemu' type='qcow2' cache='none' discard='ignore' detect_zeroes='unmap' io='threads'/><source file='/a'/><readonly/>",
    ),
    ["-drive file=/a,format=qcow2,if=sd,index=1,readonly=on,cache=none,discard=ignore,detect-zeroes=on,aio=threads"],
  );
});

test("a card of the board is no device; one on virtio-mmio is", () => {
  const nic = (model: string): string[] =>
    argsOf({
      ...board,
      flags: ["virtio-mmio"],
      devices: `<interface type='user'><mac address='52:54:00:09:a4:37'/>${model}</interface>`,
    }).filter((text) => text.includes("net0") && !text.startsWith("-netdev"));
  assert.deepEqual(nic(""), ["-net nic,macaddr=52:54:00:09:a4:37,netdev=hostnet0,model=lan9118,id=net0"]);
  assert.deepEqual(nic("<model type='virtio'/>"), [
    "-device virtio-net-device,netdev=hostnet0,id=net0,mac=52:54:00:09:a4:37",
  ]);
});

test("gic-version is said to QEMUs that know it", () => {
  const machine = (flags: readonly string[], version: string): string | undefined =>
    argsOf({ flags, head: `<features><gic version='${version}'/></features>` }).find((text) =>
      text.startsWith("-machine"),
    );
  assert.match(machine(["gic-version"], "2") ?? "", /gic-version=2/);
  assert.doesNotMatch(machine([], "2") ?? "", /gic-version/);
  assert.throws(() => machine([], "3"), /gic-version option is not available with this QEMU binary/);
});

test("machines with one PCI bus call it pci", () => {
  const slots = (guest: Guest): (string | undefined)[] =>
    argsOf({ ...guest, devices: "<interface type='user'><model type='e1000'/></interface>" })
      .filter((text) => text.startsWith("-device e1000"))
      .map((text) => /bus=([^,]*)/.exec(text)?.[1]);
  assert.deepEqual(slots({ arch: "mips", machine: "malta" }), ["pci"]);
  assert.deepEqual(slots({ arch: "sparc64", machine: "sun4u" }), ["pci"]);
  assert.deepEqual(slots({ arch: "ppc", machine: "ppce500" }), ["pci.0"]);
});

test("disks of a SPARC are on the adapter that it has", () => {
  const args = argsOf({
    arch: "sparc",
    machine: "SS-5",
    flags: ["ncr53c90"],
    devices: "<disk type='file'><source file='/a'/><target dev='sda'/></disk>",
  });
  assert.ok(args.some((text) => /^-device scsi-hd,bus=scsi\.0,scsi-id=0,/.test(text)));
  assert.ok(!args.some((text) => text.includes("esp") || text.includes("ncr53c90")));
});

const cpuOf = (guest: Guest): string | undefined => argsOf(guest).find((text) => text.startsWith("-cpu"));

test("a 32-bit guest of a 64-bit host has its processor without the wide half", () => {
  const guest = { arch: "armv7l", type: "kvm", head: "<cpu mode='host-passthrough'/>", flags: ["aarch64-off"] };
  assert.throws(() => cpuOf({ ...guest, hostArch: "x86_64" }), /is not supported by hypervisor/);
  assert.equal(cpuOf({ ...guest, hostArch: "aarch64" }), "-cpu host,aarch64=off");
  assert.equal(cpuOf(guest), "-cpu host");
});

test("ARM's CPUs have vector lengths for features, and QEMU's models", () => {
  const flags = ["query-cpu-model-expansion", "cpu-max"];
  const sve = "<cpu mode='maximum'><feature policy='require' name='sve256'/></cpu>";
  assert.equal(cpuOf({ flags, head: sve }), "-cpu max,sve256=on,sve=on");
  assert.throws(
    () => cpuOf({ flags: ["cpu-max"], head: sve }),
    /internal error: CPU features not supported by hypervisor for aarch64 architecture/,
  );
  assert.throws(
    () => cpuOf({ flags, head: "<cpu mode='maximum'><feature policy='require' name='vmx'/></cpu>" }),
    /unsupported configuration: unknown CPU feature: vmx/,
  );
  const model = (fallback: string): Guest => ({
    cpus: ["cortex-a57"],
    head: `<cpu mode='custom' match='exact'><model fallback='${fallback}'>toaster</model></cpu>`,
  });
  assert.throws(() => cpuOf(model("forbid")), /CPU model toaster is not supported by hypervisor/);
  assert.throws(() => cpuOf(model("allow")), /cannot translate CPU model toaster to a supported model/);
  assert.throws(
    () => cpuOf({ cpus: ["cortex-a57"], head: "<cpu mode='host-model'/>" }),
    /CPU mode 'host-model' for aarch64 qemu domain on aarch64 host is not supported by hypervisor/,
  );
});

test("of other architectures' CPUs libvirt knows nothing, so a document must not speak of them", () => {
  const head = "<vcpu>2</vcpu><cpu><topology sockets='2' cores='1' threads='1'/></cpu>";
  assert.throws(() => cpuOf({ arch: "riscv64", head }), /'riscv64' architecture is not supported by CPU driver/);
  assert.equal(cpuOf({ arch: "riscv64", devices: "<memballoon model='none'/>" }), undefined);
});

test("the virtual timer catches up or not", () => {
  const timer = (tickpolicy: string): string | undefined =>
    cpuOf({
      type: "kvm",
      flags: ["cpu.kvm-no-adjvtime"],
      head: `<cpu mode='host-passthrough'/><clock><timer name='armvtimer' tickpolicy='${tickpolicy}'/></clock>`,
    });
  assert.equal(timer("delay"), "-cpu host,kvm-no-adjvtime=off");
  assert.equal(timer("discard"), "-cpu host,kvm-no-adjvtime=on");
});

test("macOS's hypervisor is an accelerator", () => {
  assert.ok(argsOf({ type: "hvf" }).includes("-accel hvf"));
});

test("what a board has no place for is refused", () => {
  const on = (devices: string, guest: Guest = {}): (() => unknown) => {
    return () => argsOf({ arch: "aarch64", machine: "raspi3b", devices, ...guest });
  };
  const nowhere = /internal error: Unexpected enum value 0 for virDomainDeviceAddressType/;
  assert.throws(on("<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>"), nowhere);
  assert.throws(on("", { arch: "riscv64", machine: "sifive_u" }), nowhere);
  assert.throws(
    on("<disk type='file'><source file='/a'/><target dev='sda' bus='scsi'/></disk>"),
    /internal error: Unable to determine model for SCSI controller idx=0/,
  );
  assert.throws(
    on("<serial type='pty'><target type='system-serial'/></serial>"),
    /Invalid target model for serial device/,
  );
  assert.ok(on("<serial type='pty'/>")());
});
