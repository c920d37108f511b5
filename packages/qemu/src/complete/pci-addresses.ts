import { ErrorCode, virtError } from "@tsvirt/base";
import { type AnyDevice, type Controller, ensureController, everyDevice, type Hostdev } from "@tsvirt/model/domain";
import {
  Connect,
  connectOfModel,
  formatPciPlace,
  isPciBusModel,
  PciAddressSet,
  type PciBusModel,
  type PciPlace,
} from "../addresses/pci-set.ts";
import { blame } from "./blame.ts";
import { reserveChipset } from "./pci-chipsets.ts";
import { presentPciController } from "./pci-controllers.ts";
import { connectFlags, endpointFlags, isPlaced, type Placeable, supportsPci, wantsPlace } from "./pci-devices.ts";
import { type AssigningPci, groupOf, placeNext, putAt } from "./pci-placing.ts";
import { type Completing, findController } from "./state.ts";
import { assignZpci } from "./zpci-ids.ts";

/** PCI buses have a number of eight bits. */
const MAX_BUS = 255;

/** Gives every device on PCI its place, with bridges and root ports as needed (`qemuDomainAssignPCIAddresses`). */
export function assignPciAddresses(state: Completing): void {
  const { devices } = state;
  const roots = devices.controllers.filter(({ type }) => type === "pci");
  const highest = Math.max(-1, ...roots.map(({ index }) => index ?? 0));
  // The checks that come later say so.
  if (highest > MAX_BUS) return;
  let assigning = begin(state, highest + 1, highest >= 0);
  if (highest >= 0) {
    // First without regard to the result: how many buses will be needed?
    reserveChipset(assigning);
    if (findController(devices, "pci", 0)?.model === "pci-root") keepOneSlotFree(assigning.set);
    assignAll(assigning);
    addBuses(assigning, highest);
    assigning = begin(state, assigning.set.buses.length, false);
  }
  if (!supportsPci(state)) return;
  reserveChipset(assigning);
  assignAll(assigning);
  assignZpci(state);
  markMultifunction(state);
  for (const controller of devices.controllers) if (controller.type === "pci") presentPciController(state, controller);
}

/** The buses of the document with the places that it gives. */
function begin(state: Completing, count: number, mayGrow: boolean): AssigningPci {
  const { devices, board, caps } = state;
  const express = devices.controllers.some(({ type, model }) => type === "pci" && model === "pcie-root");
  const filler: PciBusModel = board.isPseries ? "pci-root" : express ? "pcie-root-port" : "pci-bridge";
  const specs = Array.from({ length: count }, (_, index) => {
    const controller = findController(devices, "pci", index);
    const model = controller?.model;
    if (controller && !isPciBusModel(model)) {
      throw virtError(ErrorCode.internalError, "PCI controller model was not set correctly");
    }
    return {
      model: isPciBusModel(model) ? model : index === 0 ? ("pci-root" as const) : filler,
      hotplug: controller?.target?.hotplug,
      // Devices of the host stay off the bus that is there anyway.
      groupLocked: board.isPseries && index === 0,
    };
  });
  const set = new PciAddressSet(specs, {
    mayGrow,
    hasPcieToPci: caps.has("pcie-pci-bridge"),
    multipleRoots: board.isPseries,
  });
  const assigning = { state, set, flags: endpointFlags(state) };
  for (const device of everyDevice(devices)) collect(assigning, device);
  return assigning;
}

/** Takes the place that the document gives. */
function collect(assigning: AssigningPci, any: AnyDevice): void {
  const { state, set, flags } = assigning;
  const device: Placeable | undefined = "address" in any.device ? (any.device as Placeable) : undefined;
  const address = device?.address;
  if (!device || !isPlaced(address) || isInPiix3(set, any)) return;
  // A device that does not go on PCI but has been put there is taken for the simplest kind.
  const needs = connectFlags(state, any, flags) || Connect.pciDevice;
  const place = blame(state.report, device, () => set.reserve(address, needs, groupOf(state, any)));
  address.bus = place.bus;
}

/** True for the IDE and USB controllers that i440fx has built in, which {@link reserveChipset} sees to. */
function isInPiix3(set: PciAddressSet, { kind, device }: AnyDevice): boolean {
  const { address } = kind === "controller" ? device : {};
  if (kind !== "controller" || !isPlaced(address) || device.index !== 0) return false;
  const place = formatPciPlace(address);
  const ide = device.type === "ide" && place === "0000:00:01.1";
  const isUhci = device.model === "piix3-uhci" || device.model === undefined;
  if (!ide && !(device.type === "usb" && isUhci && place === "0000:00:01.2")) return false;
  const [root] = set.buses;
  if (root && !(root.flags & Connect.pciDevice)) {
    throw virtError(ErrorCode.internalError, "Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers");
  }
  return true;
}

/** A place for one bridge more, so that devices can be added to a bus that would otherwise be full. */
function keepOneSlotFree(set: PciAddressSet): void {
  if (set.buses.some((bus) => !set.isFull(bus))) set.reserveNext(Connect.autoassign | Connect.pciDevice);
}

/** Controllers for the buses that were added. Each needs a place itself, and that may take another bus. */
function addBuses({ state, set }: AssigningPci, highest: number): void {
  const { devices } = state;
  if (highest <= 0 && set.buses.length > highest + 1 && findController(devices, "pci", 0)?.model === "pcie-root") {
    // Nobody asked for certain buses: there shall be a port left to plug something in.
    set.reserveNext(Connect.autoassign | Connect.pcieDevice);
  }
  for (let index = 1; index < set.buses.length && index <= MAX_BUS; index++) {
    const { model } = set.buses[index] ?? {};
    if (model === undefined || !ensureController(devices, "pci", index, model)) continue;
    if (model !== "pci-root" && model !== "pcie-root") set.reserveNext(connectOfModel(model));
  }
}

