import type { Controller } from "@tsvirt/model/domain";
import { scsiDrivers, usbDrivers } from "../argv/controllers.ts";
import {
  AhciController,
  CcidController,
  PciController,
  PciHostBridge,
  ScsiController,
  UsbController,
  VirtioScsiController,
  VirtioSerialController,
} from "../argv/declarations/controller-devices.ts";
import { pciModelNames } from "../complete/pci-controllers.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceArgument, type DeviceReader, deviceReader } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { inverted, numberOf, present, presentOrNone } from "./values.ts";
import { takeVirtio } from "./virtio.ts";

type ControllerType = Controller["type"];

/**
 * The index of a controller: the one in its id if libvirt would have named it so and it is free, else the next one. Its
 * buses get their names: `names` from the id.
 */
function claimIndex(draft: Draft, type: ControllerType, id: string | undefined, pattern: RegExp): number {
  const used = new Set(draft.devices.controllers.filter((each) => each.type === type).map(({ index }) => index ?? 0));
  const match = pattern.exec(id ?? "");
  if (match) {
    const index = Number(match[1] ?? 0);
    if (!used.has(index)) return index;
  }
  for (let index = 0; ; index++) if (!used.has(index)) return index;
}

/** Names the buses of a controller: the bus itself for PCI, `ID.N` for others. */
function nameBuses(draft: Draft, type: ControllerType, id: string | undefined, index: number, count = 1): void {
  if (id === undefined) return;
  for (let bus = 0; bus < count; bus++) draft.buses.add(`${id}.${bus}`, { type, index, bus });
}

function add(draft: Draft, controller: Controller, device: DeviceArgument, left: object): void {
  draft.add("controllers", controller, device.argument);
  draft.keep(controller, device.id, left);
}

/** The index of a PCI controller by its id, or the next one. Bus 0 is the board's own. */
function claimPciIndex(draft: Draft, id: string | undefined): number {
  const used = new Set(draft.devices.controllers.filter((each) => each.type === "pci").map(({ index }) => index ?? 0));
  const named = numberOf(/^pci\.(\d+)$/.exec(id ?? "")?.[1]);
  let index = named !== undefined && named > 0 && !used.has(named) ? named : 1;
  while (used.has(index)) index++;
  return index;
}

const pciModels = inverted(pciModelNames);

const pci = deviceReader(
  PciController,
  (
    draft,
    {
      driver = "pcie-root-port",
      id,
      chassis_nr: chassisNr,
      bus_nr: busNr,
      port,
      chassis,
      hotplug,
      numa_node: node,
      ...keys
    },
    device,
  ) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const index = claimPciIndex(draft, id);
    if (id !== undefined) draft.buses.add(id, { type: "pci", index });
    const target = presentOrNone({
      chassisNr: numberOf(chassisNr),
      chassis: numberOf(chassis),
      port: numberOf(port),
      busNr: numberOf(busNr),
      hotplug: hotplug === false ? false : undefined,
      node: numberOf(node),
    });
    const controller: Controller = {
      type: "pci",
      index,
      model: pciModels.get(driver) ?? "pcie-root-port",
      modelName: { name: driver },
      ...(target && { target }),
      ...placed,
    };
    add(draft, controller, device, { ...left, ...(hotplug === true && { hotplug }) });
  },
  { when: "first" },
);

const hostBridge = deviceReader(
  PciHostBridge,
  (draft, { driver = "spapr-pci-host-bridge", id, index: target, numa_node: node, ...left }, device) => {
    const index = claimPciIndex(draft, id);
    if (id !== undefined) draft.buses.add(`${id}.0`, { type: "pci", index });
    const controller: Controller = {
      type: "pci",
      index,
      model: "pci-root",
      modelName: { name: driver },
      target: {
        ...(target !== undefined && { index: Number(target) }),
        ...(node !== undefined && { node: Number(node) }),
      },
    };
    add(draft, controller, device, left);
  },
  { when: "first" },
);

const usbModels = new Map([...inverted(usbDrivers), ["ich9-usb-uhci4", undefined] as const]);

