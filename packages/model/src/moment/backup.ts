import { ErrorCode, virtError } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  leaf,
  oneOf,
  stateOnly,
  text,
  u32,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import {
  checkHost,
  DeviceSeclabel,
  hostFields,
  type Report,
  reportTo,
  StorageEncryption,
  storageFormat,
  storageType,
} from "../domain/index.ts";

/** Where a pull backup can be fetched. */
export class BackupServer extends element(
  "server",
  {
    transport: hostFields.transport,
    tls: attribute.optional(yesNo),
    name: hostFields.name,
    port: hostFields.port,
    socket: hostFields.socket,
    fdgroup: attribute.optional(text),
  },
  {
    check(server, node, reader) {
      const { transport, socket } = server;
      if (transport === "rdma") {
        reader.report(node, "transport rdma is not supported for <server>", { code: ErrorCode.configUnsupported });
      } else checkHost(server, node, reader);
      if (transport === "unix" && socket !== undefined && !socket.startsWith("/")) {
        reader.report(node, `backup socket path '${socket}' must be absolute`);
      }
      server.transport ??= "tcp";
    },
  },
) {}

/** Format of the image that a backup writes. */
export class BackupDriver extends element("driver", {
  type: attribute.optional(storageFormat, undefined, { invalid: "unknown storage source format '%s'" }),
}) {}

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
  type: attribute.optional(storageType, undefined, { invalid: "unknown storage source type '%s'" }),
  backupmode: attribute.optional(oneOf("full", "incremental")),
  incremental: attribute.optional(text),
  exportname: attribute.optional(text),
  exportbitmap: attribute.optional(text),
  state: stateOnly(attribute.optional(oneOf("running", "complete", "failed", "cancelling", "cancelled"))),
  /** Number of the image among the guest's. */
  index: stateOnly(attribute.optional(u32)),
  driver: child.optional(BackupDriver),
  target: child.optional(BackupTarget),
  scratch: child.optional(BackupScratch),
}) {}

/** What becomes of each disk; those that are not listed are left out. */
export class BackupDisks extends element("disks", { disks: children(BackupDisk) }) {}

/** A backup of a running guest. https://libvirt.org/formatbackup.html */
export class Backup extends element("domainbackup", {
  mode: attribute.withDefault(oneOf("push", "pull"), "push", undefined, {
    invalid: "unknown backup mode '%s'",
    code: ErrorCode.configUnsupported,
  }),
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
  if (backup.mode !== "pull" && backup.server !== undefined) {
    report(backup, "use of <server> requires pull mode backup", ErrorCode.configUnsupported);
  }
  for (const disk of backup.disks?.disks ?? []) completeDisk(disk, backup.mode, report);
  reader.throwIfFailed(file);
  return backup;
}

function completeDisk(disk: BackupDisk, mode: Backup["mode"], report: Report): void {
  disk.backup ??= true;
  if (!disk.backup) {
    for (const key of Object.keys(disk)) if (key !== "name" && key !== "backup") delete disk[key as "type"];
    return;
  }
  disk.type ??= "file";
  if (disk.type !== "file" && disk.type !== "block") report(disk, `unsupported disk backup type '${disk.type}'`);
  if (mode === "push") {
    delete disk.scratch;
    delete disk.exportname;
    delete disk.exportbitmap;
  } else delete disk.target;
}

/**
 * Settles what becomes of every disk of the guest (`virDomainBackupAlignDisks`): those that are not named take no part,
 * unless none is named at all; images that are not given lie beside the disk's own, with `suffix`.
 */
export function alignBackup(backup: Backup, disks: readonly BackedUpDisk[], suffix: string): void {
  const named = backup.disks?.disks ?? [];
  const refuse = (message: string): never => {
    throw virtError(ErrorCode.configUnsupported, message);
  };
  const seen = new Set<string>();
  for (const { name, backupmode, incremental } of named) {
    if (!disks.some((disk) => disk.name === name)) refuse(`no disk named '${name}'`);
    if (seen.has(name)) refuse(`disk '${name}' specified twice`);
    seen.add(name);
    if (backupmode === "incremental" && incremental === undefined && backup.incremental === undefined) {
      refuse(`'incremental' backup mode of disk '${name}' requires setting 'incremental' field for disk or backup`);
    }
  }
  const all = backup.disks === undefined;
  const rest = disks
    .filter((disk) => !named.some((other) => other.name === disk.name))
    .map((disk): BackupDisk => ({ name: disk.name, backup: all && disk.path !== undefined }));
  backup.disks = { disks: [...named, ...rest] };
  for (const disk of backup.disks.disks) {
    if (disk.backup !== true) continue;
    const since = disk.incremental ?? backup.incremental;
    disk.backupmode ??= since === undefined ? "full" : "incremental";
    if (disk.backupmode === "incremental" && backup.incremental !== undefined) disk.incremental ??= backup.incremental;
    disk.type ??= "file";
    disk.driver ??= { type: "qcow2" };
    const path = disks.find((other) => other.name === disk.name)?.path;
    const image = { seclabels: [], ...(path === undefined ? {} : { file: `${path}.${suffix}` }) };
    if (backup.mode === "push") disk.target ??= image;
    else disk.scratch ??= image;
  }
}