/** Everything that has no place yet gets the next one that suits, in libvirt's order of kinds. */
function assignAll(assigning: AssigningPci): void {
  const { state } = assigning;
  const { devices } = state;
  const place = (any: AnyDevice): void => {
    if (wantsPlace(any.device as Placeable)) placeNext(assigning, any);
  };
  for (const device of devices.controllers) {
    const { type, model } = device;
    if (type === "pci" && model !== "pci-root" && model !== "pcie-root") place({ kind: "controller", device });
  }
  for (const device of devices.filesystems) place({ kind: "filesystem", device });
  for (const device of devices.interfaces) if (device.type !== "hostdev") place({ kind: "interface", device });
  for (const device of devices.sounds) {
    if (device.model !== "sb16" && device.model !== "pcspk" && device.model !== "usb") place({ kind: "sound", device });
  }
  for (const device of devices.controllers) assignController(assigning, device);
  for (const device of devices.disks) {
    if (device.target.bus !== "virtio") continue;
    const type = device.address?.type;
    if (isPlaced(device.address) || type === "ccw" || (type === "virtio-mmio" && state.caps.has("virtio-mmio")))
      continue;
    if (type !== undefined && type !== "pci") {
      const text = `virtio disk cannot have an address of type '${type}'`;
      state.report(device, text, ErrorCode.configUnsupported);
      throw virtError(ErrorCode.configUnsupported, text);
    }
    place({ kind: "disk", device });
  }
  // Cards of the host come before its other devices.
  for (const device of devices.interfaces) if (device.type === "hostdev") place({ kind: "interface", device });
  for (const device of devices.hostdevs) if (isPciHostdev(device)) place({ kind: "hostdev", device });
  const { memballoon } = devices;
  if (memballoon && memballoon.model !== "none") place({ kind: "memballoon", device: memballoon });
  for (const device of devices.rngs) place({ kind: "rng", device });
  for (const device of devices.watchdogs) if (device.model === "i6300esb") place({ kind: "watchdog", device });
  for (const device of devices.videos) {
    if (device.model?.type !== "none" && device.model?.type !== "ramfb") place({ kind: "video", device });
  }
  for (const device of devices.shmems) place({ kind: "shmem", device });
  for (const device of devices.inputs) if (device.bus === "virtio") place({ kind: "input", device });
  for (const device of devices.serials) if (device.target?.type === "pci-serial") place({ kind: "serial", device });
  if (devices.iommu?.model === "virtio") place({ kind: "iommu", device: devices.iommu });
  if (devices.vsock) place({ kind: "vsock", device: devices.vsock });
  for (const device of devices.memories) {
    if (device.model === "virtio-pmem" || device.model === "virtio-mem") place({ kind: "memory", device });
  }
  for (const device of devices.cryptos) place({ kind: "crypto", device });
}

function isPciHostdev({ mode, type, model }: Hostdev): boolean {
  if (mode !== "subsystem") return false;
  return type === "pci" || type === "scsi_host" || (type === "mdev" && model === "vfio-pci");
}

/** Functions of a USB 2 controller of the ICH9 in its slot. */
const ich9Functions: Readonly<Record<string, number>> = {
  "ich9-uhci1": 0,
  "ich9-uhci2": 1,
  "ich9-uhci3": 2,
  "ich9-ehci1": 7,
};

function assignController(assigning: AssigningPci, device: Controller): void {
  const { state, set, flags } = assigning;
  const { type, index, model = "" } = device;
  if (type === "pci" || type === "fdc" || type === "ccid" || (type === "usb" && model === "none")) return;
  if ((type === "ide" && index === 0) || (type === "scsi" && model === "ncr53c90") || !wantsPlace(device)) return;
  const fn = type === "usb" ? ich9Functions[model] : undefined;
  if (fn === undefined) {
    placeNext(assigning, { kind: "controller", device });
    return;
  }
  // A USB 2 controller and its companions share a slot.
  const sibling = state.devices.controllers.find(
    (each) =>
      each.type === "usb" &&
      each.index === index &&
      Object.hasOwn(ich9Functions, each.model ?? "") &&
      isPlaced(each.address),
  )?.address;
  const multifunction = fn === 0 ? true : undefined;
  if (isPlaced(sibling)) {
    const { domain, bus, slot } = sibling;
    const place = { domain, bus, slot, function: fn };
    const needs = connectFlags(state, { kind: "controller", device }, flags);
    blame(state.report, device, () => set.reserve(place, needs));
    putAt(device, place, multifunction);
  } else {
    placeNext(assigning, { kind: "controller", device }, fn);
    if (multifunction === true && device.address?.type === "pci") device.address.multifunction = true;
  }
}

/** Function 0 of a slot with more functions must say so. */
function markMultifunction({ devices }: Completing): void {
  const addresses = [...everyDevice(devices)]
    .map(({ device }) => ("address" in device ? (device as Placeable).address : undefined))
    .filter(isPlaced);
  const slotOf = ({ domain, bus, slot }: PciPlace): string => `${domain}:${bus}:${slot}`;
  const shared = new Set(addresses.filter((address) => address.function !== 0).map(slotOf));
  for (const address of addresses) {
    if (address.function === 0 && shared.has(slotOf(address))) address.multifunction ??= true;
  }
}
