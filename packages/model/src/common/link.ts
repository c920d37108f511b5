import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type Field,
  type FieldTexts,
  i32,
  mac,
  oneOf,
  type Reader,
  text,
  u32,
  u53,
  u64,
  uuid,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";

// What interfaces of domains and networks have in common (formatdomain.html and formatnetwork.html of libvirt).

/** One VLAN tag, 0 to 4095. */
export class VlanTag extends element("tag", {
  id: attribute(u32),
  nativeMode: attribute.optional(oneOf("tagged", "untagged")),
}) {}

/** The VLANs an interface belongs to. */
export class Vlan extends element("vlan", {
  trunk: attribute.optional(yesNo, undefined, {
    invalid: "invalid \"trunk='%s'\" in <vlan> - trunk='yes' is required for more than one vlan tag",
  }),
  tags: children(VlanTag),
}) {}

/** Parameters of a virtual port; which of them count depends on its type. */
export class VirtualPortParameters extends element(
  "parameters",
  {
    managerid: attribute.optional(u32, undefined, { invalid: "cannot parse value of managerid parameter" }),
    typeid: attribute.optional(u32, undefined, { invalid: "cannot parse value of typeid parameter" }),
    typeidversion: attribute.optional(u32, undefined, { invalid: "cannot parse value of typeidversion parameter" }),
    instanceid: attribute.optional(uuid, undefined, { invalid: "cannot parse instanceid parameter as a uuid" }),
    interfaceid: attribute.optional(uuid, undefined, { invalid: "cannot parse interfaceid parameter as a uuid" }),
    profileid: attribute.optional(text),
  },
  { omitEmpty: true },
) {}

/** How an interface is announced to the switch: 802.1Qbg, 802.1Qbh, Open vSwitch or midonet. */
export class VirtualPort extends element("virtualport", {
  type: attribute.optional(oneOf("802.1Qbg", "802.1Qbh", "openvswitch", "midonet"), undefined, {
    invalid: "unknown virtualport type %s",
    code: ErrorCode.configUnsupported,
  }),
  parameters: child.optional(VirtualPortParameters),
}) {}

const rate = (name: string): Field<bigint, "optional"> =>
  attribute.optional(u64, undefined, {
    invalid: `could not convert bandwidth ${name} value '%s'`,
    code: ErrorCode.configUnsupported,
  });

function checkRate(value: { average?: bigint; floor?: bigint }, node: XmlElement, reader: Reader): void {
  if (value.average !== undefined || value.floor !== undefined) return;
  reader.report(node, "Missing mandatory average or floor attributes", { code: ErrorCode.xmlDetail });
}

/** A limit for one direction: kilobytes per second, burst in kilobytes. */
export class Inbound extends element(
  "inbound",
  {
    average: rate("average"),
    peak: rate("peak"),
    floor: rate("floor"),
    burst: rate("burst"),
  },
  { check: checkRate },
) {}

/** See {@link Inbound}; `floor` exists for incoming traffic only. */
export class Outbound extends element(
  "outbound",
  {
    average: rate("average"),
    peak: rate("peak"),
    burst: rate("burst"),
  },
  { check: checkRate },
) {}

/** Traffic limits of an interface or network. */
export class Bandwidth extends element(
  "bandwidth",
  {
    /** The class of a running interface in its network's queue. */
    classID: attribute.optional(u53),
    inbound: child.optional(Inbound),
    outbound: child.optional(Outbound),
  },
  { omitEmpty: true },
) {}

/** Size of the largest packet, in bytes. */
export class Mtu extends element("mtu", { size: attribute(u32) }) {}

/** A hardware address as an element of its own. */
export class MacElement extends element("mac", { address: attribute(mac) }) {}

/** Whether guests on the same bridge may talk to each other. */
export class PortOptions extends element("port", { isolated: attribute.optional(yesNo) }, { omitEmpty: true }) {}

/** Messages about routes begin with the name of the network, or what stands for it in a domain. */
function inRoute(invalid: string, missing?: string): FieldTexts {
  const owned = (text: string) => (node: XmlElement) => {
    let root = node;
    while (root.parent !== undefined) root = root.parent;
    return `${root.name === "network" ? root.element("name")?.text : "Domain interface"}: ${text}`;
  };
  return { invalid: owned(invalid), ...(missing === undefined ? {} : { missing: owned(missing) }) };
}

/** A static route that is set on the host while the network is up. */
export class Route extends element("route", {
  family: attribute.optional(oneOf("ipv4", "ipv6"), undefined, inRoute("Unrecognized family '%s' in route definition")),
  address: attribute(text, undefined, inRoute("", "Missing required address attribute in route definition")),
  netmask: attribute.optional(text),
  prefix: attribute.optional(u32),
  gateway: attribute(text, undefined, inRoute("", "Missing required gateway attribute in route definition")),
  metric: attribute.optional(i32),
}) {}
