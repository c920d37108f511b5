import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import { attachDevice, detachDisk } from "../devices/attach.ts";
import { setLiveVcpus } from "../devices/vcpus.ts";
import type { DomainEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import { ptysInLog } from "../monitor/text-link.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveGuest } from "../save/save-guest.ts";
import { createGuest, startGuest } from "../start/start-guest.ts";
import { readBlockCounters, readNodeSizes } from "../stats/block-stats.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { resetGuest } from "../stop/reset.ts";
import { rebootGuest, shutdownGuest } from "../stop/shutdown.ts";
import { resumeGuest, suspendGuest } from "../stop/suspend.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const disk = "<disk type='file' device='disk'><source file='/images/vm.img'/><target dev='hda' bus='ide'/></disk>";

const documentOf = (emulator: string, devices = "", type = "qemu", os = "<type arch='i686' machine='pc'>hvm</type>") =>
  `<domain type='${type}'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os>${os}</os>
  <devices><emulator>${emulator}</emulator>${disk}${devices}</devices>
</domain>`;
const xml = documentOf("/usr/bin/qemu");

let machine: FakeMachine;
let driver: QemuDriver;
let events: DomainEvent[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  await machine.installOld("/usr/bin/qemu", "qemu-0.9.1");
  driver = await machine.open();
  events = [];
  driver.events.onDomainEvent((_, event) => events.push(event));
});

async function start(text = xml): Promise<Guest> {
  const guest = await defineGuest(driver, text, { validate: false });
  await startGuest(driver, guest, {});
  return guest;
}
const lifecycle = (): string[] =>
  events.flatMap((event) => (event.kind === "lifecycle" ? [`${event.event} ${event.detail}`] : []));
const last = () => machine.oldQemus.at(-1) ?? assert.fail("no emulator was launched");
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => setImmediate(resolve));
}

test("a guest of an emulator without QMP lives its whole life", async () => {
  const guest = await start();
  const { argv } = last().child.spec;
  assert.deepEqual(argv.slice(0, 6), ["/usr/bin/qemu", "-S", "-M", "pc", "-no-kqemu", "-m"]);
  assert.equal(guest.state.kind, "running");
  await suspendGuest(driver, guest, "user");
  assert.deepEqual({ ...guest.state, pid: 0 }, { kind: "paused", pid: 0, reason: "user" });
  await resumeGuest(driver, guest);
  await resetGuest(guest);
  await shutdownGuest(driver, guest, {});
  assert.deepEqual(
    last().hmp.received.filter((each) => !each.startsWith("info ")),
    ["cont", "stop", "cont", "system_reset", "system_powerdown"],
  );
  // The guest powers off, and its emulator ends.
  last().child.exit();
  await until(() => guest.live === undefined);
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "shutdown" });
  assert.deepEqual(lifecycle(), [
    "defined added",
    "resumed unpaused",
    "started booted",
    "suspended paused",
    "resumed unpaused",
    "stopped shutdown",
  ]);
  assert.equal(machine.host.files.snapshot()["/run/libvirt/qemu/vm.xml"], undefined);
});

test("an emulator that dies has crashed; one that is destroyed has been", async () => {
  const guest = await start();
  last().child.exit({ code: undefined, signal: 11 });
  await until(() => guest.live === undefined);
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "crashed" });
  await startGuest(driver, guest, {});
  await destroyGuest(driver, guest, { graceful: false });
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "destroyed" });
});

test("a transient guest, paused, with a password for its display that no command line shows", async () => {
  const vnc = "<graphics type='vnc' port='5903' autoport='no' passwd='geheim'/>";
  const guest = await createGuest(driver, documentOf("/usr/bin/qemu", vnc), { paused: true });
  assert.equal(guest.state.kind, "paused");
  const { child, hmp } = last();
  assert.doesNotMatch(child.spec.argv.join(" "), /geheim/);
  const at = hmp.received.indexOf("change vnc password");
  assert.equal(hmp.received[at + 1], "geheim");
});

test("figures of drives come by the names that the emulator has for them", async () => {
  machine.behaviour = {
    answers: { "info blockstats": () => "ide0-hd0: rd_bytes=512 wr_bytes=1024 rd_operations=1 wr_operations=2\n" },
  };
  const guest = await start();
  assert.equal(guest.live?.domain.devices?.disks[0]?.alias, "ide0-hd0");
  const counters = (await readBlockCounters(guest.requireLive(), guest.name)).get("ide0-hd0");
  assert.deepEqual([counters?.readBytes, counters?.writeRequests], [512n, 2n]);
});

test("the names of ptys come from the monitor, or from what the emulator printed", async () => {
  machine.behaviour = { answers: { "info chardev": () => "serial0: filename=pty:/dev/pts/5\n" } };
  const guest = await start(documentOf("/usr/bin/qemu", "<serial type='pty'/>"));
  assert.equal(guest.live?.domain.devices?.serials[0]?.sources[0]?.path, "/dev/pts/5");
  assert.equal(guest.live?.domain.devices?.consoles[0]?.tty, "/dev/pts/5");
  await destroyGuest(driver, guest, { graceful: false });
  machine.behaviour = {
    answers: { "info chardev": () => "serial0: filename=pty\n" },
    onStart: (_, { host, layout }) => {
      const log = layout.domainLog("vm");
      host.files.put(log, `${host.files.snapshot()[log] ?? ""}char device redirected to /dev/pts/8\n`);
    },
  };
  await startGuest(driver, guest, {});
  assert.equal(guest.live?.domain.devices?.serials[0]?.sources[0]?.path, "/dev/pts/8");
  assert.deepEqual(
    ptysInLog("x\nchar device redirected to /dev/pts/1 (label serial0)\nchar device redirected to /etc/x\n"),
    [{ path: "/dev/pts/1", label: "serial0" }],
  );
});

