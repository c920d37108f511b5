import { ErrorCode, virtError } from "@tsvirt/base";
import { type Address, type Controller, ensureController, type PciAddress } from "@tsvirt/model/domain";
import {
  Connect,
  connectOfModel,
  formatPciPlace,
  PciAddressSet,
  type PciBusModel,
  type PciPlace,
} from "../addresses/pci-set.ts";
import { type PciUser, pciDevices } from "./pci-devices.ts";
import { type Completing, findController } from "./state.ts";
import { assignZpci } from "./zpci-ids.ts";

/** Gives every device on PCI its place, with bridges and root ports as needed (`qemuDomainAssignPCIAddresses`). */
export function assignPciAddresses(state: Completing): void {
  const { devices } = state;
  const roots = devices.controllers.filter(({ type }) => type === "pci");
  if (roots.length === 0) {
    const stranded = pciDevices(state).find(
      ({ device }) => device.address === undefined || device.address.type === "pci",
    );
    if (stranded) state.report(stranded.device, "No PCI buses available");
    return;
  }
  const highest = Math.max(...roots.map(({ index }) => index ?? 0));
  // First without regard to the result: how many buses will be needed?
  const models = planBuses(state, busModels(state, highest + 1), highest);
  for (const [index, model] of models.entries()) {
    if (index > 0) ensureController(devices, "pci", index, model);
  }
  const set = collect(state, addressSet(state, models, false));
  reserveBuiltIn(state, set, true);
  assignAll(state, set, true);
  assignZpci(state);
  markMultifunction(state, set);
  for (const controller of devices.controllers) if (controller.type === "pci") presentController(state, controller);
}

function addressSet({ caps, board }: Completing, models: readonly PciBusModel[], mayGrow: boolean): PciAddressSet {
  return new PciAddressSet(models, {
    mayGrow,
    hasPcieToPci: caps.has("pcie-pci-bridge"),
    manyRoots: board.isPseries,
  });
}

const models: readonly string[] = [
  "pci-root",
  "pcie-root",
  "pci-bridge",
  "dmi-to-pci-bridge",
  "pcie-to-pci-bridge",
  "pcie-root-port",
  "pcie-switch-upstream-port",
  "pcie-switch-downstream-port",
  "pci-expander-bus",
  "pcie-expander-bus",
];

function isModel(model: string | undefined): model is PciBusModel {
  return model !== undefined && models.includes(model);
}

function busModels({ devices, board }: Completing, count: number): PciBusModel[] {
  const express = findController(devices, "pci", 0)?.model === "pcie-root";
  return Array.from({ length: count }, (_, index) => {
    const model = findController(devices, "pci", index)?.model;
    if (isModel(model)) return model;
    if (model !== undefined) {
      throw virtError(ErrorCode.xmlError, `Unknown model type '${model}'`);
    }
    if (index === 0) return board.isQ35 || board.isVirt ? "pcie-root" : "pci-root";
    if (board.isPseries) return "pci-root";
    return express ? "pcie-root-port" : "pci-bridge";
  });
}

/** The buses after everything has found a place, on a copy: nothing of the document changes. */
function planBuses(state: Completing, initial: readonly PciBusModel[], highest: number): PciBusModel[] {
  const set = collect(state, addressSet(state, initial, true));
  const express = initial[0] === "pcie-root";
  const full = set.buses.every((bus) => set.isFull(bus));
  reserveBuiltIn(state, set, false);
  // A place for one bridge more, so that devices can be added to a bus that would otherwise be full.
  if (!full && !express) set.reserveNext(Connect.pciDevice | Connect.hotpluggable);
  assignAll(state, set, false);
  // Each bus that was added needs a place itself, and that may take another bus.
  for (let index = 1; index < set.buses.length; index++) {
    const model = set.buses[index]?.model;
    if (!model || findController(state.devices, "pci", index)) continue;
    // Roots are plugged in nowhere.
    if (connectOfModel(model) !== 0) set.reserveNext(connectOfModel(model));
  }
  if (highest <= 0 && set.buses.length > highest + 1 && express) {
    set.reserveNext(Connect.hotpluggable | Connect.pcieDevice);
  }
  return set.buses.map(({ model }) => model);
}

