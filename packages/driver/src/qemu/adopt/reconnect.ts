import { VirtError } from "@tsvirt/base";
import { type MonitorSession, QmpError, qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { GuestState, PauseReason } from "../guest/state.ts";
import { attachMonitor } from "../monitor/attach-monitor.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { hasUsedUpImage, recoverSave } from "../save/recover-save.ts";
import { refreshFacts } from "../start/facts.ts";
import { saveStatus } from "../status/save.ts";
import { endGuest } from "../stop/destroy.ts";
import { afterPanic, afterPoweroff } from "../stop/power.ts";

/** How long QEMU has to say hello before the attempt counts as failed; a stopped QEMU never does. */
const HELLO_LIMIT = 10_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;

/**
 * Tries to reach a guest's monitor until it works or the guest is gone: at once, then after 1 to 60 seconds. The guest
 * keeps running meanwhile, and cannot be started a second time (threat-model D2). Settles after the first attempt.
 */
export async function reconnect(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  if (await attempt(driver, guest, live)) return;
  again(driver, guest, live, FIRST_WAIT);
}

function again(driver: QemuDriver, guest: Guest, live: LiveGuest, wait: number): void {
  if (driver.closed) return;
  const timer = setTimeout(() => {
    driver.timers.delete(timer);
    if (guest.live !== live || live.monitor) return;
    attempt(driver, guest, live).then(
      (done) => {
        if (!done) again(driver, guest, live, Math.min(wait * 2, LONGEST_WAIT));
      },
      (error: unknown) => driver.log.error("reconnecting failed", { domain: guest.name, error: String(error) }),
    );
  }, wait);
  driver.timers.add(timer);
}

/** True when there is nothing more to try: it worked, or the guest is over. */
async function attempt(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<boolean> {
  if (guest.live !== live) return true;
  try {
    await reach(driver, guest, live);
    driver.log.info("guest's monitor is back", { domain: guest.name, state: guest.state.kind });
    return true;
  } catch (error) {
    if (guest.live !== live) return true;
    if (!(error instanceof VirtError) && !(error instanceof DOMException)) throw error;
    driver.log.warn("guest's monitor not reached", { domain: guest.name, error: error.message });
    return false;
  }
}

/** Connects to a guest's monitor and learns from it what the guest does. Throws a `VirtError` or `DOMException` when it fails. */
export async function reach(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const monitor = await attachMonitor(driver, guest, live);
  try {
    await monitor.ready(AbortSignal.timeout(HELLO_LIMIT));
  } catch (error) {
    monitor.close();
    if (live.monitor === monitor) live.monitor = undefined;
    throw error;
  }
  await settle(driver, guest, live);
}

/** QEMU's own word on the guest's state replaces what we last knew; what was pending is done now. */
async function settle(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const before = guest.state;
  const { status, running } = await statusOf(session, before);
  const unfinished = before.kind === "starting" || live.unwitnessed;
  live.unwitnessed = false;
  if (unfinished && !running && (UNSTARTED.has(status) || (await isRestored(driver, guest, status)))) {
    // Its start was never acknowledged and it has not executed an instruction: it is as if it had not been (D1).
    driver.log.info("start that a daemon's end interrupted is undone", { domain: guest.name });
    await endGuest(guest, live, "failed");
    return;
  }
  const pid = live.process?.identity.pid ?? 0;
  guest.restoreState(stateOf(status, running, before, pid));
  await refreshFacts(driver, guest, live);
  await saveStatus(driver, guest);
  if (live.longJob === "save") await recoverSave(driver, guest, live, status);
  if (guest.state.kind === "shutdown") afterPoweroff(driver, guest, live, true);
  else if (guest.state.kind === "crashed" && before.kind !== "crashed") afterPanic(driver, guest, live);
}

/** QEMU's word on the guest's state. The text monitor of releases before 0.10 has none: it is as we knew it. */
async function statusOf(
  session: MonitorSession,
  before: GuestState,
): Promise<{ readonly status: string; readonly running: boolean }> {
  try {
    return await session.execute(qmp.queryStatus, {});
  } catch (error) {
    if (session.kind !== "hmp" || !(error instanceof QmpError)) throw error;
    return { status: before.kind, running: before.kind === "running" };
  }
}

/** A guest whose start from a memory image was interrupted before its first `cont`, and can be made once more. */
async function isRestored(driver: QemuDriver, guest: Guest, status: string): Promise<boolean> {
  return guest.state.kind === "starting" && status === "paused" && !(await hasUsedUpImage(driver, guest));
}

/** What QEMU calls a guest that waits for its first `cont`, or for a memory image. */
const UNSTARTED: ReadonlySet<string> = new Set(["prelaunch", "inmigrate", "preconfig"]);

const pauses: ReadonlyMap<string, PauseReason> = new Map([
  ["io-error", "ioerror"],
  ["watchdog", "watchdog"],
  ["postmigrate", "migration"],
  ["finish-migrate", "migration"],
  ["save-vm", "save"],
  ["restore-vm", "fromSnapshot"],
]);

/** The state that QEMU's `RunState` means, keeping the reason we knew when it still fits. */
export function stateOf(status: string, running: boolean, before: GuestState, pid: number): GuestState {
  if (running) return before.kind === "running" ? { ...before, pid } : { kind: "running", pid, reason: "unpaused" };
  switch (status) {
    case "shutdown":
      return { kind: "shutdown", pid, reason: "unknown" };
    case "guest-panicked":
      return { kind: "crashed", pid, reason: "panicked" };
    case "suspended":
      return { kind: "pmsuspended", pid };
    default:
      if (before.kind === "paused") return { ...before, pid };
      return { kind: "paused", pid, reason: pauses.get(status) ?? "unknown" };
  }
}
