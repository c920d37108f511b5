import { ErrorCode, virtError } from "@tsvirt/base";
import { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/**
 * Runs a start of the guest with this name and UUID as a job of it: of the one that exists, which must not be active, or of a
 * new transient one, which is gone again when the start fails. Throws libvirt's refusal when another guest has either.
 */
export async function startAs(
  driver: QemuDriver,
  identity: { readonly name: string; readonly uuid: string },
  job: string,
  start: (guest: Guest) => Promise<void>,
): Promise<Guest> {
  const { guest, isNew } = await driver.definitions.run(job, async () => {
    const find = (): Guest | undefined => driver.guests.checkFree(identity.name, identity.uuid, "create");
    // A transient guest that is just ending has the name until everything of it is gone.
    await find()?.live?.finished;
    const existing = find();
    if (existing) return { guest: existing, isNew: false };
    const added = new Guest(identity);
    driver.guests.add(added);
    return { guest: added, isNew: true };
  });
  try {
    await guest.change(job, async () => {
      // It may have been started while this job waited.
      if (guest.isActive) throw virtError(ErrorCode.operationInvalid, `domain '${guest.name}' is already active`);
      await start(guest);
    });
  } catch (error) {
    if (isNew && !guest.isPersistent && !guest.isActive) driver.guests.remove(guest);
    throw error;
  }
  return guest;
}
