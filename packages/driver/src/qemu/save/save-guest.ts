import { ErrorCode, virtError } from "@tsvirt/base";
import { formatDomain, parseDomain } from "@tsvirt/model/domain";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { withoutRunSockets } from "../start/run-directory.ts";
import { saveStatus } from "../status/save.ts";
import { endGuest } from "../stop/destroy.ts";
import { pause, unpause } from "../stop/suspend.ts";
import { encodeSaveHeader, type SaveImageHeader } from "./image-header.ts";
import { migrateTo, migrationFigures, SAVE_OPERATION } from "./migration.ts";

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
    await saveInJob(driver, guest, path, options);
    guest.hasManagedSave = true;
  });
}

async function saveInJob(driver: QemuDriver, guest: Guest, path: string, options: SaveOptions): Promise<void> {
  const live = guest.requireLive();
  const { files } = driver.host;
  const begun = driver.clock.monotonic();
  const wasRunning = guest.state.kind === "running";
  const header: SaveImageHeader = {
    xml: options.xml === undefined ? ownDocument(live) : replacement(live, options.xml),
    cookie: cookieOf(),
    running: options.running ?? wasRunning,
    compression: "raw",
  };
  if (wasRunning) await pause(guest, live, "save");
  let started = false;
  try {
    const descriptor = await files.open(path, { access: "append", create: 0o600, truncate: true });
    started = true;
    try {
      await files.writePart(path, 0, encodeSaveHeader(header, { finished: false }));
      await migrateTo(guest, live, descriptor.fd, options.signal ? { signal: options.signal } : {});
    } finally {
      descriptor.close();
    }
    // Syncs the stream too: it is the same file.
    await files.writePart(path, 0, encodeSaveHeader(header, { finished: true }));
  } catch (error) {
    if (started) await files.unlink(path);
    if (guest.live === live && wasRunning && guest.isActive) {
      await unpause(guest, live, "saveCanceled");
      await saveStatus(driver, guest);
    }
    throw error;
  }
  const elapsed = driver.clock.monotonic() - begun;
  const figures = await migrationFigures(guest, live, SAVE_OPERATION, elapsed).catch(() => undefined);
  if (figures) driver.events.emit(guest.ref, { kind: "jobCompleted", figures });
  await endGuest(guest, live, "saved");
}

/** The document of what runs, in the form that another start accepts. */
function ownDocument(live: LiveGuest): string {
  // The CPU as it was asked for: what runs lists what this QEMU made of it.
  const domain = { ...live.domain, ...(live.originalCpu && { cpu: live.originalCpu }) };
  return formatDomain(withoutRunSockets(domain, live.paths), {
    inactive: true,
    secure: true,
    migratable: true,
    unknown: true,
  });
}

/** A client's document, which must be of the same guest. */
function replacement(live: LiveGuest, xml: string): string {
  const domain = parseDomain(xml, { inactive: true });
  const same = domain.uuid === live.domain.uuid;
  if (!same || domain.name !== live.domain.name) {
    throw virtError(
      ErrorCode.configUnsupported,
      same
        ? `Target domain name '${domain.name}' does not match source name '${live.domain.name}'`
        : `Target domain uuid ${domain.uuid ?? "(none)"} does not match source ${live.domain.uuid ?? "(none)"}`,
    );
  }
  return formatDomain(domain, { inactive: true, secure: true, unknown: true });
}

/** What the document cannot say; libvirt reads it, and misses nothing in an empty one. */
function cookieOf(): string {
  return "<cookie/>\n";
}
