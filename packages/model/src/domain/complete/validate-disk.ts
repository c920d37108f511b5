import { ErrorCode } from "@tsvirt/base";
import type { Disk, DiskIoTune } from "../disk.ts";
import type { Domain } from "../domain.ts";
import { isEmptySource } from "./disks.ts";
import type { Report } from "./report.ts";
import { checkVirtioOptionsAbsent } from "./virtio.ts";

const unsupported = ErrorCode.configUnsupported;

/** Checks a disk of a completed document (`virDomainDiskDefValidate`). */
export function validateDisk(disk: Disk, domain: Domain, report: Report): void {
  const refuse = (text: string): void => report(disk, text, unsupported);
  validateSource(disk, report);
  if (disk.sgio === "unfiltered") refuse("unfiltered sgio is no longer supported");
  if (disk.device === "lun") validateLun(disk, report);
  else {
    if (disk.source?.reservations !== undefined) refuse("<reservations/> allowed only for lun devices");
    if (disk.rawio !== undefined) refuse("rawio can be used only with device='lun'");
    if (disk.sgio !== undefined) refuse("sgio can be used only with device='lun'");
  }
  if (disk.iotune !== undefined) validateIoTune(disk, disk.iotune, report);
  validateBus(disk, report);
  if (disk.type === "nvme" && (disk.source?.namespace ?? 0) === 0) refuse("NVMe namespace can't be zero");
  validateLabels(disk, domain, report);
  validateNames(disk, report);
  validateStartupPolicy(disk, report);
  if (isEmptySource(disk) && disk.device === "disk") {
    report(disk, disk.target.dev, ErrorCode.noSource);
  }
}

const usageTypes = new Set(["none", "volume", "ceph", "iscsi", "tls", "vtpm"]);

function validateSource(disk: Disk, report: Report): void {
  const { source } = disk;
  if (source === undefined) return;
  if (disk.type === "network" && (source.auth ?? disk.auth) !== undefined) {
    const protocol = source.protocol ?? "";
    if (!["iscsi", "http", "https", "ftp", "ftps", "ssh", "rbd"].includes(protocol)) {
      report(disk, `authentication is not supported for protocol '${protocol}'`, unsupported);
    }
    const type = (source.auth ?? disk.auth)?.secret?.type;
    if (type === undefined) report(disk, "unknown secret type '<null>'", unsupported);
    else if (!usageTypes.has(type)) report(disk, `unknown secret type '${type}'`, unsupported);
    else if ((protocol === "iscsi" && type !== "iscsi") || (protocol === "rbd" && type !== "ceph")) {
      report(disk, `invalid secret type '${type}'`, unsupported);
    }
  }
  if (disk.type !== "network" && source.protocol !== "rbd") {
    if (source.snapshot !== undefined) report(disk, "<snapshot> element is currently supported only with 'rbd' disks");
    if (source.config !== undefined) report(disk, "<config> element is currently supported only with 'rbd' disks");
  }
  const encryption = disk.encryption ?? source.encryption;
  if (encryption?.format === "luks" && encryption.cipher !== undefined) {
    report(disk, "supplying <cipher> for domain disk definition is unnecessary", unsupported);
  }
}

function validateLun(disk: Disk, report: Report): void {
  const refuse = (text: string): void => report(disk, text, unsupported);
  if (disk.type === "network") {
    if (disk.source?.protocol !== "iscsi") {
      refuse(`disk device='lun' is not supported for protocol='${disk.source?.protocol ?? ""}'`);
    }
  } else if (disk.type !== "block" && disk.type !== "volume") {
    refuse("disk device='lun' is only valid for block type disk source");
  }
  if (disk.driver?.type !== undefined && disk.driver.type !== "raw") refuse("disk device 'lun' must use 'raw' format");
  if ((disk.source?.slices?.slices.length ?? 0) > 0) refuse("disk device 'lun' doesn't support storage slice");
}

