import {
  attribute,
  type Codec,
  child,
  children,
  element,
  flag,
  hex,
  integer,
  leaf,
  live,
  oneOf,
  onOff,
  single,
  stateOnly,
  text,
  u64,
  uuid,
  yesNo,
} from "@tsvirt/codec/xml";
import { Route } from "../common/link.ts";
import { deviceInfo } from "./device.ts";
import { InterfaceIp, Teaming } from "./interface.ts";
import { Initiator, SourcePrivateData, StorageAuth, StorageHost, startupPolicy } from "./storage-source.ts";

const type = attribute.optional(text);

/** A PCI device of the host. */
export class HostPciDeviceAddress extends element("address", {
  type,
  domain: attribute.withDefault(hex(4, 0xffff_ffff), 0),
  bus: attribute.withDefault(hex(2, 0xff), 0),
  slot: attribute.withDefault(hex(2, 0x1f), 0),
  function: attribute.withDefault(hex(1, 7), 0),
}) {}

/** A USB device of the host, by its place. */
export class HostUsbAddress extends element("address", {
  type,
  bus: attribute.withDefault(integer(0, 0xffff_ffff), 0),
  device: attribute(integer(0, 0xffff_ffff)),
}) {}

/** A unit on a SCSI adapter of the host. */
export class HostScsiAddress extends element("address", {
  type,
  bus: attribute.withDefault(integer(0, 0xffff_ffff), 0),
  target: attribute.withDefault(integer(0, 0xffff_ffff), 0),
  unit: attribute(u64),
}) {}

/** A mediated device of the host. */
export class HostMdevAddress extends element("address", { type, uuid: attribute(uuid) }) {}

/** The host's address of a passed-through device; tell them apart by what they have: `"slot" in address`. */
export type HostdevAddress = HostPciDeviceAddress | HostUsbAddress | HostScsiAddress | HostMdevAddress;

/** Codec of {@link HostdevAddress}: the document does not say the kind, its attributes do. */
export const HostdevAddress: Codec<HostdevAddress> = {
  elementNames: ["address"],
  parts: { kind: "union", members: [HostPciDeviceAddress, HostUsbAddress, HostScsiAddress, HostMdevAddress] },
  readElement(node, reader) {
    const has = (name: string): boolean => node.attribute(name) !== undefined;
    if (has("uuid")) return HostMdevAddress.readElement(node, reader);
    if (has("device")) return HostUsbAddress.readElement(node, reader);
    if (has("target") || has("unit")) return HostScsiAddress.readElement(node, reader);
    return HostPciDeviceAddress.readElement(node, reader);
  },
  writeElement(value: HostdevAddress, writer) {
    if ("uuid" in value) HostMdevAddress.writeElement(value as never, writer);
    else if ("device" in value) HostUsbAddress.writeElement(value as never, writer);
    else if ("unit" in value) HostScsiAddress.writeElement(value as never, writer);
    else HostPciDeviceAddress.writeElement(value as never, writer);
  },
};

const id = single("id", hex(4, 0xffff));

/** States a PCI device had before the guest took it. Only in state files. */
export class OriginalStates extends element(
  "origstates",
  { unbind: flag(), removeslot: flag(), reprobe: flag() },
  { omitEmpty: true },
) {}

/** The host device; which parts count is decided by mode and type of the hostdev. */
export class HostdevSource extends element("source", {
  startupPolicy: attribute.optional(startupPolicy),
  missing: live(attribute.optional(yesNo)),
  guestReset: attribute.optional(oneOf("off", "uninitialized", "on")),
  protocol: attribute.optional(text),
  name: attribute.optional(text),
  wwpn: attribute.optional(text),
  writeFiltering: attribute.optional(yesNo),
  vendor: id,
  product: id,
  adapter: single("name", text),
  host: child.optional(StorageHost),
  address: child.optional(HostdevAddress),
  privateData: stateOnly(child.optional(SourcePrivateData)),
  auth: child.optional(StorageAuth),
  initiator: child.optional(Initiator),
  origstates: stateOnly(child.optional(OriginalStates)),
  block: leaf.optional(text),
  char: leaf.optional(text),
  interface: leaf.optional(text),
}) {}

/** The host's driver for a passed-through PCI device. */
export class HostdevDriver extends element("driver", {
  name: attribute.optional(oneOf("vfio", "kvm", "xen")),
}) {}

/** A device of the host given to the guest. https://libvirt.org/formatdomain.html#host-device-assignment */
export class Hostdev extends element(
  "hostdev",
  {
    mode: attribute.withDefault(oneOf("subsystem", "capabilities"), "subsystem"),
    type: attribute(oneOf("usb", "pci", "scsi", "scsi_host", "mdev", "storage", "misc", "net")),
    managed: attribute.optional(yesNo),
    sgio: attribute.optional(oneOf("filtered", "unfiltered")),
    rawio: attribute.optional(yesNo),
    model: attribute.optional(text),
    display: attribute.optional(onOff),
    ramfb: attribute.optional(onOff),
    driver: child.optional(HostdevDriver),
    source: child.optional(HostdevSource),
    ips: children(InterfaceIp),
    routes: children(Route),
    teaming: child.optional(Teaming),
    readonly: flag(),
    shareable: flag(),
    ...deviceInfo,
  },
  { expanded: true },
) {}
