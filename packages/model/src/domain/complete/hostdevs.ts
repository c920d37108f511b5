import type { DriveAddress } from "../address.ts";
import type { Devices } from "../devices.ts";
import type { Hostdev } from "../hostdev.ts";
import type { Report } from "./report.ts";

/** Gives a SCSI host device its place on a controller and checks mediated devices' addresses. */
export function completeHostdev(hostdev: Hostdev, devices: Devices, report: Report): void {
  if (hostdev.mode !== "subsystem") return;
  if (hostdev.type === "mdev") {
    const wanted = hostdev.model === "vfio-ccw" ? "ccw" : hostdev.model === "vfio-pci" ? "pci" : undefined;
    if (hostdev.address !== undefined && wanted !== undefined && hostdev.address.type !== wanted) {
      report(
        hostdev,
        `Unsupported address type '${hostdev.address.type}' with mediated device model '${hostdev.model ?? ""}'`,
      );
    }
  }
  if (hostdev.type !== "scsi") return;
  const { source } = hostdev;
  if (source?.protocol === "iscsi" && source.name !== undefined && !source.name.includes("/")) source.name += "/0";
  hostdev.address ??= freeScsiAddress(devices);
}

const UNITS_OF_A_CONTROLLER = 7;

/** The first place on a SCSI controller that neither a disk nor a host device has. */
function freeScsiAddress(devices: Devices): DriveAddress {
  const used = new Set<string>();
  for (const disk of devices.disks) {
    if (disk.target.bus === "scsi" && disk.address?.type === "drive")
      used.add(`${disk.address.controller}.${disk.address.unit}`);
  }
  for (const { type, address } of devices.hostdevs) {
    if (type === "scsi" && address?.type === "drive") used.add(`${address.controller}.${address.unit}`);
  }
  for (let controller = 0; ; controller++) {
    for (let unit = 0; unit < UNITS_OF_A_CONTROLLER; unit++) {
      if (!used.has(`${controller}.${unit}`)) return { type: "drive", controller, bus: 0, target: 0, unit };
    }
  }
}
