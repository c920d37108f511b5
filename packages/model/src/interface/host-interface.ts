import {
  attribute,
  child,
  children,
  type ElementOf,
  element,
  flag,
  i32,
  lazyChildren,
  lenient,
  oneOf,
  type Reader,
  single,
  text,
  u32,
  writtenIf,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";

/** Whether DHCP also sets the DNS servers. */
export class HostDhcp extends element("dhcp", { peerdns: attribute.optional(yesNo) }) {}
/** An address of the interface. */
export class HostIp extends element(
  "ip",
  {
    address: attribute.optional(text),
    prefix: writtenIf(attribute.optional(i32), (prefix, _writer, ip) => prefix !== 0 && ip.address !== undefined),
  },
  { omitEmpty: true },
) {}
/** Settings of one protocol. */
export class HostProtocol extends element(
  "protocol",
  {
    family: attribute(oneOf("ipv4", "ipv6"), undefined, {
      missing: "protocol misses the family attribute",
      invalid: "unsupported protocol family '%s'",
    }),
    autoconf: flag(),
    dhcp: child.optional(HostDhcp),
    ips: children(HostIp),
    gateway: single("gateway", text, "route"),
  },
  {
    expanded: true,
    check(protocol) {
      if (protocol.family === "ipv4") delete protocol.autoconf;
    },
  },
) {}

/** State and speed (Mbit/s) of the link. */
export class HostLink extends element(
  "link",
  {
    speed: writtenIf(attribute.optional(u32), (speed) => speed !== 0),
    state: attribute.optional(oneOf("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")),
  },
  { omitEmpty: true },
) {}

function positive(name: string) {
  const field = attribute.optional(i32, undefined, { invalid: `bond interface miimon ${name} invalid` });
  return writtenIf(field, (delay) => delay > 0);
}

const noFrequency = "bond interface miimon freq missing or invalid";
/** Watching a bond's links by the media state; milliseconds. */
export class MiiMonitor extends element("miimon", {
  freq: attribute(i32, undefined, { missing: noFrequency, invalid: noFrequency }),
  downdelay: positive("downdelay"),
  updelay: positive("updelay"),
  carrier: attribute.optional(oneOf("ioctl", "netif"), undefined, { invalid: "unknown mii bonding carrier %s" }),
}) {}

const noInterval = "bond interface arpmon interval missing or invalid";
/** Watching a bond's links by ARP requests; milliseconds. */
export class ArpMonitor extends element("arpmon", {
  interval: attribute(i32, undefined, { missing: noInterval, invalid: noInterval }),
  target: attribute(text, undefined, { missing: "bond interface arpmon target missing" }),
  validate: attribute.optional(oneOf("active", "backup", "all"), undefined, {
    invalid: "unknown arp bonding validate %s",
  }),
}) {}

/** Several interfaces that act as one. */
export class Bond extends element(
  "bond",
  {
    mode: attribute.optional(
      oneOf("balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"),
      undefined,
      { invalid: "unknown bonding mode %s" },
    ),
    miimon: child.optional(MiiMonitor),
    arpmon: child.optional(ArpMonitor),
    interfaces: lazyChildren((): ElementOf<HostInterface> => HostInterface),
  },
  {
    expanded: true,
    check(bond) {
      if (bond.miimon !== undefined) delete bond.arpmon;
    },
  },
) {}

/** A bridge of interfaces; `delay` in seconds. */
export class HostBridge extends element(
  "bridge",
  {
    stp: lenient(attribute.optional(oneOf("on", "off"))),
    delay: attribute.optional(text),
    interfaces: lazyChildren((): ElementOf<HostInterface> => HostInterface),
  },
  { expanded: true },
) {}

/** The interface that a VLAN is on. */
export class VlanDevice extends element("interface", {
  name: attribute(text, undefined, { missing: "vlan interface misses name attribute" }),
}) {}
/** A VLAN on another interface. */
export class HostVlan extends element("vlan", {
  tag: attribute(text, undefined, { missing: "vlan interface misses the tag attribute" }),
  interface: child(VlanDevice, { missing: "vlan interface misses name attribute" }),
}) {}

const largestMtu = 100_000;

/** A network interface of the host. https://libvirt.org/formatinterface.html */
export class HostInterface extends element(
  "interface",
  {
    type: attribute(oneOf("ethernet", "bridge", "bond", "vlan")),
    name: attribute(text, undefined, { missing: "interface has no name" }),
    start: single("mode", oneOf("none", "onboot", "hotplug"), undefined, {
      invalid: "unknown interface startmode %s",
    }),
    mtu: single("size", u32),
    protocols: children(HostProtocol),
    link: child.optional(HostLink),
    mac: single("address", text),
    bridge: child.optional(HostBridge),
    bond: child.optional(Bond),
    vlan: child.optional(HostVlan),
  },
  { expanded: true, check: checkInterface },
) {}

/** Which interfaces may be part of others. */
const members = { bridge: ["ethernet", "bond", "vlan"], bond: ["ethernet"] } as const;

function checkInterface(value: HostInterfaceParts, node: XmlElement, reader: Reader): void {
  const { type } = value;
  const within = node.parent?.name;
  if (within === "bridge" || within === "bond") {
    const allowed: readonly string[] = members[within];
    if (!allowed.includes(type)) reader.report(node, `interface has unsupported type '${type}'`);
    // What concerns the whole is said of the whole.
    delete value.start;
    delete value.mtu;
    value.protocols.length = 0;
  }
  if (value.mtu !== undefined && value.mtu > largestMtu) {
    reader.report(node, `value of the 'size' attribute of 'mtu' element must be at most ${largestMtu}`);
  }
  if (value.mtu === 0) delete value.mtu;
  if (type === "bridge") delete value.link;
  if (type !== "ethernet") {
    delete value.mac;
    if (node.element(type) === undefined) reader.report(node, `${type} interface misses the ${type} element`);
  }
  for (const part of ["bridge", "bond", "vlan"] as const) if (part !== type) delete value[part];
}

type HostInterfaceParts = Pick<
  HostInterface,
  "type" | "start" | "mtu" | "protocols" | "link" | "mac" | "bridge" | "bond" | "vlan"
>;