function isPlaced(address: Address | undefined): address is PciAddress & PciPlace {
  return address?.type === "pci" && address.slot !== undefined;
}

/** Takes the places that the document gives. */
function collect(state: Completing, set: PciAddressSet): PciAddressSet {
  const users: PciUser[] = [...controllerUsers(state), ...pciDevices(state)];
  for (const { device, flags, group } of users) {
    const { address } = device;
    if (!isPlaced(address)) continue;
    const place = { domain: address.domain, bus: address.bus, slot: address.slot, function: address.function };
    set.reserve(place, flags, true, group);
  }
  return set;
}

function controllerUsers({ devices }: Completing): PciUser[] {
  return devices.controllers
    .filter(({ type, model }) => type === "pci" && isModel(model) && connectOfModel(model) !== 0)
    .map((device) => ({ device, flags: isModel(device.model) ? connectOfModel(device.model) : 0 }));
}

/** Places are written down only in the second pass; in the first they are remembered here. */
const planned = new WeakMap<PciAddressSet, Set<object>>();

function needsPlace(set: PciAddressSet, device: PciUser["device"]): boolean {
  return device.address === undefined
    ? !(planned.get(set)?.has(device) ?? false)
    : device.address.type === "pci" && device.address.slot === undefined;
}

function put(set: PciAddressSet, device: PciUser["device"], place: PciPlace, final: boolean): void {
  if (!final) {
    const done = planned.get(set) ?? new Set();
    done.add(device);
    planned.set(set, done);
    return;
  }
  const { multifunction, zpci }: Partial<PciAddress> = device.address?.type === "pci" ? device.address : {};
  device.address = {
    type: "pci",
    ...place,
    ...(multifunction !== undefined && { multifunction }),
    ...(zpci !== undefined && { zpci }),
  };
}

/** Gives a device a certain place if it may have it, or checks that it is there. */
function takeFixed(
  set: PciAddressSet,
  device: PciUser["device"],
  flags: number,
  place: PciPlace,
  final: boolean,
): void {
  set.reserve(place, flags, false);
  put(set, device, place, final);
}

const at = (slot: number, fn = 0): PciPlace => ({ domain: 0, bus: 0, slot, function: fn });

/** Devices that a board has built in sit in certain slots. */
function reserveBuiltIn(state: Completing, set: PciAddressSet, final: boolean): void {
  if (state.board.isI440fx) reserveI440fx(state, set, final);
  else if (state.board.isQ35) reserveQ35(state, set, final);
}

const anyPci = Connect.pciDevice;

function samePlace(address: Address | undefined, place: PciPlace): boolean {
  return isPlaced(address) && formatPciPlace(address) === formatPciPlace(place);
}

function reserveI440fx(state: Completing, set: PciAddressSet, final: boolean): void {
  const { devices } = state;
  const ide = findController(devices, "ide", 0);
  if (ide) {
    if (isPlaced(ide.address) && !samePlace(ide.address, at(1, 1))) {
      throw virtError(ErrorCode.internalError, "Primary IDE controller must have PCI address 0:0:1.1");
    }
    ide.address = { type: "pci", ...at(1, 1) };
  }
  const usb = findController(devices, "usb", 0);
  if (usb?.model === "piix3-uhci") {
    if (isPlaced(usb.address) && !samePlace(usb.address, at(1, 2))) {
      throw virtError(ErrorCode.internalError, "PIIX3 USB controller at index 0 must have PCI address 0:0:1.2");
    }
    usb.address = { type: "pci", ...at(1, 2) };
  }
  // The PIIX3 takes all of slot 1.
  for (let fn = 0; fn < 8; fn++) {
    const place = at(1, fn);
    if (!(set.buses[0]?.slots[1] && set.buses[0].slots[1].functions & (1 << fn))) set.reserve(place, anyPci, false);
  }
  reservePrimaryVideo(state, set, 2, final);
}

