import { ErrorCode, virtError } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import { Connect, formatPciPlace, type PciPlace } from "../addresses/pci-set.ts";
import { blame } from "./blame.ts";
import { isPlaced, type Placeable, wantsPlace } from "./pci-devices.ts";
import { type AssigningPci, placeNext, putAt } from "./pci-placing.ts";

const at = (slot: number, fn = 0): PciPlace => ({ domain: 0, bus: 0, slot, function: fn });

/** Takes the slots in which a board has its own devices (`qemuDomainValidateDevicePCISlotsChipsets`). */
export function reserveChipset(assigning: AssigningPci): void {
  const { board } = assigning.state;
  if (board.isI440fx) reservePiix3(assigning);
  else if (board.isQ35) reserveQ35(assigning);
}

/** A device of the chipset has one place: it is put there, or must have been. */
function pin(device: Controller, place: PciPlace, refusal: string): void {
  if (!isPlaced(device.address)) putAt(device, place);
  else if (formatPciPlace(device.address) !== formatPciPlace(place)) {
    throw virtError(ErrorCode.internalError, refusal);
  }
}

function reservePiix3(assigning: AssigningPci): void {
  const { state, set } = assigning;
  const flags = Connect.autoassign | Connect.pciDevice;
  const hasBus = set.buses.length > 0;
  for (const device of state.devices.controllers) {
    const { type, index, model } = device;
    if (index !== 0) continue;
    let place: PciPlace;
    let refusal: string;
    if (type === "ide") {
      place = at(1, 1);
      refusal = "Primary IDE controller must have PCI address 0:0:1.1";
    } else if (type === "usb" && (model === "piix3-uhci" || model === undefined)) {
      place = at(1, 2);
      refusal = "PIIX3 USB controller at index 0 must have PCI address 0:0:1.2";
    } else continue;
    blame(state.report, device, () => pin(device, place, refusal));
    if (hasBus) blame(state.report, device, () => set.reserve(place, flags));
  }
  if (hasBus) {
    // ISA bridge and power management.
    set.reserve(at(1), flags);
    set.reserve(at(1, 3), flags);
  }
  // The first slot that QEMU finds free for the first card.
  reservePrimaryVideo(assigning, at(2), flags);
}

/** The first card is where the firmware looks for it. */
function reservePrimaryVideo(assigning: AssigningPci, place: PciPlace, flags: number): void {
  const { state, set } = assigning;
  const [device] = state.devices.videos;
  const type = device?.model?.type;
  if (!device || type === "none" || type === "ramfb" || !wantsPlace(device)) return;
  blame(state.report, device, () => set.check(place, flags, true));
  if (set.slotInUse(place)) placeNext(assigning, { kind: "video", device });
  else takeFor(assigning, device, place, flags);
}

function takeFor(
  { state, set }: AssigningPci,
  device: Placeable,
  place: PciPlace,
  flags: number,
  multifunction?: boolean,
): void {
  blame(state.report, device, () => set.reserve(place, flags));
  putAt(device, place, multifunction);
}

function reserveQ35(assigning: AssigningPci): void {
  const { state, set } = assigning;
  const flags = Connect.pcieDevice;
  for (const device of state.devices.controllers) {
    const { type, model, index } = device;
    if (type === "sata" && index === 0) {
      blame(state.report, device, () =>
        pin(device, at(0x1f, 2), "Primary SATA controller must have PCI address 0:0:1f.2"),
      );
    } else if (type === "usb" && model === "ich9-uhci1" && device.address === undefined) {
      // Where the ICH9 has its first and second USB 2 controller; the companions follow.
      const slot = [0x1d, 0x1a].find((each) => !set.slotInUse(at(each)));
      if (slot !== undefined) takeFor(assigning, device, at(slot), flags, true);
    } else if (type === "pci" && model === "dmi-to-pci-bridge" && device.address === undefined) {
      if (!set.slotInUse(at(0x1e))) takeFor(assigning, device, at(0x1e), flags);
    }
  }
  if (set.buses.length > 0) {
    // ISA bridge and SMBus.
    set.reserve(at(0x1f), flags);
    set.reserve(at(0x1f, 3), flags);
  }
  reservePrimaryVideo(assigning, at(1), flags);
  if (set.slotInUse(at(0x1b))) return;
  const sound = state.devices.sounds.find((device) => device.model === "ich9" && wantsPlace(device));
  if (sound) takeFor(assigning, sound, at(0x1b), flags);
}
