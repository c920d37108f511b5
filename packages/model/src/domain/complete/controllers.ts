import type { Controller } from "../controller.ts";
import type { Devices } from "../devices.ts";
import type { Report } from "./report.ts";

/** A kind of controller. */
export type ControllerType = Controller["type"];

const companions = new Set(["ich9-ehci1", "ich9-uhci1", "ich9-uhci2", "ich9-uhci3"]);

function isUsb2(controller: Controller): boolean {
  return controller.type === "usb" && companions.has(controller.model ?? "");
}

/** The lowest index that no controller of the type has. */
export function unusedIndex(devices: Devices, type: ControllerType): number {
  const used = new Set(devices.controllers.filter((c) => c.type === type).map((c) => c.index));
  let index = 0;
  while (used.has(index)) index++;
  return index;
}

/**
 * Puts a controller where libvirt keeps it: behind the others of its type with lower indexes, a USB2 master before
 * its companions; at the end if it is the first of its type.
 */
export function insertController(devices: Devices, controller: Controller): void {
  const { controllers } = devices;
  const { index } = controller;
  let at = -1;
  for (let i = controllers.length - 1; i >= 0; i--) {
    const other = controllers[i];
    if (other?.type !== controller.type) continue;
    if (index === undefined) {
      at = i + 1;
      break;
    }
    const masterOfOther = controller.master === undefined && other.master !== undefined && other.index === index;
    if ((other.index ?? -1) > index || masterOfOther) at = i;
    else if (at < 0) at = i + 1;
  }
  controllers.splice(at < 0 ? controllers.length : at, 0, controller);
}

/** Adds a controller at the end unless there is one of that type and index; returns it if it was added. */
export function ensureController(
  devices: Devices,
  type: ControllerType,
  index: number,
  model?: string,
): Controller | undefined {
  if (devices.controllers.some((c) => c.type === type && c.index === index)) return undefined;
  const controller: Controller = { type, index, ...(model === undefined ? {} : { model }) };
  devices.controllers.push(controller);
  return controller;
}

/** Gives an index to every controller without one: the lowest free, USB2 companions that of their group. */
export function assignControllerIndexes(devices: Devices): void {
  for (const [position, controller] of devices.controllers.entries()) {
    if (controller.index !== undefined) continue;
    let group: number | undefined;
    if (position > 0 && isUsb2(controller)) {
      const before = devices.controllers.slice(0, position).findLast((c) => c.type === "usb");
      if (before !== undefined && isUsb2(before)) {
        const taken = devices.controllers.some(
          (c) => c.type === "usb" && c.index === before.index && c.model === controller.model,
        );
        if (!taken) group = before.index;
      }
    }
    controller.index = group ?? unusedIndex(devices, controller.type);
  }
}

/** Brings the controllers into libvirt's order (see {@link insertController}). */
export function sortControllers(devices: Devices): void {
  const all = devices.controllers.splice(0);
  for (const controller of all) insertController(devices, controller);
}

/** Adds the controllers that drives, virtio-serial ports and smart cards sit on without naming them. */
export function addImplicitControllers(devices: Devices): void {
  const buses = [
    ["scsi", "scsi"],
    ["fdc", "fdc"],
    ["ide", "ide"],
    ["sata", "sata"],
  ] as const;
  for (const [type, bus] of buses) {
    let highest = -1;
    for (const disk of devices.disks) {
      if (disk.target.bus === bus && disk.address?.type === "drive") {
        highest = Math.max(highest, disk.address.controller);
      }
    }
    for (let index = 0; index <= Math.min(highest, MAX_IMPLICIT); index++) ensureController(devices, type, index);
  }
  for (const { target, address } of [...devices.channels, ...devices.consoles]) {
    if (target?.type !== "virtio") continue;
    ensureController(devices, "virtio-serial", address?.type === "virtio-serial" ? address.controller : 0);
  }
  addSmartcardControllers(devices);
  addHostdevControllers(devices);
}

/** Adapters for SCSI devices of the host: those that are missing are of the model of one that is there. */
export function addHostdevControllers(devices: Devices): void {
  let highest = -1;
  for (const { type, address } of devices.hostdevs) {
    if (type === "scsi") highest = Math.max(highest, address?.type === "drive" ? address.controller : 0);
  }
  const model = devices.controllers.find((c) => c.type === "scsi")?.model;
  for (let index = 0; index <= Math.min(highest, MAX_IMPLICIT); index++) {
    ensureController(devices, "scsi", index, model);
  }
}

/** More controllers than this are not made for one number in a document (threat-model W5). */
const MAX_IMPLICIT = 1023;

function addSmartcardControllers(devices: Devices): void {
  for (const smartcard of devices.smartcards) {
    let controller = 0;
    if (smartcard.address?.type === "ccid") controller = smartcard.address.controller;
    else if (smartcard.address === undefined) {
      let highest = -1;
      for (const { address } of devices.smartcards) {
        if (address?.type === "ccid" && address.controller === 0) highest = Math.max(highest, address.slot);
      }
      smartcard.address = { type: "ccid", controller: 0, slot: highest + 1 };
    }
    ensureController(devices, "ccid", controller);
  }
}

/** Two controllers of a type must not have one index, but for USB. */
export function rejectDuplicateControllers(devices: Devices, report: Report): void {
  const seen = new Set<string>();
  for (const controller of devices.controllers) {
    if (controller.type === "usb") continue;
    const key = `${controller.type} ${controller.index}`;
    if (seen.has(key)) report(controller, `Multiple '${controller.type}' controllers with index '${controller.index}'`);
    seen.add(key);
  }
}
