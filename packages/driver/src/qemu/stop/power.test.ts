import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import type { DomainEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { startGuest } from "../start/start-guest.ts";
import { rebootGuest, shutdownGuest } from "./shutdown.ts";

let machine: FakeMachine;
let driver: QemuDriver;
let events: DomainEvent[];

beforeEach(async () => {
  machine = await FakeMachine.create();
  driver = await machine.open();
});

/** A running guest that reacts to the events that a test emits in these ways. */
async function start(actions = ""): Promise<Guest> {
  const xml = `<domain type='qemu'>
  <name>vm</name>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  ${actions}
</domain>`;
  const guest = await defineGuest(driver, xml, { validate: false });
  await startGuest(driver, guest, {});
  events = [];
  driver.events.onDomainEvent((_, event) => events.push(event));
  return guest;
}

const told = (): string[] =>
  events.map((event) => (event.kind === "lifecycle" ? `${event.event} ${event.detail}` : event.kind));

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    assert.ok(turn < 5_000, `still not: ${condition}; ${told().join(", ")}`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const commands = (): unknown[] => machine.last.qemu.received.map(({ execute }) => execute);
const resets = (): number => commands().filter((name) => name === "system_reset").length;
const powerOff = { guest: true, reason: "guest-shutdown" };

test("a guest that powers off ends, and is said to have shut down", async () => {
  const guest = await start();
  await shutdownGuest(driver, guest, {});
  assert.ok(commands().includes("system_powerdown"));
  machine.last.qemu.emit("SHUTDOWN", powerOff);
  await until(() => guest.live === undefined);
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "shutdown" });
  assert.deepEqual(told(), ["shutdown guest", "stopped shutdown"]);
  assert.equal(machine.alive.length, 0);
});

test("a reboot is a power-off after which the same QEMU goes on", async () => {
  const guest = await start();
  await rebootGuest(driver, guest, {});
  machine.last.running = false;
  machine.last.qemu.emit("SHUTDOWN", powerOff);
  await until(() => resets() === 1 && machine.last.running && guest.state.kind === "running");
  assert.equal(machine.alive.length, 1);
  // The next power-off is one again.
  machine.last.qemu.emit("SHUTDOWN", powerOff);
  await until(() => guest.live === undefined);
  assert.equal(guest.state.kind, "shutoff");
});

test("<on_poweroff>restart boots a guest anew that powers off by itself", async () => {
  const guest = await start("<on_poweroff>restart</on_poweroff>");
  machine.last.qemu.emit("SHUTDOWN", powerOff);
  await until(() => resets() === 1 && guest.state.kind === "running");
  assert.equal(machine.alive.length, 1);
});

test("<on_reboot>destroy ends a guest that reboots", async () => {
  const guest = await start("<on_reboot>destroy</on_reboot>");
  machine.last.qemu.emit("RESET", { guest: true, reason: "guest-reset" });
  await until(() => guest.live === undefined);
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "destroyed" });
});

test("a guest that reboots goes on, and clients are told", async () => {
  const guest = await start();
  machine.last.qemu.emit("RESET", { guest: true, reason: "guest-reset" });
  await until(() => told().includes("reboot"));
  assert.equal(guest.state.kind, "running");
});

const panic = { action: "pause" };

test("<on_crash>: destroy, preserve and restart", async (context) => {
  await context.test("destroy", async () => {
    const guest = await start("<on_crash>destroy</on_crash>");
    machine.last.qemu.emit("GUEST_PANICKED", panic);
    await until(() => guest.live === undefined);
    assert.deepEqual(guest.state, { kind: "shutoff", reason: "crashed" });
    assert.equal(told()[0], "crashed panicked");
  });
  await context.test("preserve", async () => {
    machine = await FakeMachine.create();
    driver = await machine.open();
    const guest = await start("<on_crash>preserve</on_crash>");
    machine.last.qemu.emit("GUEST_PANICKED", panic);
    await until(() => guest.state.kind === "crashed");
    assert.equal(machine.alive.length, 1);
  });
  await context.test("restart", async () => {
    machine = await FakeMachine.create();
    driver = await machine.open();
    const guest = await start("<on_crash>restart</on_crash>");
    machine.last.qemu.emit("GUEST_PANICKED", panic);
    await until(() => resets() === 1 && guest.state.kind === "running");
    assert.equal(machine.alive.length, 1);
  });
});

test("QEMU's death is one event, with the right reason", async () => {
  const guest = await start();
  machine.last.child.exit({ code: undefined, signal: 11 });
  await until(() => guest.live === undefined);
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "crashed" });
  assert.deepEqual(told(), ["stopped failed"]);
});

test("watchdog, clock, suspend to memory and wake-up are told", async () => {
  const guest = await start();
  const { qemu } = machine.last;
  qemu.emit("RTC_CHANGE", { offset: 3, "qom-path": "/machine/rtc" });
  qemu.emit("WATCHDOG", { action: "none" });
  qemu.emit("SUSPEND");
  await until(() => guest.state.kind === "pmsuspended");
  qemu.emit("WAKEUP");
  await until(() => guest.state.kind === "running");
  assert.deepEqual(told(), ["rtcChange", "watchdog", "pmSuspend", "pmsuspended memory", "pmWakeup", "started wakeup"]);
});

test("an event of a shape that is not known harms nobody", async () => {
  const guest = await start();
  machine.last.qemu.emit("SHUTDOWN", { guest: "perhaps" });
  machine.last.qemu.emit("NEW_IN_QEMU_99", { a: 1 });
  machine.last.qemu.emit("RESET", { guest: true, reason: "guest-reset" });
  await until(() => told().includes("reboot"));
  assert.equal(guest.state.kind, "running");
});
