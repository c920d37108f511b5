import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  element,
  hex,
  hex64,
  oneOf,
  onOff,
  refined,
  type Scalar,
  u32,
  union,
} from "@tsvirt/codec/xml";
import { internalMissing, unsupportedValue } from "./texts.ts";

/** zPCI part of a PCI address on s390. Numbers that are absent are to be assigned. */
export class ZpciAddress extends element("zpci", {
  uid: attribute.optional(hex(4, 0xffff_ffff)),
  fid: attribute.optional(hex(8, 0xffff_ffff)),
}) {}

const number32 = (digits: number): Scalar<number> => hex(digits, 0xffff_ffff);

/** What libvirt says about numbers that no PCI bus has. */
export function checkPciAddress(
  { domain, bus, slot, function: fn }: Readonly<Record<"domain" | "bus" | "slot" | "function", number>>,
  report: (text: string) => void,
): void {
  const show = (value: number): string => `0x${value.toString(16)}`;
  if (domain > 0xffff) report(`Invalid PCI address domain='${show(domain)}', must be <= 0xFFFF`);
  else if (bus > 0xff) report(`Invalid PCI address bus='${show(bus)}', must be <= 0xFF`);
  else if (slot > 0x1f) report(`Invalid PCI address slot='${show(slot)}', must be <= 0x1F`);
  else if (fn > 7) report(`Invalid PCI address function=${show(fn)}, must be <= 7`);
}

/**
 * A place on a PCI bus. Absent numbers mean "to be assigned": either all four of domain, bus, slot and function are
 * there, or none.
 */
export class PciAddress extends element(
  "address",
  {
    type: attribute(oneOf("pci")),
    domain: attribute.optional(number32(4)),
    bus: attribute.optional(number32(2)),
    slot: attribute.optional(number32(2)),
    function: attribute.optional(number32(1)),
    multifunction: attribute.optional(onOff),
    zpci: child.optional(ZpciAddress),
  },
  {
    check(address, node, reader) {
      const { zpci } = address;
      if (zpci !== undefined && zpci.uid === undefined && zpci.fid === undefined) delete address.zpci;
      const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = address;
      // Slot 0 of the first bus is the host bridge's: libvirt takes that for an address to be assigned.
      if (domain === 0 && bus === 0 && slot === 0) {
        delete address.domain;
        delete address.bus;
        delete address.slot;
        delete address.function;
        return;
      }
      checkPciAddress({ domain, bus, slot, function: fn }, (text) => reader.report(node, text));
      Object.assign(address, { domain, bus, slot, function: fn });
    },
  },
) {}

/** A unit on a disk controller. */
export class DriveAddress extends element("address", {
  type: attribute(oneOf("drive")),
  controller: attribute.withDefault(u32, 0),
  bus: attribute.withDefault(u32, 0),
  target: attribute.withDefault(u32, 0),
  unit: attribute.withDefault(u32, 0),
}) {}

/** A port of a virtio-serial controller. */
export class VirtioSerialAddress extends element("address", {
  type: attribute(oneOf("virtio-serial")),
  controller: attribute.withDefault(u32, 0),
  bus: attribute.withDefault(u32, 0),
  port: attribute.withDefault(u32, 0),
}) {}

/** A slot of a smart card reader. */
export class CcidAddress extends element("address", {
  type: attribute(oneOf("ccid")),
  controller: attribute.withDefault(u32, 0),
  slot: attribute.withDefault(u32, 0),
}) {}

/** A USB port: up to four numbers, from the root hub down, joined by dots. The first 0 ends it. */
export const usbPort = refined("a port path such as 1.2", ["1", "1.2"], (value) => {
  if (!/^\d{1,10}(?:\.\d{1,10}){0,3}$/.test(value)) return undefined;
  const numbers = value.split(".").map(Number);
  if (numbers.some((number) => number > 0xffff_ffff)) return undefined;
  const end = numbers.indexOf(0);
  return (end < 0 ? numbers : numbers.slice(0, end)).join(".");
});

