import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain } from "@tsvirt/model/domain";
import { complete, definitionOf, parseDefinition } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { openSaveImage, restoreInJob } from "../save/restore-guest.ts";
import { saveStatus } from "../status/save.ts";
import { destroyGuest } from "../stop/destroy.ts";
import { unpause } from "../stop/suspend.ts";
import { bringUp } from "./bring-up.ts";
import { startAs } from "./claim-guest.ts";

/** A client with which a guest is to end. */
export interface Companion {
  /** Calls `ending` when the client is gone, unless the returned function was called before. */
  onClose(ending: () => Promise<void> | void): () => void;
}

/** How to start. */
export interface StartOptions {
  /** Leave it standing before its first instruction. */
  readonly paused?: boolean;
  readonly bypassCache?: boolean;
  /** Boot anew even if there is a saved memory image, which is then removed. */
  readonly forceBoot?: boolean;
  readonly resetNvram?: boolean;
  readonly autoDestroyWith?: Companion;
}

/** Starts a defined guest (`virDomainCreateWithFlags`); it runs, and that is on disk, when this returns. */
export async function startGuest(driver: QemuDriver, guest: Guest, options: StartOptions): Promise<void> {
  await guest.change("start", async () => {
    if (guest.isActive) throw virtError(ErrorCode.operationInvalid, "domain is already running");
    const definition = definitionOf(guest);
    if (!definition) throw virtError(ErrorCode.operationInvalid, "domain is transient");
    if (guest.hasManagedSave) {
      if (options.forceBoot !== true) return resumeSaved(driver, guest, options);
      await driver.store.remove(driver.layout.domainManagedSave(guest.name));
      guest.hasManagedSave = false;
    }
    await boot(driver, guest, await complete(driver, definition), options);
  });
}

/** Starts a guest where it was saved; the image is then gone. Within a job. */
async function resumeSaved(driver: QemuDriver, guest: Guest, options: StartOptions): Promise<void> {
  const image = await openSaveImage(driver, driver.layout.domainManagedSave(guest.name));
  await restoreInJob(driver, guest, image, {
    consume: true,
    paused: options.paused === true,
    resetNvram: options.resetNvram === true,
  });
  guest.hasManagedSave = false;
}

/** Starts a guest from a document (`virDomainCreateXML`): a transient one, or a defined one in this form. */
export async function createGuest(
  driver: QemuDriver,
  xml: string,
  options: StartOptions & { readonly validate?: boolean },
): Promise<Guest> {
  const domain = await parseDefinition(driver, xml, options);
  return startAs(driver, domain, "create", (guest) => boot(driver, guest, domain, options));
}

/** From a complete definition to a guest that runs, or stands before its first instruction. Within a job. */
async function boot(driver: QemuDriver, guest: Guest, domain: Domain, options: StartOptions): Promise<void> {
  const { live, abandon } = await bringUp(driver, guest, domain, {
    ...(options.resetNvram === true && { resetNvram: true }),
  });
  try {
    if (options.paused === true) guest.mustApply({ kind: "ready", reason: "user" });
    else await unpause(guest, live, "booted");
    await saveStatus(driver, guest);
  } catch (error) {
    throw await abandon(error);
  }
  driver.log.info("guest started", { domain: guest.name, id: guest.id, paused: options.paused === true });
  driver.events.emit(guest.ref, { kind: "lifecycle", event: "started", detail: "booted" });
  if (options.paused === true) {
    driver.events.emit(guest.ref, { kind: "lifecycle", event: "suspended", detail: "paused" });
  }
  if (options.autoDestroyWith) endWith(driver, guest, live, options.autoDestroyWith);
}

/** Ends the guest when the client goes. */
function endWith(driver: QemuDriver, guest: Guest, live: LiveGuest, client: Companion): void {
  live.autoDestroy = client.onClose(async () => {
    if (guest.live === live) await destroyGuest(driver, guest, { graceful: false });
  });
}