/** The first card is where the firmware looks for it. */
function reservePrimaryVideo(state: Completing, set: PciAddressSet, slot: number, final: boolean): void {
  const video = state.devices.videos[0];
  const type = video?.model?.type;
  const express = state.board.isQ35;
  const flags = express ? Connect.pcieDevice : anyPci;
  if (video && type !== "none" && type !== "ramfb") {
    if (!needsPlace(set, video)) return;
    if (!set.slotInUse({ bus: 0, slot })) takeFixed(set, video, flags, at(slot), final);
    else put(set, video, set.reserveNext(flags), final);
  }
}

function reserveQ35(state: Completing, set: PciAddressSet, final: boolean): void {
  const { devices } = state;
  const integrated = Connect.pcieDevice;
  const sata = findController(devices, "sata", 0);
  if (sata) {
    if (isPlaced(sata.address) && !samePlace(sata.address, at(0x1f, 2))) {
      throw virtError(ErrorCode.internalError, "Primary SATA controller must have PCI address 0:0:1f.2");
    }
    sata.address = { type: "pci", ...at(0x1f, 2) };
  }
  // USB 2 of the chipset: EHCI in function 7 and its companions below.
  for (const controller of devices.controllers) {
    if (controller.type !== "usb" || controller.model !== "ich9-ehci1" || controller.index !== 0) continue;
    if (!needsPlace(set, controller)) continue;
    const slot = [0x1d, 0x1a].find((each) => !set.slotInUse({ bus: 0, slot: each }));
    if (slot !== undefined) takeFixed(set, controller, integrated, at(slot, 7), final);
  }
  for (const controller of devices.controllers) {
    if (controller.type !== "pci" || controller.model !== "dmi-to-pci-bridge" || !needsPlace(set, controller)) continue;
    if (!set.slotInUse({ bus: 0, slot: 0x1e })) takeFixed(set, controller, Connect.dmiToPciBridge, at(0x1e), final);
  }
  // ISA bridge, SATA and SMBus.
  for (const fn of [0, 2, 3]) {
    if (!((set.buses[0]?.slots[0x1f]?.functions ?? 0) & (1 << fn))) set.reserve(at(0x1f, fn), integrated, false);
  }
  reservePrimaryVideo(state, set, 1, final);
  const sound = devices.sounds.find(({ model }) => model === "ich9");
  if (sound && needsPlace(set, sound) && !set.slotInUse({ bus: 0, slot: 0x1b })) {
    takeFixed(set, sound, integrated, at(0x1b), final);
  }
}

/** Everything that has no place yet gets the next one that suits, in libvirt's order of kinds. */
function assignAll(state: Completing, set: PciAddressSet, final: boolean): void {
  for (const { device, flags } of controllerUsers(state)) {
    if (needsPlace(set, device)) put(set, device, set.reserveNext(flags), final);
  }
  for (const { device, flags, group } of pciDevices(state)) {
    if (!needsPlace(set, device)) continue;
    const beside = companionPlace(state, device);
    if (beside && !isTaken(set, beside)) takeFixed(set, device, flags | Connect.pcieDevice, beside, final);
    else put(set, device, nextPlace(state, set, device, flags, group), final);
  }
}

/** A USB 2 controller leaves the lower functions of its slot to its companions. */
function nextPlace(
  { devices }: Completing,
  set: PciAddressSet,
  device: PciUser["device"],
  flags: number,
  group: number | undefined,
): PciPlace {
  const place = set.reserveNext(flags, group);
  const isMaster = devices.controllers.some((each) => each === device && each.model === "ich9-ehci1");
  if (!isMaster) return place;
  const moved = { ...place, function: 7 };
  set.move(place, moved);
  return moved;
}

/** Companions of a USB 2 controller are functions of its slot. */
function companionPlace({ devices }: Completing, device: PciUser["device"]): PciPlace | undefined {
  const controller = devices.controllers.find((each) => each === device);
  const fn = ["ich9-uhci1", "ich9-uhci2", "ich9-uhci3"].indexOf(controller?.model ?? "");
  if (!controller || fn === -1) return undefined;
  const master = devices.controllers.find(
    (each) => each.type === "usb" && each.model === "ich9-ehci1" && each.index === controller.index,
  );
  const { address } = master ?? {};
  return isPlaced(address) ? { domain: address.domain, bus: address.bus, slot: address.slot, function: fn } : undefined;
}

