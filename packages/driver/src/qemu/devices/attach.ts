import { ErrorCode, endsWithin, Rollback, VirtError, virtError } from "@tsvirt/base";
import type { Controller, Devices, Disk, Domain } from "@tsvirt/model/domain";
import { assignAliases, buildDiskPlug, type PlugStep, qmp, rawCommand } from "@tsvirt/qemu";
import { pathOf } from "../block/chain.ts";
import { refreshDevices } from "../cgroups/guest-groups.ts";
import { writeDefinition } from "../definitions/define.ts";
import { complete, definitionOf, formatDefinition } from "../definitions/documents.ts";
import { notRunning, refuseAttached } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { prepareDisk } from "../images/disks.ts";
import { giveBackImages, takeImages } from "../labels/ownership.ts";
import { requireQmp } from "../monitor/require-qmp.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { renewConfinement } from "../security/confine.ts";
import { buildContext } from "../start/build-context.ts";
import { saveStatus } from "../status/save.ts";
import { writeSpare } from "../status/spare.ts";
import { devicesIn } from "./device-document.ts";

/** What of a guest a device goes to. */
export interface AttachScope {
  readonly live: boolean;
  readonly config: boolean;
}

/** The lists of devices that a document can name. */
type ListName = { [K in keyof Devices]-?: Devices[K] extends unknown[] ? K : never }[keyof Devices];

const lists: readonly ListName[] = [
  "disks",
  "controllers",
  "leases",
  "filesystems",
  "interfaces",
  "smartcards",
  "serials",
  "parallels",
  "consoles",
  "channels",
  "inputs",
  "tpms",
  "graphics",
  "sounds",
  "audios",
  "videos",
  "hostdevs",
  "redirdevs",
  "hubs",
  "watchdogs",
  "rngs",
  "panics",
  "shmems",
  "memories",
  "cryptos",
];

/** Gives a guest one more device (`virDomainAttachDeviceFlags`): the running one, its definition, or both. */
export async function attachDevice(driver: QemuDriver, guest: Guest, xml: string, scope: AttachScope): Promise<void> {
  await guest.change("attach", async () => {
    // The definition is checked before anything happens to the running guest.
    const definition = scope.config ? await withDevice(driver, definitionOf(guest), xml) : undefined;
    if (scope.live) await attachLive(driver, guest, guest.requireLive(), xml);
    if (definition) await writeDefinition(driver, guest, formatDefinition(definition));
  });
}

/** The definition with the device in it, complete. */
async function withDevice(driver: QemuDriver, definition: Domain | undefined, xml: string): Promise<Domain> {
  if (!definition) throw virtError(ErrorCode.operationInvalid, "transient domains do not have any persistent config");
  const added = devicesIn(xml);
  const devices = definition.devices ?? added;
  for (const name of lists) {
    if (added[name].length === 0) continue;
    if (name === "disks") refuseDoubles(devices.disks, added.disks);
    Object.assign(devices, { [name]: [...devices[name], ...added[name]] });
  }
  return complete(driver, { ...definition, devices });
}

function refuseDoubles(disks: readonly Disk[], added: readonly Disk[]): void {
  for (const { target } of added) {
    if (disks.some((disk) => disk.target.dev === target.dev)) {
      throw virtError(ErrorCode.operationInvalid, `target ${target.dev} already exists`);
    }
  }
}

function refuseDouble(disks: readonly Disk[], added: Disk): void {
  const { dev } = added.target;
  const other = disks.find(({ target }) => target.dev === dev);
  if (!other) return;
  const [first, second] = [other, added].map((disk) => pathOf(disk.source) || "<null>");
  throw virtError(ErrorCode.xmlError, `target '${dev}' duplicated for disk sources '${first}' and '${second}'`);
}

