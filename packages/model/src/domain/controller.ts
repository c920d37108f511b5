import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  element,
  integer,
  leaf,
  once,
  oneOf,
  onOff,
  parseInteger,
  type Scalar,
  text,
  u32,
  unlessZero,
} from "@tsvirt/codec/xml";
import { deviceInfo, virtioOptions } from "./device.ts";
import { kib, signed } from "./scalars.ts";

/** Settings of a virtio or SCSI controller. */
export class ControllerDriver extends element(
  "driver",
  {
    queues: unlessZero(attribute.optional(u32)),
    cmdPerLun: unlessZero(attribute.optional(u32, "cmd_per_lun")),
    maxSectors: unlessZero(attribute.optional(u32, "max_sectors")),
    ioeventfd: attribute.optional(onOff),
    iothread: unlessZero(attribute.optional(u32)),
    ...virtioOptions,
  },
  { omitEmpty: true },
) {}

/** Which QEMU device stands for a PCI controller. */
export class ControllerModel extends element(
  "model",
  {
    name: attribute.optional(
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
  },
  { omitEmpty: true },
) {}

/** A number from 0 in any base. */
const count: Scalar<number> = {
  ...signed(0, 0x7fff_ffff),
  parse(value) {
    const number = parseInteger(value, 0);
    return number !== undefined && number >= 0n && number <= 0x7fff_ffffn ? Number(number) : undefined;
  },
};

/** How a PCI controller presents itself; libvirt fills it in so that it stays the same. */
export class ControllerTarget extends element(
  "target",
  {
    chassisNr: attribute.optional(count),
    chassis: attribute.optional(count),
    port: attribute.optional({ ...count, format: (value) => `0x${value.toString(16)}` }),
    busNr: attribute.optional(count),
    index: attribute.optional(count),
    hotplug: attribute.optional(onOff),
    node: leaf.optional(integer(0, 0x7fff_ffff), undefined, { invalid: "invalid NUMA node in target" }),
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

const virtio = ["virtio", "virtio-transitional", "virtio-non-transitional"] as const;
/** The models of each type (`virDomainControllerModel…`). */
const models: Readonly<Record<NonNullable<ReturnType<typeof controllerType.parse>>, readonly string[]>> = {
  ide: ["piix3", "piix4", "ich6"],
  fdc: [],
  scsi: [
    "auto",
    "buslogic",
    "lsilogic",
    "lsisas1068",
    "vmpvscsi",
    "ibmvscsi",
    "virtio-scsi",
    "lsisas1078",
    "virtio-transitional",
    "virtio-non-transitional",
    "ncr53c90",
    "dc390",
    "am53c974",
  ],
  sata: [],
  "virtio-serial": virtio,
  ccid: [],
  usb: [
    "piix3-uhci",
    "piix4-uhci",
    "ehci",
    "ich9-ehci1",
    "ich9-uhci1",
    "ich9-uhci2",
    "ich9-uhci3",
    "vt82c686b-uhci",
    "pci-ohci",
    "nec-xhci",
    "qusb1",
    "qusb2",
    "qemu-xhci",
    "none",
  ],
  pci: [
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
  ],
  xenbus: [],
  isa: [],
};

/** A controller that other devices sit on. https://libvirt.org/formatdomain.html#controllers */
export class Controller extends element(
  "controller",
  {
    type: attribute.withDefault(controllerType, "ide"),
    index: attribute.optional(signed(0, 0x7fff_ffff)),
    model: attribute.optional(text),
    ports: attribute.optional(signed(0, 0x7fff_ffff)),
    vectors: attribute.optional(signed(0, 0x7fff_ffff)),
    maxGrantFrames: attribute.optional(signed(0, 0x7fff_ffff)),
    maxEventChannels: attribute.optional(signed(0, 0x7fff_ffff)),
    modelName: once(child.optional(ControllerModel), "Multiple <model> elements in controller definition not allowed"),
    target: once(child.optional(ControllerTarget), "Multiple <target> elements in controller definition not allowed"),
    driver: child.optional(ControllerDriver),
    ...deviceInfo,
    pcihole64: kib.optional(),
  },
  {
    check(controller, node, reader) {
      const { type, model } = controller;
      keepOwnSettings(controller);
      if (model === undefined || models[type].includes(model)) return;
      reader.report(node, `Unknown model type '${model}'`, {
        attribute: "model",
        code: ErrorCode.configUnsupported,
        hint: `expected ${models[type].length === 0 ? "no model" : `one of ${models[type].join(", ")}`}`,
      });
    },
  },
) {}

/** libvirt passes over what belongs to controllers of another type. */
function keepOwnSettings(controller: Controller): void {
  const { type, model } = controller;
  if (type !== "pci") {
    delete controller.modelName;
    delete controller.target;
  } else if (controller.modelName?.name === undefined) delete controller.modelName;
  if (model !== "pci-root" && model !== "pcie-root") delete controller.pcihole64;
  if (type !== "usb" && type !== "virtio-serial") delete controller.ports;
  if (type !== "virtio-serial") delete controller.vectors;
  if (type !== "xenbus") {
    delete controller.maxGrantFrames;
    delete controller.maxEventChannels;
  }
  if (type === "usb" && model === "none") delete controller.address;
}
