import { integer, key, oneOf, onOff, option, text } from "@tsvirt/codec/options";
import { addressKeys, device, virtio, virtioKeys } from "./device.ts";

/** Properties of every disk device after its address. */
const diskKeys = {
  "share-rw": key.optional(onOff),
  /** Node of the block graph; absent for an empty drive. */
  drive: key.optional(text),
  id: key(text),
  bootindex: key.optional(integer),
  logical_block_size: key.optional(integer),
  physical_block_size: key.optional(integer),
  wwn: key.optional(integer),
  rotation_rate: key.optional(integer),
  vendor: key.optional(text),
  product: key.optional(text),
  removable: key.optional(onOff),
  /** `on`, `off` or `auto`: a string in JSON too. */
  "write-cache": key.optional(text),
  cyls: key.optional(integer),
  heads: key.optional(integer),
  secs: key.optional(integer),
  "bios-chs-trans": key.optional(text),
  serial: key.optional(text),
  werror: key.optional(text),
  rerror: key.optional(text),
} as const;

/** Disk on virtio-blk, and a vhost-user one. */
export class VirtioBlkDevice extends device(virtio("virtio-blk", "vhost-user-blk"), {
  iothread: key.optional(text),
  ioeventfd: key.optional(onOff),
  event_idx: key.optional(onOff),
  scsi: key.optional(onOff),
  "num-queues": key.optional(integer),
  "queue-size": key.optional(integer),
  ...virtioKeys,
  chardev: key.optional(text),
  ...addressKeys,
  ...diskKeys,
}) {}

/** Disk or drive on IDE and SATA. */
export class IdeDevice extends device(oneOf("ide-hd", "ide-cd"), {
  bus: key(text),
  unit: key.optional(integer),
  ...diskKeys,
}) {}

/** Disk, drive or passed-through device on SCSI. */
export class ScsiDevice extends device(oneOf("scsi-hd", "scsi-cd", "scsi-block", "scsi-generic"), {
  bus: key(text),
  channel: key.optional(integer),
  "scsi-id": key(integer),
  lun: key.optional(integer),
  device_id: key.optional(text),
  ...diskKeys,
}) {}

/** Disk on USB. */
export class UsbStorageDevice extends device(oneOf("usb-storage"), {
  bus: key(text),
  port: key(text),
  ...diskKeys,
}) {}

/** Drive of the floppy controller. */
export class FloppyDevice extends device(oneOf("floppy"), {
  unit: key(integer),
  ...diskKeys,
}) {}

/** The floppy controller of machines that have none built in. */
export class FloppyController extends device(oneOf("isa-fdc"), {
  driveA: key.optional(text),
  driveB: key.optional(text),
  bootindexA: key.optional(integer),
  bootindexB: key.optional(integer),
}) {}

/** A drive that is part of the board and cannot be made by `-device`; where its image is, is in `file` or in keys of its own. */
export class BoardDrive extends option("-drive", undefined, {
  file: key.optional(text),
  rest: key.rest(),
  "key-secret": key.optional(text),
  "encrypt.format": key.optional(text),
  "encrypt.key-secret": key.optional(text),
  format: key.optional(text),
  if: key(oneOf("sd")),
  index: key.optional(integer),
  readonly: key.optional(onOff),
  cache: key.optional(text),
  "copy-on-read": key.optional(onOff),
  discard: key.optional(text),
  "detect-zeroes": key.optional(text),
  aio: key.optional(text),
}) {}
