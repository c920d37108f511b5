import { endsWithin, VirtError } from "@tsvirt/base";
import { hasErrno, type LoadedFile, type ProcessFacts, type ProcessRef } from "@tsvirt/host";
import { type LegacyProfile, QemuCapabilities } from "@tsvirt/qemu";
import { type DomainStatus, parseStatus } from "@tsvirt/qemu/status";
import { readoptGroups } from "../cgroups/guest-groups.ts";
import { definitionOf } from "../definitions/documents.ts";
import { withoutHeader } from "../definitions/file.ts";
import { Guest } from "../guest/guest.ts";
import { LiveGuest } from "../guest/live.ts";
import { dacLabelOf } from "../labels/dac-label.ts";
import { readLedgers } from "../labels/ledger.ts";
import { filesOfForeign, type Labelled, readoptOwnership, settleFiles } from "../labels/ownership.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { readoptConfinement } from "../security/confine.ts";
import { readoptPorts } from "../start/displays.ts";
import { removeRunFiles } from "../start/launch.ts";
import { readSpare, removeSpare } from "../status/spare.ts";
import { stateFromWords } from "../status/state-words.ts";
import { watchEnd } from "../stop/finish.ts";
import { findQemus } from "./processes.ts";
import { rebuildStatus } from "./rebuild.ts";
import { reconnect } from "./reconnect.ts";

/** Monitors that are reached for at the same time (threat-model section 5). */
const AT_ONCE = 8;
/** How long the opening of the instance waits for monitors, in milliseconds; the rest goes on behind it. */
const FIRST_TRIES = 2_000;

/**
 * Takes over the guests that run already: started by us before, or by libvirtd. What counts is the living process; the
 * status file says what it is, and without one the process and what else is known have to (threat-model D1 to D3, D9).
 * Guests that are gone leave nothing behind. Settles when the first tries to reach the monitors are over, or soon after.
 */
export async function adoptGuests(driver: QemuDriver): Promise<void> {
  const { layout, store } = driver;
  const [files, qemus, runs, ledgers] = await Promise.all([
    store.load(layout.qemuStateDirectory, ".xml"),
    findQemus(driver),
    driver.host.files.list(layout.qemuLibDirectory),
    readLedgers(driver),
  ]);
  // The directory of a run may be in use although nothing else tells of it.
  for (const run of runs) driver.guests.skipIds(Number(/^domain-(\d{1,9})-/.exec(run)?.[1] ?? 0));
  const left = new Map(qemus.map((each) => [each.uuid, each]));
  const pending: (() => Promise<void>)[] = [];
  const gone: ReadonlyMap<string, Labelled>[] = [];
  for (const file of files) {
    const status = readStatus(driver, file);
    const uuid = status?.domain.uuid;
    if (!status || uuid === undefined) continue;
    const qemu = left.get(uuid);
    left.delete(uuid);
    const process = qemu ?? identified(driver, status, uuid);
    if (process) pending.push(...adopt(driver, status, uuid, process.facts, "file", ledgers.get(uuid)));
    else {
      await forget(driver, status.domain.name, uuid, status);
      if (status.rememberOwner && !ledgers.has(uuid)) gone.push(filesOfForeign(status));
    }
  }
  // Processes without a status that could be read.
  for (const qemu of left.values()) {
    const spare = await readSpare(driver, qemu.uuid);
    // A copy that an earlier run left says nothing of this one.
    const mine = spare?.process?.startTime === qemu.facts.startTime ? spare : undefined;
    driver.log.warn("guest without a readable status taken over", { domain: qemu.name, pid: qemu.facts.pid });
    // Our own launches have a lock, and a copy of the status before they are acknowledged; others' are taken as they are.
    const ours = (await driver.host.files.facts(driver.layout.domainLock(qemu.name))) !== undefined;
    const status = mine ?? rebuildStatus(driver, qemu);
    pending.push(
      ...adopt(
        driver,
        status,
        qemu.uuid,
        qemu.facts,
        ours && !mine ? "unwitnessed" : "process",
        ledgers.get(qemu.uuid),
      ),
    );
  }
  await forgetOrphans(driver, files);
  for (const labelled of gone) await settleFiles(driver, labelled);
  for (const [uuid, labelled] of ledgers) {
    if (driver.guests.findByUuid(uuid)?.live) continue;
    await settleFiles(driver, labelled);
    await store.remove(layout.domainLabelled(uuid));
  }
  await runSome(pending, FIRST_TRIES);
}

function readStatus(driver: QemuDriver, file: LoadedFile): DomainStatus | undefined {
  if (file.text === undefined) {
    driver.log.error("status not readable", { file: file.path, error: file.error?.message });
    return undefined;
  }
  try {
    return parseStatus(withoutHeader(file.text), file.path);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.error("status not understood", { file: file.path, error: error.message });
    return undefined;
  }
}

