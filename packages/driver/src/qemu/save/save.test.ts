import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { deferred, ErrorCode, VirtError } from "@tsvirt/base";
import { FakeMachine } from "../../testing/index.ts";
import { defineGuest } from "../definitions/define.ts";
import type { DomainEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { startGuest } from "../start/start-guest.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { suspendGuest } from "../stop/suspend.ts";
import { redefineSaveImage, restoreGuest } from "./restore-guest.ts";
import { managedSave, saveGuest } from "./save-guest.ts";

const uuid = "d1d1d1d1-0000-4000-8000-000000000001";
const xml = `<domain type='qemu'>
  <name>vm</name>
  <uuid>${uuid}</uuid>
  <memory>65536</memory>
  <os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
</domain>`;
const managed = "/var/lib/libvirt/qemu/save/vm.save";
const MEMORY = "the guest's memory";

let machine: FakeMachine;
let driver: QemuDriver;
let guest: Guest;
let events: string[];
/** Where QEMU's next migration goes. */
let target: string;
/** How it ends. */
let outcome: "completed" | "failed" | "cancelled";

function note(event: DomainEvent): void {
  events.push(event.kind === "lifecycle" ? `${event.event} ${event.detail}` : event.kind);
}

async function prepare(): Promise<void> {
  machine = await FakeMachine.create();
  target = managed;
  outcome = "completed";
  events = [];
  machine.behaviour = {
    commands: {
      "migrate-set-parameters": () => ({}),
      getfd: () => ({}),
      migrate: async () => {
        const { last } = machine;
        await machine.host.files.append(target, MEMORY, 0o600);
        if (outcome === "completed") last.status = "postmigrate";
        last.qemu.emit("MIGRATION", { status: outcome });
        return {};
      },
      "migrate-incoming": () => {
        machine.last.status = "paused";
        machine.last.qemu.emit("MIGRATION", { status: outcome });
        return {};
      },
      migrate_cancel: () => ({}),
      "query-migrate": () => ({ status: outcome, "error-desc": "No space left on device", ram: { total: 7 } }),
    },
  };
  driver = await machine.open();
  driver.events.onDomainEvent((_, event) => note(event));
  guest = await defineGuest(driver, xml, { validate: false });
}

beforeEach(prepare);

/** What lies at a path: an image that the next start would take, one that nobody takes, or nothing. */
function imageAt(path: string): "whole" | "unfinished" | undefined {
  const text = machine.host.files.snapshot()[path];
  return text === undefined ? undefined : text.startsWith("LibvirtQemudSave") ? "whole" : "unfinished";
}

async function start(): Promise<void> {
  await startGuest(driver, guest, {});
  events.length = 0;
}

test("a saved guest is off, and its image is whole only when everything behind the header is on disk", async () => {
  await start();
  target = "/saved/vm";
  await machine.host.files.makeDirectory("/saved");
  const order: string[] = [];
  machine.host.files.inject = ({ operation, path }) => {
    if (!path.startsWith("/saved")) return;
    const text = machine.host.files.snapshot()[target] ?? "";
    order.push(`${operation}: ${imageAt(target) ?? "empty"}${text.endsWith(MEMORY) ? ", with memory" : ""}`);
  };
  await saveGuest(driver, guest, target, {});
  assert.deepEqual(order, [
    "writePart: unfinished",
    "sync: unfinished, with memory",
    "syncDirectory: unfinished, with memory",
    "writePart: unfinished, with memory",
  ]);
  assert.equal(imageAt(target), "whole");
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "saved" });
  assert.deepEqual(events, ["suspended paused", "jobCompleted", "stopped saved"]);
  assert.equal(guest.hasManagedSave, false);
});

test("a save that QEMU cannot finish lets the guest go on, says why, and leaves no image", async () => {
  await start();
  outcome = "failed";
  await assert.rejects(managedSave(driver, guest, {}), {
    code: ErrorCode.operationFailed,
    message: "operation failed: job 'save' failed: No space left on device",
  });
  assert.equal(imageAt(managed), undefined);
  assert.deepEqual(guest.state, { ...guest.state, kind: "running", reason: "saveCanceled" });
  assert.deepEqual(events, ["suspended paused", "resumed unpaused"]);
  const bandwidths = machine.last.qemu.received.filter((each) => each.execute === "migrate-set-parameters");
  assert.equal(bandwidths.length, 2, "the bandwidth is put back");
});

