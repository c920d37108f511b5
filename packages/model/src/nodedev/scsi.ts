import {
  attribute,
  children,
  element,
  i32,
  leaf,
  oneOf,
  readLive,
  type TypeOf,
  text,
  u32,
  u64,
  union,
} from "@tsvirt/codec/xml";
import { isOne } from "./scalars.ts";
import { inDevice, supplied } from "./texts.ts";

/** A Fibre Channel adapter's names; made up for a new one that names none. */
export class FcHost extends element("capability", {
  type: attribute(oneOf("fc_host")),
  wwnn: leaf.optional(text),
  wwpn: leaf.optional(text),
  fabricWwn: leaf.optional(text, "fabric_wwn"),
}) {}
/** How many virtual adapters an adapter may have, and has. */
export class VportOperations extends element("capability", {
  type: attribute(oneOf("vport_ops")),
  maxVports: readLive(leaf.withDefault(i32, 0, "max_vports")),
  vports: readLive(leaf.withDefault(i32, 0)),
}) {}

const ScsiHostCapability = union(
  "type",
  { fc_host: FcHost, vport_ops: VportOperations },
  inDevice("missing SCSI host capability type for '%d'", "unknown SCSI host capability type '%s' for '%d'"),
);

/** An adapter for SCSI devices. */
export class ScsiHost extends element(
  "capability",
  {
    type: attribute(oneOf("scsi_host")),
    host: leaf.optional(u32, undefined, supplied("SCSI host ID")),
    uniqueId: leaf.optional(i32, "unique_id", supplied("unique_id")),
    capabilities: children(ScsiHostCapability),
  },
  {
    check(host) {
      if (host.uniqueId === -1) delete host.uniqueId;
      const last = (type: string) => host.capabilities.filter((capability) => capability.type === type).slice(-1);
      host.capabilities = [...last("fc_host"), ...last("vport_ops")];
    },
  },
) {}

/** The port of a Fibre Channel fabric that a target is behind. */
export class FcRemotePort extends element("capability", {
  type: attribute(oneOf("fc_remote_port")),
  rport: leaf(text, undefined, inDevice("missing rport name for '%d'")),
  wwpn: leaf(text, undefined, inDevice("missing wwpn identifier for '%d'")),
}) {}

const ScsiTargetCapability = union(
  "type",
  { fc_remote_port: FcRemotePort },
  inDevice("missing type for SCSI target capability for '%d'", "unknown SCSI target capability type '%s' for '%d'"),
);

/** What SCSI devices hang from. */
export class ScsiTarget extends element("capability", {
  type: attribute(oneOf("scsi_target")),
  target: leaf(text, undefined, inDevice("no target name supplied for '%d'")),
  capabilities: children(ScsiTargetCapability),
}) {}

/** A logical unit, by its place on the adapter. */
export class ScsiDevice extends element("capability", {
  type: attribute(oneOf("scsi")),
  host: leaf(u32, undefined, supplied("SCSI host ID")),
  bus: leaf(u32, undefined, supplied("SCSI bus ID")),
  target: leaf(u32, undefined, supplied("SCSI target ID")),
  lun: leaf(u32, undefined, supplied("SCSI LUN ID")),
  deviceType: leaf.optional(text, "type"),
}) {}

/** The character device that commands go to a SCSI device through. */
export class ScsiGeneric extends element("capability", {
  type: attribute(oneOf("scsi_generic")),
  path: leaf(text, "char"),
}) {}

/** The storage has media that can be taken out. Bytes. */
export class RemovableMedia extends element("capability", {
  type: attribute(oneOf("removable")),
  mediaAvailable: leaf.withDefault(isOne, false, "media_available"),
  mediaSize: leaf(u64, "media_size", supplied("removable media size")),
  mediaLabel: leaf.optional(text, "media_label"),
  logicalBlockSize: leaf.optional(u64, "logical_block_size"),
  blocks: leaf.optional(u64, "num_blocks"),
}) {}
/** The storage can be taken away while the host runs. */
export class Hotpluggable extends element("capability", { type: attribute(oneOf("hotpluggable")) }) {}

const StorageCapability = union(
  "type",
  { removable: RemovableMedia, hotpluggable: Hotpluggable },
  inDevice("missing storage capability type for '%d'", "unknown storage capability type '%s' for '%d'"),
);
/** What more a storage device is. */
export type StorageCapability = TypeOf<typeof StorageCapability>;

/** A disk or the like. Bytes. */
export class StorageDevice extends element(
  "capability",
  {
    type: attribute(oneOf("storage")),
    block: leaf(text, undefined, inDevice("no block device path supplied for '%d'")),
    bus: leaf.optional(text),
    driveType: leaf.optional(text, "drive_type"),
    model: leaf.optional(text),
    vendor: leaf.optional(text),
    serial: leaf.optional(text),
    size: leaf.optional(u64, undefined, inDevice("no size supplied for '%d'", "invalid size supplied for '%d'")),
    logicalBlockSize: leaf.optional(u64, "logical_block_size"),
    blocks: leaf.optional(u64, "num_blocks"),
    capabilities: children(StorageCapability),
  },
  {
    check(storage, node, reader) {
      const last = (type: string) => storage.capabilities.filter((each) => each.type === type).slice(-1);
      storage.capabilities = [...last("removable"), ...last("hotpluggable")];
      if (storage.capabilities.some(({ type }) => type === "removable")) {
        delete storage.size;
        delete storage.logicalBlockSize;
        delete storage.blocks;
      } else if (storage.size === undefined) {
        const { missing, missingCode } = inDevice("no size supplied for '%d'");
        if (typeof missing === "function") reader.report(node, missing(node, reader), { code: missingCode });
      }
    },
  },
) {}
