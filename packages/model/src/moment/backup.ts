import {
  attribute,
  child,
  children,
  element,
  leaf,
  oneOf,
  stateOnly,
  text,
  u53,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { DeviceSeclabel, reportTo, StorageEncryption, storageFormat, storageType } from "../domain/index.ts";

/** Where a pull backup can be fetched. */
export class BackupServer extends element("server", {
  transport: attribute.optional(oneOf("tcp", "unix", "rdma")),
  tls: attribute.optional(yesNo),
  name: attribute.optional(text),
  port: attribute.optional(u53),
  socket: attribute.optional(text),
  fdgroup: attribute.optional(text),
}) {}

/** Format of the image that a backup writes. */
export class BackupDriver extends element("driver", { type: attribute.optional(storageFormat) }) {}

const place = {
  file: attribute.optional(text),
  dev: attribute.optional(text),
  seclabels: children(DeviceSeclabel),
  encryption: child.optional(StorageEncryption),
};
/** Where a push backup goes. */
export class BackupTarget extends element("target", place, { omitEmpty: true }) {}
/** Where a pull backup keeps what the guest overwrites meanwhile. */
export class BackupScratch extends element("scratch", place, { omitEmpty: true }) {}

/** What becomes of one disk. */
export class BackupDisk extends element("disk", {
  name: attribute(text, undefined, { missing: "missing name from disk backup element" }),
  backup: attribute.optional(yesNo),
  type: attribute.optional(storageType),
  backupmode: attribute.optional(oneOf("full", "incremental")),
  incremental: attribute.optional(text),
  exportname: attribute.optional(text),
  exportbitmap: attribute.optional(text),
  state: stateOnly(attribute.optional(text)),
  driver: child.optional(BackupDriver),
  target: child.optional(BackupTarget),
  scratch: child.optional(BackupScratch),
}) {}

/** What becomes of each disk; those that are not listed are left out. */
export class BackupDisks extends element("disks", { disks: children(BackupDisk) }) {}

/** A backup of a running guest. https://libvirt.org/formatbackup.html */
export class Backup extends element("domainbackup", {
  mode: attribute.withDefault(oneOf("push", "pull"), "push"),
  id: attribute.optional(text),
  incremental: leaf.optional(text),
  server: child.optional(BackupServer),
  disks: child.optional(BackupDisks),
  privateData: stateOnly(verbatim()),
}) {}

/** A disk of the guest that is backed up. */
export interface BackedUpDisk {
  /** Target name, e.g. `vda`. */
  readonly name: string;
  /** Path of its image, for images beside it; absent for disks without one. */
  readonly path?: string;
}

/** Reads a backup document. Throws `DocumentError`. */
export function parseBackup(xml: string, { file }: { readonly file?: string } = {}): Backup {
  const { value: backup, reader } = Backup.read(xml, { file, label: "(domain_backup)" });
  const report = reportTo(reader);
  if (backup.mode === "pull") {
    if (backup.server === undefined) report(backup, "server must be specified for pull mode backup");
    else if (backup.server.socket !== undefined) backup.server.transport ??= "unix";
    else backup.server.transport ??= "tcp";
  } else if (backup.server !== undefined) report(backup, "use of <server> requires pull mode backup");
  for (const disk of backup.disks?.disks ?? []) {
    if (disk.backup === false) continue;
    disk.backup = true;
    if (disk.target !== undefined || disk.scratch !== undefined) disk.type ??= "file";
    if (disk.incremental !== undefined) disk.backupmode ??= "incremental";
  }
  reader.throwIfFailed(file);
  return backup;
}

/**
 * Settles what becomes of every disk of the guest (`virDomainBackupAlignDisks`): those that are not named take no part,
 * unless none is named at all; images that are not given lie beside the disk's own, with `suffix`.
 */
export function alignBackup(backup: Backup, disks: readonly BackedUpDisk[], suffix: string): void {
  const named = backup.disks?.disks ?? [];
  const all = backup.disks === undefined;
  const rest = disks
    .filter((disk) => !named.some((other) => other.name === disk.name))
    .map((disk): BackupDisk => ({ name: disk.name, backup: all && disk.path !== undefined }));
  backup.disks = { disks: [...named, ...rest] };
  for (const disk of backup.disks.disks) {
    if (disk.backup !== true) continue;
    disk.backupmode ??= backup.incremental === undefined ? "full" : "incremental";
    if (disk.backupmode === "incremental" && backup.incremental !== undefined) disk.incremental ??= backup.incremental;
    disk.type ??= "file";
    disk.driver ??= { type: "qcow2" };
    const path = disks.find((other) => other.name === disk.name)?.path;
    const image = { seclabels: [], ...(path === undefined ? {} : { file: `${path}.${suffix}` }) };
    if (backup.mode === "push") disk.target ??= image;
    else disk.scratch ??= image;
  }
}
