import type { Completing } from "./state.ts";

/** SCSI devices of the host get the next unit that no disk has. */
export function assignScsiHostdevs(state: Completing): void {
  for (const hostdev of state.devices.hostdevs) {
    if (hostdev.type === "scsi" && hostdev.address === undefined) hostdev.address = nextScsi(state);
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
