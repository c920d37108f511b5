import { ErrorCode } from "@tsvirt/base";
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
  lenient,
  live,
  oneOf,
  onOff,
  type Reader,
  refined,
  single,
  stateOnly,
  text,
  u64,
  uuid,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { Route } from "../common/link.ts";
import { cardInfo } from "./device.ts";
import { InterfaceIp, Teaming } from "./interface.ts";
import { word } from "./scalars.ts";
import { Initiator, SourcePrivateData, StorageAuth, StorageHost, startupPolicy } from "./storage-source.ts";
import { internalError, unsupportedValue } from "./texts.ts";

const type = attribute.optional(text);

/** Where a device is on the host's PCI buses; written in hexadecimal. */
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
export class HostMdevAddress extends element("address", {
  type,
  uuid: attribute(uuid, undefined, internalError("Cannot parse uuid attribute of element <address>")),
}) {}

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

const wwpn = refined("naa. and 16 hexadecimal digits", ["naa.5123456789abcde0"], (value) =>
  /^naa\.[0-9a-fA-F]{16}$/.test(value) ? value : undefined,
);

/** The host device; which parts count is decided by mode and type of the hostdev. */
export class HostdevSource extends element("source", {
  startupPolicy: attribute.optional(startupPolicy),
  missing: live(attribute.optional(yesNo)),
  guestReset: attribute.optional(oneOf("off", "uninitialized", "on")),
  protocol: attribute.optional(text),
  name: attribute.optional(text),
  wwpn: attribute.optional(wwpn, undefined, { invalid: "malformed 'wwpn' value" }),
  writeFiltering: attribute.optional(yesNo),
  vendor: id,
  product: id,
  adapter: single("name", text, undefined, { missing: "'adapter' name must be specified for scsi hostdev source" }),
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

const hostdevModel = word(
  "vfio-pci",
  "vfio-ccw",
  "vfio-ap",
  "virtio",
  "virtio-transitional",
  "virtio-non-transitional",
);

/** A device of the host given to the guest. https://libvirt.org/formatdomain.html#host-device-assignment */
export class Hostdev extends element(
  "hostdev",
  {
    mode: attribute.withDefault(
      oneOf("subsystem", "capabilities"),
      "subsystem",
      undefined,
      unsupportedValue("unknown hostdev mode '%s'"),
    ),
    type: attribute(
      oneOf("usb", "pci", "scsi", "scsi_host", "mdev", "storage", "misc", "net"),
      undefined,
      unsupportedValue("unknown host device source address type '%s'", "missing source address type"),
    ),
    managed: lenient(attribute.optional(yesNo)),
    sgio: attribute.optional(oneOf("filtered", "unfiltered")),
    rawio: attribute.optional(yesNo),
    model: attribute.optional(hostdevModel),
    display: attribute.optional(onOff),
    ramfb: attribute.optional(onOff),
    driver: child.optional(HostdevDriver),
    source: child.optional(HostdevSource),
    ips: children(InterfaceIp),
    routes: children(Route),
    teaming: child.optional(Teaming),
    readonly: flag(),
    shareable: flag(),
    ...cardInfo,
  },
  { expanded: true, check: (hostdev, node, reader) => checkHostdev(hostdev, node, reader) },
) {}

function checkHostdev({ mode, type, model, source }: Hostdev, node: XmlElement, reader: Reader): void {
  if (source === undefined) {
    reader.report(node, "Missing <source> element in hostdev device");
    return;
  }
  if (mode !== "subsystem") return;
  const given = node.element("source");
  const place = given?.element("address");
  const needs = (...names: readonly string[]): void => {
    const missing = names.find((name) => place?.attribute(name) === undefined);
    if (place !== undefined && missing !== undefined)
      reader.report(place, `Missing required attribute '${missing}' in element 'address'`);
  };
  const code = ErrorCode.configUnsupported;
  switch (type) {
    case "pci":
      source.address ??= { domain: 0, bus: 0, slot: 0, function: 0 };
      break;
    case "usb":
      needs("bus", "device");
      break;
    case "mdev":
      if (model === undefined) reader.report(node, "Missing required attribute 'model' in element 'hostdev'");
      else if (place !== undefined && place.attribute("uuid") === undefined)
        reader.report(place, "Missing 'uuid' attribute for element <address>", { code });
      break;
    case "scsi":
      checkScsi(source, given ?? node, reader, needs);
      break;
    case "scsi_host":
      if (source.protocol === undefined) reader.report(node, "Missing scsi_host subsystem protocol");
      else if (source.protocol !== "none" && source.protocol !== "vhost")
        reader.report(node, `Unknown scsi_host subsystem protocol '${source.protocol}'`, { code });
      else if (source.wwpn === undefined) reader.report(node, "missing vhost-scsi hostdev source wwpn");
      break;
    default:
  }
}

function checkScsi(
  source: HostdevSource,
  node: XmlElement,
  reader: Reader,
  needs: (...names: readonly string[]) => void,
): void {
  const code = ErrorCode.configUnsupported;
  if (source.protocol === "iscsi") {
    if (source.name === undefined) reader.report(node, "missing iSCSI hostdev source path name");
    const type = source.auth?.secret?.type;
    if (source.auth?.secret !== undefined && type !== "iscsi")
      reader.report(node, `invalid secret type ${type ?? "(null)"}`, { code });
  } else if (source.protocol !== undefined && source.protocol !== "adapter") {
    reader.report(node, `Unknown SCSI subsystem protocol '${source.protocol}'`, { code });
  } else if (source.address === undefined) {
    reader.report(node, "'address' must be specified for scsi hostdev source");
  } else needs("bus", "target", "unit");
}