/** The process that a status file names, if it is still that one: same number, same start, this guest's QEMU (F7). */
function identified(driver: QemuDriver, status: DomainStatus, uuid: string): { facts: ProcessFacts } | undefined {
  if (status.pid <= 0) return undefined;
  const facts = driver.host.processes.inspect(status.pid);
  if (!facts || facts.state === "Z" || facts.state === "X") return undefined;
  if (status.process && status.process.startTime !== facts.startTime) return undefined;
  // A QEMU that was attached to may have no UUID: the moment of its start is proof enough, and there always is one.
  if (status.attached) return status.process ? { facts } : undefined;
  const at = facts.argv.indexOf("-uuid");
  // Emulators before 0.10 are told no UUID: there the moment of the start has to do.
  if (at < 0 && status.monitor?.json === 0 && status.process) return { facts };
  return at >= 0 && facts.argv[at + 1] === uuid ? { facts } : undefined;
}

/** Makes a running guest of what was found; what remains to be done is to reach its monitor. */
function adopt(
  driver: QemuDriver,
  status: DomainStatus,
  uuid: string,
  facts: ProcessFacts,
  source: "file" | "process" | "unwitnessed",
  ledger: ReadonlyMap<string, Labelled> | undefined,
): (() => Promise<void>)[] {
  const { guests } = driver;
  const process = driver.host.processes.attach(facts);
  if (!process) return [];
  const name = status.domain.name;
  let guest = guests.findByUuid(uuid);
  if (!guest) {
    if (guests.findByName(name)) {
      driver.log.error("running guest has the name of another definition", { domain: name, uuid });
      process.close();
      return [];
    }
    guest = new Guest({ name, uuid });
    guests.add(guest);
  }
  const adopted = guest;
  const live = takeUp(driver, adopted, status, process, source, ledger);
  return [
    async () => {
      // The groups of one that was attached to are whoever's started it.
      if (!live.attached) await readoptGroups(driver, adopted, live);
      await reconnect(driver, adopted, live);
    },
  ];
}

/**
 * Makes a guest of a process and what is known of it, up to its monitor, which is not reached for yet. The guest is inactive,
 * and takes the process over.
 */
export function takeUp(
  driver: QemuDriver,
  guest: Guest,
  status: DomainStatus,
  process: ProcessRef,
  source: "file" | "process" | "unwitnessed",
  ledger?: ReadonlyMap<string, Labelled>,
): LiveGuest {
  const { guests, layout } = driver;
  const { name, uuid } = guest;
  const { pid } = process.identity;
  const id = status.domain.id ?? guests.takeId();
  const live = new LiveGuest({
    domain: { ...status.domain, id },
    capabilities: capabilitiesOf(status),
    paths: {
      directory: status.libDir ?? layout.domainRun(id, name),
      channels: status.channelTargetDir ?? layout.domainChannels(id, name),
      monitor: status.monitor?.path ?? layout.domainMonitor(id, name),
      spareMonitor: layout.domainSpareMonitor(uuid),
    },
  });
  live.kept = status;
  live.attached = status.attached?.devices;
  live.unwitnessed = source === "unwitnessed";
  live.process = process;
  live.identity = process.identity;
  live.originalCpu = status.cpu;
  live.fakeReboot = status.fakereboot === true;
  live.longJob = status.job?.async === "save" ? "save" : undefined;
  live.lastNode = status.nodename ?? 0;
  live.vcpuThreads = new Map(status.vcpus?.vcpus.map((each) => [each.id, each.pid]));
  live.devices = new Set(status.devices?.aliases);
  live.hasAddedLabel = hasAddedLabel(guest, live);
  for (const flag of status.taints) live.noteTaint(flag);
  guests.setId(guest, id);
  guest.setLive(live);
  const claimed = stateFromWords(status);
  const starting = claimed.kind === "starting" && source === "file";
  // A QEMU without a status has run, or nobody would have lost it: what it does, it will say.
  guest.restoreState(
    claimed.kind === "shutoff" || (claimed.kind === "starting" && !starting)
      ? { kind: "running", pid, reason: "unknown" }
      : { ...claimed, ...("pid" in claimed && { pid }) },
  );
  readoptConfinement(driver, live);
  readoptOwnership(driver, live, ledger);
  readoptPorts(driver, live);
  readoptFiles(driver, live, name);
  readoptNetworks(driver, live, guest);
  watchEnd(driver, guest, live);
  return live;
}

/**
 * The label of QEMU's user is no part of the guest's document when its definition has none; a guest without a definition
 * has the label that a start adds when it is the dynamic one of QEMU's user.
 */
