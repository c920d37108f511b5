import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { DomainCapabilities } from "@tsvirt/model/capabilities";
import { QemuCapabilities } from "../capabilities/capabilities.ts";
import { domainCapabilities } from "../documents/domain-capabilities.ts";
import { legacyAnswers } from "../testing/index.ts";
import { parseBanner } from "./help.ts";
import { parseCpuList, parseMachineList } from "./lists.ts";
import { probeEither, probeLegacy } from "./probe.ts";
import { archOfEmulator } from "./profile.ts";

async function probe(name: string, emulator: string, kvm = true): Promise<QemuCapabilities> {
  const record = await readFile(new URL(`../../fixtures/legacy/${name}.txt`, import.meta.url), "utf8");
  const found = await probeLegacy({ emulator, hostArch: "x86_64", kvm, run: legacyAnswers(record) });
  assert.ok(found);
  return found;
}

test("banners of every time give version and fork", () => {
  const read = (text: string) => parseBanner(text, "/usr/bin/qemu");
  assert.deepEqual(read("QEMU PC emulator version 0.9.1, Copyright (c) 2003-2008 Fabrice Bellard\n"), {
    version: 9_001,
    isKvm: false,
    kvmVersion: 0,
    package: "",
  });
  assert.deepEqual(read("QEMU PC emulator version 0.9.1 (kvm-72), Copyright (c)\n"), {
    version: 9_001,
    isKvm: true,
    kvmVersion: 72,
    package: "(kvm-72)",
  });
  assert.deepEqual(read("QEMU emulator version 0.12.3 (qemu-kvm-0.12.3), Copyright (c)"), {
    version: 12_003,
    isKvm: true,
    kvmVersion: 0,
    package: "(qemu-kvm-0.12.3)",
  });
  assert.deepEqual(read("QEMU emulator version 0.14.50 (qemu-kvm-devel), Copyright (c)"), {
    version: 14_050,
    isKvm: true,
    kvmVersion: 0,
    package: "(qemu-kvm-devel)",
  });
  assert.equal(read("QEMU emulator version 1.0, Copyright").version, 1_000_000);
  assert.equal(read("QEMU emulator version 1.0.1 (Debian 1.0.1+dfsg-1), Copyright").isKvm, false);
  for (const text of ["", "usage: foo\n", "QEMU emulator version x.y", "Python 2.7.3"]) {
    assert.throws(
      () => read(text),
      (error: unknown) =>
        error instanceof VirtError &&
        error.message === `internal error: cannot parse /usr/bin/qemu version number in '${text.trim()}'`,
    );
  }
});

test("0.8.1 knows disks by their names, and neither addresses of displays nor sockets for its monitor", async () => {
  const caps = await probe("qemu-0.8.1", "/usr/bin/qemu");
  assert.equal(caps.version, 8_001);
  assert.equal(caps.arch, "i686");
  assert.deepEqual(caps.legacy?.flags, ["no-kqemu", "no-acpi"]);
  assert.equal(caps.accelerator("kvm"), undefined);
  assert.deepEqual(
    caps.machines("tcg").map(({ name, isDefault }) => [name, isDefault]),
    [
      ["pc", true],
      ["isapc", false],
    ],
  );
});

test("0.9.1 has -drive with the old cache modes, and a name", async () => {
  const caps = await probe("qemu-0.9.1", "/usr/bin/qemu");
  const has = ["drive", "name", "no-reboot", "no-kqemu", "vga.vmware", "vnc.address", "monitor.unix"] as const;
  for (const flag of has) assert.equal(caps.hasLegacy(flag), true, flag);
  const lacks = ["vga", "drive.cache-v2", "drive.format", "uuid", "net.name", "no-kvm", "rtc", "smp.topology"] as const;
  for (const flag of lacks) assert.equal(caps.hasLegacy(flag), false, flag);
  assert.deepEqual(
    caps.accelerator("tcg")?.cpus.map(({ name }) => name),
    ["qemu64", "qemu32", "486", "pentium"],
  );
});

test("a KVM fork offers KVM where there is KVM", async () => {
  const caps = await probe("kvm-72", "/usr/bin/qemu-kvm");
  assert.equal(caps.arch, "x86_64");
  assert.deepEqual([caps.legacy?.isKvm, Number(caps.legacy?.kvmVersion)], [true, 72]);
  assert.equal(caps.has("kvm") && caps.has("tcg"), true);
  for (const flag of ["no-kvm", "drive.boot", "pcidevice", "tdf", "uuid"] as const) {
    assert.equal(caps.hasLegacy(flag), true, flag);
  }
  const without = await probe("kvm-72", "/usr/bin/qemu-kvm", false);
  assert.equal(without.accelerator("kvm"), undefined);
  assert.equal(without.has("kvm"), false);
});

test("0.12 and 0.14 say more; machine types have aliases, devices are listed", async () => {
  const caps = await probe("qemu-kvm-0.12.3", "/usr/bin/qemu-system-x86_64");
  assert.equal(caps.canonicalMachine("tcg", "pc"), "pc-0.12");
  assert.equal(caps.defaultMachine("tcg")?.name, "pc-0.12");
  assert.equal(caps.has("lsi"), true);
  for (const flag of ["drive.cache-v2", "drive.serial", "smp.topology", "boot.menu", "name.process", "rtc"] as const) {
    assert.equal(caps.hasLegacy(flag), true, flag);
  }
  assert.equal(caps.hasLegacy("vga.none") && !caps.hasLegacy("vga.qxl"), true);
  const newer = await probe("qemu-kvm-0.14.50", "/usr/bin/qemu-kvm");
  assert.equal(newer.has("usb-hub") && newer.has("hda-duplex"), true);
  assert.equal(newer.hasLegacy("vga.qxl") && newer.hasLegacy("spice") && newer.hasLegacy("device.list"), true);
  assert.deepEqual(
    newer.accelerator("kvm")?.cpus.map(({ name }) => name),
    ["Opteron_G3", "qemu64", "kvm64", "n270"],
  );
});

