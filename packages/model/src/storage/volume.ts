import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  flag,
  leaf,
  live,
  obsolete,
  oneOf,
  refined,
  type Scalar,
  single,
  text,
} from "@tsvirt/codec/xml";
import { type Report, reportTo, StorageEncryption } from "../domain/index.ts";
import { Permissions } from "./permissions.ts";
import type { PoolType } from "./pool.ts";
import { type PoolKind, poolKinds } from "./pool-kinds.ts";
import { Allocation, Capacity, ClusterSize, Physical } from "./sizes.ts";

/** When a volume's file was used, changed, and had its properties changed. Seconds since 1970 with a fraction. */
export class Timestamps extends element(
  "timestamps",
  {
    atime: leaf.optional(text),
    mtime: leaf.optional(text),
    ctime: leaf.optional(text),
    btime: leaf.optional(text),
  },
  { omitEmpty: true },
) {}

/** Features of a qcow2 image. */
export class VolumeFeatures extends element(
  "features",
  { lazyRefcounts: flag("lazy_refcounts"), extendedL2: flag("extended_l2") },
  {
    check(_features, node, reader) {
      const odd = node.elements.find(({ name }) => name !== "lazy_refcounts" && name !== "extended_l2");
      if (odd) reader.report(odd, `unsupported feature ${odd.name}`, { code: ErrorCode.configUnsupported });
    },
  },
) {}

/** Two numbers: the version of the format that must be able to read the image. */
const compatLevel: Scalar<string> = refined("a version such as 1.1", ["0.10", "1.1"], (value) =>
  /^[0-9]+\.[0-9]+$/.test(value) ? value : undefined,
);

/** How a volume lies in its pool. */
export class VolumeTarget extends element(
  "target",
  {
    path: leaf.optional(text),
    format: single("type", text),
    permissions: child.optional(Permissions),
    timestamps: live(child.optional(Timestamps)),
    encryption: child.optional(StorageEncryption),
    compat: leaf.optional(compatLevel, undefined, { invalid: "forbidden characters in 'compat' attribute" }),
    clusterSize: child.optional(ClusterSize),
    // A wish for the creation, which libvirt never writes.
    nocow: obsolete(flag()),
    features: child.optional(VolumeFeatures),
  },
  { expanded: true },
) {}

/** The image a volume is based on. */
export class VolumeBackingStore extends element(
  "backingStore",
  {
    path: leaf.optional(text),
    format: single("type", text),
    permissions: child.optional(Permissions),
    timestamps: live(child.optional(Timestamps)),
  },
  { expanded: true },
) {}

/** Where a volume lies on the pool's devices. */
export class VolumeExtent extends element("extent", { start: attribute(text), end: attribute(text) }) {}
/** See {@link VolumeExtent}. */
export class VolumeDevice extends element("device", { path: attribute(text), extents: children(VolumeExtent) }) {}
/** See {@link VolumeExtent}. */
export class VolumeSource extends element("source", { devices: children(VolumeDevice) }) {}

/** A volume of a pool. https://libvirt.org/formatstorage.html#storage-volume-xml */
export class Volume extends element("volume", {
  type: attribute.optional(oneOf("file", "block", "dir", "network", "netdir", "ploop"), undefined, {
    invalid: "unknown volume type '%s'",
    code: ErrorCode.configUnsupported,
  }),
  name: leaf.optional(text),
  key: leaf.optional(text),
  source: child.optional(VolumeSource),
  capacity: child.optional(Capacity),
  allocation: child.optional(Allocation),
  physical: live(child.optional(Physical)),
  target: child.optional(VolumeTarget),
  backingStore: child.optional(VolumeBackingStore),
}) {}

/** The kind of a new volume of a pool, as the pool's backend decides it. */
export function volumeTypeIn(pool: PoolType, format: string | undefined): NonNullable<Volume["type"]> {
  const kind = poolKinds[pool];
  if (kind.network === true) return pool === "gluster" && format === "dir" ? "netdir" : "network";
  if (kind.volumeFormats === undefined || pool === "disk") return "block";
  return format === "dir" ? "dir" : format === "ploop" ? "ploop" : "file";
}

/** How a volume document is read. */
export interface ParseVolumeOptions {
  /** File name for messages. */
  readonly file?: string;
  /** The type of its pool, which decides formats and defaults. */
  readonly pool: PoolType;
  /** When the capacity may be missing: never, for a volume on another (`backed`), or always: it comes from another. */
  readonly noCapacity?: "backed" | "always";
}

/** Reads a volume document with libvirt's defaults. Throws `DocumentError`. */
export function parseVolume(xml: string, options: ParseVolumeOptions): Volume {
  const { value: volume, reader } = Volume.read(xml, {
    file: options.file,
    label: "(storage_volume_definition)",
    inactive: true,
  });
  const report = reportTo(reader);
  const kind = poolKinds[options.pool];
  if (volume.name === undefined) report(volume, "missing volume name element");
  // Names of files must not lead elsewhere.
  else if (kind.network !== true && volume.name.includes("/")) {
    report(volume, `volume name '${volume.name}' cannot contain '/'`, ErrorCode.internalError);
  }
  delete volume.source;
  volume.type ??= "file";
  if (volume.backingStore?.path === undefined) delete volume.backingStore;
  if (volume.backingStore !== undefined) completeFormat(volume.backingStore, kind, report);
  if (volume.capacity === undefined) {
    const { noCapacity } = options;
    const allowed = noCapacity === "always" || (noCapacity === "backed" && volume.backingStore !== undefined);
    if (!allowed) report(volume, "missing capacity element");
    volume.capacity = { unit: "bytes", value: 0n };
  }
  volume.allocation ??= { ...volume.capacity };
  const target: VolumeTarget = volume.target ?? {};
  volume.target = target;
  completeFormat(target, kind, report);
  if (target.features !== undefined) target.compat ??= "1.1";
  if (target.clusterSize?.value === 0n) delete target.clusterSize;
  reader.throwIfFailed(options.file);
  return volume;
}

function completeFormat(place: VolumeTarget | VolumeBackingStore, kind: PoolKind, report: Report): void {
  if (kind.volumeFormats === undefined) delete place.format;
  else if (place.format === undefined) place.format = kind.defaultVolumeFormat ?? "";
  else if (!kind.volumeFormats.includes(place.format)) {
    report(place, `unknown volume format type ${place.format}`, ErrorCode.configUnsupported);
  }
}

/** The document as `virsh vol-dumpxml` prints it, without the last line break of virsh itself. */
export function formatVolume(volume: Volume): string {
  return Volume.format(volume);
}
