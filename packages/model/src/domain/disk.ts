import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  element,
  type Field,
  flag,
  leaf,
  live,
  oneOf,
  onOff,
  positive,
  refined,
  single,
  stateOnly,
  text,
  u32,
  u64,
  unlessZero,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { bootableInfo, virtioOptions } from "./device.ts";
import {
  BackingStore,
  checkSource,
  DiskMirror,
  MetadataCache,
  NodeNames,
  StorageAuth,
  StorageEncryption,
  StorageSource,
  storageFormat,
  storageType,
} from "./storage-source.ts";
import { internalError, unsupportedValue } from "./texts.ts";

/** Buses a disk can sit on (`virDomainDiskBus`). */
export const diskBus = oneOf("ide", "fdc", "scsi", "virtio", "xen", "usb", "uml", "sata", "sd", "none");

const errorPolicy = oneOf("default", "stop", "report", "ignore", "enospace");

/** How QEMU treats the disk's image. */
export class DiskDriver extends element(
  "driver",
  {
    name: attribute.optional(text),
    type: attribute.optional(storageFormat, undefined, unsupportedValue("unknown driver format value '%s'")),
    cache: attribute.optional(oneOf("default", "none", "writethrough", "writeback", "directsync", "unsafe")),
    errorPolicy: attribute.optional(errorPolicy, "error_policy"),
    rerrorPolicy: attribute.optional(errorPolicy, "rerror_policy"),
    io: attribute.optional(oneOf("native", "threads", "io_uring")),
    ioeventfd: attribute.optional(onOff),
    eventIdx: attribute.optional(onOff, "event_idx"),
    copyOnRead: attribute.optional(onOff, "copy_on_read"),
    discard: attribute.optional(oneOf("unmap", "ignore")),
    iothread: attribute.optional(positive(0xffff_ffff)),
    detectZeroes: attribute.optional(oneOf("off", "on", "unmap"), "detect_zeroes"),
    discardNoUnref: attribute.optional(onOff, "discard_no_unref"),
    queues: attribute.optional(u32),
    queueSize: attribute.optional(u32, "queue_size"),
    ...virtioOptions,
    metadataCache: child.optional(MetadataCache),
  },
  { omitEmpty: true },
) {}

/** Geometry that the guest is told. */
export class DiskGeometry extends element("geometry", {
  cyls: attribute.withDefault(u32, 0),
  heads: attribute.withDefault(u32, 0),
  secs: attribute.withDefault(u32, 0),
  trans: attribute.optional(oneOf("none", "auto", "lba")),
}) {}

/** Block sizes that the guest is told. Bytes. */
export class DiskBlockIo extends element(
  "blockio",
  {
    logicalBlockSize: unlessZero(attribute.optional(u32, "logical_block_size")),
    physicalBlockSize: unlessZero(attribute.optional(u32, "physical_block_size")),
    discardGranularity: unlessZero(attribute.optional(u32, "discard_granularity")),
  },
  { omitEmpty: true },
) {}

/** libvirt names a disk without a target by its source. */
function missingTarget(disk: XmlElement | undefined): string {
  const source = disk?.element("source");
  const value = (name: string): string | undefined => source?.attribute(name);
  if (value("pool") !== undefined) return `pool = '${value("pool")}', volume = '${value("volume") ?? ""}'`;
  return ["file", "dev", "dir", "name"].map(value).find((path) => path !== undefined) ?? "";
}

/** How the guest sees the disk. */
export class DiskTarget extends element("target", {
  dev: attribute(text, undefined, {
    missing: (target) => missingTarget(target.parent),
    missingCode: ErrorCode.noTarget,
  }),
  bus: attribute.optional(diskBus),
  tray: attribute.optional(oneOf("closed", "open")),
  removable: attribute.optional(onOff),
  rotationRate: unlessZero(attribute.optional(u32, "rotation_rate")),
}) {}

const limit = (name: string): Field<bigint, "optional"> =>
  unlessZero(leaf.optional(u64, name, { invalid: `disk iotune field '${name}' must be an integer` }));

