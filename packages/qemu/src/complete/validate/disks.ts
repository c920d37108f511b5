import { ErrorCode } from "@tsvirt/base";
import { type Disk, type DiskIoTune, indexOfTarget, isEmptySource, type StorageSource } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { validateStorageSource } from "./storage-source.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU cannot do with a disk, in libvirt's words and order (`qemuValidateDomainDeviceDefDisk`). */
export function validateDisk(state: Completing, disk: Disk): void {
  const { report } = state;
  const { target, driver } = disk;
  const refuse = (message: string): void => report(disk, message, unsupported);
  validateFrontend(state, disk);
  if (disk.iotune) validateIoTune(state, disk, disk.iotune);
  if (disk.transient) validateTransient(state, disk);
  if (disk.shareable === true && disk.readonly !== true && driver?.type !== undefined && driver.type !== "raw") {
    refuse(`shared access for disk '${target.dev}' requires use of supported storage format`);
  }
  if (driver?.name !== undefined && driver.name !== "qemu") {
    refuse(`unsupported driver name '${driver.name}' for disk '${target.dev}'`);
  }
  if (indexOfTarget(target.dev) === undefined) refuse(`invalid disk target '${target.dev}'`);
  else if (/[1-9]\d*$/.test(target.dev)) {
    refuse(`invalid disk target '${target.dev}', partitions can't appear in disk targets`);
  }
  validateSources(state, disk);
  if (disk.type === "vhostuser" || disk.type === "vhostvdpa") {
    if (!state.caps.has("vhost-user-blk")) refuse(`${disk.type} disk is not supported with this QEMU binary`);
    else requireSharedMemory(state, disk, disk.type);
  }
}

/** The images from the top down, as far as the document names them. */
function validateSources(state: Completing, disk: Disk): void {
  const isEmpty = isEmptySource(disk);
  if (isEmpty && disk.driver?.type === "fat" && disk.type !== "dir" && disk.type !== "volume") {
    state.report(disk, "storage format 'fat' is supported only with 'dir' storage type", unsupported);
  }
  if (disk.source && !isEmpty) {
    const { auth, encryption } = disk;
    const source: StorageSource = {
      ...disk.source,
      ...(auth && { auth }),
      ...(encryption && { encryption }),
    };
    const placed: Completing = { ...state, report: (_place, message, code) => state.report(disk, message, code) };
    validateStorageSource(placed, {
      type: disk.type,
      format: disk.driver?.type ?? "raw",
      source,
      readonly: disk.readonly === true,
      metadataCache: disk.driver?.metadataCache?.maxSize,
    });
  }
  for (let layer = disk.backingStore; layer?.type !== undefined; layer = layer.backingStore) {
    if (!layer.source) continue;
    validateStorageSource(state, {
      type: layer.type,
      format: layer.format?.type ?? "raw",
      source: layer.source,
      metadataCache: layer.format?.metadataCache?.maxSize,
    });
  }
}

/** A device whose other end maps the guest's memory needs memory that can be mapped. */
export function requireSharedMemory({ domain, report }: Completing, device: object, name: string): void {
  const common = domain.memoryBacking?.access;
  const cells = domain.cpu?.numa?.cells ?? [];
  const accesses = cells.length === 0 ? [common] : cells.map(({ memAccess }) => memAccess ?? common);
  if (accesses.some((access) => access !== "shared")) report(device, `'${name}' requires shared memory`, unsupported);
}

