import { dirname } from "node:path";
import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { parseDomain } from "@tsvirt/model/domain";
import { refuseAttached } from "../guest/errors.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { requireQmp } from "../monitor/require-qmp.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { withoutRunSockets } from "../start/run-directory.ts";
import { saveStatus } from "../status/save.ts";
import { endGuest } from "../stop/destroy.ts";
import { pause, unpause } from "../stop/suspend.ts";
import { imageDocument } from "./image-document.ts";
import { encodeSaveHeader, type SaveImageHeader } from "./image-header.ts";
import { migrateTo, migrationReport } from "./migration.ts";
import { checkSameGuest } from "./same-guest.ts";

/** How to save. */
export interface SaveOptions {
  /** Another document than the guest's own to restore from. */
  readonly xml?: string | undefined;
  /** Whether the restored guest runs; as it does now unless said otherwise. */
  readonly running?: boolean | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Writes a guest's memory and devices to a file and ends it (`virDomainSaveFlags`). The order is that of threat-model
 * section 6: the stream is on disk, then the header says that the image is whole, then QEMU ends. Until then a failure
 * lets the guest go on, and the image is removed.
 */
export async function saveGuest(driver: QemuDriver, guest: Guest, path: string, options: SaveOptions): Promise<void> {
  guest.requireLive();
  await guest.change("save", () => saveInJob(driver, guest, path, options));
}

/** {@link saveGuest} to the file that the next start resumes by itself (`virDomainManagedSave`). */
export async function managedSave(driver: QemuDriver, guest: Guest, options: SaveOptions): Promise<void> {
  guest.requireLive();
  await guest.change("managed save", async () => {
    guest.requireLive();
    if (!guest.isPersistent) {
      throw virtError(ErrorCode.operationInvalid, "cannot do managed save for transient domain");
    }
    const path = driver.layout.domainManagedSave(guest.name);
    await driver.host.files.makeDirectory(driver.layout.saveDirectory, { mode: 0o711 });
    await saveInJob(driver, guest, path, options, () => {
      guest.hasManagedSave = true;
    });
  });
}

/** `written` is called when the image is whole, before QEMU ends. */
async function saveInJob(
  driver: QemuDriver,
  guest: Guest,
  path: string,
  options: SaveOptions,
  written: () => void = () => undefined,
): Promise<void> {
  const live = guest.requireLive();
  refuseAttached(live, "saving");
  requireQmp(live, guest.name, "saving");
  const begun = driver.clock.monotonic();
  const wasRunning = guest.state.kind === "running";
  const header: SaveImageHeader = {
    xml: options.xml === undefined ? ownDocument(live) : replacement(live, options.xml),
    cookie: cookieOf(),
    running: options.running ?? wasRunning,
    compression: "raw",
  };
  live.longJob = "save";
  try {
    // A daemon that finds the guest paused has to know what for.
    await saveStatus(driver, guest);
    if (wasRunning) await pause(guest, live, "save");
    await writeImage(driver, guest, live, path, header, options.signal);
  } catch (error) {
    // An image that could come back to life must never see its guest go on (threat-model section 6).
    const armed = error instanceof ArmedImageError;
    if (guest.live === live && guest.isActive) await goOn(driver, guest, live, wasRunning && !armed);
    throw error;
  }
  written();
  await reportEnd(driver, guest, live, driver.clock.monotonic() - begun);
  await endGuest(guest, live, "saved");
}

/** Lets the guest go on that could not be saved; what fails of that is logged, as the reason for it is what to tell. */
async function goOn(driver: QemuDriver, guest: Guest, live: LiveGuest, run: boolean): Promise<void> {
  try {
    if (run && guest.state.kind !== "running") await unpause(guest, live, "saveCanceled");
    live.longJob = undefined;
    await saveStatus(driver, guest);
  } catch (error) {
    // When the monitor is back, `recoverSave` does it.
    if (!(error instanceof VirtError)) throw error;
    driver.log.error("guest not resumed after a save that failed", { domain: guest.name, error: error.message });
  }
}

/** The image may be taken for a whole one although its guest is not at its end. */
class ArmedImageError extends VirtError {
  override readonly name = "ArmedImageError";

  constructor(path: string, options: ErrorOptions) {
    super(
      ErrorCode.operationFailed,
      `operation failed: memory image '${path}' could neither be completed nor removed; the domain stays paused`,
      options,
    );
  }
}

/**
 * Writes the whole image. The header says that it is whole only when everything behind it is on disk. When a step fails the
 * image is removed; throws {@link ArmedImageError} when that fails at the very end.
 */
async function writeImage(
  driver: QemuDriver,
  guest: Guest,
  live: LiveGuest,
  path: string,
  header: SaveImageHeader,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { files } = driver.host;
  const unfinished = encodeSaveHeader(header, { finished: false });
  const descriptor = await files.open(path, { access: "append", create: 0o600, truncate: true });
  let armed = false;
  try {
    try {
      await files.writePart(path, 0, unfinished);
      await migrateTo(guest, live, descriptor.fd, signal ? { signal } : {});
    } finally {
      descriptor.close();
    }
    await files.sync(path);
    await files.syncDirectory(dirname(path));
    armed = true;
    await files.writePart(path, 0, encodeSaveHeader(header, { finished: true }));
  } catch (error) {
    const discarded = await discardImage(driver, path, unfinished);
    throw armed && !discarded ? new ArmedImageError(path, { cause: error }) : error;
  }
}

/** Makes an image unusable, and removes it unless it is a device; false when it may still be usable. */
async function discardImage(driver: QemuDriver, path: string, unfinished: Uint8Array): Promise<boolean> {
  const { files } = driver.host;
  try {
    if ((await files.facts(path))?.kind === "file") await driver.store.remove(path);
    else await files.writePart(path, 0, unfinished);
    return true;
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.error("memory image not removed", { path, error: error.message });
    return false;
  }
}

/** Tells clients how it went. A QEMU that is gone cannot say any more; the image is whole all the same. */
async function reportEnd(driver: QemuDriver, guest: Guest, live: LiveGuest, elapsed: number): Promise<void> {
  try {
    const report = await migrationReport(guest, live, "save", elapsed);
    driver.events.emit(guest.ref, { kind: "jobCompleted", report });
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.debug("no figures of a save", { domain: guest.name, error: error.message });
  }
}

/** The document of what runs, in the form that another start accepts. */
function ownDocument(live: LiveGuest): string {
  // The CPU as it was asked for: what runs lists what this QEMU made of it.
  const domain = { ...live.document, ...(live.originalCpu && { cpu: live.originalCpu }) };
  return imageDocument(withoutRunSockets(domain, live.paths));
}

/** A client's document, which must be of the same guest. */
function replacement(live: LiveGuest, xml: string): string {
  const domain = parseDomain(xml, { inactive: true });
  checkSameGuest(domain, live.domain);
  return imageDocument(domain);
}

/** What the document cannot say; libvirt reads it, and misses nothing in an empty one. */
function cookieOf(): string {
  return "<cookie/>\n";
}