test("a save that is called off ends so, and the guest goes on", async () => {
  await start();
  const stop = new AbortController();
  outcome = "cancelled";
  machine.last.qemu.received.length = 0;
  const saving = managedSave(driver, guest, { signal: stop.signal });
  stop.abort(new VirtError(ErrorCode.operationAborted, "not now"));
  await assert.rejects(saving, /not now/);
  assert.equal(guest.state.kind, "running");
  assert.equal(imageAt(managed), undefined);
});

test("a paused guest that cannot be saved stays paused", async () => {
  await start();
  await suspendGuest(driver, guest, "user");
  outcome = "failed";
  await assert.rejects(managedSave(driver, guest, {}));
  assert.deepEqual(guest.state, { ...guest.state, kind: "paused", reason: "user" });
});

test("a QEMU that dies while it is saved leaves a guest that is off, and no image", async () => {
  await start();
  machine.behaviour.commands?.migrate?.({}, []);
  const received = machine.last.qemu;
  const dies = (): void => machine.last.child.exit({ code: undefined, signal: 11 });
  machine.host.files.inject = ({ operation, path }) => {
    if (operation === "writePart" && path === managed && received.received.length > 0) queueMicrotask(dies);
  };
  await assert.rejects(managedSave(driver, guest, {}));
  while (guest.isActive) await new Promise<void>((resolve) => setImmediate(resolve));
  assert.deepEqual(guest.state, { kind: "shutoff", reason: "crashed" });
  assert.equal(imageAt(managed), undefined);
  assert.equal(guest.hasManagedSave, false);
});

test("wherever the disk fails, a guest is saved or runs on, never both", async () => {
  for (let bad = 1; ; bad++) {
    await prepare();
    await start();
    let count = 0;
    machine.host.files.inject = () => {
      if (++count === bad) throw new VirtError(ErrorCode.systemError, "No space left on device");
    };
    const failed = await managedSave(driver, guest, {}).then(
      () => false,
      () => true,
    );
    machine.host.files.inject = () => undefined;
    if (count < bad) break;
    const whole = imageAt(managed) === "whole";
    assert.ok(!(machine.last.running && machine.last.child.alive && whole), `step ${bad}: armed, and running on`);
    assert.ok(whole || machine.last.child.alive, `step ${bad}: neither image nor guest`);
    if (!failed) assert.deepEqual([whole, guest.state.kind], [true, "shutoff"], `step ${bad}`);
  }
});

test("a guest starts where it was saved, and its image is gone", async () => {
  await start();
  await managedSave(driver, guest, {});
  assert.deepEqual([imageAt(managed), guest.hasManagedSave], ["whole", true]);
  events.length = 0;
  const order: string[] = [];
  machine.host.files.inject = ({ operation, path }) => {
    if (path === managed) order.push(`${operation} ${machine.last.running ? "after" : "before"} cont`);
  };
  await startGuest(driver, guest, {});
  assert.deepEqual(order, ["writePart before cont", "unlink after cont"]);
  assert.deepEqual(guest.state, { ...guest.state, kind: "running", reason: "restored" });
  assert.deepEqual([imageAt(managed), guest.hasManagedSave], [undefined, false]);
  assert.deepEqual(events, ["started restored", "resumed fromSnapshot"]);
  assert.ok(machine.last.child.spec.argv.includes("-incoming"));
});

test("a guest that was paused when it was saved is paused when it is restored", async () => {
  await start();
  await suspendGuest(driver, guest, "user");
  await managedSave(driver, guest, {});
  events.length = 0;
  await startGuest(driver, guest, {});
  assert.equal(guest.state.kind, "paused");
  assert.equal(machine.last.running, false);
  assert.deepEqual(events, ["started restored", "suspended restored"]);
});

test("a start from an image that QEMU refuses leaves the image as good as before", async () => {
  await start();
  await managedSave(driver, guest, {});
  outcome = "failed";
  await assert.rejects(startGuest(driver, guest, {}), /job 'start' failed: No space left on device/);
  assert.deepEqual([imageAt(managed), guest.hasManagedSave, guest.isActive], ["whole", true, false]);
  outcome = "completed";
  await startGuest(driver, guest, {});
});