function validateFrontend(state: Completing, disk: Disk): void {
  const { caps, report } = state;
  const { target, driver, geometry, serial, device } = disk;
  const { dev, bus = "none" } = target;
  const refuse = (message: string): void => report(disk, message, unsupported);
  const wrong = (message: string): void => report(disk, message, ErrorCode.internalError);
  if (geometry) {
    if (bus === "usb" || bus === "sd") refuse(`CHS geometry can not be set for '${bus}' bus`);
    else if (geometry.trans !== undefined && bus !== "ide") {
      refuse(`CHS translation mode can only be set for 'ide' bus not '${bus}'`);
    }
  }
  if (serial !== undefined && bus === "sd") wrong(`Serial property not supported for drive bus '${bus}'`);
  if (device === "cdrom" && (bus === "virtio" || bus === "sd")) {
    refuse(`disk type of '${dev}' does not support ejectable media`);
  }
  if (driver?.copyOnRead === true) {
    if (disk.readonly === true) refuse(`copy_on_read is not compatible with read-only disk '${dev}'`);
    else if (device === "cdrom" || device === "floppy") {
      refuse(`copy_on_read is not supported with removable disk '${dev}'`);
    }
  }
  validateIdentity(state, disk);
  if (device === "lun") validateLun(state, disk);
  if ((target.rotationRate ?? 0) > 0) {
    if (bus !== "scsi" && bus !== "ide" && bus !== "sata") wrong("rotation rate is only valid for SCSI/IDE/SATA bus");
    else if (device !== "disk") wrong("rotation rate is only valid for disk device");
    else if (!caps.has("rotation-rate")) wrong("rotation rate is not supported with this QEMU");
  }
  validatePlace(state, disk);
  if (disk.readonly === true && device === "disk" && (bus === "ide" || bus === "sata")) {
    refuse(`readonly ${bus} disks are not supported`);
  }
  if (driver?.io === "native" && driver.cache !== "directsync" && driver.cache !== "none") {
    refuse("io='native' needs either no disk cache or directsync cache mode");
  }
  if (driver?.io === "io_uring" && !caps.has("aio.io_uring")) {
    refuse("io uring is not supported by this QEMU binary");
  }
  if (serial !== undefined && bus === "scsi" && device === "lun") {
    refuse("scsi-block 'lun' devices do not support the serial property");
  }
  if (serial !== undefined && !/^[\w .+-]*$/.test(serial))
    wrong(`driver serial '${serial}' contains unsafe characters`);
  if ((driver?.iothread ?? 0) > 0) validateIothread(state, disk, driver?.iothread ?? 0);
}

function validateIdentity({ caps, report }: Completing, disk: Disk): void {
  const refuse = (message: string): void => report(disk, message, unsupported);
  const { bus } = disk.target;
  if (disk.wwn !== undefined) {
    if (bus !== "ide" && bus !== "scsi") refuse("Only ide and scsi disk support wwn");
    else if (bus === "ide" && !caps.has("ide-drive.wwn")) {
      refuse("Setting wwn for ide disk is not supported by this QEMU");
    } else if (bus === "scsi" && !caps.has("scsi-disk.wwn")) {
      refuse("Setting wwn for scsi disk is not supported by this QEMU");
    }
  }
  if (disk.vendor === undefined && disk.product === undefined) return;
  if (bus !== "scsi") refuse("Only scsi disk supports vendor and product");
  else if (!caps.has("scsi-disk.wwn")) {
    // The properties came together.
    refuse("Setting vendor or product for scsi disk is not supported by this QEMU");
  }
}

function validateLun({ caps, report }: Completing, disk: Disk): void {
  const refuse = (message: string): void => report(disk, message, unsupported);
  const { bus = "none", dev } = disk.target;
  if (bus !== "virtio" && bus !== "scsi") refuse(`disk device='lun' is not supported for bus='${bus}'`);
  if (bus === "scsi" && !caps.has("scsi-block")) refuse("This QEMU doesn't support scsi-block for lun passthrough");
  if (disk.driver?.copyOnRead === true) refuse(`copy_on_read is not compatible with 'lun' disk '${dev}'`);
  if (disk.wwn !== undefined) refuse("Setting wwn is not supported for lun device");
  if (disk.vendor !== undefined || disk.product !== undefined) {
    refuse("Setting vendor or product is not supported for lun device");
  }
}

function validatePlace({ caps, report }: Completing, disk: Disk): void {
  const refuse = (message: string): void => report(disk, message, unsupported);
  const { bus, removable } = disk.target;
  const place = disk.address?.type;
  switch (bus) {
    case "scsi":
    case "ide":
    case "fdc":
    case "sata":
      if (place !== "drive") report(disk, `unexpected address type for ${bus} disk`, ErrorCode.internalError);
      return;
    case "virtio":
      if ((disk.driver?.queueSize ?? 0) > 0 && !caps.has("virtio-blk.queue-size")) {
        refuse("queue-size property isn't supported by this QEMU binary");
      }
      return;
    case "usb":
      if (!caps.has("usb-storage")) refuse("This QEMU doesn't support '-device usb-storage'");
      if (place !== undefined && place !== "usb") {
        report(disk, "unexpected address type for usb disk", ErrorCode.internalError);
      }
      if (removable !== undefined && !caps.has("usb-storage.removable")) {
        refuse("This QEMU doesn't support setting the removable flag of USB storage devices");
      }
      return;
    default:
  }
}

