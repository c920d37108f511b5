import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDomain } from "@tsvirt/model/domain";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { prepareStart, qemuHooks } from "../complete/complete.ts";
import { fakeBuildContext, fakeHostFacts } from "../testing/index.ts";
import { buildCommandLine } from "./build.ts";

interface Guest {
  readonly arch?: string;
  readonly machine?: string;
  readonly flags?: readonly string[];
  readonly head?: string;
  readonly devices?: string;
}

/** The command line of such a guest, one string an option. */
function argsOf({ arch = "aarch64", machine = "virt", flags = [], head = "", devices = "" }: Guest): string[] {
  const machines = { [arch]: [machine] };
  const caps = declaredCapabilities({ flags, machines: { qemu: machines } }, arch);
  assert.ok(caps);
  const facts = fakeHostFacts({ arch });
  const domain = parseDomain(
    `<domain type='qemu'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid><memory>65536</memory>
<os><type arch='${arch}' machine='${machine}'>hvm</type></os>${head}<devices>${devices}</devices></domain>`,
    { inactive: true, hooks: qemuHooks(caps, facts) },
  );
  prepareStart(domain, caps, facts);
  const { args } = buildCommandLine(domain, caps, fakeBuildContext());
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
    devices: "<disk type='file'><source file='/a'/><target dev='sda'/></disk>",
  });
  assert.ok(args.some((text) => /^-device scsi-hd,bus=scsi\.0,scsi-id=0,/.test(text)));
  assert.ok(!args.some((text) => text.includes("esp") || text.includes("ncr53c90")));
});
