import {
  attribute,
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

/**
 * The host's address of a passed-through device, without `type`. PCI: domain, bus, slot, function (hexadecimal); USB:
 * bus, device; SCSI: bus, target, unit; mdev: uuid.
 */
export class HostdevAddress extends element("address", {
  type: attribute.optional(text),
  domain: attribute.optional(hex(4, 0xffff_ffff)),
  bus: attribute.optional(hex(2, 0xffff_ffff)),
  slot: attribute.optional(hex(2, 0x1f)),
  function: attribute.optional(hex(1, 7)),
  device: attribute.optional(integer(0, 0xffff_ffff)),
  target: attribute.optional(integer(0, 0xffff_ffff)),
  unit: attribute.optional(u64),
  uuid: attribute.optional(uuid),
}) {}

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