function validateIothread({ domain, report }: Completing, disk: Disk, id: number): void {
  const { bus = "none", dev } = disk.target;
  if (bus !== "virtio") report(disk, `IOThreads not available for bus ${bus} target ${dev}`, unsupported);
  else if (!hasIothread(domain, id)) report(disk, `Disk iothread '${id}' not defined in iothreadid`, unsupported);
}

/** True if the guest has an I/O thread of this number: listed, or counted from 1. */
export function hasIothread(domain: Completing["domain"], id: number): boolean {
  const listed = domain.iothreadids?.iothreads ?? [];
  return listed.length > 0 ? listed.some((thread) => thread.id === id) : id <= (domain.iothreads ?? 0);
}

/** The largest limit that QEMU's throttling takes. */
const IOTUNE_MAX = 1_000_000_000_000_000n;

/** The parts of a limit that have no upper end of their own. */
const unlimited: ReadonlySet<string> = new Set([
  "groupName",
  "totalBytesSecMaxLength",
  "readBytesSecMaxLength",
  "writeBytesSecMaxLength",
  "totalIopsSecMaxLength",
  "readIopsSecMaxLength",
  "writeIopsSecMaxLength",
]);

/** Limits that say something: zero is none. */
function limitsOf(tune: DiskIoTune): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(tune).filter(([key, value]) => key !== "groupName" && value !== 0n));
}

function validateIoTune({ devices, report }: Completing, disk: Disk, tune: DiskIoTune): void {
  const { groupName } = tune;
  const limits = limitsOf(tune);
  if (groupName !== undefined) {
    if (limits.size === 0) {
      report(disk, "group_name can be configured only together with settings", unsupported);
    }
    for (const other of devices.disks) {
      if (other === disk || other.iotune?.groupName !== groupName) continue;
      const theirs = limitsOf(other.iotune);
      if (theirs.size === limits.size && [...limits].every(([key, value]) => theirs.get(key) === value)) continue;
      report(disk, `different iotunes for disks ${disk.target.dev} and ${other.target.dev}`, unsupported);
      break;
    }
  }
  for (const [key, value] of limits) {
    if (unlimited.has(key) || typeof value !== "bigint" || value <= IOTUNE_MAX) continue;
    report(
      disk,
      `block I/O throttle limit must be no more than ${IOTUNE_MAX} using QEMU`,
      ErrorCode.argumentUnsupported,
    );
    return;
  }
}

function validateTransient({ domain, caps, report }: Completing, disk: Disk): void {
  const { dev, bus = "none" } = disk.target;
  const refuse = (message: string): void => report(disk, message, unsupported);
  if (isEmptySource(disk)) refuse(`transient disk '${dev}' must not be empty`);
  else if (disk.readonly === true) refuse(`transient disk '${dev}' must not be read-only`);
  else if (disk.type !== "file") refuse(`transient disk supported only with 'file' type (${dev})`);
  else if (disk.device !== "disk") refuse(`transient disk supported only with 'disk' device (${dev})`);
  if (disk.transient?.shareBacking !== true) return;
  // Once QEMU could not be told at run time what a reset does, such a guest cannot be reset into a running one.
  const mayReboot = [domain.onReboot, domain.onPoweroff, domain.onCrash].some((action) => action !== "destroy");
  if (!caps.has("set-action") && !mayReboot) {
    refuse("transient disk backing image sharing with destroy action of lifecycle isn't supported by this QEMU binary");
  }
  if (bus !== "usb" && bus !== "virtio" && bus !== "scsi") {
    // The misspelling is libvirt's.
    refuse(`disk bus '${bus}' doesn't support transiend disk backing image sharing`);
  }
}