test("wherever the disk fails at a restore, the image is good if the guest never ran from it, and else it is not", async () => {
  for (let bad = 1; ; bad++) {
    await prepare();
    await start();
    await managedSave(driver, guest, {});
    let count = 0;
    machine.host.files.inject = () => {
      if (++count === bad) throw new VirtError(ErrorCode.systemError, "No space left on device");
    };
    const failed = await startGuest(driver, guest, {}).then(
      () => false,
      () => true,
    );
    machine.host.files.inject = () => undefined;
    if (count < bad) break;
    const ran = machine.qemus.length > 1 && machine.last.qemu.received.some(({ execute }) => execute === "cont");
    assert.equal(imageAt(managed) === "whole", !ran, `step ${bad}: ${failed ? "failed" : "started"}`);
  }
});

test("an image that was never finished is passed over: the guest boots", async () => {
  await start();
  await managedSave(driver, guest, {});
  const text = machine.host.files.snapshot()[managed] ?? "";
  machine.host.files.put(managed, text.replace("LibvirtQemudSave", "LibvirtQemudPart"));
  await startGuest(driver, guest, {});
  assert.equal(machine.last.child.spec.argv.includes("-incoming"), false);
  assert.deepEqual([imageAt(managed), guest.hasManagedSave], [undefined, false]);
});

test("another guest's image is refused", async () => {
  await start();
  await managedSave(driver, guest, {});
  const other = await defineGuest(driver, xml.replace("vm</name>", "x</name>").replace("d1d1d1d1", "e1e1e1e1"), {
    validate: false,
  });
  machine.host.files.put("/var/lib/libvirt/qemu/save/x.save", await machine.host.files.read(managed));
  other.hasManagedSave = true;
  await assert.rejects(startGuest(driver, other, {}), {
    message:
      "operation failed: cannot restore domain 'x' uuid e1e1e1e1-0000-4000-8000-000000000001 from a file which belongs " +
      `to domain 'vm' uuid ${uuid}`,
  });
});

test("a document that stands for another guest's is refused at every door", async () => {
  await start();
  target = "/saved/vm";
  await machine.host.files.makeDirectory("/saved");
  const renamed = xml.replace("vm</name>", "x</name>");
  const refusal = {
    code: ErrorCode.configUnsupported,
    message: "unsupported configuration: Target domain name 'x' does not match source 'vm'",
  };
  await assert.rejects(saveGuest(driver, guest, target, { xml: renamed }), refusal);
  assert.equal(guest.state.kind, "running");
  await saveGuest(driver, guest, target, {});
  await assert.rejects(redefineSaveImage(driver, target, renamed), refusal);
  await assert.rejects(restoreGuest(driver, target, { xml: renamed }), refusal);
  const described = xml.replace("<memory>", "<title>edited</title><memory>");
  await redefineSaveImage(driver, target, described.replace("</title>", "</title>\n"), false);
  await restoreGuest(driver, target, {});
  assert.equal(guest.state.kind, "paused", "redefined to be paused");
  assert.equal(guest.live?.domain.title, "edited");
  assert.equal(imageAt(target), "whole", "the image is its owner's");
});

test("killed at any step of a save and of the start from it, a daemon loses no memory and arms none", async () => {
  const script = async (): Promise<void> => {
    await managedSave(driver, guest, {});
    await startGuest(driver, guest, {});
  };
  for (let step = 1; ; step++) {
    await prepare();
    await start();
    let count = 0;
    const killed = deferred<void>();
    machine.host.files.inject = () => {
      if (++count !== step) return;
      machine.crash();
      killed.resolve();
      throw new RangeError("killed");
    };
    // What a dead daemon waits for may never come.
    await Promise.race([script().catch(() => undefined), killed.promise]);
    if (count < step) break;
    driver = await machine.open();
    const found = driver.guests.findByUuid(uuid);
    assert.ok(found, `step ${step}: the guest is known`);
    const alive = machine.alive.length;
    assert.ok(alive <= 1, `step ${step}: ${alive} emulators`);
    assert.equal(found.isActive, alive === 1, `step ${step}: active, and ${alive} emulators`);
    const whole = imageAt(managed) === "whole";
    assert.ok(whole || alive === 1, `step ${step}: its memory is gone`);
    assert.ok(!(whole && alive === 1), `step ${step}: an image is armed although the guest lives`);
    if (alive === 1 && machine.last === machine.qemus[0]) {
      assert.equal(machine.last.running, true, `step ${step}: a guest that was not saved runs on`);
    }
    if (found.isActive) await destroyGuest(driver, found, { graceful: false });
    await startGuest(driver, found, {});
  }
});
