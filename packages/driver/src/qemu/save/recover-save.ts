import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { PauseReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";
import { endGuest } from "../stop/destroy.ts";
import { unpause } from "../stop/suspend.ts";
import { IncompleteImageError } from "./image-header.ts";
import { openSaveImage } from "./restore-guest.ts";

/**
 * Brings to an end what a daemon's end interrupted in the middle of a save, once the guest's monitor is back: the save, when
 * the image for the next start is whole; otherwise the guest, which was only paused for it, goes on (threat-model D1).
 */
export async function recoverSave(driver: QemuDriver, guest: Guest, live: LiveGuest, status: string): Promise<void> {
  const sent = status === "postmigrate";
  await guest.change("recover save", async () => {
    if (guest.live !== live || live.longJob !== "save") return;
    live.longJob = undefined;
    if (sent && guest.hasManagedSave && (await isWhole(driver, driver.layout.domainManagedSave(guest.name)))) {
      driver.log.info("save that a daemon's end interrupted is completed", { domain: guest.name });
      return endGuest(guest, live, "saved");
    }
    driver.log.info("save that a daemon's end interrupted is undone", { domain: guest.name });
    const { session } = live.requireMonitor(guest.name);
    await session.execute(qmp.migrateCancel, {});
    await dropManagedSave(driver, guest);
    const { state } = guest;
    if (state.kind === "paused" && forSave.has(state.reason)) await unpause(guest, live, "saveCanceled");
    await saveStatus(driver, guest);
  });
}

/** Why a guest stands still that was paused in order to be saved, as far as that is known. */
const forSave: ReadonlySet<PauseReason> = new Set(["save", "migration", "unknown"]);

/** Removes the image that the next start would resume, if there is one. */
export async function dropManagedSave(driver: QemuDriver, guest: Guest): Promise<void> {
  await driver.store.remove(driver.layout.domainManagedSave(guest.name));
  guest.hasManagedSave = false;
}

/** Whether the guest that waits for its first `cont` is all there is of its memory: the image it came from is used up. */
export async function hasUsedUpImage(driver: QemuDriver, guest: Guest): Promise<boolean> {
  return guest.hasManagedSave && !(await isWhole(driver, driver.layout.domainManagedSave(guest.name)));
}

async function isWhole(driver: QemuDriver, path: string): Promise<boolean> {
  try {
    await openSaveImage(driver, path);
    return true;
  } catch (error) {
    if (error instanceof IncompleteImageError) return false;
    throw error;
  }
}