async function attachLive(driver: QemuDriver, guest: Guest, live: LiveGuest, xml: string): Promise<void> {
  refuseAttached(live, "live attach of devices");
  const added = devicesIn(xml);
  const other = lists.find((name) => name !== "disks" && added[name].length > 0);
  const [disk] = added.disks;
  if (!disk) {
    const kind = other === "memories" ? "memory" : (other?.slice(0, -1) ?? "?");
    throw virtError(ErrorCode.operationUnsupported, `live attach of device '${kind}' is not supported`);
  }
  requireQmp(live, guest.name, "plugging in a disk");
  refuseDouble(live.domain.devices?.disks ?? [], disk);
  const { devices } = live.domain;
  if (!devices) return;
  // Completing the whole guest finds the new disk a place among all others.
  const whole = await complete(driver, { ...live.domain, devices: { ...devices, disks: [...devices.disks, disk] } });
  if (pluggable(whole.devices?.controllers) > pluggable(devices.controllers)) {
    throw virtError(ErrorCode.internalError, "No more available PCI slots");
  }
  assignAliases(whole);
  const placed = whole.devices?.disks.find((each) => each.target.dev === disk.target.dev);
  if (!placed) return;
  const prepared = await prepareDisk(driver, guest, live, placed);
  await using undo = new Rollback();
  await takeImages(driver, live, prepared, undo);
  // The disk may be on a controller that is part of the machine and that the document does not name.
  const named: Domain = { ...live.domain, devices: { ...devices, controllers: whole.devices?.controllers ?? [] } };
  undo.add(() => refreshDevices(driver, guest, live));
  await refreshDevices(driver, guest, live, prepared);
  undo.add(async () => {
    // At the guest's end everything goes at once.
    if (guest.isActive) await renewConfinement(driver, live);
  });
  const disks = [...(live.domain.devices?.disks ?? []), prepared];
  await renewConfinement(driver, live, { ...live.domain, devices: { ...devices, disks } });
  await plug(guest, live, buildDiskPlug(named, prepared, live.capabilities, buildContext(driver, guest, live)));
  // What the guest reported meanwhile is in its document by now.
  changeDisks(guest, live, (disks) => [...disks, prepared]);
  undo.moveTo(live.holdings);
  if (prepared.alias !== undefined) live.devices = new Set([...live.devices, prepared.alias]);
  await Promise.all([saveStatus(driver, guest), writeSpare(driver, guest, live)]);
  driver.events.emit(guest.ref, { kind: "deviceAdded", alias: prepared.alias ?? "" });
}

/** Changes the disks of what runs. Throws when that has ended. */
function changeDisks(guest: Guest, live: LiveGuest, change: (disks: readonly Disk[]) => Disk[]): void {
  const { devices } = live.domain;
  if (guest.live !== live || !guest.isActive || !devices) throw notRunning();
  live.domain = { ...live.domain, devices: { ...devices, disks: change(devices.disks) } };
}

/** Controllers but those that are part of the machine, whose places are there whether a document names them or not. */
function pluggable(controllers: readonly Controller[] = []): number {
  return controllers.filter(({ type }) => type !== "ide" && type !== "fdc").length;
}

/** Runs the steps; when one is refused, those before it are taken back. */
async function plug(guest: Guest, live: LiveGuest, steps: readonly PlugStep[]): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const done: PlugStep[] = [];
  try {
    for (const step of steps) {
      await session.execute(rawCommand(step.command), step.arguments);
      done.push(step);
    }
  } catch (error) {
    for (const step of done.toReversed()) await unplug(live, guest, step);
    throw error;
  }
}

async function unplug(live: LiveGuest, guest: Guest, step: PlugStep): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const node = step.arguments["node-name"];
  try {
    if (step.command === "blockdev-add" && typeof node === "string") {
      await session.execute(qmp.blockdevDel, { "node-name": node });
    } else if (step.command === "object-add" && typeof step.arguments.id === "string") {
      await session.execute(qmp.objectDel, { id: step.arguments.id });
    }
  } catch (error) {
    // What could not be taken back stays unused; the first error is the one to tell.
    if (!(error instanceof VirtError)) throw error;
  }
}

