import type { Devices } from "../devices.ts";
import type { Disk } from "../disk.ts";
import type { Report } from "./report.ts";

const prefixes = [
  ["hd", "ide"],
  ["sd", "scsi"],
  ["vd", "virtio"],
  ["xvd", "xen"],
  ["ubd", "uml"],
] as const;

/** The bus that a target name such as `vda` stands for. */
export function busOfTarget(dev: string, device: Disk["device"]): NonNullable<Disk["target"]["bus"]> {
  if (device === "floppy") return "fdc";
  return prefixes.find(([prefix]) => dev.startsWith(prefix))?.[1] ?? "ide";
}

/** The number of a target name: `sda` is 0, `sdab` 27; partitions are not counted. Undefined if it is none. */
export function indexOfTarget(dev: string): number | undefined {
  const match = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]{1,6})(?:0|[1-9]\d{0,8})?$/.exec(dev);
  if (match === null) return undefined;
  let index = 0;
  for (const letter of match[1] ?? "") index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
}

/** Puts a disk where libvirt keeps it: with those of its bus, by target name. */
export function insertDisk(devices: Devices, disk: Disk): void {
  const { disks } = devices;
  const index = indexOfTarget(disk.target.dev) ?? -1;
  let at = -1;
  for (let i = disks.length - 1; i >= 0; i--) {
    const other = disks[i];
    if (other === undefined || other.target.bus !== disk.target.bus) continue;
    if ((indexOfTarget(other.target.dev) ?? -1) > index) at = i;
    else {
      // Those before it have been put there in order.
      if (at < 0) at = i + 1;
      break;
    }
  }
  disks.splice(at < 0 ? disks.length : at, 0, disk);
}

/** Whether the disk has no source: an empty drive. */
export function isEmptySource(disk: Disk): boolean {
  const { source } = disk;
  if (source === undefined) return true;
  switch (disk.type) {
    case "file":
      return source.file === undefined;
    case "block":
    case "vhostvdpa":
      return source.dev === undefined;
    case "dir":
      return source.dir === undefined;
    case "volume":
      return source.pool === undefined;
    case "network":
      return source.protocol === undefined;
    case "nvme":
    case "vhostuser":
      return false;
    default:
      return disk.type satisfies never;
  }
}

/** How drives of a bus are numbered: SCSI has seven units a bus in libvirt's naming unless the controller is wide. */
export function driveAddress(disk: Disk, devices: Devices): Disk["address"] {
  const index = indexOfTarget(disk.target.dev);
  if (index === undefined) return undefined;
  switch (disk.target.bus) {
    case "scsi": {
      const wide = devices.controllers.some(
        (c) =>
          c.type === "scsi" &&
          (c.model?.startsWith("virtio") === true || c.model === "ibmvscsi" || c.model === "vmpvscsi"),
      );
      if (wide) return { type: "drive", controller: Math.floor(index / 16384), bus: 0, target: 0, unit: index };
      return { type: "drive", controller: Math.floor(index / 7), bus: 0, target: 0, unit: index % 7 };
    }
    case "ide":
      return {
        type: "drive",
        controller: Math.floor(index / 4),
        bus: Math.floor(index / 2) % 2,
        target: 0,
        unit: index % 2,
      };
    case "sata":
      return { type: "drive", controller: Math.floor(index / 6), bus: 0, target: 0, unit: index % 6 };
    case "fdc":
      return { type: "drive", controller: Math.floor(index / 2), bus: 0, target: 0, unit: index % 2 };
    default:
      return undefined;
  }
}

/** Fills in what libvirt's parser and common post-parse step fill in for a disk. */
export function completeDisk(disk: Disk, devices: Devices, report: Report): void {
  const { target } = disk;
  if (target.dev.startsWith("ioemu:")) target.dev = target.dev.slice("ioemu:".length);
  if (disk.device === "cdrom") disk.readonly = true;
  if (target.bus === undefined || target.bus === "none") target.bus = busOfTarget(target.dev, disk.device);
  if (disk.snapshot === undefined && (disk.readonly === true || disk.type === "vhostuser")) disk.snapshot = "no";
  const { geometry, source } = disk;
  if (geometry !== undefined && geometry.cyls * geometry.heads * geometry.secs === 0) delete disk.geometry;
  if (
    disk.type === "network" &&
    source?.protocol === "iscsi" &&
    source.name !== undefined &&
    !source.name.includes("/")
  ) {
    source.name = `${source.name}/0`;
  }
  if (disk.type === "network") fillPorts(source);
  if (disk.type === "nvme" && source !== undefined) source.managed ??= true;
  if (disk.address === undefined) {
    const address = driveAddress(disk, devices);
    if (address !== undefined) disk.address = address;
    else if (indexOfTarget(target.dev) === undefined) {
      report(disk, `Unknown disk name '${target.dev}' and no address specified`);
    }
  }
  expandGroup(disk, devices);
}

const defaultPorts: Readonly<Record<string, number>> = {
  nbd: 10_809,
  sheepdog: 7_000,
  gluster: 24_007,
  iscsi: 3_260,
  http: 80,
  https: 443,
  ftp: 21,
  ftps: 990,
  tftp: 69,
  vxhs: 9_999,
  ssh: 22,
};

/** Servers without a port get the protocol's. */
export function fillPorts(source: Disk["source"]): void {
  const port = Object.hasOwn(defaultPorts, source?.protocol ?? "") ? defaultPorts[source?.protocol ?? ""] : undefined;
  for (const host of source?.hosts ?? []) {
    if (port !== undefined && (host.transport ?? "tcp") === "tcp" && host.name !== undefined) host.port ||= port;
  }
}

/** A disk that only names a throttling group takes the limits of the group's first disk. */
function expandGroup(disk: Disk, devices: Devices): void {
  const group = disk.iotune?.groupName;
  if (group === undefined || Object.keys(disk.iotune ?? {}).length > 1) return;
  const model = devices.disks.find((d) => d.iotune?.groupName === group && Object.keys(d.iotune).length > 1);
  if (model?.iotune !== undefined) disk.iotune = { ...model.iotune };
}
