import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { declaredCapabilities } from "../capabilities/declared.ts";
import { fakeHostFacts } from "../testing/index.ts";
import { qemuHooks } from "./complete.ts";

const pcie = [
  "gpex-pcihost",
  "pcie-root-port",
  "virtio-pci-non-transitional",
  "virtio-mmio",
  "virtio-rng",
  "rng-random",
];

interface Machine {
  readonly arch?: string;
  readonly machine?: string;
  readonly type?: string;
  readonly flags?: readonly string[];
  readonly gic?: readonly number[];
  readonly head?: string;
}

function capabilities({ arch = "aarch64", machine = "virt", flags = pcie, gic = [] }: Machine): QemuCapabilities {
  const machines = { [arch]: [machine] };
  const caps = declaredCapabilities({ flags, machines: { kvm: machines, qemu: machines }, gic }, arch);
  assert.ok(caps);
  return caps;
}

/** A guest of such a machine, completed. */
function complete(devices: string, options: Machine = {}): Domain {
  const { arch = "aarch64", machine = "virt", type = "kvm", head = "" } = options;
  const text = `<domain type='${type}'><name>t</name><uuid>5dcd84c9-b57d-46e5-ac8b-b2ff8a136533</uuid>
<memory>65536</memory><os><type arch='${arch}' machine='${machine}'>hvm</type></os>${head}<devices>${devices}</devices></domain>`;
  return parseDomain(text, { inactive: true, hooks: qemuHooks(capabilities(options), fakeHostFacts({ arch })) });
}

const nic = "<interface type='user'><mac address='52:54:00:09:a4:37'/></interface>";
const modelOf = (options: Machine): string | undefined => complete(nic, options).devices?.interfaces[0]?.model;

test("each board has its own network card", () => {
  assert.equal(modelOf({}), "virtio");
  assert.equal(modelOf({ arch: "armv7l", machine: "vexpress-a9" }), "lan9118");
  assert.equal(modelOf({ arch: "armv6l", machine: "versatilepb" }), "scm91c111");
  assert.equal(modelOf({ arch: "riscv64" }), "virtio");
  assert.equal(modelOf({ arch: "riscv64", machine: "sifive_u", flags: ["e1000"] }), "e1000");
});

test("virtio devices go to PCI Express if there is any, else on the board", () => {
  const disk = "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>";
  const place = (options: Machine, more = ""): string | undefined =>
    complete(disk + more, options).devices?.disks[0]?.address?.type;
  assert.equal(place({}), "pci");
  assert.equal(place({ flags: ["virtio-mmio"] }), "virtio-mmio");
  assert.equal(place({ flags: ["virtio-mmio", "gpex-pcihost"] }), "virtio-mmio");
  assert.equal(place({ arch: "armv7l", machine: "vexpress-a9" }), "virtio-mmio");
  assert.equal(place({ arch: "riscv64" }), "pci");
  // One that is on the board draws the others there.
  const rng = "<rng model='virtio'><backend model='random'>/dev/random</backend><address type='virtio-mmio'/></rng>";
  assert.equal(place({}, rng), "virtio-mmio");
});

test("boards of ARM have neither USB nor a balloon by themselves", () => {
  const { devices } = complete("");
  assert.deepEqual(
    devices?.controllers.map(({ type, model }) => [type, model]),
    [["pci", "pcie-root"]],
  );
  assert.equal(devices?.memballoon, undefined);
  const riscv = complete("", { arch: "riscv64" }).devices;
  assert.equal(riscv?.memballoon?.model, "virtio");
  assert.ok(riscv?.controllers.every(({ type }) => type !== "usb"));
});

test("the interrupt controller is the newest that can be used, 2 if nothing is known", () => {
  const version = (options: Machine): string | undefined => complete("", options).features?.gic?.version;
  assert.equal(version({}), "2");
  assert.equal(version({ gic: [2, 3] }), "3");
  assert.equal(version({ gic: [2, 3], type: "qemu" }), "2");
  assert.equal(version({ gic: [3], head: "<features><gic version='2'/></features>" }), "2");
  assert.equal(version({ gic: [3], head: "<features><gic/></features>" }), "3");
  assert.equal(version({ arch: "riscv64", gic: [3] }), undefined);
});

test("vector lengths imply SVE, and need it", () => {
  const cpu = (features: string): Machine => ({
    flags: [...pcie, "query-cpu-model-expansion"],
    head: `<cpu mode='host-passthrough'>${features}</cpu>`,
  });
  const features = (text: string): unknown =>
    complete("", cpu(text)).cpu?.features.map(({ name, policy }) => [name, policy]);
  assert.deepEqual(features("<feature policy='require' name='sve512'/>"), [
    ["sve512", "require"],
    ["sve", "require"],
  ]);
  assert.throws(
    () => features("<feature policy='disable' name='sve'/><feature policy='require' name='sve512'/>"),
    /unsupported configuration: SVE disabled, but SVE vector lengths provided/,
  );
});

test("only ARM has a GIC to choose", () => {
  assert.throws(
    () => complete("", { arch: "riscv64", head: "<features><gic version='3'/></features>" }),
    /The 'gic' feature is not supported for architecture 'riscv64' or machine type 'virt'/,
  );
});

test("one queue is what a card has anyway", () => {
  const [card] =
    complete(nic.replace("</interface>", "<model type='virtio'/><driver queues='1'/></interface>")).devices
      ?.interfaces ?? [];
  assert.equal(card?.driver?.queues, undefined);
});
