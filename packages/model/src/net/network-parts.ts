import {
  attribute,
  child,
  children,
  element,
  integer,
  oneOf,
  single,
  text,
  u16,
  u32,
  u53,
  uuid,
  yesNo,
} from "@tsvirt/codec/xml";

/** A tag of a VLAN. */
export class VlanTag extends element("tag", {
  id: attribute(integer(0, 4095)),
  nativeMode: attribute.optional(oneOf("tagged", "untagged")),
}) {}

/** VLAN tagging of a port. */
export class Vlan extends element("vlan", {
  trunk: attribute.optional(yesNo),
  tags: children(VlanTag),
}) {}

/** Parameters of a virtual port; which count depends on its type. */
export class VirtualPortParameters extends element(
  "parameters",
  {
    managerid: attribute.optional(integer(0, 255)),
    typeid: attribute.optional(integer(0, 0xff_ffff)),
    typeidversion: attribute.optional(integer(0, 255)),
    instanceid: attribute.optional(uuid),
    interfaceid: attribute.optional(uuid),
    profileid: attribute.optional(text),
  },
  { omitEmpty: true },
) {}

/** How a port attaches to its switch. */
export class VirtualPort extends element("virtualport", {
  type: attribute.optional(oneOf("802.1Qbg", "802.1Qbh", "openvswitch", "midonet")),
  parameters: child.optional(VirtualPortParameters),
}) {}

/** Shaping in one direction: average, peak and floor in KiB/s, burst in KiB. */
export class BandwidthRate extends element("inbound", {
  average: attribute.optional(u53),
  peak: attribute.optional(u53),
  floor: attribute.optional(u53),
  burst: attribute.optional(u53),
}) {}
/** {@link BandwidthRate} of outgoing traffic. */
export class OutboundRate extends element("outbound", {
  average: attribute.optional(u53),
  peak: attribute.optional(u53),
  burst: attribute.optional(u53),
}) {}

/** Traffic shaping. https://libvirt.org/formatnetwork.html#quality-of-service */
export class Bandwidth extends element(
  "bandwidth",
  {
    classId: attribute.optional(u32, "classID"),
    inbound: child.optional(BandwidthRate),
    outbound: child.optional(OutboundRate),
  },
  { omitEmpty: true },
) {}

/** A static route. */
export class Route extends element("route", {
  family: attribute.optional(oneOf("ipv4", "ipv6")),
  address: attribute.optional(text),
  netmask: attribute.optional(text),
  prefix: attribute.optional(u32),
  gateway: attribute.optional(text),
  metric: attribute.optional(u32),
}) {}

/** Whether the port may talk to other isolated ports. */
export class PortOptions extends element("port", { isolated: attribute.optional(yesNo) }) {}

/** A range of ports. */
export class PortRange extends element("port", { start: attribute(u16), end: attribute(u16) }) {}

/** Maximum transmission unit in bytes. */
export const mtu = single("size", u32);

/** An element that is only a count of frames. */
export class CoalesceFrames extends element("frames", { max: attribute.optional(u32) }) {}
/** Receive side of {@link Coalesce}. */
export class CoalesceRx extends element("rx", { frames: child.optional(CoalesceFrames) }) {}
/** Interrupt coalescing of a tap. */
export class Coalesce extends element("coalesce", { rx: child.optional(CoalesceRx) }) {}
