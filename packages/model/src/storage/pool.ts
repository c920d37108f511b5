import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  i32,
  integer,
  leaf,
  oneOf,
  readLive,
  single,
  text,
  u53,
  uuid,
  type XmlNamespace,
  yesNo,
} from "@tsvirt/codec/xml";
import { sanitizePath } from "../common/path.ts";
import { PciLocation } from "../common/pci-address.ts";
import { isWwn } from "../common/wwn.ts";
import { Initiator, type Report, reportTo, StorageAuth } from "../domain/index.ts";
import { Permissions } from "./permissions.ts";
import { netfsFormats, type PoolKind, poolKinds, type SourcePart } from "./pool-kinds.ts";
import { Allocation, Available, Capacity } from "./sizes.ts";

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
  port: attribute.implied(i32, 0),
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

/** The PCI address of a SCSI adapter, and its number there. */
export class ParentAddress extends element("parentaddr", {
  uniqueId: attribute.optional(integer(0, 0x7fff_ffff), "unique_id", { invalid: uniqueId }),
  address: child.optional(PciLocation),
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
export class MountOption extends element(
  "option",
  { name: attribute(text, undefined, { missing: "no fs mount option name specified" }) },
  { namespace: fs },
) {}
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
  {
    name: attribute(text, undefined, { missing: "no rbd option name specified" }),
    value: attribute(text, undefined, {
      missing: (node) => `no rbd option value specified for name '${node.attribute("name") ?? ""}'`,
    }),
  },
  {
    namespace: rbd,
    check({ name, value }, node, reader) {
      if (name === "") reader.report(node, "empty rbd option name specified");
      else if (value === "") reader.report(node, `empty rbd option value specified for name '${name}'`);
    },
  },
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
  capacity: readLive(child.optional(Capacity)),
  allocation: readLive(child.optional(Allocation)),
  available: readLive(child.optional(Available)),
  source: child.optional(PoolSource),
  target: child.optional(PoolTarget),
  refresh: child.optional(PoolRefresh),
  mountOptions: child.optional(MountOptions),
  rbdOptions: child.optional(RbdOptions),
}) {}

/** How a pool document is read. */
export interface ParsePoolOptions {
  /** File name for messages. */
  readonly file?: string;
  /** Source of UUIDs for documents without one; random unless given. */
  readonly newUuid?: () => string;
}

/** Reads a pool document with libvirt's defaults; sizes are the daemon's to fill in. Throws `DocumentError`. */
export function parsePool(xml: string, options: ParsePoolOptions = {}): Pool {
  const { value: pool, reader } = Pool.read(xml, {
    file: options.file,
    label: "(storage_pool_definition)",
    inactive: true,
  });
  const report = reportTo(reader);
  const kind = poolKinds[pool.type];
  const given = pool.source !== undefined;
  const source: PoolSource = pool.source ?? { hosts: [], devices: [] };
  pool.source = source;
  checkSource(pool.type, source, given, report);
  const named = kind.source.includes("name");
  if (named && source.name !== undefined) pool.name ??= source.name;
  if (pool.name === undefined) report(pool, "missing pool source name element");
  else if (pool.name.includes("/")) report(pool, `name ${pool.name} cannot contain '/'`);
  pool.uuid ??= (options.newUuid ?? (() => crypto.randomUUID()))();
  for (const size of ["capacity", "allocation", "available"] as const) pool[size] = { unit: "bytes", value: 0n };
  if (pool.features?.cow !== undefined && pool.type !== "fs" && pool.type !== "dir") {
    report(pool.features, "cow feature may only be used for 'fs' and 'dir' pools", ErrorCode.noSupport);
  }
  if (named && pool.name !== undefined) source.name ??= pool.name;
  checkParts(source, kind, report);
  completeTarget(pool, kind, report);
  if (pool.type === "iscsi-direct" && source.initiator?.iqn === undefined) {
    report(source, "missing initiator IQN", ErrorCode.configUnsupported);
  }
  if (kind.options !== "mount") delete pool.mountOptions;
  if (kind.options !== "rbd") delete pool.rbdOptions;
  dropOthers(source, kind);
  reader.throwIfFailed(options.file);
  return pool;
}

/** What `virStoragePoolDefParseSource` looks at and fills in. */
function checkSource(type: PoolType, source: PoolSource, given: boolean, report: Report): void {
  const kind = poolKinds[type];
  const { auth, format } = source;
  const unsupported = ErrorCode.configUnsupported;
  if (type === "rbd" && given && source.name === undefined) report(source, "element 'name' is mandatory for RBD pool");
  if (kind.formats === undefined) delete source.format;
  else if (format === undefined) source.format = kind.defaultFormat ?? "";
  else if (!kind.formats.includes(format)) report(source, `unknown pool format type ${format}`, unsupported);
  if (source.dir !== undefined) source.dir = sanitizePath(source.dir);
  else if (type === "gluster" && given) source.dir = "/";
  if (source.adapter !== undefined) completeAdapter(source.adapter, report);
  if (auth !== undefined && auth.type !== undefined && !["none", "chap", "ceph"].includes(auth.type)) {
    report(auth, `unknown auth type '${auth.type}'`, unsupported);
  } else if (auth !== undefined && (auth.type ?? "none") === "none") {
    report(auth, "storage pool missing auth type", unsupported);
  }
  const version = source.protocolVersion;
  if (version === undefined) return;
  // libvirt compares numbers here, whatever they number in a pool of this type.
  const number = kind.formats?.indexOf(source.format ?? "") ?? 0;
  if (number > 1) {
    const name = netfsFormats[number] ?? "(null)";
    report(source, `storage pool protocol ver unsupported for pool type '${name}'`, unsupported);
  } else if (version.includes(",")) {
    report(source, `storage pool protocol ver '${version}' must not contain ','`, ErrorCode.xmlDetail);
  }
}