function isTaken(set: PciAddressSet, { bus, slot, function: fn }: PciPlace): boolean {
  return ((set.buses[bus]?.slots[slot]?.functions ?? 0) & (1 << fn)) !== 0;
}

/** Function 0 of a slot with more functions must say so. */
function markMultifunction(state: Completing, set: PciAddressSet): void {
  for (const { device } of [...controllerUsers(state), ...pciDevices(state)]) {
    const { address } = device;
    if (!isPlaced(address) || address.function !== 0 || address.multifunction !== undefined) continue;
    const functions = set.buses[address.bus]?.slots[address.slot]?.functions ?? 0;
    if (functions & 0xfe) address.multifunction = true;
  }
}

/** QEMU's devices for libvirt's models. */
const modelNames = {
  "pci-bridge": "pci-bridge",
  "dmi-to-pci-bridge": "i82801b11-bridge",
  "pcie-to-pci-bridge": "pcie-pci-bridge",
  "pcie-switch-upstream-port": "x3130-upstream",
  "pcie-switch-downstream-port": "xio3130-downstream",
  "pci-expander-bus": "pxb",
  "pcie-expander-bus": "pxb-pcie",
} as const;

/** What a PCI controller shows of itself, so that it stays the same for the guest. */
function presentController(state: Completing, controller: Controller): void {
  const { caps, devices, board } = state;
  const { model, index = 0, address } = controller;
  if (model === "pci-root" && board.isPseries) presentHostBridge(state, controller);
  if (!isModel(model) || model === "pci-root" || model === "pcie-root") return;
  if (controller.modelName === undefined) {
    const name =
      model === "pcie-root-port" ? (caps.has("pcie-root-port") ? "pcie-root-port" : "ioh3420") : modelNames[model];
    controller.modelName = { name };
  }
  const { slot = 0, function: fn = 0, bus = 0 } = address?.type === "pci" ? address : {};
  if (bus >= index && address?.type === "pci") {
    throw virtError(
      ErrorCode.xmlError,
      `PCI controller at index ${index} (0x${index.toString(16).padStart(2, "0")}) has bus='0x${bus.toString(16).padStart(2, "0")}', but index must be larger than bus`,
    );
  }
  switch (model) {
    case "pci-bridge":
      controller.target = { ...controller.target, chassisNr: controller.target?.chassisNr ?? index };
      break;
    case "pcie-root-port":
    case "pcie-switch-downstream-port":
      controller.target = {
        ...controller.target,
        chassis: controller.target?.chassis ?? index,
        port: controller.target?.port ?? (model === "pcie-root-port" ? (slot << 3) + fn : slot),
      };
      break;
    case "pci-expander-bus":
    case "pcie-expander-bus":
      controller.target = { ...controller.target, busNr: controller.target?.busNr ?? nextBusNr(devices.controllers) };
      break;
    default:
  }
}

/** QEMU has room for so many host bridges, the one it makes by itself among them. */
const LAST_TARGET_INDEX = 31;

/** A host bridge of sPAPR: the first is the one that QEMU makes by itself, at index 0. */
function presentHostBridge({ devices, report }: Completing, controller: Controller): void {
  controller.modelName ??= { name: "spapr-pci-host-bridge" };
  if (controller.target?.index !== undefined) return;
  const used = new Set(devices.controllers.filter(isHostBridge).map(({ target }) => target?.index));
  let index = 0;
  if (controller.index !== 0)
    do index++;
    while (used.has(index));
  if (index > LAST_TARGET_INDEX) {
    report(controller, "No usable target index found for 0", ErrorCode.configUnsupported);
  } else controller.target = { ...controller.target, index };
}

function isHostBridge({ type, model, modelName }: Controller): boolean {
  return type === "pci" && model === "pci-root" && modelName?.name === "spapr-pci-host-bridge";
}

/** Extra roots number their buses from the top, with room below each. */
function nextBusNr(controllers: readonly Controller[]): number {
  const used = controllers.map(({ target }) => target?.busNr).filter((number) => number !== undefined);
  return Math.min(256, ...used) - 2;
}
