import { ErrorCode, virtError } from "@tsvirt/base";
import type { Disk, StorageSource } from "@tsvirt/model/domain";
import type { Pool } from "@tsvirt/model/storage";

/** A volume as its pool has it. */
export interface PoolVolume {
  readonly path: string;
  /** `virStorageVolType`. */
  readonly type: "file" | "block" | "dir" | "network" | "netdir" | "ploop";
}

const local = new Set<Pool["type"]>(["dir", "fs", "netfs", "logical", "disk", "scsi", "mpath", "zfs", "vstorage"]);

const DEFAULT_ISCSI_PORT = 3260;

/**
 * Puts what a volume really is in the place of a disk's pool and volume (`virDomainDiskTranslateSourcePool`), for the
 * command line of a guest that starts. Throws if the pool's volumes cannot be disks.
 */
export function useVolume(disk: Disk, pool: Pool, volume: PoolVolume): void {
  // Who may enter is the pool's affair.
  const { pool: _pool, volume: name = "", mode, auth: _auth, ...rest } = disk.source ?? { hosts: [], seclabels: [] };
  const { startupPolicy } = rest;
  delete disk.auth;
  const isFile = volume.type === "file" && local.has(pool.type);
  if (startupPolicy !== undefined && !isFile) {
    throw virtError(ErrorCode.xmlError, "'startupPolicy' is only valid for 'file' type volume");
  }
  const isIscsi = pool.type === "iscsi" || pool.type === "iscsi-direct";
  if (mode !== undefined && !isIscsi) {
    throw virtError(ErrorCode.xmlError, "disk source mode is only valid when storage pool is of iscsi type");
  }
  if (isIscsi && (mode === "direct" || pool.type === "iscsi-direct")) {
    disk.type = "network";
    disk.source = { ...rest, ...iscsiSource(pool, name) };
  } else if (isIscsi) {
    disk.type = "block";
    disk.source = { ...rest, dev: volume.path };
  } else if (local.has(pool.type)) Object.assign(disk, localSource(pool, volume, rest));
  else {
    throw virtError(
      ErrorCode.configUnsupported,
      `using '${pool.type}' pools for backing 'volume' disks isn't yet supported`,
    );
  }
  if (disk.driver?.type === undefined) {
    disk.driver = { ...disk.driver, type: disk.type === "dir" ? "fat" : "raw" };
  }
}

function localSource(pool: Pool, { path, type }: PoolVolume, source: StorageSource): Pick<Disk, "type" | "source"> {
  switch (type) {
    case "file":
    case "ploop":
      return { type: "file", source: { ...source, file: path } };
    case "block":
      return { type: "block", source: { ...source, dev: path } };
    case "dir":
      return { type: "dir", source: { ...source, dir: path } };
    default:
      throw virtError(
        ErrorCode.internalError,
        `unexpected storage volume type '${type}' for storage pool type '${pool.type}'`,
      );
  }
}

/** The server and the unit there: QEMU reaches them itself. */
function iscsiSource({ source }: Pool, volume: string): Partial<StorageSource> {
  const [host, ...others] = source?.hosts ?? [];
  if (host === undefined || others.length > 0) {
    throw virtError(ErrorCode.configUnsupported, "Expected exactly 1 host for the storage pool");
  }
  const parts = volume.split(":");
  if (parts.length !== 4) throw virtError(ErrorCode.internalError, `unexpected iscsi volume name '${volume}'`);
  return {
    protocol: "iscsi",
    name: `${source?.devices[0]?.path ?? ""}/${parts[3] ?? ""}`,
    hosts: [{ name: host.name, port: host.port === 0 ? DEFAULT_ISCSI_PORT : host.port }],
    ...(source?.auth && { auth: source.auth }),
  };
}