function validateIoTune(disk: Disk, tune: DiskIoTune, report: Report): void {
  const set = (value: bigint | undefined): boolean => value !== undefined && value !== 0n;
  const exclusive = (total: bigint | undefined, parts: readonly (bigint | undefined)[], what: string): void => {
    if (set(total) && parts.some(set)) {
      report(disk, `total and read/write ${what} cannot be set at the same time`);
    }
  };
  exclusive(tune.totalBytesSec, [tune.readBytesSec, tune.writeBytesSec], "bytes_sec");
  exclusive(tune.totalIopsSec, [tune.readIopsSec, tune.writeIopsSec], "iops_sec");
  exclusive(tune.totalBytesSecMax, [tune.readBytesSecMax, tune.writeBytesSecMax], "bytes_sec_max");
  exclusive(tune.totalIopsSecMax, [tune.readIopsSecMax, tune.writeIopsSecMax], "iops_sec_max");
}

const driveBuses = new Set(["ide", "fdc", "scsi", "sata"]);

function validateBus(disk: Disk, report: Report): void {
  const refuse = (text: string): void => report(disk, text, unsupported);
  const { bus = "none", dev } = disk.target;
  if (driveBuses.has(bus) && disk.address !== undefined && disk.address.type !== "drive") {
    refuse(`Invalid address type '${disk.address.type}' for the disk '${dev}' with the bus type '${bus}'`);
  }
  if (bus !== "virtio") {
    if (disk.model !== undefined) refuse(`disk model '${disk.model}' not supported for bus '${bus}'`);
    if ((disk.driver?.queues ?? 0) !== 0) {
      refuse("queues attribute in disk driver element is only supported by virtio-blk");
    }
    if (disk.driver?.eventIdx !== undefined) refuse("disk event_idx mode supported only for virtio bus");
    if (disk.driver?.ioeventfd !== undefined) refuse("disk ioeventfd mode supported only for virtio bus");
    checkVirtioOptionsAbsent(disk, disk.driver, report);
  }
  if (disk.device === "floppy" && bus !== "fdc") {
    report(disk, `Invalid bus type '${bus}' for floppy disk`, ErrorCode.internalError);
  } else if (disk.device !== "floppy" && bus === "fdc") {
    report(disk, `Invalid bus type '${bus}' for disk`, ErrorCode.internalError);
  }
  if (disk.target.removable !== undefined && bus !== "usb") report(disk, "removable is only valid for usb disks");
}

function validateLabels(disk: Disk, domain: Domain, report: Report): void {
  for (const label of disk.source?.seclabels ?? []) {
    if (domain.seclabels.some((own) => own.model === label.model && own.relabel === false)) {
      report(disk, "label overrides require relabeling to be enabled at the domain level", unsupported);
    }
  }
}

const printable = /^[\x20-\x7e]*$/;

function validateNames(disk: Disk, report: Report): void {
  for (const [name, value, most] of [
    ["vendor", disk.vendor, 8],
    ["product", disk.product, 16],
  ] as const) {
    if (value === undefined) continue;
    if (!printable.test(value)) report(disk, `disk ${name} is not printable string`);
    else if (value.length > most) report(disk, `disk ${name} is more than ${most} characters`, unsupported);
  }
  const { dev } = disk.target;
  if (disk.device === "disk" || disk.device === "lun") {
    if (!/^(?:hd|sd|vd|xvd|ubd)/.test(dev))
      report(disk, `Invalid harddisk device name: ${dev}`, ErrorCode.internalError);
  } else if (disk.device === "floppy" && !dev.startsWith("fd")) {
    report(disk, `Invalid floppy device name: ${dev}`, ErrorCode.internalError);
  }
}

function validateStartupPolicy(disk: Disk, report: Report): void {
  const policy = disk.source?.startupPolicy;
  if (policy === undefined) return;
  if (disk.type === "network" || disk.type === "nvme" || disk.type === "vhostuser") {
    report(disk, `disk startupPolicy '${policy}' is not allowed for disk of '${disk.type}' type`);
  } else if (policy === "requisite" && disk.device !== "cdrom" && disk.device !== "floppy") {
    report(disk, "disk startupPolicy 'requisite' is allowed only for cdrom or floppy");
  }
}
