import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { deferred, ErrorCode, VirtError } from "@tsvirt/base";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import { undefineGuest } from "../definitions/undefine.ts";
import type { DomainEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { createGuest, startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "./destroy.ts";
import { suspendGuest } from "./suspend.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
</domain>`;

let machine: FakeMachine;
let driver: QemuDriver;
let events: DomainEvent[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  driver = await machine.open();
  events = [];
  driver.events.onDomainEvent((_, event) => events.push(event));
});

const define = (): Promise<Guest> => defineGuest(driver, xml, { validate: false });
const isNoDomain = (error: unknown): boolean => error instanceof VirtError && error.code === ErrorCode.noDomain;
const lifecycle = (): string[] =>
  events.flatMap((event) => (event.kind === "lifecycle" ? `${event.event} ${event.detail}` : []));

test("a guest that crashes is started again while its end is being handled, and keeps its new files", async () => {
  const guest = await define();
  await startGuest(driver, guest, {});
  machine.last.child.exit({ code: undefined, signal: 11 });
  while (guest.isActive) await new Promise<void>((resolve) => setImmediate(resolve));
  await startGuest(driver, guest, {});
  assert.equal(guest.id, 2);
  assert.ok(guest.live);
  const files = machine.host.files.snapshot();
  assert.match(files["/run/libvirt/qemu/vm.xml"] ?? "", /state='running'/);
  assert.equal(files["/run/libvirt/qemu/vm.pid"], String(machine.last.child.identity.pid));
  assert.deepEqual(lifecycle().slice(-3), ["stopped failed", "resumed unpaused", "started booted"]);
});

test("a transient guest is created again the moment it ends", async () => {
  const first = await createGuest(driver, xml, {});
  machine.last.child.exit();
  while (first.isActive) await new Promise<void>((resolve) => setImmediate(resolve));
  const second = await createGuest(driver, xml, {});
  assert.notEqual(second, first);
  assert.equal(driver.guests.findByName("vm"), second);
  assert.equal(driver.guests.findById(second.id), second);
});

test("two destroys of one guest: one ends it, the other is told that it does not run", async () => {
  const guest = await define();
  await startGuest(driver, guest, {});
  const results = await Promise.allSettled([
    destroyGuest(driver, guest, { graceful: false }),
    destroyGuest(driver, guest, { graceful: false }),
  ]);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length >= 1, true);
  assert.deepEqual(
    lifecycle().filter((each) => each.startsWith("stopped")),
    ["stopped destroyed"],
  );
});

test("a change that waited for an undefine finds no guest", async () => {
  const guest = await define();
  const undefining = undefineGuest(driver, guest, {});
  const starting = startGuest(driver, guest, {});
  await undefining;
  await assert.rejects(starting, isNoDomain);
  assert.equal(machine.qemus.length, 0);
  assert.equal(driver.guests.size, 0);
});

test("a definition that waited for an undefine is a new guest", async () => {
  const guest = await define();
  const [, again] = await Promise.all([undefineGuest(driver, guest, {}), define()]);
  assert.equal(driver.guests.findByUuid(uuid), again);
  assert.equal(again.isPersistent, true);
  assert.ok(machine.host.files.snapshot()["/etc/libvirt/qemu/vm.xml"]);
});

test("a transient guest that ends while it is being defined stays, defined", async () => {
  await createGuest(driver, xml, {});
  const defining = define();
  machine.last.child.exit();
  const guest = await defining;
  while (guest.live) await new Promise<void>((resolve) => setImmediate(resolve));
  assert.equal(driver.guests.findByName("vm"), guest);
  assert.equal(guest.isPersistent, true);
  await startGuest(driver, guest, {});
});

test("destroying interrupts a change that waits for QEMU", async () => {
  machine.behaviour = { commands: { stop: () => new Promise<never>(() => undefined) } };
  const guest = await define();
  await startGuest(driver, guest, {});
  const suspending = suspendGuest(driver, guest, "user");
  suspending.catch(() => undefined);
  await destroyGuest(driver, guest, { graceful: false });
  await assert.rejects(suspending, VirtError);
  assert.equal(guest.isActive, false);
});

for (const [when, prepare] of Object.entries({
  "before QEMU is launched": () => {
    const { files } = machine.host;
    const reached = deferred<void>();
    files.inject = ({ path }) => {
      if (path.endsWith("master-key.aes")) reached.resolve();
    };
    return reached.promise;
  },
  "while QEMU is being placed": () => {
    const { files } = machine.host;
    const reached = deferred<void>();
    files.inject = ({ path }) => {
      if (path.includes(".vm.pid.")) reached.resolve();
    };
    return reached.promise;
  },
  "while QEMU says nothing yet": async () => {
    machine.behaviour = { mute: true };
    while (machine.qemus.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  },
})) {
  test(`destroyed ${when}, a guest is off and its start says why`, async () => {
    const guest = await define();
    const reached = prepare();
    const starting = startGuest(driver, guest, {});
    starting.catch(() => undefined);
    await reached;
    await destroyGuest(driver, guest, { graceful: false });
    await assert.rejects(starting, VirtError);
    assert.equal(guest.isActive, false);
    assert.equal(machine.alive.length, 0);
    machine.behaviour = {};
    await startGuest(driver, guest, {});
  });
}
