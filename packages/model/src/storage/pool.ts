import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  hex,
  integer,
  leaf,
  oneOf,
  single,
  text,
  u32,
  u53,
  uuid,
  type XmlNamespace,
  yesNo,
} from "@tsvirt/codec/xml";
import { Initiator, reportTo, StorageAuth } from "../domain/index.ts";
import { Allocation, Available, Capacity, Permissions } from "./permissions.ts";

/** Kinds of pools (`virStoragePoolType`). */
export const poolType = oneOf(
  "dir",
  "fs",
  "netfs",
  "logical",
  "disk",
  "iscsi",
  "iscsi-direct",
  "scsi",
  "mpath",
  "rbd",
  "sheepdog",
  "gluster",
  "zfs",
  "vstorage",
);
/** One of {@link poolType}. */
export type PoolType = Pool["type"];

/** A server that has the pool. */
export class PoolHost extends element("host", {
  name: attribute(text, undefined, { missing: "missing storage pool host name" }),
  port: attribute.optional(integer(0, 65_535)),
}) {}

/** Free space of a disk, bytes. */
export class FreeExtent extends element("freeExtent", { start: attribute(u53), end: attribute(u53) }) {}
/** A device of the host that the pool is on. */
export class PoolDevice extends element("device", {
  path: attribute(text, undefined, { missing: "missing storage pool source device path" }),
  partSeparator: attribute.optional(yesNo, "part_separator"),
  freeExtents: children(FreeExtent),
}) {}

const uniqueId = "Missing or invalid scsi adapter 'unique_id' value";

/** The PCI address of a SCSI adapter. */
export class ParentAddress extends element("parentaddr", {
  uniqueId: attribute.optional(u32, "unique_id", { invalid: uniqueId }),
  address: child(
    class PoolPciAddress extends element("address", {
      domain: attribute.withDefault(hex(4, 0xffff), 0),
      bus: attribute.withDefault(hex(2, 0xff), 0),
      slot: attribute.withDefault(hex(2, 0x1f), 0),
      function: attribute.withDefault(hex(1, 7), 0),
    }) {},
  ),
}) {}
/** The SCSI adapter that has the pool. */
export class PoolAdapter extends element("adapter", {
  type: attribute.optional(oneOf("scsi_host", "fc_host")),
  parent: attribute.optional(text),
  parentWwnn: attribute.optional(text, "parent_wwnn"),
  parentWwpn: attribute.optional(text, "parent_wwpn"),
  parentFabricWwn: attribute.optional(text, "parent_fabric_wwn"),
  managed: attribute.optional(yesNo),
  wwnn: attribute.optional(text),
  wwpn: attribute.optional(text),
  name: attribute.optional(text),
  parentAddress: child.optional(ParentAddress),
}) {}

/** Where the pool's storage is; which parts count is decided by the pool's type. */
export class PoolSource extends element(
  "source",
  {
    hosts: children(PoolHost),
    devices: children(PoolDevice),
    dir: single("path", text),
    adapter: child.optional(PoolAdapter),
    name: leaf.optional(text),
    initiator: child.optional(Initiator),
    format: single("type", text),
    protocolVersion: single("ver", text, "protocol"),
    auth: child.optional(StorageAuth),
    vendor: single("name", text),
    product: single("name", text),
  },
  { expanded: true },
) {}

/** Where the pool appears on the host. */
export class PoolTarget extends element("target", {
  path: leaf.optional(text),
  permissions: child.optional(Permissions),
}) {}

/** How volumes are measured when the pool is refreshed. */
export class PoolRefresh extends element("refresh", {
  volume: single("allocation", oneOf("default", "capacity"), undefined, {
    invalid: "unknown storage pool volume refresh allocation type %s",
    code: ErrorCode.configUnsupported,
  }),
}) {}

/** Whether the file system can share blocks. */
export class PoolFeatures extends element("features", { cow: single("state", yesNo) }) {}

const fs: XmlNamespace = { prefix: "fs", uri: "http://libvirt.org/schemas/storagepool/fs/1.0" };
/** An option given to mount(8) as it is, e.g. `nodev`. */
export class MountOption extends element("option", { name: attribute(text) }, { namespace: fs }) {}
/** Mount options, as they are. */
export class MountOptions extends element(
  "mount_opts",
  { options: children(MountOption) },
  { namespace: fs, omitEmpty: true },
) {}

const rbd: XmlNamespace = { prefix: "rbd", uri: "http://libvirt.org/schemas/storagepool/rbd/1.0" };
/** A setting of librados. */
export class RbdOption extends element(
  "option",
  { name: attribute(text), value: attribute(text) },
  { namespace: rbd },
) {}
/** Settings of librados, as they are. */
export class RbdOptions extends element(
  "config_opts",
  { options: children(RbdOption) },
  { namespace: rbd, omitEmpty: true },
) {}

/** A pool of volumes. https://libvirt.org/formatstorage.html#storage-pool-xml */
export class Pool extends element("pool", {
  type: attribute(poolType),
  name: leaf.optional(text),
  uuid: leaf.optional(uuid, undefined, { invalid: "malformed uuid element", code: ErrorCode.xmlError }),
  features: child.optional(PoolFeatures),
  capacity: child.optional(Capacity),
  allocation: child.optional(Allocation),
  available: child.optional(Available),
  source: child.optional(PoolSource),
  target: child.optional(PoolTarget),
  refresh: child.optional(PoolRefresh),
  mountOptions: child.optional(MountOptions),
  rbdOptions: child.optional(RbdOptions),
}) {}

