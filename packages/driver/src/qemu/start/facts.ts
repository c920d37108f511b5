import { QmpError, qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { ptysInLog } from "../monitor/text-link.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { readLogFrom } from "./guest-log.ts";

/** Asks QEMU what is only known once it runs: threads of the virtual CPUs, names of ptys, its devices, the balloon. */
export async function refreshFacts(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  if (session.kind === "hmp") return refreshTextFacts(driver, guest, live);
  // Sent together: QEMU answers in order, and nothing waits in between.
  const hasIoThreads = (live.domain.iothreads ?? 0) > 0 || live.domain.iothreadids !== undefined;
  const [chardevs, cpus, peripherals, ioThreads] = await Promise.all([
    session.execute(qmp.queryChardev, {}),
    session.execute(qmp.queryCpusFast, {}),
    session.execute(qmp.qomList, { path: "/machine/peripheral" }),
    hasIoThreads ? session.execute(qmp.queryIothreads, {}) : [],
  ]);
  live.vcpuThreads = new Map(cpus.map((cpu) => [Number(cpu["cpu-index"]), Number(cpu["thread-id"])]));
  live.ioThreads = ioThreadsOf(ioThreads);
  live.devices = new Set(peripherals.filter(({ type }) => type.startsWith("child<")).map(({ name }) => name));
  applyChardevs(live, chardevs);
}

/** The thread of each of the document's I/O threads; QEMU's own, of other names, are nobody's to tune. */
export function ioThreadsOf(
  threads: readonly { readonly id: string; readonly "thread-id": bigint | number }[],
): ReadonlyMap<number, number> {
  return new Map(
    threads.flatMap((each): [number, number][] => {
      const id = /^iothread(\d+)$/.exec(each.id)?.[1];
      return id === undefined ? [] : [[Number(id), Number(each["thread-id"])]];
    }),
  );
}

/** What the text monitor of an old emulator knows of all that, and its log of the rest. */
async function refreshTextFacts(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const cpus = await session.execute(qmp.queryCpusFast, {}).catch(unlessMissing([]));
  live.vcpuThreads = new Map(cpus.map((cpu) => [Number(cpu["cpu-index"]), Number(cpu["thread-id"])]));
  const told = await session.execute(qmp.queryChardev, {}).catch(unlessMissing([]));
  applyChardevs(live, [
    ...(await printedChardevs(driver, guest, live)),
    ...told
      .filter(({ filename }) => filename !== "pty")
      // Aliases are what the text monitor's labels are read as.
      .map((each) => (live.attached ? { ...each, label: each.label.slice("char".length) } : each)),
  ]);
}

/** A release that has not got the question yet is no failure. */
function unlessMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof QmpError && error.errorClass === "CommandNotFound") return instead;
    throw error;
  };
}

/** Names of ptys that QEMU only printed: in the order of its options, the monitor's before all. */
async function printedChardevs(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<QueriedChardev[]> {
  const { serials = [], parallels = [] } = live.domain.devices ?? {};
  const waiting = [
    ...(live.capabilities.hasLegacy("monitor.unix") ? [] : ["monitor"]),
    ...[...serials, ...parallels].filter(({ type }) => type === "pty").map(({ alias = "" }) => alias),
  ];
  const printed = ptysInLog(await readLogFrom(driver, guest.name, live.logStart));
  return printed.map(({ path, label }, index) => ({
    label: `char${label ?? waiting[index] ?? ""}`,
    filename: `pty:${path}`,
  }));
}

interface QueriedChardev {
  readonly label: string;
  readonly filename: string;
  readonly "frontend-open"?: boolean | undefined;
}

/** The names of the ptys, and which channels the guest has open. */
function applyChardevs(live: LiveGuest, chardevs: readonly QueriedChardev[]): void {
  const { devices } = live.domain;
  if (!devices) return;
  const byLabel = new Map(chardevs.map((each) => [each.label, each]));
  const ptyOf = (alias: string | undefined): string | undefined => {
    const filename = byLabel.get(live.chardevOf(alias))?.filename;
    // A name QEMU gives is only used as what it is: a pty (threat-model Q4).
    return filename?.startsWith("pty:/dev/pts/") === true && /^pty:\/dev\/pts\/\d+$/.test(filename)
      ? filename.slice(4)
      : undefined;
  };
  for (const device of [...devices.serials, ...devices.parallels, ...devices.channels, ...devices.consoles]) {
    if (device.type !== "pty") continue;
    const path = ptyOf(device.alias);
    if (path !== undefined) device.sources = [{ seclabels: [], ...device.sources[0], path }];
  }
  for (const device of devices.consoles) {
    const path = device.type === "pty" ? device.sources[0]?.path : undefined;
    if (path !== undefined) device.tty = path;
  }
  for (const channel of devices.channels) {
    if (channel.target.type !== "virtio") continue;
    const open = byLabel.get(live.chardevOf(channel.alias))?.["frontend-open"];
    if (open !== undefined) channel.target = { ...channel.target, state: open ? "connected" : "disconnected" };
  }
}
