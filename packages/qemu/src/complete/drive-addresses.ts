import { ErrorCode, virtError } from "@tsvirt/base";
import type { Disk } from "@tsvirt/model/domain";
import { diskIndex } from "./device-defaults.ts";
import type { Completing } from "./state.ts";

/** Disks on IDE, SATA, SCSI and the floppy controller sit where their name says (`virDomainDiskDefAssignAddress`). */
export function assignDriveAddresses(state: Completing): void {
  const { devices } = state;
  for (const disk of devices.disks) {
    if (disk.address === undefined) assignDisk(disk, state);
  }
  for (const hostdev of devices.hostdevs) {
    if (hostdev.type !== "scsi" || hostdev.address) continue;
    hostdev.address = nextScsi(state);
  }
}

function assignDisk(disk: Disk, state: Completing): void {
  const { dev, bus } = disk.target;
  if (bus !== "ide" && bus !== "sata" && bus !== "scsi" && bus !== "fdc") return;
  const index = diskIndex(dev);
  if (index < 0) {
    throw virtError(ErrorCode.xmlError, `Unknown disk name '${dev}' and no address specified`);
  }
  const at = (controller: number, onBus: number, unit: number): void => {
    disk.address = { type: "drive", controller, bus: onBus, target: 0, unit };
  };
  switch (bus) {
    case "ide":
      at(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
      return;
    case "sata":
      at(Math.floor(index / 6), 0, index % 6);
      return;
    case "fdc":
      at(Math.floor(index / 2), 0, index % 2);
      return;
    case "scsi": {
      const { controller, unit } = scsiPlace(index);
      if (isTaken(state, controller, unit)) {
        throw virtError(
          ErrorCode.xmlError,
          `using disk target name '${dev}' conflicts with SCSI host device address controller='${controller}' bus='0' target='0' unit='${unit}'`,
        );
      }
      at(controller, 0, unit);
      return;
    }
  }
}

/** A wide bus has 16 units; the seventh is the adapter itself. */
function scsiPlace(index: number): { readonly controller: number; readonly unit: number } {
  const unit = index % 15;
  return { controller: Math.floor(index / 15), unit: unit >= 7 ? unit + 1 : unit };
}

function isTaken({ devices }: Completing, controller: number, unit: number): boolean {
  return devices.hostdevs.some(
    ({ type, address }) =>
      type === "scsi" &&
      address?.type === "drive" &&
      address.controller === controller &&
      address.bus === 0 &&
      address.target === 0 &&
      address.unit === unit,
  );
}

function nextScsi(state: Completing): { type: "drive"; controller: number; bus: number; target: number; unit: number } {
  for (let index = 0; ; index++) {
    const { controller, unit } = scsiPlace(index);
    const usedByDisk = state.devices.disks.some(
      ({ target, address }) =>
        target.bus === "scsi" &&
        address?.type === "drive" &&
        address.controller === controller &&
        address.unit === unit &&
        address.target === 0,
    );
    if (!usedByDisk && !isTaken(state, controller, unit)) return { type: "drive", controller, bus: 0, target: 0, unit };
  }
}
