import { VirtError } from "@tsvirt/base";
import { type DomainStatus, formatStatus, parseStatus } from "@tsvirt/qemu/status";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { statusOf } from "./save.ts";

/**
 * A second copy of a guest's status, as it was when the guest was started or its devices changed last, in a directory of
 * root's alone: for when the first is lost or torn while the guest runs (threat-model D3). What changes with time is asked
 * of QEMU anyway.
 */
export async function writeSpare(driver: QemuDriver, guest: Guest, live: LiveGuest): Promise<void> {
  const path = driver.layout.domainSpareStatus(guest.uuid);
  live.holdings.add(() => removeSpare(driver, guest.uuid));
  await driver.store.write(path, formatStatus(statusOf(guest, live)));
}

/** Reads {@link writeSpare}; `undefined` when it is not there or cannot be understood. */
export async function readSpare(driver: QemuDriver, uuid: string): Promise<DomainStatus | undefined> {
  const path = driver.layout.domainSpareStatus(uuid);
  if (!(await driver.host.files.facts(path))) return undefined;
  try {
    return parseStatus(await driver.host.files.readText(path), path);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.warn("spare status not understood", { file: path, error: error.message });
    return undefined;
  }
}

/** Removes {@link writeSpare}'s copy at the guest's end; a crash before that leaves a file that nobody reads. */
export async function removeSpare(driver: QemuDriver, uuid: string): Promise<void> {
  await driver.host.files.unlink(driver.layout.domainSpareStatus(uuid));
}