const usb = deviceReader(
  UsbController,
  (draft, { driver = "qemu-xhci", id, p2, p3, masterbus, firstport, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const model = usbModels.get(driver) ?? usbVariants[driver];
    const master = draft.buses.find(masterbus);
    const index = master?.index ?? claimIndex(draft, "usb", id, /^usb(\d*)$/);
    if (masterbus === undefined) {
      nameBuses(draft, "usb", id, index);
      if (id === undefined) draft.buses.add("usb-bus.0", { type: "usb", index });
    }
    const controller: Controller = {
      type: "usb",
      index,
      ...(model !== undefined && { model }),
      ...(p2 !== undefined && { ports: Number(p2) }),
      ...(master && { master: { startport: Number(firstport ?? 0) } }),
      ...placed,
    };
    add(draft, controller, device, { ...left, ...(p3 !== undefined && p3 !== p2 && { p3 }) });
  },
  { when: "first" },
);

/** Controllers that libvirt names as their nearest relative. */
const usbVariants: Readonly<Record<string, string>> = { "ich9-usb-ehci2": "ich9-ehci1" };

const virtioScsi = deviceReader(
  VirtioScsiController,
  (draft, { driver = "virtio-scsi-pci", id, ...keys }, device) => {
    const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
    const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
    const {
      iothread,
      num_queues: queues,
      cmd_per_lun: cmdPerLun,
      max_sectors: maxSectors,
      ioeventfd,
      ...left
    } = afterPlace;
    const index = claimIndex(draft, "scsi", id, /^scsi(\d+)$/);
    nameBuses(draft, "scsi", id, index);
    const settings = presentOrNone({
      queues: numberOf(queues),
      cmdPerLun: numberOf(cmdPerLun),
      maxSectors: numberOf(maxSectors),
      ioeventfd,
      iothread: draft.iothread(iothread),
      ...options,
    });
    const controller: Controller = {
      type: "scsi",
      index,
      model: model ?? "virtio-scsi",
      ...(settings && { driver: settings }),
      ...(implied && { address: implied }),
      ...placed,
    };
    add(draft, controller, device, left);
  },
  { when: "first" },
);

const scsiModels = inverted(scsiDrivers);

const scsi = deviceReader(
  ScsiController,
  (draft, { driver = "lsi", id, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const index = claimIndex(draft, "scsi", id, /^scsi(\d+)$/);
    nameBuses(draft, "scsi", id, index);
    const model = scsiModels.get(driver);
    add(draft, { type: "scsi", index, ...(model !== undefined && { model }), ...placed }, device, left);
  },
  { when: "first" },
);

const virtioSerial = deviceReader(
  VirtioSerialController,
  (draft, { driver = "virtio-serial-pci", id, ...keys }, device) => {
    const { driver: options, model, address: implied, left: afterVirtio } = takeVirtio(driver, keys);
    const { device: placed, left: afterPlace } = takePlace(afterVirtio, draft.buses);
    const { max_ports: ports, vectors, ...left } = afterPlace;
    const index = claimIndex(draft, "virtio-serial", id, /^virtio-serial(\d+)$/);
    nameBuses(draft, "virtio-serial", id, index);
    const controller: Controller = present({
      type: "virtio-serial" as const,
      index,
      model,
      ports: numberOf(ports),
      vectors: numberOf(vectors),
      driver: options,
      address: implied,
      ...placed,
    });
    add(draft, controller, device, left);
  },
  { when: "first" },
);

const ahci = deviceReader(
  AhciController,
  (draft, { driver: _driver, id, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const builtIn = draft.board.isQ35;
    const named = numberOf(/^sata(\d+)$/.exec(id ?? "")?.[1]);
    const free = claimIndex(draft, "sata", id, /^sata(\d+)$/);
    const index = builtIn && free === 0 ? (named ?? 1) || 1 : free;
    nameBuses(draft, "sata", id, index, 6);
    add(draft, { type: "sata", index, ...placed }, device, left);
  },
  { when: "first" },
);

const ccid = deviceReader(
  CcidController,
  (draft, { driver: _driver, id, ...keys }, device) => {
    const { device: placed, left } = takePlace(keys, draft.buses);
    const index = claimIndex(draft, "ccid", id, /^ccid(\d+)$/);
    nameBuses(draft, "ccid", id, index);
    add(draft, { type: "ccid", index, ...placed }, device, left);
  },
  { when: "first" },
);

/** Devices that make buses for others. */
export const controllerReaders: readonly DeviceReader[] = [
  pci,
  hostBridge,
  usb,
  virtioScsi,
  scsi,
  virtioSerial,
  ahci,
  ccid,
];

/** The buses that the board has by itself. */
export function nameBoardBuses(draft: Draft): void {
  const { board, buses } = draft;
  if (board.isS390 || board.isPseries || board.isI440fx) buses.add("pci.0", { type: "pci", index: 0 });
  if (board.isI440fx) {
    for (const bus of [0, 1]) buses.add(`ide.${bus}`, { type: "ide", index: 0, bus });
  } else {
    buses.add("pcie.0", { type: "pci", index: 0 });
    if (board.isQ35) for (let bus = 0; bus < 6; bus++) buses.add(`ide.${bus}`, { type: "sata", index: 0, bus });
  }
}
