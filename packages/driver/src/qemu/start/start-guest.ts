import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import { complete, definitionOf, parseDefinition } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { IncompleteImageError } from "../save/image-header.ts";
import { dropManagedSave } from "../save/recover-save.ts";
import { openSaveImage, restoreInJob, type SaveImage } from "../save/restore-guest.ts";
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
    const image = guest.hasManagedSave && options.forceBoot !== true ? await savedImage(driver, guest) : undefined;
    if (image) return resumeSaved(driver, guest, image, options);
    if (guest.hasManagedSave) await dropManagedSave(driver, guest);
    await boot(driver, guest, await complete(driver, definition), options);
  });
}

/**
 * The image that a guest was saved to. As with libvirt the guest boots when the image was never finished, or is used up;
 * throws when it is broken, or another guest's.
 */
async function savedImage(driver: QemuDriver, guest: Guest): Promise<SaveImage | undefined> {
  const path = driver.layout.domainManagedSave(guest.name);
  if (!(await driver.host.files.facts(path))) return undefined;
  try {
    const image = await openSaveImage(driver, path);
    const { name, uuid } = parseDomain(image.header.xml, { inactive: true });
    if (uuid === guest.uuid && name === guest.name) return image;
    throw virtError(
      ErrorCode.operationFailed,
      `cannot restore domain '${guest.name}' uuid ${guest.uuid} from a file which belongs to domain '${name}' uuid ${uuid ?? "(none)"}`,
    );
  } catch (error) {
    if (!(error instanceof IncompleteImageError)) throw error;
    driver.log.warn("Ignoring incomplete managed state", { path });
    return undefined;
  }
}

/** Starts a guest where it was saved; the image is then gone. Within a job. */
async function resumeSaved(driver: QemuDriver, guest: Guest, image: SaveImage, options: StartOptions): Promise<void> {
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