/** Limits on a disk's traffic: bytes or requests a second, and how long bursts may last (seconds). */
export class DiskIoTune extends element(
  "iotune",
  {
    totalBytesSec: limit("total_bytes_sec"),
    readBytesSec: limit("read_bytes_sec"),
    writeBytesSec: limit("write_bytes_sec"),
    totalIopsSec: limit("total_iops_sec"),
    readIopsSec: limit("read_iops_sec"),
    writeIopsSec: limit("write_iops_sec"),
    totalBytesSecMax: limit("total_bytes_sec_max"),
    readBytesSecMax: limit("read_bytes_sec_max"),
    writeBytesSecMax: limit("write_bytes_sec_max"),
    totalIopsSecMax: limit("total_iops_sec_max"),
    readIopsSecMax: limit("read_iops_sec_max"),
    writeIopsSecMax: limit("write_iops_sec_max"),
    sizeIopsSec: limit("size_iops_sec"),
    groupName: leaf.optional(text, "group_name"),
    totalBytesSecMaxLength: limit("total_bytes_sec_max_length"),
    readBytesSecMaxLength: limit("read_bytes_sec_max_length"),
    writeBytesSecMaxLength: limit("write_bytes_sec_max_length"),
    totalIopsSecMaxLength: limit("total_iops_sec_max_length"),
    readIopsSecMaxLength: limit("read_iops_sec_max_length"),
    writeIopsSecMaxLength: limit("write_iops_sec_max_length"),
  },
  { omitEmpty: true },
) {}

/** Changes to the disk are thrown away when the guest stops. */
export class DiskTransient extends element("transient", { shareBacking: attribute.optional(yesNo) }) {}

/** Where libvirt found secrets in the document, so that it writes them there again. Only in state files. */
export class DiskSecretsPlacement extends element("diskSecretsPlacement", {
  auth: attribute.optional(text),
  enc: attribute.optional(text),
}) {}

const wwn = refined("16 hexadecimal digits", ["5000c50015ea71ac"], (value) =>
  /^(?:0x)?[0-9a-fA-F]{16}$/.test(value) ? value : undefined,
);

/** What a running guest's state file remembers of a disk: its path in QEMU's object tree, and a node above its images. */
export class DiskPrivateData extends element(
  "privateData",
  { qom: single("name", text), nodenames: child.optional(NodeNames) },
  { omitEmpty: true },
) {}

/** A disk, CD-ROM or floppy drive. https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms */
export class Disk extends element(
  "disk",
  {
    type: attribute.withDefault(storageType, "file"),
    device: attribute.withDefault(oneOf("disk", "lun", "cdrom", "floppy"), "disk"),
    model: attribute.optional(oneOf("virtio", "virtio-transitional", "virtio-non-transitional")),
    rawio: attribute.optional(yesNo),
    sgio: attribute.optional(oneOf("filtered", "unfiltered")),
    snapshot: attribute.optional(oneOf("no", "internal", "external", "manual")),
    driver: child.optional(DiskDriver),
    auth: child.optional(StorageAuth),
    source: child.optional(StorageSource),
    backingStore: child.optional(BackingStore),
    backendDomain: single("name", text, "backenddomain"),
    geometry: child.optional(DiskGeometry),
    blockio: child.optional(DiskBlockIo),
    mirror: live(child.optional(DiskMirror)),
    target: child(DiskTarget, { missing: missingTarget, code: ErrorCode.noTarget }),
    iotune: child.optional(DiskIoTune),
    readonly: flag(),
    shareable: flag(),
    transient: child.optional(DiskTransient),
    serial: leaf.optional(text),
    wwn: leaf.optional(wwn, undefined, internalError("Malformed wwn: %s")),
    vendor: leaf.optional(text),
    product: leaf.optional(text),
    encryption: child.optional(StorageEncryption),
    ...bootableInfo,
    privateData: stateOnly(child.optional(DiskPrivateData)),
    diskSecretsPlacement: stateOnly(child.optional(DiskSecretsPlacement)),
  },
  { check: ({ type, source }, _node, reader) => checkSource(type, source, reader) },
) {}

/** A lease of a lock manager. */
export class Lease extends element("lease", {
  lockspace: leaf.optional(text),
  key: leaf(text, undefined, { missing: "Missing 'key' element for lease" }),
  target: child(
    class LeaseTarget extends element("target", {
      path: attribute(text, undefined, { missing: "Missing 'path' attribute to 'target' element for lease" }),
      offset: attribute.optional(u64),
    }) {},
    { missing: "Missing 'target' element for lease" },
  ),
}) {}
