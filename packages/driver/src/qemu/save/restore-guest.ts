import { ErrorCode, virtError } from "@tsvirt/base";
import { parseDomain } from "@tsvirt/model/domain";
import { parseDefinition } from "../definitions/documents.ts";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { bringUp } from "../start/bring-up.ts";
import { startAs } from "../start/claim-guest.ts";
import { saveStatus } from "../status/save.ts";
import { unpause } from "../stop/suspend.ts";
import { imageDocument } from "./image-document.ts";
import {
  decodeSaveData,
  decodeSavePrefix,
  encodeSaveHeader,
  SAVE_HEADER_BYTES,
  type SaveImageHeader,
} from "./image-header.ts";
import { migrateFrom } from "./migration.ts";
import { checkSameGuest } from "./same-guest.ts";

/** An image as it lies on disk. */
export interface SaveImage {
  readonly path: string;
  readonly header: SaveImageHeader;
  /** Bytes kept for the documents: QEMU's stream begins behind them and the fixed part. */
  readonly dataBytes: number;
}

/** How to restore. */
export interface RestoreOptions {
  /** Another document than the image's. */
  readonly xml?: string | undefined;
  /** Whether the guest runs then; as the image says unless given. */
  readonly running?: boolean | undefined;
  readonly resetNvram?: boolean;
  /** Leave it standing, whatever the image says. */
  readonly paused?: boolean;
  /** The image is good for one start: it is invalid, on disk, before the guest's first instruction, and then removed. */
  readonly consume?: boolean;
}

/** Reads the head of an image. Throws libvirt's refusals for what is none, or not a whole one. */
export async function openSaveImage(driver: QemuDriver, path: string): Promise<SaveImage> {
  const { files } = driver.host;
  const prefix = decodeSavePrefix(await files.readPart(path, 0, SAVE_HEADER_BYTES));
  const data = await files.readPart(path, SAVE_HEADER_BYTES, prefix.dataBytes);
  return { path, header: decodeSaveData(prefix, data), dataBytes: prefix.dataBytes };
}

/** Gives an image another document, in the room that the old one had (`virDomainSaveImageDefineXML`). */
export async function redefineSaveImage(
  driver: QemuDriver,
  path: string,
  xml: string,
  running?: boolean,
): Promise<void> {
  const { header, dataBytes } = await openSaveImage(driver, path);
  const domain = parseDomain(xml, { inactive: true });
  checkSameGuest(domain, parseDomain(header.xml, { inactive: true }));
  const changed = { ...header, xml: imageDocument(domain), running: running ?? header.running };
  await driver.host.files.writePart(path, 0, encodeSaveHeader(changed, { finished: true, dataBytes }));
}

/** Starts a guest from an image (`virDomainRestoreFlags`): a transient one unless it is defined. */
export async function restoreGuest(driver: QemuDriver, path: string, options: RestoreOptions): Promise<Guest> {
  const image = await openSaveImage(driver, path);
  const domain = await parseDefinition(driver, options.xml ?? image.header.xml, {});
  if (options.xml !== undefined) checkSameGuest(domain, parseDomain(image.header.xml, { inactive: true }));
  return startAs(driver, domain, "restore", (guest) => restoreInJob(driver, guest, image, options));
}

/** Brings a guest up and lets QEMU read its state from the image. Within a job. */
export async function restoreInJob(
  driver: QemuDriver,
  guest: Guest,
  image: SaveImage,
  options: RestoreOptions,
): Promise<void> {
  const { header } = image;
  if (header.compression !== "raw") {
    throw virtError(
      ErrorCode.operationUnsupported,
      `memory image '${image.path}' is compressed with ${header.compression}; unpack its stream first`,
    );
  }
  const domain = await parseDefinition(driver, options.xml ?? header.xml, {});
  const running = options.paused !== true && (options.running ?? header.running);
  const mark = (finished: boolean): Promise<void> =>
    driver.host.files.writePart(image.path, 0, encodeSaveHeader(header, { finished, dataBytes: image.dataBytes }));
  let consumed = false;
  let ran = false;
  const { live, abandon } = await bringUp(driver, guest, domain, {
    incoming: "defer",
    ...(options.resetNvram === true && { resetNvram: true }),
  });
  try {
    const stream = await driver.host.files.open(image.path, {
      access: "read",
      skip: SAVE_HEADER_BYTES + image.dataBytes,
    });
    try {
      await migrateFrom(guest, live, stream.fd);
    } finally {
      stream.close();
    }
    if (options.consume === true) {
      await mark(false);
      consumed = true;
    }
    guest.mustApply({ kind: "ready", reason: "migration" });
    driver.events.emit(guest.ref, { kind: "lifecycle", event: "started", detail: "restored" });
    if (running) {
      ran = true;
      await unpause(guest, live, "restored");
    } else {
      const detail = options.paused === true ? "paused" : "restored";
      driver.events.emit(guest.ref, { kind: "lifecycle", event: "suspended", detail });
    }
    await saveStatus(driver, guest);
  } catch (error) {
    const cause = await abandon(error);
    // Unless it may have run from it, the image is as good as before.
    if (consumed && !ran) await mark(true);
    throw cause;
  }
  if (consumed) await driver.store.remove(image.path);
  driver.log.info("guest restored", { domain: guest.name, id: guest.id, running });
}
