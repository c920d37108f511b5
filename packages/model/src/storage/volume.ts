import { attribute, child, children, element, flag, leaf, live, oneOf, single, text } from "@tsvirt/codec/xml";
import { reportTo, StorageEncryption } from "../domain/index.ts";
import { Allocation, Capacity, ClusterSize, Permissions, Physical } from "./permissions.ts";
import type { PoolType } from "./pool.ts";

/** When a volume's file was used, changed, and had its properties changed. Seconds since 1970 with a fraction. */
export class Timestamps extends element(
  "timestamps",
  {
    atime: leaf.optional(text),
    btime: leaf.optional(text),
    ctime: leaf.optional(text),
    mtime: leaf.optional(text),
  },
  { omitEmpty: true },
) {}

/** Features of a qcow2 image. */
export class VolumeFeatures extends element(
  "features",
  { lazyRefcounts: flag("lazy_refcounts"), extendedL2: flag("extended_l2") },
  { omitEmpty: true },
) {}

/** How a volume lies in its pool. */
export class VolumeTarget extends element("target", {
  path: leaf.optional(text),
  format: single("type", text),
  permissions: child.optional(Permissions),
  timestamps: live(child.optional(Timestamps)),
  encryption: child.optional(StorageEncryption),
  compat: leaf.optional(oneOf("0.10", "1.1"), undefined, { invalid: "forbidden characters in 'compat' attribute" }),
  clusterSize: child.optional(ClusterSize),
  nocow: flag(),
  features: child.optional(VolumeFeatures),
}) {}

/** The image a volume is based on. */
export class VolumeBackingStore extends element("backingStore", {
  path: leaf.optional(text),
  format: single("type", text),
  permissions: child.optional(Permissions),
  timestamps: live(child.optional(Timestamps)),
}) {}

/** Where a volume lies on the pool's devices. */
export class VolumeExtent extends element("extent", { start: attribute(text), end: attribute(text) }) {}
/** See {@link VolumeExtent}. */
export class VolumeDevice extends element("device", { path: attribute(text), extents: children(VolumeExtent) }) {}
/** See {@link VolumeExtent}. */
export class VolumeSource extends element("source", { devices: children(VolumeDevice) }) {}

/** A volume of a pool. https://libvirt.org/formatstorage.html#storage-volume-xml */
export class Volume extends element("volume", {
  type: attribute.optional(oneOf("file", "block", "dir", "network", "netdir", "ploop")),
  name: leaf.optional(text),
  key: leaf.optional(text),
  source: child.optional(VolumeSource),
  capacity: child.optional(Capacity),
  allocation: child.optional(Allocation),
  physical: live(child.optional(Physical)),
  target: child.optional(VolumeTarget),
  backingStore: child.optional(VolumeBackingStore),
}) {}

const fileFormats = new Set(["dir", "fs", "netfs", "gluster", "vstorage"]);
const networkPools = new Set(["rbd", "sheepdog", "gluster", "iscsi-direct"]);

/** The kind of volumes in a pool. */
function volumeType(pool: PoolType, format: string | undefined): NonNullable<Volume["type"]> {
  if (networkPools.has(pool)) return "network";
  if (!fileFormats.has(pool)) return "block";
  return format === "dir" ? "dir" : format === "ploop" ? "ploop" : "file";
}

/** How a volume document is read. */
export interface ParseVolumeOptions {
  /** File name for messages. */
  readonly file?: string;
  /** The type of its pool, which decides formats and defaults. */
  readonly pool: PoolType;
  /** The capacity may be missing: it comes from another volume. */
  readonly noCapacity?: boolean;
}

/** Reads a volume document with libvirt's defaults. Throws `DocumentError`. */
export function parseVolume(xml: string, options: ParseVolumeOptions): Volume {
  const { value: volume, reader } = Volume.read(xml, {
    file: options.file,
    label: "(storage_volume_definition)",
    inactive: true,
  });
  const report = reportTo(reader);
  if (volume.name === undefined) report(volume, "missing volume name element");
  else if (volume.name.includes("/")) report(volume, `name ${volume.name} cannot contain '/'`);
  delete volume.source;
  if (volume.capacity === undefined) {
    if (options.noCapacity !== true && volume.backingStore === undefined) report(volume, "missing capacity element");
    volume.capacity = { unit: "bytes", value: 0n };
  }
  volume.allocation ??= { ...volume.capacity };
  const target: VolumeTarget = volume.target ?? {};
  volume.target = target;
  if (fileFormats.has(options.pool)) target.format ??= "raw";
  else if (options.pool === "disk") target.format ??= "none";
  else delete target.format;
  if (target.features !== undefined) target.compat ??= "1.1";
  volume.type = volumeType(options.pool, target.format);
  reader.throwIfFailed(options.file);
  return volume;
}

/** The document as `virsh vol-dumpxml` prints it, without the last line break of virsh itself. */
export function formatVolume(volume: Volume): string {
  return Volume.format(volume);
}