interface PoolKind {
  /** What the source must have. */
  readonly needs: readonly ("host" | "device" | "dir" | "adapter" | "name")[];
  /** The pool has no place of its own on the host. */
  readonly noTarget?: true;
  /** Formats of the source; the first is that of a source that states none. */
  readonly formats?: readonly [string, ...string[]];
}

const kinds: Readonly<Record<Pool["type"], PoolKind>> = {
  dir: { needs: [] },
  fs: {
    needs: ["device"],
    formats: [
      "auto",
      "ext2",
      "ext3",
      "ext4",
      "ufs",
      "iso9660",
      "udf",
      "gfs",
      "gfs2",
      "vfat",
      "hfs+",
      "xfs",
      "ocfs2",
      "vmfs",
    ],
  },
  netfs: { needs: ["host", "dir"], formats: ["auto", "nfs", "glusterfs", "cifs"] },
  logical: { needs: ["name"], formats: ["lvm2", "unknown"] },
  disk: { needs: ["device"], formats: ["unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2"] },
  iscsi: { needs: ["host", "device"] },
  "iscsi-direct": { needs: ["host", "device"], noTarget: true },
  scsi: { needs: ["adapter"] },
  mpath: { needs: [] },
  rbd: { needs: ["host", "name"], noTarget: true },
  sheepdog: { needs: ["host", "name"], noTarget: true },
  gluster: { needs: ["host", "name"], noTarget: true },
  zfs: { needs: ["name"] },
  vstorage: { needs: ["name"] },
};

const missing = {
  host: "missing storage pool source host name",
  device: "missing storage pool source device name",
  dir: "missing storage pool source path",
  adapter: "missing storage pool source adapter",
  name: "missing storage pool source name",
} as const;

/** Collapses slashes and drops the last one, as libvirt does with paths of pools. */
function sanitizePath(path: string): string {
  const collapsed = path.replace(/^\/\/(?=[^/])/, "//").replace(/(?!^\/\/[^/])\/{2,}/g, "/");
  return collapsed.length > 1 ? collapsed.replace(/\/$/, "") : collapsed;
}

/** How a pool document is read. */
export interface ParsePoolOptions {
  /** File name for messages. */
  readonly file?: string;
  /** Source of UUIDs for documents without one; random unless given. */
  readonly newUuid?: () => string;
}

/** Reads a pool document with libvirt's defaults; sizes are the daemon's to fill in. Throws `DocumentError`. */
export function parsePool(xml: string, options: ParsePoolOptions = {}): Pool {
  const { value: pool, reader } = Pool.read(xml, { file: options.file, label: "(storage_pool_definition)" });
  const report = reportTo(reader);
  const kind = kinds[pool.type];
  const source: PoolSource = pool.source ?? { hosts: [], devices: [] };
  pool.source = source;
  if (source.name !== undefined) pool.name ??= source.name;
  if (pool.name === undefined) report(pool, "missing pool source name element");
  else if (pool.name.includes("/")) report(pool, `name ${pool.name} cannot contain '/'`);
  pool.uuid ??= (options.newUuid ?? (() => crypto.randomUUID()))();
  for (const Size of ["capacity", "allocation", "available"] as const) pool[Size] = { unit: "bytes", value: 0n };
  if (pool.type === "logical" || pool.type === "zfs") {
    if (pool.name !== undefined) source.name ??= pool.name;
  }
  checkSource(source, kind, report);
  if (kind.formats === undefined) delete source.format;
  else source.format ??= kind.formats[0];
  if (pool.type === "gluster") source.dir ??= "/";
  for (const need of kind.needs) {
    const there = {
      host: source.hosts[0],
      device: source.devices[0],
      dir: source.dir,
      adapter: source.adapter,
      name: source.name,
    };
    if (there[need] === undefined) report(source, missing[need]);
  }
  completeTarget(pool, kind, report);
  reader.throwIfFailed(options.file);
  return pool;
}

function checkSource(source: PoolSource, kind: PoolKind, report: ReturnType<typeof reportTo>): void {
  const { auth, adapter, format } = source;
  const unsupported = ErrorCode.configUnsupported;
  if (format !== undefined && kind.formats !== undefined && !kind.formats.includes(format)) {
    report(source, `unknown pool format type ${format}`, unsupported);
  }
  if (auth !== undefined && auth.type === undefined) report(auth, "storage pool missing auth type", unsupported);
  else if (auth !== undefined && auth.type !== "chap" && auth.type !== "ceph") {
    report(auth, `unknown auth type '${auth.type}'`, unsupported);
  }
  if (adapter?.parentAddress === undefined) return;
  if (adapter.type === undefined) report(adapter, "Use of 'parentaddr' element requires use of the adapter 'type'");
  else if (adapter.parentAddress.uniqueId === undefined) report(adapter, uniqueId);
}

function completeTarget(pool: Pool, kind: PoolKind, report: (place: object, message: string) => void): void {
  if (kind.noTarget === true) {
    delete pool.target;
    return;
  }
  const fixed = { logical: "/dev/", zfs: "/dev/zvol/" };
  if (pool.type === "logical" || pool.type === "zfs") {
    pool.target = { ...pool.target, path: `${fixed[pool.type]}${pool.source?.name ?? ""}` };
  } else if (pool.target?.path === undefined) report(pool, "missing storage pool target path");
  else pool.target.path = sanitizePath(pool.target.path);
}

/** The document as `virsh pool-dumpxml` prints it, without the last line break of virsh itself. */
export function formatPool(pool: Pool): string {
  return Pool.format(pool);
}
