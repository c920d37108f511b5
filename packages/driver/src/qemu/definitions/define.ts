import { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { formatDefinition, parseDefinition } from "./documents.ts";
import { withHeader } from "./file.ts";

/**
 * Stores a definition (`virDomainDefineXMLFlags`): a new guest, or the next start's form of one that exists. It is on
 * disk when this returns.
 */
export async function defineGuest(
  driver: QemuDriver,
  xml: string,
  options: { readonly validate: boolean },
): Promise<Guest> {
  const domain = await parseDefinition(driver, xml, options);
  const uuid = domain.uuid;
  const text = formatDefinition(domain);
  return driver.definitions.run("define", async () => {
    const existing = driver.guests.checkFree(domain.name, uuid, "define");
    if (existing) {
      const update = async (): Promise<Guest> => {
        await writeDefinition(driver, existing, text);
        // A transient guest may have ended, or a defined one been undefined, while this waited.
        const detail = existing.isRemoved ? "added" : "updated";
        if (existing.isRemoved) driver.guests.add(existing);
        driver.events.emit(existing.ref, { kind: "lifecycle", event: "defined", detail });
        return existing;
      };
      return existing.change("define", update, { evenRemoved: true });
    }
    const guest = new Guest({ name: domain.name, uuid });
    await writeDefinition(driver, guest, text);
    driver.guests.add(guest);
    driver.events.emit(guest.ref, { kind: "lifecycle", event: "defined", detail: "added" });
    return guest;
  });
}

/** Replaces the persistent definition of a guest, on disk first. */
export async function writeDefinition(driver: QemuDriver, guest: Guest, text: string): Promise<void> {
  await driver.store.write(driver.layout.domainDefinition(guest.name), withHeader(text, `edit ${guest.name}`));
  guest.definition = text;
  guest.updated = guest.isActive;
  guest.summary = undefined;
}