test("an emulator of another architecture is told by its name", async () => {
  const caps = await probe("qemu-1.1.2-ppc", "/usr/bin/qemu-system-ppc");
  assert.equal(caps.arch, "ppc");
  assert.equal(caps.defaultMachine("tcg")?.name, "g3beige");
  assert.equal(caps.has("pci-ohci") && !caps.has("VGA"), true);
  assert.equal(caps.hasLegacy("no-acpi"), false);
  const archs = ["qemu", "qemu-system-i386", "qemu-system-arm", "qemu-system-mipsel", "kvm", "xenner"];
  assert.deepEqual(
    archs.map((name) => archOfEmulator(`/opt/${name}`, "x86_64")),
    ["i686", "i686", "armv7l", "mipsel", "x86_64", "x86_64"],
  );
});

test("Xenner runs Xen's guests with KVM, and nothing without", async () => {
  const caps = await probe("xenner", "/usr/bin/xenner");
  assert.equal(caps.legacy?.xenner, true);
  assert.equal(caps.hasLegacy("domid") && caps.hasLegacy("bootloader"), true);
  assert.equal(caps.accelerator("tcg"), undefined);
  assert.deepEqual(
    caps.machines("kvm").map(({ name }) => name),
    ["xenner"],
  );
  assert.deepEqual((await probe("xenner", "/usr/bin/xenner", false)).machines("kvm"), []);
});

test("a profile is written and read like every other emulator's", async () => {
  const caps = await probe("qemu-kvm-0.12.3", "/usr/bin/qemu-kvm");
  const read = QemuCapabilities.parse(caps.format());
  assert.deepEqual(read?.data, caps.data);
  assert.equal(read?.hasLegacy("drive"), true);
});

test("a later emulator is left to QMP; one that lists no machine is refused", async () => {
  const run = (help: string) => ({
    emulator: "/usr/bin/qemu-system-x86_64",
    hostArch: "x86_64",
    kvm: false,
    run: (args: readonly string[]) => Promise.resolve({ stdout: "", stderr: args[0] === "-help" ? help : "" }),
  });
  assert.equal(await probeLegacy(run("QEMU emulator version 7.2.22 (Debian 1:7.2), Copyright")), undefined);
  await assert.rejects(probeLegacy(run("QEMU emulator version 1.0, Copyright")), /lists no machine types/);
});

test("lists with noise in them", () => {
  const machines = parseMachineList(
    "Supported machines are:\r\nfoo.bar-1  A machine (default)\r\n\r\n  indented line\nx\n",
  );
  assert.deepEqual(
    machines.map(({ name }) => name),
    ["foo.bar-1"],
  );
  assert.deepEqual(
    parseCpuList("Available CPUs:\nx86 \nx86 a\nx86 a\nMIPS '4Kc'\n").map(({ name }) => name),
    ["a", "4Kc"],
  );
});

test("the help is asked when QMP fails, and the first failure counts when that fails too", async () => {
  const caps = await probe("qemu-0.9.1", "/usr/bin/qemu");
  const gone = virtError(ErrorCode.internalError, "gone");
  const fail = (error: Error) => () => Promise.reject(error);
  const found = (value: QemuCapabilities | undefined) => () => Promise.resolve(value);
  assert.equal(await probeEither(fail(gone), found(caps)), caps);
  assert.equal(await probeEither(() => Promise.resolve(caps), fail(new RangeError("not asked"))), caps);
  await assert.rejects(probeEither(fail(gone), found(undefined)), gone);
  await assert.rejects(probeEither(fail(gone), fail(virtError(ErrorCode.internalError, "second"))), gone);
  const late = virtError(ErrorCode.operationTimeout, "late");
  await assert.rejects(probeEither(fail(late), found(caps)), late);
});

test("domain capabilities have what the command line has words for, and nothing since", async () => {
  const caps = await probe("qemu-kvm-0.12.3", "/usr/bin/qemu-kvm");
  const request = { hostArch: "x86_64", firmware: [], kvmMaxVcpus: 64, hasVfio: true, tpmVersions: ["2.0"] };
  const document = domainCapabilities(caps, { ...request, emulator: "/usr/bin/qemu-kvm", virtType: "kvm" });
  assert.equal(document.machine, "pc-0.12");
  assert.equal(document.cpu?.modes.find(({ name }) => name === "host-passthrough")?.supported, true);
  assert.deepEqual(document.devices?.disk?.enums[1]?.values, ["ide", "fdc", "scsi", "virtio", "usb"]);
  assert.equal(document.devices?.channel?.supported || document.devices?.tpm?.supported, false);
  assert.match(DomainCapabilities.format(document), /<backup supported='no'\/>/);
  const xenner = await probe("xenner", "/usr/bin/xenner");
  const xen = domainCapabilities(xenner, { ...request, emulator: "/usr/bin/xenner", virtType: "kvm" });
  assert.deepEqual(xen.devices?.disk?.enums[1]?.values, ["xen"]);
});
