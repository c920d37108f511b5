import { endsWithin } from "@tsvirt/base";
import type { ExitStatus } from "@tsvirt/host";
import type { LifecycleEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { OffReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { appendToLog, stopEntry } from "../start/guest-log.ts";

/** How long the monitor may go on after the process has ended: what QEMU said last is still in the socket. */
const LAST_WORDS_LIMIT = 500;

/** Watches the process of a guest; its end, for whatever reason, ends the guest. */
export function watchEnd(driver: QemuDriver, guest: Guest, live: LiveGuest): void {
  const { process } = live;
  if (!process) return;
  const end = async (): Promise<void> => {
    const status = await process.ended;
    await lastEvents(live);
    await finishGuest(driver, guest, live, live.ending ?? endReason(guest, live, status));
  };
  end().catch((error: unknown) => {
    driver.log.error("the end of a guest was not handled", { domain: guest.name, error: String(error) });
  });
}

/** A QEMU that ends on its own has crashed, unless the guest had powered off, or never got as far as to run. */
function endReason(guest: Guest, live: LiveGuest, status: ExitStatus | undefined): OffReason {
  if (guest.state.kind === "starting") return "failed";
  // Without QMP nobody says that the guest powered off: an emulator that ends in order has been told to by its guest.
  if (live.capabilities.legacy && (status === undefined || status.code === 0)) return "shutdown";
  return guest.state.kind === "shutdown" ? "shutdown" : "crashed";
}

async function lastEvents(live: LiveGuest): Promise<void> {
  const { monitor } = live;
  if (!monitor) return;
  await endsWithin(monitor.session.ended, LAST_WORDS_LIMIT);
}

/**
 * Ends a run: the guest is off from here on, what it held is given back in reverse order, and clients are told. The
 * first caller does it; all wait for it.
 */
export async function finishGuest(driver: QemuDriver, guest: Guest, live: LiveGuest, reason: OffReason): Promise<void> {
  if (guest.live !== live || !guest.apply({ kind: "ended", reason })) return live.finished;
  const ref = guest.ref;
  live.monitor?.close();
  live.monitor = undefined;
  live.process?.close();
  live.autoDestroy?.();
  await appendToLog(driver, guest.name, stopEntry(driver.clock.now(), logReason(reason)));
  try {
    await live.holdings.run();
  } catch (error) {
    // What could not be given back is lost to this host, not to the guest: it can be started again.
    driver.log.error("not everything of a guest was released", { domain: guest.name, error: String(error) });
  }
  driver.guests.setId(guest, -1);
  guest.setLive(undefined);
  if (!guest.isPersistent) driver.guests.remove(guest);
  driver.log.info("guest ended", { domain: guest.name, reason });
  const event = endEvent(reason);
  if (event) driver.events.emit({ ...ref, id: -1 }, { kind: "lifecycle", ...event });
  live.markFinished();
}

/** libvirt's word in the guest's log. */
function logReason(reason: OffReason): string {
  return reason === "fromSnapshot" ? "from-snapshot" : reason;
}

/** A start that failed is no event: whoever asked for it is told. */
function endEvent(reason: OffReason): LifecycleEvent | undefined {
  switch (reason) {
    case "shutdown":
    case "destroyed":
    case "migrated":
    case "saved":
    case "fromSnapshot":
      return { event: "stopped", detail: reason };
    case "failed":
      return undefined;
    // What libvirt sends for a QEMU that died, although the state says crashed.
    case "crashed":
      return { event: "stopped", detail: "failed" };
    default:
      return { event: "stopped", detail: "shutdown" };
  }
}
