import { attribute, child, element, leaf, oneOf, text, uuid, yesNo } from "@tsvirt/codec/xml";
import { Bandwidth, MacElement, PortOptions, VirtualPort, Vlan } from "../common/link.ts";

// A guest's plug in a network: `virNetworkPortDef` of libvirt, formatnetworkport.html.

/** The guest that the port belongs to. */
export class PortOwner extends element("owner", {
  name: leaf(text, "name"),
  uuid: leaf(uuid, "uuid"),
}) {}

/** Whether the guest's word about its receive filters is taken. */
export class PortRxFilters extends element("rxfilters", { trustGuest: attribute(yesNo) }) {}

/** What the guest's interface is plugged into. */
export class PortPlug extends element("plug", {
  type: attribute(oneOf("none", "network", "bridge", "direct", "hostdev-pci")),
  bridge: attribute.optional(text),
  macTableManager: attribute.optional(oneOf("kernel", "libvirt")),
  dev: attribute.optional(text),
  mode: attribute.optional(oneOf("vepa", "private", "bridge", "passthrough")),
}) {}

/** One guest interface's place in a network. */
export class NetworkPort extends element("networkport", {
  uuid: leaf.optional(uuid, "uuid"),
  owner: child(PortOwner),
  group: leaf.optional(text, "group"),
  mac: child(MacElement),
  virtualPort: child.optional(VirtualPort),
  bandwidth: child.optional(Bandwidth),
  vlan: child.optional(Vlan),
  port: child.optional(PortOptions),
  rxFilters: child.optional(PortRxFilters),
  plug: child.optional(PortPlug),
}) {}
