import { ErrorCode, virtError } from "@tsvirt/base";
import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { PauseReason, RunReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";

/** Stops a guest's processors, keeping its memory (`virDomainSuspend`). A guest that stands still already is fine. */
export async function suspendGuest(driver: QemuDriver, guest: Guest, reason: PauseReason): Promise<void> {
  guest.requireLive();
  await guest.change("suspend", async () => {
    const live = guest.requireLive();
    if (guest.state.kind === "pmsuspended") throw virtError(ErrorCode.operationInvalid, "domain is pmsuspended");
    if (guest.state.kind === "paused") return;
    await pause(guest, live, reason);
    await saveStatus(driver, guest);
  });
}

/** Lets a guest go on (`virDomainResume`), also one that was stopped by an error or woke up. */
export async function resumeGuest(driver: QemuDriver, guest: Guest): Promise<void> {
  guest.requireLive();
  await guest.change("resume", async () => {
    const live = guest.requireLive();
    if (guest.state.kind === "pmsuspended") throw virtError(ErrorCode.operationInvalid, "domain is pmsuspended");
    if (guest.state.kind === "running") throw virtError(ErrorCode.operationInvalid, "domain is already running");
    await unpause(guest, live, "unpaused");
    await saveStatus(driver, guest);
  });
}

/** Sends `stop`; QEMU's STOP, which comes before the reply, changes the state. Within a job. */
export async function pause(guest: Guest, live: LiveGuest, reason: PauseReason): Promise<void> {
  live.pauseReason = reason;
  try {
    await live.requireMonitor(guest.name).session.execute(qmp.stop, {});
  } finally {
    live.pauseReason = "unknown";
  }
}

/** Sends `cont`; QEMU's RESUME, which comes before the reply, changes the state. Within a job. */
export async function unpause(guest: Guest, live: LiveGuest, reason: RunReason): Promise<void> {
  live.runReason = reason;
  try {
    await live.requireMonitor(guest.name).session.execute(qmp.cont, {});
  } finally {
    live.runReason = "unpaused";
  }
}
