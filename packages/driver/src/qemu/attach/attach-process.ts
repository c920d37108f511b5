import { VirtError } from "@tsvirt/base";
import { completeDocument, type Domain, type Interface } from "@tsvirt/model/domain";
import { type MonitorSession, type QemuCapabilities, QmpError, qmp } from "@tsvirt/qemu";
import type { DomainStatus } from "@tsvirt/qemu/status";
import { takeUp } from "../adopt/adopt.ts";
import { reach } from "../adopt/reconnect.ts";
import { randomUuid } from "../definitions/uuid.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { startAs } from "../start/claim-guest.ts";
import { logSize } from "../start/guest-log.ts";
import { taint } from "../start/taint.ts";
import { saveStatus } from "../status/save.ts";
import { chooseMonitor, type MonitorChoice, nameOf } from "./choose-monitor.ts";
import { chardevNames, DeviceOrigins, diskNames, nameDevices } from "./device-names.ts";
import { examineProcess, type ForeignQemu } from "./examine.ts";
import { refusal } from "./refusal.ts";

/**
 * Makes a guest of a QEMU that somebody started by hand (`virDomainQemuAttach`): a transient one, or the run of a definition
 * with its name and UUID. Its files stay as they are, now and at its end. Throws a `VirtError` that says why not and what to do;
 * then nothing has changed.
 */
export async function attachProcess(driver: QemuDriver, pid: number): Promise<Guest> {
  refuseManaged(driver, pid);
  const qemu = await examineProcess(driver.host, pid);
  const choice = await chooseMonitor(driver.host, driver.log, qemu);
  const capabilities = await capabilitiesOf(driver, qemu);
  const { name, uuid = randomUuid() } = qemu.domain;
  return startAs(driver, { name, uuid }, "attach", async (guest) => {
    refuseManaged(driver, pid);
    await manage(driver, guest, qemu, choice, capabilities);
  });
}

function refuseManaged(driver: QemuDriver, pid: number): void {
  for (const { live, name } of driver.guests) {
    if (live?.identity?.pid === pid) throw refusal(pid, `it is domain '${name}' already`);
  }
}

/** What the emulator can do; a guest that runs needs little of it. */
async function capabilitiesOf(driver: QemuDriver, { domain }: ForeignQemu): Promise<QemuCapabilities | undefined> {
  const emulator = domain.devices?.emulator ?? "";
  try {
    return await driver.emulators.capabilities(emulator);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("emulator of a guest not probed", { domain: domain.name, emulator, error: error.message });
    return undefined;
  }
}

/** From a process whose monitor answers to a guest. Within a job. */
async function manage(
  driver: QemuDriver,
  guest: Guest,
  qemu: ForeignQemu,
  { place, passedOver }: MonitorChoice,
  capabilities: QemuCapabilities | undefined,
): Promise<void> {
  const { facts, surroundings, report } = qemu;
  const domain = { ...qemu.domain, uuid: guest.uuid };
  // Imported documents have no units; libvirt's own always do.
  if (domain.memory) domain.memory = { ...domain.memory, unit: "KiB" };
  const machine = domain.os.type.machine;
  if (machine !== undefined && capabilities) {
    const accelerator = domain.type === "kvm" ? "kvm" : "tcg";
    domain.os = {
      ...domain.os,
      type: { ...domain.os.type, machine: capabilities.canonicalMachine(accelerator, machine) },
    };
  }
  const origins = new DeviceOrigins(domain, report);
  const nics = (domain.devices?.interfaces ?? []).filter(({ mac }) => mac === undefined);
  completeAsFound(driver, domain);
  nameDevices(domain, origins);
  const names = chardevNames(domain, report, origins);
  const status: DomainStatus = {
    state: "running",
    reason: "unpaused",
    pid: facts.pid,
    taints: [],
    deprecations: [],
    monitor: { path: place.path, type: place.type, ...(place.protocol === "hmp" && { json: 0 }) },
    process: { startTime: facts.startTime },
    attached: { devices: names },
    qemuCaps: { flags: [...(capabilities?.data.flags ?? [])] },
    domain,
  };
  const process = driver.host.processes.attach(facts);
  if (!process) throw refusal(facts.pid, "it has just ended");
  const live = takeUp(driver, guest, status, process, "file");
  try {
    live.logStart = await logSize(driver, guest.name);
    await reach(driver, guest, live);
    const { session } = live.requireMonitor(guest.name);
    live.attached = [...names, ...(await diskNames(session, live.domain, origins).catch(unlessRefused([])))];
    await learnMacs(session, nics);
    await taint(driver, guest, live, "external-launch");
    if ((live.domain.qemuCommandline?.args.length ?? 0) > 0) await taint(driver, guest, live, "custom-argv");
    if (surroundings.uid === 0) await taint(driver, guest, live, "high-privileges");
    await saveStatus(driver, guest);
  } catch (error) {
    await letGo(driver, guest, live);
    throw error;
  }
  const monitor = nameOf(place);
  driver.log.info("guest attached", { domain: guest.name, id: guest.id, pid: facts.pid, monitor });
  for (const each of passedOver) driver.log.info("monitor passed over", { domain: guest.name, ...each });
}

/** Stands for an address that QEMU has not told yet. */
const NO_MAC = "00:00:00:00:00:00";

/**
 * Fills in what every document has: the console that serial port 0 is, controllers that disks are on. No addresses: QEMU has
 * given its own, and what they would be here is not what they are.
 */
function completeAsFound(driver: QemuDriver, domain: Domain): void {
  completeDocument(domain, { hooks: {}, skipValidation: true, newMac: () => NO_MAC }, (_place, message) => {
    // It runs: that a document like this would be refused is no reason not to manage it.
    driver.log.debug("document of a running QEMU is unusual", { domain: domain.name, message });
  });
}

/** The addresses that QEMU gave network cards which its command line gives none; they are left out if they cannot be told apart. */
async function learnMacs(session: MonitorSession, nics: readonly Interface[]): Promise<void> {
  if (nics.length === 0) return;
  const text = await session
    .execute(qmp.humanMonitorCommand, { "command-line": "info network" })
    .catch(unlessRefused(""));
  const told = [...text.matchAll(/type=nic,model=[^,\s]*,macaddr=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})/gi)].map(
    ([, mac = ""]) => mac.toLowerCase(),
  );
  for (const [index, nic] of nics.entries()) {
    const address = told.length === nics.length ? told[index] : undefined;
    if (address === undefined) delete nic.mac;
    else nic.mac = { ...nic.mac, address };
  }
}

/** What a monitor does not know is no failure. */
function unlessRefused<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof QmpError) return instead;
    throw error;
  };
}

/** The QEMU goes on as if nobody had asked for it. */
async function letGo(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  // It may have ended meanwhile, which takes care of everything.
  if (guest.live !== live || live.process?.alive !== true) return;
  live.monitor?.close();
  live.monitor = undefined;
  live.process.close();
  guest.restoreState({ kind: "shutoff", reason: "unknown" });
  await live.holdings.run();
  driver.guests.setId(guest, -1);
  guest.setLive(undefined);
  live.markFinished();
}
