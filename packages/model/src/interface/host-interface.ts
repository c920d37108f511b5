import {
  attribute,
  child,
  children,
  type ElementOf,
  element,
  flag,
  i32,
  lazyChildren,
  oneOf,
  single,
  text,
  u32,
  yesNo,
} from "@tsvirt/codec/xml";

/** Whether DHCP also sets the DNS servers. */
export class HostDhcp extends element("dhcp", { peerdns: attribute.optional(yesNo) }) {}
/** An address of the interface. */
export class HostIp extends element("ip", { address: attribute(text), prefix: attribute.optional(u32) }) {}
/** Settings of one protocol. */
export class HostProtocol extends element(
  "protocol",
  {
    family: attribute(oneOf("ipv4", "ipv6")),
    autoconf: flag(),
    dhcp: child.optional(HostDhcp),
    ips: children(HostIp),
    gateway: single("gateway", text, "route"),
  },
  { expanded: true },
) {}

/** State and speed (Mbit/s) of the link. */
export class HostLink extends element(
  "link",
  {
    speed: attribute.optional(u32),
    state: attribute.optional(oneOf("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")),
  },
  { omitEmpty: true },
) {}

/** Watching a bond's links by the media state; milliseconds. */
export class MiiMonitor extends element("miimon", {
  freq: attribute(u32),
  downdelay: attribute.optional(i32),
  updelay: attribute.optional(i32),
  carrier: attribute.optional(oneOf("ioctl", "netif")),
}) {}
/** Watching a bond's links by ARP requests; milliseconds. */
export class ArpMonitor extends element("arpmon", {
  interval: attribute(u32),
  target: attribute(text),
  validate: attribute.optional(oneOf("none", "active", "backup", "all")),
}) {}

/** Several interfaces that act as one. */
export class Bond extends element("bond", {
  mode: attribute.optional(
    oneOf("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"),
  ),
  miimon: child.optional(MiiMonitor),
  arpmon: child.optional(ArpMonitor),
  interfaces: lazyChildren((): ElementOf<HostInterface> => HostInterface),
}) {}

/** A bridge of interfaces; `delay` in seconds. */
export class HostBridge extends element(
  "bridge",
  {
    stp: attribute.optional(oneOf("on", "off")),
    delay: attribute.optional(text),
    interfaces: lazyChildren((): ElementOf<HostInterface> => HostInterface),
  },
  { expanded: true },
) {}

/** A VLAN on another interface. */
export class HostVlan extends element("vlan", {
  tag: attribute(u32),
  interface: single("name", text),
}) {}

const order = ["start", "mac", "mtu", "protocols", "link", "vlan", "bridge", "bond"] as const;

/** A network interface of the host. https://libvirt.org/formatinterface.html */
export class HostInterface extends element(
  "interface",
  {
    type: attribute(oneOf("ethernet", "bridge", "bond", "vlan"), undefined, {
      missing: "interface misses the type attribute",
      invalid: "unknown interface type %s",
    }),
    name: attribute.optional(text),
    start: single("mode", oneOf("none", "onboot", "hotplug")),
    link: child.optional(HostLink),
    mac: single("address", text),
    mtu: single("size", u32),
    protocols: children(HostProtocol),
    bridge: child.optional(HostBridge),
    bond: child.optional(Bond),
    vlan: child.optional(HostVlan),
  },
  {
    expanded: true,
    // The link of what is no card of its own comes after its addresses.
    order: (value) => (value.type === "ethernet" ? undefined : order),
  },
) {}
