import { formatUuid, parseUuid } from "@tsvirt/base";
import { scanIdentity } from "@tsvirt/codec/xml";
import { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { withoutHeader } from "./file.ts";

/**
 * Reads all definitions: name and UUID of each, the rest stays text until it is needed. What cannot be read is logged
 * and left where it is.
 */
export async function loadDefinitions(driver: QemuDriver, announce = false): Promise<void> {
  const { guests, layout, log, store } = driver;
  const [files, autostart, saves, snapshots, checkpoints] = await Promise.all([
    store.load(layout.domainDirectory, ".xml"),
    driver.host.files.list(layout.domainAutostartDirectory),
    driver.host.files.list(layout.saveDirectory),
    driver.host.files.list(layout.snapshotDirectory),
    driver.host.files.list(layout.checkpointDirectory),
  ]);
  const started = new Set(autostart);
  const saved = new Set(saves);
  const withSnapshots = new Set(snapshots);
  const withCheckpoints = new Set(checkpoints);
  for (const file of files) {
    if (file.text === undefined) {
      log.error("definition not readable", { file: file.path, error: file.error?.message });
      continue;
    }
    const text = withoutHeader(file.text);
    const identity = scanIdentity(text);
    const bytes = identity?.uuid === undefined ? undefined : parseUuid(identity.uuid);
    if (identity?.root !== "domain" || identity.name === undefined || !bytes) {
      log.error("definition not understood", { file: file.path });
      continue;
    }
    const name = identity.name;
    if (file.name !== `${name}.xml`) {
      log.error("definition does not match its file's name", { file: file.path, name });
      continue;
    }
    const uuid = formatUuid(bytes);
    const other = guests.findByUuid(uuid);
    if (other?.name === name) {
      refresh(other, text);
      other.autostart = started.has(file.name);
      continue;
    }
    if (other) {
      log.error("two definitions have the same UUID", { file: file.path, uuid, kept: other.name });
      continue;
    }
    const guest = new Guest({ name, uuid });
    guest.definition = text;
    guest.autostart = started.has(file.name);
    guest.hasManagedSave = saved.has(`${name}.save`);
    if (withSnapshots.has(name)) guest.snapshots = await countXml(driver, layout.domainSnapshots(name));
    if (withCheckpoints.has(name)) guest.checkpoints = await countXml(driver, layout.domainCheckpoints(name));
    guests.add(guest);
    if (announce) driver.events.emit(guest.ref, { kind: "lifecycle", event: "defined", detail: "added" });
  }
  log.info("definitions loaded", { count: guests.size });
}

/**
 * Reads all definitions again, as SIGHUP asks: those that somebody put there appear, with an event, and those that were
 * edited count from the next start on. What has gone from the disk stays, as with libvirtd.
 */
export async function reloadDefinitions(driver: QemuDriver): Promise<void> {
  await driver.definitions.run("reload", () => loadDefinitions(driver, true));
}

/** The file is newer than what we know. */
function refresh(guest: Guest, text: string): void {
  if (guest.definition === text) return;
  guest.definition = text;
  guest.updated = guest.isActive;
  guest.summary = undefined;
}

async function countXml(driver: QemuDriver, directory: string): Promise<number> {
  const names = await driver.host.files.list(directory);
  return names.filter((name) => name.endsWith(".xml") && !name.startsWith(".")).length;
}
