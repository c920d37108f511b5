import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  element,
  type FieldTexts,
  leaf,
  mac,
  oneOf,
  single,
  text,
  union,
  uuid,
  yesNo,
} from "@tsvirt/codec/xml";
import { Bandwidth, PortOptions, VirtualPort, Vlan } from "../common/link.ts";
import { PciLocation } from "../common/pci-address.ts";

/** The guest that a port or a filter binding belongs to. */
export class PortOwner extends element("owner", {
  name: leaf(text, undefined, internal("", "network port has no owner name")),
  uuid: leaf(uuid, undefined, internal("Unable to parse UUID '%s'", "network port has no owner UUID")),
}) {}

function internal(invalid: string, missing: string): FieldTexts {
  return { invalid, missing, code: ErrorCode.internalError, missingCode: ErrorCode.internalError };
}

const bridgePlug = {
  bridge: attribute(text, undefined, { missing: "Missing network port bridge name" }),
  macTableManager: attribute.optional(oneOf("kernel", "libvirt"), undefined, {
    invalid: "Invalid macTableManager setting '%s' in network port",
  }),
};
/** The port is plugged into the bridge of the network itself. */
export class NetworkPlug extends element("plug", { type: attribute(oneOf("network")), ...bridgePlug }) {}
/** The port is plugged into a bridge of the host. */
export class BridgePlug extends element("plug", { type: attribute(oneOf("bridge")), ...bridgePlug }) {}
/** The port is on an interface of the host. */
export class DirectPlug extends element("plug", {
  type: attribute(oneOf("direct")),
  dev: attribute(text, undefined, { missing: "Missing network port link device name" }),
  mode: attribute.withDefault(oneOf("vepa", "private", "bridge", "passthrough"), "vepa", undefined, {
    invalid: "Invalid mode setting '%s' in network port",
  }),
}) {}
/** The port is a virtual function that the guest gets. */
export class HostdevPlug extends element("plug", {
  type: attribute(oneOf("hostdev-pci")),
  managed: attribute.optional(yesNo),
  driver: single("name", oneOf("kvm", "vfio"), undefined, { invalid: "Missing network port driver name" }),
  address: child(PciLocation, { missing: "Missing network port PCI address" }),
}) {}

/** What the port is plugged into on the host. */
export type PortPlug = NetworkPlug | BridgePlug | DirectPlug | HostdevPlug;
const plug = union("type", {
  network: NetworkPlug,
  bridge: BridgePlug,
  direct: DirectPlug,
  "hostdev-pci": HostdevPlug,
});

const noMac = internal("Unable to parse MAC '%s'", "network port has no mac");
/** Hardware address of the guest's interface. */
export class PortMac extends element("mac", { address: attribute(mac, undefined, noMac) }) {}

/** A guest's connection to a network. https://libvirt.org/formatnetworkport.html */
export class NetworkPort extends element("networkport", {
  uuid: leaf(uuid, undefined, internal("Unable to parse UUID '%s'", "network port has no uuid")),
  owner: child(PortOwner, internal("", "network port has no owner name")),
  group: leaf.optional(text),
  mac: child(PortMac, noMac),
  virtualPort: child.optional(VirtualPort),
  bandwidth: child.optional(Bandwidth),
  vlan: child.optional(Vlan),
  port: child.optional(PortOptions),
  rxFilters: single("trustGuest", yesNo, "rxfilters"),
  plug: child.optional(plug),
}) {}
