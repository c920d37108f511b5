import { integer, key, oneOf, onOff, text } from "@tsvirt/codec/options";
import { addressKeys, device, virtio, virtioKeys } from "./device.ts";

/** SCSI adapter with virtio. */
export class VirtioScsiController extends device(virtio("virtio-scsi"), {
  ...virtioKeys,
  iothread: key.optional(text),
  id: key(text),
  num_queues: key.optional(integer),
  cmd_per_lun: key.optional(integer),
  max_sectors: key.optional(integer),
  ioeventfd: key.optional(onOff),
  ...addressKeys,
}) {}

/** Emulated SCSI adapters. */
export class ScsiController extends device(
  oneOf("lsi", "mptsas1068", "megasas", "pvscsi", "am53c974", "dc-390", "spapr-vscsi"),
  { id: key(text), ...addressKeys },
) {}

/** Ports of virtio-serial. */
export class VirtioSerialController extends device(virtio("virtio-serial"), {
  ...virtioKeys,
  id: key(text),
  max_ports: key.optional(integer),
  vectors: key.optional(integer),
  ...addressKeys,
}) {}

/** SATA. */
export class AhciController extends device(oneOf("ahci"), { id: key(text), ...addressKeys }) {}

/** USB host controllers that stand alone. */
export class UsbController extends device(
  oneOf(
    "piix3-usb-uhci",
    "piix4-usb-uhci",
    "usb-ehci",
    "ich9-usb-ehci1",
    "ich9-usb-uhci1",
    "ich9-usb-uhci2",
    "ich9-usb-uhci3",
    "ich9-usb-uhci4",
    "ich9-usb-uhci5",
    "ich9-usb-uhci6",
    "vt82c686b-usb-uhci",
    "pci-ohci",
    "nec-usb-xhci",
    "qemu-xhci",
  ),
  {
    p2: key.optional(integer),
    p3: key.optional(integer),
    masterbus: key.optional(text),
    firstport: key.optional(integer),
    id: key.optional(text),
    ...addressKeys,
  },
) {}

/** Smart-card reader on USB. */
export class CcidController extends device(oneOf("usb-ccid"), { id: key(text), ...addressKeys }) {}

/** PCI bridges and ports. */
export class PciController extends device(
  oneOf(
    "pci-bridge",
    "pxb",
    "pxb-pcie",
    "i82801b11-bridge",
    "pcie-pci-bridge",
    "ioh3420",
    "pcie-root-port",
    "x3130-upstream",
    "xio3130-downstream",
  ),
  {
    chassis_nr: key.optional(integer),
    bus_nr: key.optional(integer),
    port: key.optional(integer),
    chassis: key.optional(integer),
    id: key(text),
    hotplug: key.optional(onOff),
    numa_node: key.optional(integer),
    bus: addressKeys.bus,
    multifunction: addressKeys.multifunction,
    addr: addressKeys.addr,
  },
) {}

/** Host bridge of sPAPR: a PCI bus of its own, `ID.0`. */
export class PciHostBridge extends device(oneOf("spapr-pci-host-bridge"), {
  index: key(integer),
  id: key(text),
  numa_node: key.optional(integer),
}) {}
