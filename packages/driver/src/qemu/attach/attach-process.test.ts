import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ErrorCode, VirtError } from "@tsvirt/base";
import type { FakeChild } from "@tsvirt/host/testing";
import { FakeMachine } from "../../testing/index.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { attachProcess } from "./attach-process.ts";

const EMULATOR = "/usr/bin/qemu-system-x86_64";
const uuid = "d1d1d1d1-0000-4000-8000-00000000000a";

let machine: FakeMachine;
let driver: QemuDriver;

beforeEach(async () => {
  machine = await FakeMachine.create();
  driver = await machine.open();
});

/** A QEMU that somebody runs in /vm. */
function start(...args: readonly string[]): FakeChild {
  return machine.appear([EMULATOR, ...args], { surroundings: { directory: "/vm" } });
}

async function refused(pid: number, reason: RegExp, code: ErrorCode = ErrorCode.operationInvalid): Promise<void> {
  await assert.rejects(attachProcess(driver, pid), (error) => {
    assert.ok(error instanceof VirtError);
    assert.match(error.message, reason);
    assert.equal(error.code, code);
    return true;
  });
  assert.equal(driver.guests.active, 0);
}

test("a QEMU is attached to by the monitor of its command line, and keeps its files", async () => {
  const qemu = start("-m", "64", "-name", "hand", "-uuid", uuid, "-hda", "a.img", "-qmp", "unix:q.sock,server,nowait");
  machine.serveMonitor(qemu, "/vm/q.sock");
  const guest = await attachProcess(driver, qemu.identity.pid);
  assert.equal(guest.name, "hand");
  assert.equal(guest.uuid, uuid);
  assert.equal(guest.isPersistent, false);
  assert.equal(guest.state.kind, "running");
  assert.deepEqual([...(guest.live?.taints ?? [])], ["external-launch", "high-privileges"]);
  assert.equal(guest.live?.domain.devices?.disks[0]?.source?.file, "/vm/a.img");
  await assert.rejects(attachProcess(driver, qemu.identity.pid), /it is domain 'hand' already/);
  qemu.exit();
  await guest.live?.finished;
  assert.equal(driver.guests.findByName("hand"), undefined);
  assert.equal(await machine.host.files.facts("/run/libvirt/qemu/hand.xml"), undefined);
  assert.ok(await machine.host.files.facts("/vm/q.sock"));
});

test("without a name it is called by its number, and a daemon that follows takes it over", async () => {
  const qemu = start("-qmp", "unix:/vm/q.sock,server=on,wait=off", "-serial", "null");
  machine.serveMonitor(qemu, "/vm/q.sock");
  const guest = await attachProcess(driver, qemu.identity.pid);
  assert.equal(guest.name, `attach-pid-${qemu.identity.pid}`);
  machine.crash();
  driver = await machine.open();
  const again = driver.guests.findByUuid(guest.uuid);
  assert.equal(again?.name, guest.name);
  assert.ok(again.live?.monitor);
  assert.ok(again.live.attached);
  assert.ok(again.live.taints.has("external-launch"));
});

test("a process with the same number that started at another time is not taken for it", async () => {
  const qemu = start("-qmp", "unix:/vm/q.sock,server=on,wait=off");
  machine.serveMonitor(qemu, "/vm/q.sock");
  const guest = await attachProcess(driver, qemu.identity.pid);
  const file = `/run/libvirt/qemu/${guest.name}.xml`;
  const text = await machine.host.files.readText(file);
  machine.crash();
  machine.host.files.put(file, text.replace(/<process startTime='\d+'/, "<process startTime='7'"));
  driver = await machine.open();
  assert.equal(driver.guests.findByUuid(guest.uuid), undefined);
  const [survivor] = machine.host.processes.children.filter(({ identity }) => identity.pid === qemu.identity.pid);
  assert.deepEqual(survivor?.signals, []);
  assert.equal(survivor.alive, true);
});

test("monitors that another process listens on, and those on TCP, are passed over", async () => {
  const qemu = start(
    "-qmp",
    "unix:a,server,nowait",
    "-qmp",
    "tcp:localhost:4444,server,nowait",
    "-qmp",
    "unix:b,server,nowait",
  );
  const other = start("-qmp", "unix:a,server,nowait");
  machine.serveMonitor(other, "/vm/a");
  machine.serveMonitor(qemu, "/vm/b");
  const guest = await attachProcess(driver, qemu.identity.pid);
  assert.equal(guest.live?.paths.monitor, "/vm/b");
});

test("refusals say why and what to do", async () => {
  await refused(9999, /there is no process with this number \('tsvirt adopt'/);
  const { processes } = machine.host;
  await refused(processes.appear(["/bin/sleep", "9"]).identity.pid, /'\/bin\/sleep' is not QEMU/, ErrorCode.invalidArg);
  await refused(machine.appear([EMULATOR], { state: "Z" }).identity.pid, /it has ended and is a zombie/);
  const elsewhere = machine.appear([EMULATOR], { surroundings: { sharesFiles: false } });
  await refused(elsewhere.identity.pid, /it has other file systems than this daemon/);
  await refused(start("-m", "64").identity.pid, /start QEMU with -qmp unix:/, ErrorCode.operationUnsupported);
  await refused(
    start("-monitor", "stdio").identity.pid,
    /HMP compat_monitor0: it is on the terminal that QEMU was started from/,
    ErrorCode.operationUnsupported,
  );
  const gone = start("-qmp", "unix:gone,server,nowait").identity.pid;
  await refused(gone, /QMP unix:\/vm\/gone: Failed to connect/, ErrorCode.operationFailed);
  Object.assign(machine.host.users, { self: { uid: 1000, gid: 1000 } });
  await refused(start("-m", "64").identity.pid, /another user's \(uid 0, we are 1000\)/, ErrorCode.operationDenied);
});

test("a name that a guest has already is not taken from it", async () => {
  const [first, second] = ["a", "b"].map((path) => {
    const qemu = start("-name", "twin", "-qmp", `unix:${path},server,nowait`);
    machine.serveMonitor(qemu, `/vm/${path}`);
    return qemu.identity.pid;
  });
  await attachProcess(driver, first ?? 0);
  await assert.rejects(attachProcess(driver, second ?? 0), /domain 'twin' already exists with uuid/);
  assert.equal(driver.guests.active, 1);
});
