import { ErrorCode, endsWithin, virtError } from "@tsvirt/base";
import { Signal } from "@tsvirt/host";
import { notRunning } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { OffReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** How long QEMU has to end on SIGTERM, flushing its disks' caches, before SIGKILL; milliseconds. */
const TERM_LIMIT = 10_000;
/** And how long after SIGKILL: only a process stuck in the kernel needs longer. */
const KILL_LIMIT = 30_000;

/** How to destroy. */
export interface DestroyOptions {
  /** Never kill: fail if QEMU does not end by itself. */
  readonly graceful: boolean;
  readonly removeLogs?: boolean;
}

/** Ends a guest at once, without asking it (`virDomainDestroyFlags`). */
export async function destroyGuest(driver: QemuDriver, guest: Guest, options: DestroyOptions): Promise<void> {
  const live = guest.requireLive();
  // Not behind a job that QEMU may be holding up: the end of QEMU ends that job.
  live.ending ??= "destroyed";
  await endProcess(guest, live, options.graceful);
  await live.finished;
  if (options.removeLogs === true) await driver.store.remove(driver.layout.domainLog(guest.name));
}

/** As {@link destroyGuest} for another reason, e.g. `saved`; the guest's job is the caller's. */
export async function endGuest(guest: Guest, live: LiveGuest, reason: OffReason): Promise<void> {
  live.ending ??= reason;
  await endProcess(guest, live, false);
  await live.finished;
}

/** Ends QEMU and returns when it is gone. */
export async function endProcess(guest: Guest, live: LiveGuest, graceful: boolean): Promise<void> {
  const { process } = live;
  if (!process) {
    // Between the start's first step and the launch: there is nothing to end yet, and the start sees to it itself.
    if (guest.state.kind === "preparing" || guest.state.kind === "starting") return;
    throw notRunning();
  }
  process.signal(Signal.term);
  if (await endsWithin(process.ended, TERM_LIMIT)) return;
  const busy = (signal: string): Error =>
    virtError(
      ErrorCode.systemError,
      `Failed to terminate process ${process.identity.pid} with ${signal}: Device or resource busy`,
    );
  if (graceful) {
    live.ending = undefined;
    throw busy("SIGTERM");
  }
  process.signal(Signal.kill);
  if (!(await endsWithin(process.ended, KILL_LIMIT))) throw busy("SIGKILL");
}
