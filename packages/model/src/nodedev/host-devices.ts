import { ErrorCode } from "@tsvirt/base";
import { attribute, child, content, element, leaf, oneOf, single, text, u32, uuid } from "@tsvirt/codec/xml";
import { HostLink } from "../interface/index.ts";
import { hexadecimal } from "./scalars.ts";
import { inDevice, supplied, unsupportedInDevice } from "./texts.ts";

/** The machine's hardware. */
export class SystemHardware extends element("hardware", {
  vendor: leaf.optional(text),
  version: leaf.optional(text),
  serial: leaf.optional(text),
  uuid: leaf(uuid, undefined, inDevice("no system UUID supplied for '%d'", "malformed uuid element for '%d'")),
}) {}
/** The machine's firmware. */
export class SystemFirmware extends element(
  "firmware",
  {
    vendor: leaf.optional(text),
    version: leaf.optional(text),
    releaseDate: leaf.optional(text, "release_date"),
  },
  { expanded: true },
) {}
/** The machine itself. */
export class SystemDevice extends element(
  "capability",
  {
    type: attribute(oneOf("system")),
    product: leaf.optional(text),
    hardware: child(SystemHardware, inDevice("no system UUID supplied for '%d'")),
    firmware: child.optional(SystemFirmware),
  },
  {
    check(system) {
      system.firmware ??= {};
    },
  },
) {}

/** A vendor by number and name. */
export class UsbVendor extends element("vendor", {
  id: attribute(hexadecimal(4), undefined, supplied("USB vendor ID")),
  name: content.optional(text),
}) {}
/** See {@link UsbVendor}; a product of theirs. */
export class UsbProduct extends element("product", {
  id: attribute(hexadecimal(4), undefined, supplied("USB product ID")),
  name: content.optional(text),
}) {}
/** What is plugged into a USB port, or a hub of them. */
export class UsbDevice extends element("capability", {
  type: attribute(oneOf("usb_device")),
  bus: leaf(u32, undefined, supplied("USB bus number")),
  device: leaf(u32, undefined, supplied("USB device number")),
  product: child(UsbProduct, supplied("USB product ID")),
  vendor: child(UsbVendor, supplied("USB vendor ID")),
}) {}
/** An interface of a USB device. */
export class UsbInterface extends element("capability", {
  type: attribute(oneOf("usb")),
  number: leaf(u32, undefined, supplied("USB interface number")),
  class: leaf(u32, undefined, supplied("USB interface class")),
  subclass: leaf(u32, undefined, supplied("USB interface subclass")),
  protocol: leaf(u32, undefined, supplied("USB interface protocol")),
  description: leaf.optional(text),
}) {}

/** What a network card takes off the host's hands, in libvirt's order. */
export const networkFeatures = [
  "rx",
  "tx",
  "sg",
  "tso",
  "gso",
  "gro",
  "lro",
  "rxvlan",
  "txvlan",
  "ntuple",
  "rxhash",
  "rdma",
  "txudptnl",
  "switchdev",
] as const;

/** A network interface. */
export class NetDevice extends element(
  "capability",
  {
    type: attribute(oneOf("net")),
    interface: leaf(text, undefined, inDevice("no network interface supplied for '%d'")),
    address: leaf.optional(text),
    link: child.optional(HostLink),
    features: single.list("name", oneOf(...networkFeatures), "feature", {
      missing: "missing network device feature name",
      invalid: "unknown network device feature '%s'",
      code: ErrorCode.xmlError,
    }),
    /** Wired or wireless. */
    subtype: single(
      "type",
      oneOf("80203", "80211"),
      "capability",
      unsupportedInDevice("invalid network type supplied for '%d'", "invalid network type supplied for '%d'"),
    ),
  },
  {
    check(net) {
      net.features = networkFeatures.filter((feature) => net.features.includes(feature));
    },
  },
) {}