/** A port of a USB controller. Without `port` it is to be assigned. */
export class UsbAddress extends element(
  "address",
  {
    type: attribute(oneOf("usb")),
    bus: attribute.withDefault(u32, 0),
    port: attribute.optional(usbPort, undefined, {
      invalid: "Cannot parse <address> 'port' attribute",
      code: ErrorCode.internalError,
    }),
  },
  {
    check(address) {
      if (address.port === "") delete address.port;
    },
  },
) {}

/** A register of the sPAPR virtual I/O bus. */
export class SpaprVioAddress extends element("address", {
  type: attribute(oneOf("spapr-vio")),
  reg: attribute.optional({ ...hex64, format: (value) => `0x${value.toString(16).padStart(8, "0")}` }),
}) {}

/** The s390 virtio bus, which has no numbers. */
export class VirtioS390Address extends element(
  "address",
  { type: attribute(oneOf("virtio-s390")) },
  { check: (_address, node, reader) => reader.report(node, "virtio-s390 bus doesn't have an address") },
) {}

/** A channel device of s390. */
export class CcwAddress extends element(
  "address",
  {
    type: attribute(oneOf("ccw")),
    cssid: attribute.optional(number32(1)),
    ssid: attribute.optional(number32(1)),
    devno: attribute.optional(number32(4)),
  },
  {
    check({ cssid, ssid, devno }, node, reader) {
      if ((cssid ?? 0) > 0xfe || (ssid ?? 0) > 3 || (devno ?? 0) > 0xffff) {
        const show = (value: number | undefined, width = 1): string =>
          `0x${(value ?? 0).toString(16).padStart(width, "0")}`;
        reader.report(
          node,
          `Invalid specification for virtio ccw address: cssid='${show(cssid)}' ssid='${show(ssid)}' devno='${show(devno, 4)}'`,
          { code: ErrorCode.internalError },
        );
        return;
      }
      const given = [cssid, ssid, devno].filter((part) => part !== undefined).length;
      if (given === 0 || given === 3) return;
      reader.report(node, "Invalid partial specification for virtio ccw address", { code: ErrorCode.internalError });
    },
  },
) {}

/** The virtio-mmio transport, which has no numbers. */
export class VirtioMmioAddress extends element("address", { type: attribute(oneOf("virtio-mmio")) }) {}

/** Port and interrupt on an ISA bus. */
export class IsaAddress extends element(
  "address",
  {
    type: attribute(oneOf("isa")),
    iobase: attribute.optional(number32(1)),
    irq: attribute.optional(number32(1)),
  },
  {
    check(address) {
      if (address.iobase === 0) delete address.iobase;
      if (address.irq === 0) delete address.irq;
    },
  },
) {}

/** A DIMM slot. */
export class DimmAddress extends element("address", {
  type: attribute(oneOf("dimm")),
  slot: attribute(u32),
  base: attribute.optional(hex64),
}) {}

/** A host device that the guest does not see. */
export class UnassignedAddress extends element("address", { type: attribute(oneOf("unassigned")) }) {}

/** Where a device sits in the guest; which kind, says `type`. https://libvirt.org/formatdomain.html#device-addresses */
export type Address =
  | PciAddress
  | DriveAddress
  | VirtioSerialAddress
  | CcidAddress
  | UsbAddress
  | SpaprVioAddress
  | VirtioS390Address
  | CcwAddress
  | VirtioMmioAddress
  | IsaAddress
  | DimmAddress
  | UnassignedAddress;

/** Codec of {@link Address}. */
export const Address = union(
  "type",
  {
    pci: PciAddress,
    drive: DriveAddress,
    "virtio-serial": VirtioSerialAddress,
    ccid: CcidAddress,
    usb: UsbAddress,
    "spapr-vio": SpaprVioAddress,
    "virtio-s390": VirtioS390Address,
    ccw: CcwAddress,
    "virtio-mmio": VirtioMmioAddress,
    isa: IsaAddress,
    dimm: DimmAddress,
    unassigned: UnassignedAddress,
  },
  internalMissing("No type specified for device address", unsupportedValue("unknown address type '%s'")),
);
