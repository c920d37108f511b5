import { ErrorCode, virtError } from "@tsvirt/base";
import { type Disk, indexOfTarget } from "@tsvirt/model/domain";
import type { CommandWriter } from "../argv/command.ts";
import { Drive } from "./options.ts";

const unsupported = (detail: string): Error => virtError(ErrorCode.configUnsupported, detail);

/** Writes the guest's disks: by `-drive` where there is such an option, else by `-hda` and its like. */
export function writeLegacyDisks(line: CommandWriter, disks: readonly Disk[], boots: readonly string[]): void {
  const bootable = new Set(line.caps.hasLegacy("drive.boot") ? boots : []);
  line.each(disks, (disk) => {
    if (disk.readonly === true && disk.device === "disk" && !line.caps.hasLegacy("drive.readonly")) {
      throw unsupported(`read-only disks are not supported by this QEMU ('${disk.target.dev}')`);
    }
    if (disk.target.bus === "usb") return writeUsbDisk(line, disk);
    if (!line.caps.hasLegacy("drive")) return writeByName(line, disk);
    // Only the first disk of each kind is booted from.
    writeDrive(line, disk, bootable.delete(bootDeviceOf(disk)));
  });
}

/** How `<boot dev=''>` names the kind of a disk. */
function bootDeviceOf({ device }: Disk): string {
  return device === "cdrom" ? "cdrom" : device === "floppy" ? "fd" : "hd";
}

function writeUsbDisk(line: CommandWriter, disk: Disk): void {
  if (disk.device !== "disk") throw unsupported(`unsupported usb disk type for '${disk.target.dev}'`);
  line.add("-usbdevice", `disk:${sourceOf(disk) ?? ""}`);
}

function writeByName(line: CommandWriter, disk: Disk): void {
  const { dev } = disk.target;
  const file = sourceOf(disk);
  if (dev === "hdc" && disk.device === "cdrom") {
    // The machine has this drive anyway.
    if (file !== undefined) line.add("-cdrom", file);
  } else if (/^(?:hd[a-d]|fd[ab])$/.test(dev)) {
    if (file !== undefined) line.add(`-${dev}`, file);
  } else throw unsupported(`unsupported disk type '${dev}'`);
}

function writeDrive(line: CommandWriter, disk: Disk, boot: boolean): void {
  const { caps } = line;
  const { driver, target, serial } = disk;
  const place = placeOf(disk);
  line.option(Drive, {
    file: sourceOf(disk),
    if: target.bus === "fdc" ? "floppy" : (target.bus ?? "ide"),
    media: disk.device === "cdrom" ? "cdrom" : undefined,
    index: place,
    boot: boot && disk.device === "disk" && target.bus !== "ide" ? true : undefined,
    readonly: disk.readonly === true && disk.device === "disk" ? true : undefined,
    format: disk.type !== "dir" && caps.hasLegacy("drive.format") ? driver?.type : undefined,
    serial: caps.hasLegacy("drive.serial") ? safeSerial(serial) : undefined,
    cache: cacheOf(line, disk),
  });
}

/** Number of the drive on its interface; every virtio drive has a PCI slot of its own. */
function placeOf({ target, address }: Disk): number | undefined {
  if (target.bus === "virtio") return undefined;
  if (address?.type !== "drive") return indexOfTarget(target.dev);
  const { controller, bus, unit } = address;
  switch (target.bus) {
    case "ide":
    case "fdc":
      if (controller !== 0) throw unsupported(`Only 1 ${target.bus} controller is supported`);
      return bus * 2 + unit;
    case "scsi":
      if (bus !== 0) throw unsupported("SCSI controller only supports 1 bus");
      return controller * 7 + unit;
    default:
      return indexOfTarget(target.dev);
  }
}

function safeSerial(serial: string | undefined): string | undefined {
  if (serial === undefined || /^[A-Za-z0-9_-]+$/.test(serial)) return serial;
  throw virtError(ErrorCode.internalError, `driver serial '${serial}' contains unsafe characters`);
}

/** Spellings of the cache modes before and after they were named by what they do. */
const cacheModes: Readonly<Record<string, readonly [old: string, v2: string]>> = {
  none: ["off", "none"],
  writethrough: ["off", "writethrough"],
  writeback: ["on", "writeback"],
};

function cacheOf({ caps }: CommandWriter, disk: Disk): string | undefined {
  const mode = disk.driver?.cache;
  if (mode === undefined || mode === "default") {
    return disk.shareable === true && disk.readonly !== true ? "off" : undefined;
  }
  const names = cacheModes[mode];
  if (!names) throw unsupported(`disk cache mode '${mode}' is not supported by this QEMU`);
  return names[caps.hasLegacy("drive.cache-v2") ? 1 : 0];
}

/** The word that names what is in the drive; `undefined` for an empty one. */
export function sourceOf(disk: Disk): string | undefined {
  const { source } = disk;
  switch (disk.type) {
    case "file":
      return source?.file;
    case "block":
      return source?.dev;
    case "dir":
      if (source?.dir === undefined) return undefined;
      if (disk.readonly !== true) throw unsupported("cannot create virtual FAT disks in read-write mode");
      return `fat:${disk.device === "floppy" ? "floppy:" : ""}${source.dir}`;
    case "network":
      return networkSource(disk);
    default:
      throw unsupported(`disk type '${disk.type}' is not supported by this QEMU`);
  }
}

function networkSource({ source, target }: Disk): string {
  const host = source?.hosts[0];
  const { protocol, name = "" } = source ?? {};
  const address = host ? `${host.name ?? ""}:${host.port ?? ""}` : "";
  switch (protocol) {
    case "nbd":
      if (source?.hosts.length !== 1) throw unsupported("NBD accepts only one host");
      return `nbd:${address}`;
    case "sheepdog":
      return host ? `sheepdog:${address}:${name}` : `sheepdog:${name}`;
    case "rbd":
      return `rbd:${name}`;
    default:
      throw unsupported(`network protocol '${protocol ?? ""}' of disk '${target.dev}' is not supported by this QEMU`);
  }
}
