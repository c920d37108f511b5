import { ErrorCode, endsWithin, VirtError, virtError } from "@tsvirt/base";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { handleQmpEvent } from "./guest-events.ts";
import { Monitor, type MonitorLink } from "./monitor.ts";
import { connectText, isPty, linkOf } from "./text-link.ts";

/**
 * Connects to a guest's monitor: by the socket's path, or by its second name when somebody removed the first. The
 * conversation is under way when this returns; whether QEMU answers, `ready` tells. Throws what connecting throws.
 */
export async function attachMonitor(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<Monitor> {
  const text = live.capabilities.legacy !== undefined;
  const connection: MonitorLink = text ? await connectText(driver, guest, live) : await connectEither(driver, live);
  const monitor = new Monitor(
    connection,
    {
      event: (event) => handleQmpEvent(driver, guest, live, event),
      lost: (reason) => onLost(driver, guest, live, monitor, reason),
    },
    driver.log.child(`monitor.${guest.name}`),
    text ? "hmp" : "qmp",
  );
  live.monitor = monitor;
  return monitor;
}

/** Whichever name of the socket is gone is made again from the other. */
async function connectEither(driver: QemuDriver, live: LiveGuest): Promise<MonitorLink> {
  const { files, sockets } = driver.host;
  const { monitor, spareMonitor } = live.paths;
  // One that others made has one name.
  if (live.attached) return connectAttached(driver, live);
  try {
    const connection = await sockets.connect(monitor);
    if (!(await files.facts(spareMonitor))) await restoreName(driver, monitor, spareMonitor);
    return connection;
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    try {
      const connection = await sockets.connect(spareMonitor);
      await restoreName(driver, spareMonitor, monitor);
      return connection;
    } catch (spare) {
      if (spare instanceof VirtError) throw error;
      throw spare;
    }
  }
}

/** Connects to the monitor of a QEMU that was attached to, which may be a terminal. */
async function connectAttached(
  { host }: QemuDriver,
  { paths: { monitor }, identity }: LiveGuest,
): Promise<MonitorLink> {
  if (isPty(monitor)) return linkOf(await host.streams.openTerminal(monitor));
  const connection = await host.sockets.connect(monitor);
  const owner = connection.peer?.pid;
  if (owner === undefined || owner === identity?.pid) return connection;
  connection.close();
  throw virtError(ErrorCode.operationFailed, `process ${owner} listens on '${monitor}', not the guest's QEMU`);
}

/** A name that cannot be restored is missed by nobody now. */
async function restoreName(driver: QemuDriver, from: string, to: string): Promise<void> {
  try {
    await driver.host.files.link(from, to);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("name of a monitor socket not restored", { path: to, error: error.message });
  }
}

/** QEMU's end closes the monitor too, and is dealt with by whoever watches the process; anything else is repaired. */
function onLost(driver: QemuDriver, guest: Guest, live: LiveGuest, monitor: Monitor, reason: Error): void {
  if (live.monitor !== monitor) return;
  if (guest.state.kind === "starting" || guest.state.kind === "preparing") return;
  const { process } = live;
  if (!process) return;
  const check = async (): Promise<void> => {
    if (await endsWithin(process.ended, END_LIMIT)) return;
    if (guest.live !== live || live.monitor !== monitor) return;
    live.monitor = undefined;
    driver.log.error("control of a guest lost", { domain: guest.name, error: reason.message });
    driver.events.emit(guest.ref, { kind: "controlError" });
    driver.onControlLost(guest, live);
  };
  check().catch((error: unknown) => driver.log.error("monitor check failed", { error: String(error) }));
}

/** A QEMU that ends closes its sockets a moment before its process is gone. */
const END_LIMIT = 2_000;
