import {
  attribute,
  child,
  element,
  i32,
  integer,
  leaf,
  oneOf,
  onOff,
  parseInteger,
  type Scalar,
  text,
  u32,
} from "@tsvirt/codec/xml";
import { deviceInfo, virtioOptions } from "./device.ts";
import { kib } from "./scalars.ts";

/** Settings of a virtio or SCSI controller. */
export class ControllerDriver extends element(
  "driver",
  {
    queues: attribute.optional(u32),
    cmdPerLun: attribute.optional(u32, "cmd_per_lun"),
    maxSectors: attribute.optional(u32, "max_sectors"),
    ioeventfd: attribute.optional(onOff),
    iothread: attribute.optional(u32),
    ...virtioOptions,
  },
  { omitEmpty: true },
) {}

/** Which QEMU device stands for a PCI controller. */
export class ControllerModel extends element("model", {
  name: attribute(
    oneOf(
      "none",
      "pci-bridge",
      "i82801b11-bridge",
      "ioh3420",
      "x3130-upstream",
      "xio3130-downstream",
      "pxb",
      "pxb-pcie",
      "pcie-root-port",
      "spapr-pci-host-bridge",
      "pcie-pci-bridge",
    ),
  ),
}) {}

/** Written as hexadecimal, read in any base. */
const portNumber: Scalar<number> = {
  ...integer(0, 0xff),
  parse(value) {
    const number = parseInteger(value, 0);
    return number !== undefined && number >= 0n && number <= 0xffn ? Number(number) : undefined;
  },
  format: (value) => `0x${value.toString(16)}`,
};

/** How a PCI controller presents itself; libvirt fills it in so that it stays the same. */
export class ControllerTarget extends element(
  "target",
  {
    chassisNr: attribute.optional(integer(1, 255)),
    chassis: attribute.optional(integer(0, 255)),
    port: attribute.optional(portNumber),
    busNr: attribute.optional(integer(1, 254)),
    index: attribute.optional(i32),
    hotplug: attribute.optional(onOff),
    node: leaf.optional(u32),
  },
  { omitEmpty: true },
) {}

/** What controllers there are (`virDomainControllerType`). */
export const controllerType = oneOf(
  "ide",
  "fdc",
  "scsi",
  "sata",
  "virtio-serial",
  "ccid",
  "usb",
  "pci",
  "xenbus",
  "isa",
);

/** A controller that other devices sit on. https://libvirt.org/formatdomain.html#controllers */
export class Controller extends element("controller", {
  type: attribute(controllerType),
  index: attribute.optional({ ...integer(0, 0x7fff_ffff), suffix: " Expected non-negative value" }),
  model: attribute.optional(text),
  ports: attribute.optional(i32),
  vectors: attribute.optional(i32),
  maxGrantFrames: attribute.optional(u32),
  maxEventChannels: attribute.optional(u32),
  modelName: child.optional(ControllerModel),
  target: child.optional(ControllerTarget),
  driver: child.optional(ControllerDriver),
  ...deviceInfo,
  pcihole64: kib.optional(),
}) {}