/** How long the guest may take to let go of a device, in milliseconds; libvirt's own patience. */
const UNPLUG_LIMIT = 5_000;

/** Takes a disk away (`virDomainDetachDeviceFlags`). A guest that does not let go in time may do so later. */
export async function detachDisk(driver: QemuDriver, guest: Guest, xml: string, scope: AttachScope): Promise<void> {
  await guest.change("detach", async () => {
    const definition = scope.config ? withoutDisk(definitionOf(guest), xml) : undefined;
    if (scope.live) await detachLive(driver, guest, guest.requireLive(), xml);
    if (definition) await writeDefinition(driver, guest, formatDefinition(definition));
  });
}

function withoutDisk(definition: Domain | undefined, xml: string): Domain {
  if (!definition) throw virtError(ErrorCode.operationInvalid, "transient domains do not have any persistent config");
  const target = targetIn(xml);
  const { devices } = definition;
  if (!devices?.disks.some((disk) => disk.target.dev === target)) throw noTarget(target);
  return { ...definition, devices: { ...devices, disks: devices.disks.filter((disk) => disk.target.dev !== target) } };
}

function targetIn(xml: string): string {
  const [disk] = devicesIn(xml).disks;
  if (!disk) throw virtError(ErrorCode.operationUnsupported, "live detach of this device is not supported");
  return disk.target.dev;
}

function noTarget(target: string): VirtError {
  return virtError(ErrorCode.deviceMissing, `no target device ${target}`);
}

async function detachLive(driver: QemuDriver, guest: Guest, live: LiveGuest, xml: string): Promise<void> {
  refuseAttached(live, "live detach of devices");
  const target = targetIn(xml);
  requireQmp(live, guest.name, "taking a disk away");
  const disk = live.domain.devices?.disks.find((each) => each.target.dev === target);
  if (!disk?.alias) throw noTarget(target);
  const { alias } = disk;
  const { session } = live.requireMonitor(guest.name);
  const released = new Promise<void>((resolve) => {
    // Stays when the guest refuses, or is slow: it may let go at any later time.
    live.unplugWaiters.set(alias, resolve);
  });
  // Whenever it happens, now or later, the disk leaves the guest then.
  released
    .then(() => afterUnplug(driver, guest, live, disk))
    .catch((error: unknown) => {
      driver.log.error("device not removed", { domain: guest.name, alias, error: String(error) });
    });
  await session.execute(qmp.deviceDel, { id: alias });
  await endsWithin(released, UNPLUG_LIMIT);
}

async function afterUnplug(driver: QemuDriver, guest: Guest, live: LiveGuest, disk: Disk): Promise<void> {
  const alias = disk.alias ?? "";
  live.unplugWaiters.delete(alias);
  if (guest.live !== live || !guest.isActive) return;
  changeDisks(guest, live, (disks) => disks.filter((each) => each.alias !== alias));
  live.devices = new Set([...live.devices].filter((each) => each !== alias));
  const { session } = live.requireMonitor(guest.name);
  const indexes = [disk.source?.index];
  for (let at = disk.backingStore; at?.type !== undefined; at = at.backingStore) indexes.push(at.index);
  for (const index of indexes) {
    if (index === undefined) continue;
    await session.execute(qmp.blockdevDel, { "node-name": `libvirt-${index}-format` });
    await session.execute(qmp.blockdevDel, { "node-name": `libvirt-${index}-storage` });
  }
  await refreshDevices(driver, guest, live);
  await renewConfinement(driver, live);
  await giveBackImages(driver, live, disk);
  await Promise.all([saveStatus(driver, guest), writeSpare(driver, guest, live)]);
  driver.events.emit(guest.ref, { kind: "deviceRemoved", alias });
}
