import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { VirtError } from "@tsvirt/base";
import { parseStatus } from "@tsvirt/qemu/status";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import { withoutHeader } from "../definitions/file.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { stateFromWords } from "../status/state-words.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { resetGuest } from "../stop/reset.ts";
import { resumeGuest, suspendGuest } from "../stop/suspend.ts";
import { createGuest, startGuest } from "./start-guest.ts";

const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>d1d1d1d1-0000-4000-8000-000000000001</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/images/vm.img'/><target dev='vda'/></disk>
    <graphics type='vnc' port='-1' autoport='yes'/>
  </devices>
</domain>`;

let machine: FakeMachine;
let driver: QemuDriver;
let guest: Guest;
let events: string[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  driver = await machine.open();
  events = [];
  driver.events.onDomainEvent((_ref, event) => {
    events.push(event.kind === "lifecycle" ? `${event.event} ${event.detail}` : event.kind);
  });
  guest = await defineGuest(driver, xml, { validate: false });
  events.length = 0;
});

const statusFile = "/run/libvirt/qemu/vm.xml";
const status = async () => parseStatus(withoutHeader(await machine.host.files.readText(statusFile)), statusFile);

/** Files that only a run has. */
function runFiles(): string[] {
  const paths = Object.keys(machine.host.files.snapshot());
  return paths.filter(
    (path) => /^\/run\/libvirt\/qemu\/vm|\/domain-|\/monitors\//.test(path) && !path.endsWith(".lock"),
  );
}

test("a started guest runs, is on record, and its events come in libvirt's order", async () => {
  await startGuest(driver, guest, {});
  assert.deepEqual(guest.state, { kind: "running", pid: machine.last.child.identity.pid, reason: "booted" });
  assert.deepEqual(events, ["resumed unpaused", "started booted"]);
  const written = await status();
  assert.deepEqual(stateFromWords(written), guest.state);
  assert.equal(written.domain.id, guest.id);
  assert.equal(written.process?.startTime, machine.last.child.identity.startTime);
  assert.equal(await machine.host.files.readText("/run/libvirt/qemu/vm.pid"), String(machine.last.child.identity.pid));
});

test("before QEMU is executed its process is on record as starting", async () => {
  let seen = "";
  machine.behaviour = {
    onStart: () => {
      seen = machine.host.files.snapshot()[statusFile] ?? "";
    },
  };
  await startGuest(driver, guest, {});
  assert.equal(stateFromWords(parseStatus(withoutHeader(seen), statusFile)).kind, "starting");
});

test("a guest that is started paused has not run an instruction", async () => {
  await startGuest(driver, guest, { paused: true });
  assert.equal(machine.last.running, false);
  assert.deepEqual(events, ["started booted", "suspended paused"]);
  assert.deepEqual(stateFromWords(await status()), guest.state);
});

test("suspend, resume and reset tell what they do, and are on disk when they return", async () => {
  await startGuest(driver, guest, {});
  events.length = 0;
  await suspendGuest(driver, guest, "user");
  assert.deepEqual(stateFromWords(await status()), { ...guest.state, kind: "paused", reason: "user" });
  await suspendGuest(driver, guest, "user");
  await resumeGuest(driver, guest);
  assert.deepEqual(stateFromWords(await status()), { ...guest.state, kind: "running", reason: "unpaused" });
  await assert.rejects(resumeGuest(driver, guest), /domain is already running/);
  await resetGuest(guest);
  assert.deepEqual(events, ["suspended paused", "resumed unpaused", "reboot"]);
});

test("a destroyed guest leaves nothing behind and can be started again", async () => {
  await startGuest(driver, guest, {});
  events.length = 0;
  await destroyGuest(driver, guest, { graceful: false });
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "destroyed" });
  assert.deepEqual(events, ["stopped destroyed"]);
  assert.equal(guest.id, -1);
  assert.deepEqual(runFiles(), []);
  await startGuest(driver, guest, {});
  assert.equal(guest.id, 2);
});

test("displays get ports of their own, which are free again afterwards", async () => {
  const other = xml.replace("vm</name>", "other</name>").replace("d1d1d1d1", "e1e1e1e1");
  await startGuest(driver, guest, {});
  const second = await createGuest(driver, other, {});
  const portOf = (each: Guest): unknown => {
    const [display] = each.live?.domain.devices?.graphics ?? [];
    return display?.type === "vnc" ? display.port : undefined;
  };
  assert.deepEqual([portOf(guest), portOf(second)], [5900, 5901]);
  await destroyGuest(driver, guest, { graceful: false });
  await startGuest(driver, guest, {});
  assert.equal(portOf(guest), 5900);
});

test("a transient guest is gone when it ends", async () => {
  const transient = await createGuest(driver, xml.replace("vm</name>", "t</name>").replace("d1d1d1d1", "e1e1e1e1"), {});
  assert.equal(transient.isPersistent, false);
  await destroyGuest(driver, transient, { graceful: false });
  assert.equal(driver.guests.findByName("t"), undefined);
});

test("a start that fails says QEMU's own last words and holds nothing", async () => {
  machine.behaviour = {
    onStart: (child) => {
      const log = "/var/log/libvirt/qemu/vm.log";
      machine.host.files.put(log, `${machine.host.files.snapshot()[log]}qemu: -newarg: invalid option\n`);
      child.exit({ code: 1, signal: undefined });
    },
  };
  await assert.rejects(startGuest(driver, guest, {}), (error: unknown) => {
    assert.ok(error instanceof VirtError);
    assert.equal(
      error.message,
      "internal error: process exited while connecting to monitor: qemu: -newarg: invalid option",
    );
    return true;
  });
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "failed" });
  assert.deepEqual(events, []);
  assert.deepEqual(runFiles(), []);
  machine.behaviour = {};
  await startGuest(driver, guest, {});
});

test("a missing disk is named before anything is started", async () => {
  await machine.host.files.unlink("/images/vm.img");
  await assert.rejects(startGuest(driver, guest, {}), {
    message: "Cannot access storage file '/images/vm.img' (as uid:0, gid:0): No such file or directory",
  });
  assert.equal(machine.qemus.length, 0);
  assert.deepEqual(runFiles(), []);
});

test("wherever a step on disk fails, the start fails whole and a later one works", async () => {
  const { files } = machine.host;
  let steps = 0;
  files.inject = () => void steps++;
  await startGuest(driver, guest, {});
  await destroyGuest(driver, guest, { graceful: false });
  const total = steps;
  for (let bad = 1; bad <= total; bad++) {
    let count = 0;
    files.inject = () => {
      if (++count === bad) throw new VirtError(38, "No space left on device");
    };
    const failed = await startGuest(driver, guest, {}).then(
      () => undefined,
      (error: unknown) => error,
    );
    files.inject = () => undefined;
    if (failed === undefined) await destroyGuest(driver, guest, { graceful: false });
    assert.equal(guest.isActive, false, `step ${bad}`);
    assert.equal(machine.alive.length, 0, `step ${bad}`);
  }
  await startGuest(driver, guest, {});
});

test("a guest cannot be started while it is being started", async () => {
  const first = startGuest(driver, guest, {});
  await assert.rejects(startGuest(driver, guest, {}), /domain is already running/);
  await first;
});