function hasAddedLabel(guest: Guest, { domain }: LiveGuest): boolean {
  const label = dacLabelOf(domain);
  if (!label) return false;
  if (!guest.isPersistent) return label.type === "dynamic";
  // Hardly any has one: not worth reading the whole definition for.
  if (guest.definition?.includes("<seclabel") !== true) return true;
  const definition = definitionOf(guest);
  return !definition || !dacLabelOf(definition);
}

/** What the emulator could do when it was started; nothing more is needed for a guest that runs. */
function capabilitiesOf(status: DomainStatus): QemuCapabilities {
  return new QemuCapabilities({
    format: 0,
    version: 0,
    package: "",
    arch: status.domain.os.type.arch ?? "x86_64",
    flags: status.qemuCaps?.flags ?? [],
    gic: [],
    ...(status.monitor?.json === 0 && { legacy: textOnly(status.monitor.type) }),
  });
}

/** What has to be known of an emulator from before QMP that runs: how it is talked to. */
function textOnly(monitor: "unix" | "pty"): LegacyProfile {
  return { flags: monitor === "pty" ? [] : ["monitor.unix"], isKvm: false, kvmVersion: 0, xenner: false };
}

/** Files of the run are removed at its end, as if we had made them. */
function readoptFiles(driver: QemuDriver, live: LiveGuest, name: string): void {
  const { files } = driver.host;
  if (live.attached) {
    // None but the status is ours.
    live.holdings.add(async () => void (await driver.store.remove(driver.layout.domainStatus(name))));
    return;
  }
  for (const directory of [live.paths.directory, live.paths.channels]) {
    live.holdings.add(() => files.removeDirectory(directory, { recursive: true }));
  }
  live.holdings.add(async () => {
    await files.unlink(live.paths.spareMonitor);
    await removeSpare(driver, live.domain.uuid ?? "");
  });
  live.holdings.add(() => removeRunFiles(driver, name));
}

/** Ports of virtual networks that the guest's interfaces have. */
function readoptNetworks(driver: QemuDriver, live: LiveGuest, guest: Guest): void {
  for (const card of live.domain.devices?.interfaces ?? []) {
    const { networks } = driver;
    const { network, portid } = card.source ?? {};
    if (card.type !== "network" || !networks || network === undefined || portid === undefined) continue;
    live.holdings.add(() => networks.unplug(network, portid));
    networks
      .plug({
        network,
        mac: card.mac?.address ?? "",
        owner: { uuid: guest.uuid, name: guest.name },
        portId: portid,
      })
      .catch((error: unknown) => {
        driver.log.warn("port of a network not taken over", { domain: guest.name, network, error: String(error) });
      });
  }
}

/** A guest whose QEMU is gone: what it left is removed. A daemon that was not there cannot say how it ended. */
async function forget(driver: QemuDriver, name: string, uuid: string, status: DomainStatus): Promise<void> {
  driver.log.info("guest ended while no daemon was there", { domain: name });
  const { files } = driver.host;
  const guest = driver.guests.findByUuid(uuid);
  if (guest && !guest.isActive) guest.restoreState({ kind: "shutoff", reason: "crashed" });
  const { libDir, channelTargetDir } = status;
  for (const directory of [libDir, channelTargetDir]) {
    // Only what is below our own directory: the file may be anybody's idea of a path.
    if (directory === undefined || !isOurs(driver, directory)) continue;
    await files.removeDirectory(directory, { recursive: true });
  }
  await removeSpare(driver, uuid);
  await removeRunFiles(driver, name);
}

function isOurs(driver: QemuDriver, directory: string): boolean {
  const { layout } = driver;
  return (
    [layout.qemuLibDirectory, layout.channelDirectory].some((base) => directory.startsWith(`${base}/domain-`)) &&
    !directory.split("/").includes("..")
  );
}

/** Status files that cannot be read and whose guest does not run are in nobody's way but would stay for ever. */
async function forgetOrphans(driver: QemuDriver, files: readonly LoadedFile[]): Promise<void> {
  for (const file of files) {
    const name = file.name.slice(0, -".xml".length);
    const guest = driver.guests.findByName(name);
    if (guest?.isActive === true || readStatusQuietly(file)) continue;
    try {
      await driver.store.remove(file.path);
    } catch (error) {
      if (!hasErrno(error, "EROFS", "EACCES", "EPERM")) throw error;
    }
  }
}

function readStatusQuietly(file: LoadedFile): boolean {
  try {
    if (file.text !== undefined) parseStatus(withoutHeader(file.text), file.path);
    return file.text !== undefined;
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    return false;
  }
}

/** Runs everything, a few at a time; returns when all is done, or `limit` is over and the rest goes on. */
async function runSome(work: (() => Promise<void>)[], limit: number): Promise<void> {
  if (work.length === 0) return;
  const worker = async (): Promise<void> => {
    for (let next = work.shift(); next; next = work.shift()) await next();
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, worker));
  await endsWithin(all, limit);
}