test("a daemon that starts anew takes the guest over, by its text monitor", async () => {
  await start();
  machine.crash();
  driver = await machine.open();
  const guest = driver.guests.findByUuid(uuid);
  assert.equal(guest?.state.kind, "running");
  assert.equal(guest.live?.monitor?.session.kind, "hmp");
  await suspendGuest(driver, guest, "user");
  assert.equal(last().hmp.received.at(-1), "stop");
  assert.match(
    machine.host.files.snapshot()["/run/libvirt/qemu/vm.xml"] ?? "",
    /<monitor path='[^']*' type='unix' json='0'\/>/,
  );
});

test("an emulator that ends before it has a monitor fails the start, with its own last words", async () => {
  machine.behaviour = {
    onStart: (child, { host, layout }) => {
      const log = layout.domainLog("vm");
      host.files.put(log, `${host.files.snapshot()[log] ?? ""}qemu: could not open disk image\n`);
      child.exit({ code: 1, signal: undefined });
    },
  };
  const guest = await defineGuest(driver, xml, { validate: false });
  await assert.rejects(
    startGuest(driver, guest, {}),
    /process exited while connecting to monitor: qemu: could not open/,
  );
  assert.equal(guest.isActive, false);
});

const refusal = (code: ErrorCode, message: RegExp) => (error: unknown) =>
  error instanceof VirtError && error.code === code && message.test(error.message);

test("what a text monitor cannot do is refused by name, and the guest goes on", async () => {
  const guest = await start();
  await assert.rejects(rebootGuest(driver, guest, {}), refusal(ErrorCode.noSupport, /without the JSON monitor/));
  await assert.rejects(
    saveGuest(driver, guest, "/images/save", {}),
    refusal(ErrorCode.operationUnsupported, /saving is not supported with the text monitor/),
  );
  const disk = "<disk type='file'><source file='/images/vm.img'/><target dev='vdb'/></disk>";
  const live = { live: true, config: false };
  for (const [what, call] of [
    ["plugging in a disk", () => attachDevice(driver, guest, disk, live)],
    ["taking a disk away", () => detachDisk(driver, guest, disk, live)],
    ["changing the number of vCPUs", () => setLiveVcpus(driver, guest, guest.requireLive(), 2)],
  ] as const) {
    await assert.rejects(
      call(),
      refusal(ErrorCode.operationUnsupported, new RegExp(`${what} is not supported with the text`)),
    );
  }
  assert.equal((await readNodeSizes(guest.requireLive(), guest.name)).size, 0);
  assert.equal(guest.state.kind, "running");
});

test("a guest for KVM is refused where there is none, also when it was defined while there was", async () => {
  await machine.installOld("/usr/bin/qemu-kvm", "kvm-72");
  const kvm = documentOf("/usr/bin/qemu-kvm", "", "kvm", "<type arch='x86_64' machine='pc'>hvm</type>");
  const why = /Domain requires KVM, but it is not available/;
  await assert.rejects(defineGuest(driver, kvm, { validate: false }), refusal(ErrorCode.configUnsupported, why));
  machine.host.files.put("/dev/kvm", "", 0o666);
  await machine.installOld("/usr/bin/qemu-kvm", "kvm-72");
  const guest = await defineGuest(driver, kvm, { validate: false });
  await startGuest(driver, guest, {});
  assert.deepEqual(last().child.spec.argv.slice(1, 5), ["-S", "-M", "pc", "-m"]);
  await destroyGuest(driver, guest, { graceful: false });
  await machine.host.files.unlink("/dev/kvm");
  await machine.installOld("/usr/bin/qemu-kvm", "kvm-72");
  await assert.rejects(startGuest(driver, guest, {}), (error) => {
    assert.ok(refusal(ErrorCode.configUnsupported, why)(error));
    return error instanceof VirtError && /\/dev\/kvm does not exist/.test(error.hint ?? "");
  });
  assert.equal(guest.isActive, false);
});

test("a Xen guest runs under Xenner, which is found by itself", async () => {
  machine.host.files.put("/dev/kvm", "", 0o666);
  await machine.installOld("/usr/bin/xenner", "xenner");
  const guest = await start(`<domain type='kvm'>
    <name>vm</name><uuid>${uuid}</uuid><memory>65536</memory>
    <os><type>xen</type><kernel>/boot/vmlinuz-xen</kernel><initrd>/boot/initrd</initrd></os>
    <devices><disk type='file'><source file='/images/vm.img'/><target dev='xvda' bus='xen'/></disk></devices></domain>`);
  const text = last().child.spec.argv.join(" ");
  assert.match(text, /^\/usr\/bin\/xenner -S -M xenner -m 64 -smp 1 -name vm -domid 1 -nographic -monitor unix:/);
  assert.match(
    text,
    / -kernel \/boot\/vmlinuz-xen -initrd \/boot\/initrd -drive file=\/images\/vm.img,if=xen,index=0 /,
  );
  assert.match(guest.definition ?? "", /<type arch='x86_64' machine='xenner'>xen<\/type>/);
  assert.match(guest.definition ?? "", /<emulator>\/usr\/bin\/xenner<\/emulator>/);
});
