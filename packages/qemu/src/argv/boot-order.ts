import type { Disk, Domain, Interface } from "@tsvirt/model/domain";

/** The `bootindex` of each device that has one. */
export interface BootIndexes {
  readonly disks: ReadonlyMap<object, number>;
  readonly interfaces: ReadonlyMap<object, number>;
}

/** What a disk is to `<boot dev=''/>`. */
function bootKind(disk: Disk): "hd" | "cdrom" | "fd" {
  return disk.device === "cdrom" ? "cdrom" : disk.device === "floppy" ? "fd" : "hd";
}

/**
 * Boot order as QEMU wants it: `<boot order=''/>` of devices, or `<boot dev=''/>` of the guest, which means the first
 * device of each kind.
 */
export function bootIndexes(domain: Domain): BootIndexes {
  const disks = new Map<object, number>();
  const interfaces = new Map<object, number>();
  const devices = domain.devices;
  if (!devices) return { disks, interfaces };
  const firsts = new Map<string, number>();
  for (const [index, kind] of domain.os.boots.entries()) if (!firsts.has(kind)) firsts.set(kind, index + 1);
  const take = (kind: string): number | undefined => {
    const index = firsts.get(kind);
    firsts.delete(kind);
    return index;
  };
  const assign = (map: Map<object, number>, device: Disk | Interface, kind: string): void => {
    const index = device.boot?.order ?? take(kind);
    if (index !== undefined) map.set(device, index);
  };
  for (const disk of devices.disks) assign(disks, disk, bootKind(disk));
  for (const nic of devices.interfaces) assign(interfaces, nic, "network");
  return { disks, interfaces };
}
