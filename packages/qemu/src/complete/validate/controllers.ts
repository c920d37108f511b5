import { ErrorCode } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { hasIothread } from "./disks.ts";
import { validatePciController } from "./pci-controllers.ts";

const unsupported = ErrorCode.configUnsupported;

/** QEMU's device of each USB controller model that not every QEMU has. */
const usbFlags = {
  "piix3-uhci": "piix3-usb-uhci",
  "piix4-uhci": "piix4-usb-uhci",
  ehci: "usb-ehci",
  "ich9-ehci1": "ich9-usb-ehci1",
  "ich9-uhci1": "ich9-usb-ehci1",
  "ich9-uhci2": "ich9-usb-ehci1",
  "ich9-uhci3": "ich9-usb-ehci1",
  "pci-ohci": "pci-ohci",
  "nec-xhci": "nec-usb-xhci",
  "qemu-xhci": "qemu-xhci",
} as const;

/** What QEMU cannot do with a controller (`qemuValidateDomainDeviceDefController`). */
export function validateController(state: Completing, controller: Controller): void {
  const { board, caps, report } = state;
  const { type, model = "", index = 0 } = controller;
  const refuse = (message: string): void => report(controller, message, unsupported);
  if (!isVirtioScsi(controller)) refuseVirtioScsiSettings(controller, refuse);
  switch (type) {
    case "usb":
      if (Object.hasOwn(usbFlags, model) && !caps.has(usbFlags[model as keyof typeof usbFlags])) {
        refuse(`USB controller model '${model}' not supported in this QEMU binary`);
      }
      return;
    case "scsi":
      validateScsi(state, controller, refuse);
      return;
    case "pci":
      validatePciController(state, controller);
      return;
    case "sata":
      if (!(index === 0 && board.isQ35) && !caps.has("ich9-ahci"))
        refuse("SATA is not supported with this QEMU binary");
      return;
    case "ide":
      if (!board.hasIde) refuse("IDE controllers are unsupported for this QEMU binary or machine type");
      else if (index !== 0) refuse("Only a single IDE controller is supported for this machine type");
      return;
    default:
  }
}

function isVirtioScsi({ type, model }: Controller): boolean {
  return type === "scsi" && model?.startsWith("virtio") === true;
}

function refuseVirtioScsiSettings({ driver }: Controller, refuse: (message: string) => void): void {
  const settings = [
    ["queues", driver?.queues],
    ["cmd_per_lun", driver?.cmdPerLun],
    ["max_sectors", driver?.maxSectors],
    ["ioeventfd", driver?.ioeventfd],
  ] as const;
  for (const [name, value] of settings) {
    if (value !== undefined && value !== 0) refuse(`'${name}' is only supported by virtio-scsi controller`);
  }
  if ((driver?.iothread ?? 0) !== 0) refuse("'iothread' is only supported for virtio-scsi controller");
}

function validateScsi(state: Completing, controller: Controller, refuse: (message: string) => void): void {
  const { model, index, address, driver } = controller;
  if (model === "ncr53c90") {
    if (index !== 0) refuse("ncr53c90 can only be used as first SCSI controller");
    else if (!state.board.hasEsp) refuse("ncr53c90 SCSI controller is not a built-in for this machine");
    return;
  }
  const iothread = driver?.iothread ?? 0;
  if (iothread === 0 || !isVirtioScsi(controller)) return;
  if (address !== undefined && address.type !== "pci" && address.type !== "ccw") {
    refuse("virtio-scsi IOThreads only available for virtio pci and virtio ccw controllers");
  } else if (!hasIothread(state.domain, iothread)) {
    refuse(`controller iothread '${iothread}' not defined in iothreadid`);
  }
}
