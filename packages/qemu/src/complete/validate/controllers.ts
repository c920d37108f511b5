import { ErrorCode } from "@tsvirt/base";
import type { Controller } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

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

/** What QEMU cannot do with a controller. */
export function validateController({ caps, report }: Completing, controller: Controller): void {
  const { type, model = "" } = controller;
  if (type !== "usb" || !Object.hasOwn(usbFlags, model)) return;
  if (!caps.has(usbFlags[model as keyof typeof usbFlags])) {
    report(controller, `USB controller model '${model}' not supported in this QEMU binary`, unsupported);
  }
}