/** Which parts a pool of its kind cannot do without. */
function checkParts(source: PoolSource, kind: PoolKind, report: Report): void {
  const needs = (part: SourcePart): boolean => kind.source.includes(part);
  if (needs("host") && source.hosts.length === 0) report(source, "missing storage pool source host name");
  if (needs("dir") && source.dir === undefined) report(source, "missing storage pool source path");
  if (needs("adapter")) checkAdapter(source, report);
  // Only where the source is nothing but devices.
  if (needs("device") && kind.source.length === 1 && source.devices.length === 0) {
    report(source, "missing storage pool source device name");
  }
}

/** Adapters were once only named. */
function completeAdapter(adapter: PoolAdapter, report: Report): void {
  const { type, parentAddress } = adapter;
  if (type === undefined) {
    if (adapter.wwnn !== undefined || adapter.wwpn !== undefined || adapter.parent !== undefined) {
      const text = "Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'";
      report(adapter, text);
    } else if (parentAddress !== undefined) {
      report(adapter, "Use of 'parentaddr' element requires use of the adapter 'type'");
    }
    if (adapter.name !== undefined) adapter.type = "scsi_host";
  } else if (type === "scsi_host" && parentAddress !== undefined) {
    if (parentAddress.address === undefined) report(parentAddress, "Missing scsi_host PCI address element");
    else if (parentAddress.uniqueId === undefined) report(adapter, uniqueId);
  }
}

function checkAdapter({ adapter, ...source }: PoolSource, report: Report): void {
  if (adapter?.type === undefined) return report(adapter ?? source, "missing storage pool source adapter");
  const refuse = (text: string): void => report(adapter, text);
  const { name, parentAddress, wwnn, wwpn, parentWwnn, parentWwpn } = adapter;
  if (adapter.type === "scsi_host") {
    if (name === undefined && parentAddress === undefined) {
      refuse("Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
    } else if (name !== undefined && parentAddress !== undefined) {
      refuse("Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter");
    }
    return;
  }
  if (wwnn === undefined || wwpn === undefined) {
    return refuse("'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
  }
  if (parentWwnn !== undefined && parentWwpn === undefined) {
    return refuse(`when providing parent_wwnn='${parentWwnn}', the parent_wwpn must also be provided`);
  }
  if (parentWwnn === undefined && parentWwpn !== undefined) {
    return refuse(`when providing parent_wwpn='${parentWwpn}', the parent_wwnn must also be provided`);
  }
  const malformed = [wwnn, wwpn, parentWwnn, parentWwpn, adapter.parentFabricWwn].find(
    (wwn) => wwn !== undefined && !isWwn(wwn),
  );
  if (malformed !== undefined) report(adapter, `Malformed wwn: ${malformed}`, ErrorCode.internalError);
}

function completeTarget(pool: Pool, kind: PoolKind, report: Report): void {
  if (kind.network === true) {
    delete pool.target;
    return;
  }
  const fixed = { logical: "/dev/", zfs: "/dev/zvol/" };
  if (pool.type === "logical" || pool.type === "zfs") {
    pool.target = { ...pool.target, path: sanitizePath(`${fixed[pool.type]}${pool.source?.name ?? ""}`) };
  } else if (pool.target?.path === undefined) report(pool, "missing storage pool target path");
  else pool.target.path = sanitizePath(pool.target.path);
}

/** What a source of this kind does not have is not kept. */
function dropOthers(source: PoolSource, { source: parts }: PoolKind): void {
  if (!parts.includes("host")) source.hosts = [];
  if (!parts.includes("device")) source.devices = [];
  for (const part of ["dir", "adapter", "name", "initiator"] as const) {
    if (!parts.includes(part)) delete source[part];
  }
  const { adapter } = source;
  if (adapter?.type === "scsi_host") {
    const { type, name, parentAddress } = adapter;
    source.adapter = {
      type,
      ...(name !== undefined && { name }),
      ...(parentAddress !== undefined && { parentAddress }),
    };
  } else if (adapter !== undefined) {
    delete adapter.name;
    delete adapter.parentAddress;
  }
}

/** The document as `virsh pool-dumpxml` prints it, without the last line break of virsh itself. */
export function formatPool(pool: Pool): string {
  return Pool.format(pool);
}
