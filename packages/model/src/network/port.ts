import { attribute, child, element, leaf, oneOf, single, text, uuid, yesNo } from "@tsvirt/codec/xml";
import { Bandwidth, MacElement, PortOptions, VirtualPort, Vlan } from "../common/link.ts";
import { PciLocation } from "../common/pci-address.ts";

/** The guest that a port or a filter binding belongs to. */
export class PortOwner extends element("owner", { name: leaf(text), uuid: leaf(uuid) }) {}

/** What the port is plugged into on the host. */
export class PortPlug extends element("plug", {
  type: attribute(oneOf("network", "bridge", "direct", "hostdev-pci")),
  bridge: attribute.optional(text),
  macTableManager: attribute.optional(oneOf("kernel", "libvirt")),
  dev: attribute.optional(text),
  mode: attribute.optional(text),
  managed: attribute.optional(yesNo),
  driver: single("name", text),
  address: child.optional(PciLocation),
}) {}

/** A guest's connection to a network. https://libvirt.org/formatnetworkport.html */
export class NetworkPort extends element("networkport", {
  uuid: leaf.optional(uuid),
  owner: child(PortOwner),
  group: leaf.optional(text),
  mac: child(MacElement),
  virtualPort: child.optional(VirtualPort),
  bandwidth: child.optional(Bandwidth),
  vlan: child.optional(Vlan),
  port: child.optional(PortOptions),
  rxFilters: single("trustGuest", yesNo, "rxfilters"),
  plug: child.optional(PortPlug),
}) {}
