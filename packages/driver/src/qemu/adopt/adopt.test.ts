import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { deferred } from "@tsvirt/base";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { createGuest, startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { suspendGuest } from "../stop/suspend.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
  <devices>
    <disk type='file' device='disk'><source file='/images/vm.img'/><target dev='vda'/></disk>
    <graphics type='vnc' port='-1' autoport='yes'/>
  </devices>
</domain>`;
const statusFile = "/run/libvirt/qemu/vm.xml";
const spareStatus = `/var/lib/libvirt/qemu/monitors/${uuid}.xml`;

let machine: FakeMachine;
let driver: QemuDriver;

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.disk("/images/vm.img");
  driver = await machine.open();
});

/** The daemon is killed, and another one starts. */
async function restart(): Promise<Guest | undefined> {
  machine.crash();
  driver = await machine.open();
  return driver.guests.findByUuid(uuid);
}

async function run(how: "defined" | "transient" = "defined"): Promise<void> {
  if (how === "transient") await createGuest(driver, xml, {});
  else await startGuest(driver, await defineGuest(driver, xml, { validate: false }), {});
}

const damage: Readonly<Record<string, () => void | Promise<void>>> = {
  "nothing is damaged": () => undefined,
  "the status file is torn": async () => {
    const text = await machine.host.files.readText(statusFile);
    machine.host.files.put(statusFile, text.slice(0, text.length / 2));
  },
  "the status file is empty": () => machine.host.files.put(statusFile, ""),
  "the status file is gone": async () => {
    await machine.host.files.unlink(statusFile);
  },
  "status and its copy are gone": async () => {
    await machine.host.files.unlink(statusFile);
    await machine.host.files.unlink(spareStatus);
  },
  "the pid file is gone": async () => {
    await machine.host.files.unlink("/run/libvirt/qemu/vm.pid");
  },
};

for (const [what, harm] of Object.entries(damage)) {
  test(`a running guest is taken over when ${what}`, async () => {
    await run();
    await harm();
    const guest = await restart();
    assert.equal(guest?.state.kind, "running");
    assert.equal(guest?.id, 1);
    assert.equal(machine.alive.length, 1);
    await assert.rejects(startGuest(driver, guest, {}), /already running/);
    await suspendGuest(driver, guest, "user");
    assert.equal(machine.last.running, false);
    await destroyGuest(driver, guest, { graceful: false });
    assert.equal(machine.alive.length, 0);
    await startGuest(driver, guest, {});
  });
}

test("a transient guest is taken over too, even when nothing but its process is left", async () => {
  await run("transient");
  await machine.host.files.unlink(statusFile);
  await machine.host.files.unlink(spareStatus);
  const guest = await restart();
  assert.equal(guest?.isPersistent, false);
  assert.equal(guest?.name, "vm");
  assert.equal(guest?.live?.domain.memory?.kib, 65536);
});

test("QEMU's word on the state counts more than the status file", async () => {
  await run();
  machine.last.running = false;
  machine.last.status = "io-error";
  const guest = await restart();
  assert.deepEqual(guest?.state, { kind: "paused", pid: machine.last.child.identity.pid, reason: "ioerror" });
});

test("a start that was interrupted before the first instruction is undone", async () => {
  // The daemon dies when QEMU has just been executed: nobody was told that the guest runs.
  const guest = await defineGuest(driver, xml, { validate: false });
  machine.behaviour = { mute: true };
  const lost = startGuest(driver, guest, {});
  lost.catch(() => undefined);
  while (machine.qemus.length === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  machine.behaviour = {};
  machine.answer(machine.last);
  const found = await restart();
  assert.equal(machine.alive.length, 0);
  assert.equal(found?.isActive, false);
  assert.equal(machine.host.files.snapshot()[statusFile], undefined);
});

test("a guest that ended while no daemon was there is off, and its files are gone", async () => {
  await run();
  machine.last.child.exit({ code: undefined, signal: 9 });
  const guest = await restart();
  assert.deepEqual(guest?.state, { kind: "shutoff", reason: "crashed" });
  const left = Object.keys(machine.host.files.snapshot()).filter((path) => /\/qemu\/vm\.(?:xml|pid)$/.test(path));
  assert.deepEqual(left, ["/etc/libvirt/qemu/vm.xml"]);
});

test("another process with the number of an ended guest is left alone", async () => {
  await run();
  const { pid } = machine.last.child.identity;
  machine.last.child.exit();
  const other = machine.host.processes.appear(["/bin/sleep", "1000"]);
  Object.assign(other.identity, { pid });
  const guest = await restart();
  assert.equal(guest?.isActive, false);
  assert.deepEqual(other.signals, []);
});

test("a guest whose monitor does not answer stays, cannot be started again, and is reached later", async () => {
  await run();
  machine.unlinkMonitor(machine.last);
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const guest = await restart();
    assert.equal(guest?.state.kind, "running");
    assert.equal(guest?.live?.monitor, undefined);
    await assert.rejects(suspendGuest(driver, guest, "user"), /cannot reach the monitor of domain 'vm'/);
    await assert.rejects(startGuest(driver, guest, {}), /already running/);
    machine.answer(machine.last);
    mock.timers.tick(1_000);
    while (!guest.live?.monitor) await new Promise<void>((resolve) => setImmediate(resolve));
  } finally {
    mock.timers.reset();
  }
});

test("displays of guests taken over keep their ports", async () => {
  await run();
  await restart();
  const other = await createGuest(driver, xml.replace("vm</name>", "x</name>").replace("d1d1d1d1", "e1e1e1e1"), {});
  const [display] = other.live?.domain.devices?.graphics ?? [];
  assert.equal(display?.type === "vnc" && display.port, 5901);
});

test("killed at any step on disk, a daemon leaves what the next one understands", async () => {
  const script = async (): Promise<void> => {
    const guest = await defineGuest(driver, xml, { validate: false });
    await startGuest(driver, guest, {});
    await suspendGuest(driver, guest, "user");
    await destroyGuest(driver, guest, { graceful: false });
  };
  for (let step = 1; ; step++) {
    machine = await FakeMachine.create();
    machine.disk("/images/vm.img");
    driver = await machine.open();
    let count = 0;
    const killed = deferred<void>();
    machine.host.files.inject = () => {
      if (++count !== step) return;
      machine.crash();
      killed.resolve();
      throw new RangeError("killed");
    };
    // A killed daemon may wait for ever for what it began.
    await Promise.race([script().catch(() => undefined), killed.promise]);
    if (count < step) break;
    driver = await machine.open();
    const guest = driver.guests.findByUuid(uuid);
    const alive = machine.alive.length;
    assert.ok(alive <= 1, `step ${step}: ${alive} emulators`);
    assert.equal(guest?.isActive ?? false, alive === 1, `step ${step}: active, but ${alive} emulators`);
    const again = guest ?? (await defineGuest(driver, xml, { validate: false }));
    if (again.isActive) await destroyGuest(driver, again, { graceful: false });
    await startGuest(driver, again, {});
  }
});
