import { ErrorCode } from "@tsvirt/base";
import { attribute, type ElementClass, element, type Field, lenient, oneOf, type Scalar } from "@tsvirt/codec/xml";
import type { Operand } from "./operand.ts";
import {
  arpOpcode,
  byte,
  comment,
  connectionState,
  decimalWord,
  dscp,
  encapsulatedType,
  etherType,
  ipProtocol,
  ipsetFlags,
  ipsetName,
  ipv4,
  ipv4Mask,
  ipv6,
  ipv6Mask,
  long,
  mac,
  macMask,
  tcpFlags,
  truth,
  vlanId,
  word,
} from "./scalars.ts";

// What rules of filters can look at, by protocol, in the order in which libvirt writes it
// (https://libvirt.org/formatnwfilter.html#supported-protocols).

type Table = Readonly<Record<string, Scalar<Operand>>>;

/** The fields of a protocol's element. */
type ProtocolFields<T> = { readonly match: Field<"yes" | "no", "optional"> } & {
  readonly [K in keyof T]: Field<Operand, "optional">;
};

/** An element that looks at parts of packets; with `match='no'` it is about packets that are otherwise. */
function protocol<const T extends Table>(name: string, table: T): ElementClass<ProtocolFields<T>> {
  const fields = Object.entries(table).map(([key, scalar]) => [
    key,
    attribute.optional(scalar, key, { invalid: `${key} has illegal value %s`, code: ErrorCode.internalError }),
  ]);
  const match = lenient(attribute.optional(oneOf("yes", "no")));
  return element(name, { match, ...Object.fromEntries(fields) } as ProtocolFields<T>);
}

const source = { srcmacaddr: mac, srcmacmask: macMask } as const;
const ethernet = { ...source, dstmacaddr: mac, dstmacmask: macMask } as const;
const ports = { srcportstart: word, srcportend: word, dstportstart: word, dstportend: word } as const;
const note = { comment } as const;

const arp = {
  ...ethernet,
  hwtype: word,
  protocoltype: word,
  opcode: arpOpcode,
  arpsrcmacaddr: mac,
  arpdstmacaddr: mac,
  arpsrcipaddr: ipv4,
  arpsrcipmask: ipv4Mask,
  arpdstipaddr: ipv4,
  arpdstipmask: ipv4Mask,
  gratuitous: truth,
  ...note,
} as const;

const stp = {
  ...source,
  type: byte,
  flags: byte,
  "root-priority": word,
  "root-priority-hi": word,
  "root-address": mac,
  "root-address-mask": macMask,
  "root-cost": long,
  "root-cost-hi": long,
  "sender-priority": word,
  "sender-priority-hi": word,
  "sender-address": mac,
  "sender-address-mask": macMask,
  port: word,
  "port-hi": word,
  age: word,
  "age-hi": word,
  "max-age": word,
  "max-age-hi": word,
  "hello-time": word,
  "hello-time-hi": word,
  "forward-delay": word,
  "forward-delay-hi": word,
  ...note,
} as const;

/** Addresses as ebtables sees them. */
function bridged(address: Scalar<Operand>, mask: Scalar<Operand>) {
  return {
    ...ethernet,
    srcipaddr: address,
    srcipmask: mask,
    dstipaddr: address,
    dstipmask: mask,
    protocol: ipProtocol,
    ...ports,
  } as const;
}

/** What iptables can look at in a packet of any protocol. */
function routed(address: Scalar<Operand>, mask: Scalar<Operand>) {
  return {
    srcmacaddr: mac,
    srcipaddr: address,
    srcipmask: mask,
    dstipaddr: address,
    dstipmask: mask,
    srcipfrom: address,
    srcipto: address,
    dstipfrom: address,
    dstipto: address,
    dscp,
    "connlimit-above": decimalWord,
    state: connectionState,
    ipset: ipsetName,
    ipsetflags: ipsetFlags,
  } as const;
}

const v4 = routed(ipv4, ipv4Mask);
const v6 = routed(ipv6, ipv6Mask);
const icmp = { type: byte, code: byte } as const;

/** Ethernet frames. */
export class MacMatch extends protocol("mac", { ...ethernet, protocolid: etherType, ...note }) {}
/** Frames of a VLAN. */
export class VlanMatch extends protocol("vlan", {
  ...ethernet,
  vlanid: vlanId,
  "encap-protocol": encapsulatedType,
  ...note,
}) {}
/** The spanning tree protocol. */
export class StpMatch extends protocol("stp", stp) {}
/** The address resolution protocol. */
export class ArpMatch extends protocol("arp", arp) {}
/** Its reverse. */
export class RarpMatch extends protocol("rarp", arp) {}
/** IPv4, where the bridge sees it. */
export class IpMatch extends protocol("ip", { ...bridged(ipv4, ipv4Mask), dscp, ...note }) {}
/** IPv6, where the bridge sees it. */
export class Ipv6Match extends protocol("ipv6", {
  ...bridged(ipv6, ipv6Mask),
  type: byte,
  typeend: byte,
  code: byte,
  codeend: byte,
  ...note,
}) {}
/** TCP over IPv4. */
export class TcpMatch extends protocol("tcp", { ...v4, ...ports, option: byte, flags: tcpFlags, ...note }) {}
/** UDP over IPv4. */
export class UdpMatch extends protocol("udp", { ...v4, ...ports, ...note }) {}
/** UDP-Lite over IPv4. */
export class UdpliteMatch extends protocol("udplite", { ...v4, ...note }) {}
/** Encrypted packets over IPv4. */
export class EspMatch extends protocol("esp", { ...v4, ...note }) {}
/** Authenticated packets over IPv4. */
export class AhMatch extends protocol("ah", { ...v4, ...note }) {}
/** SCTP over IPv4. */
export class SctpMatch extends protocol("sctp", { ...v4, ...ports, ...note }) {}
/** ICMP over IPv4. */
export class IcmpMatch extends protocol("icmp", { ...v4, ...icmp, ...note }) {}
/** Any protocol over IPv4. */
export class AllMatch extends protocol("all", { ...v4, ...note }) {}
/** IGMP over IPv4. */
export class IgmpMatch extends protocol("igmp", { ...v4, ...note }) {}
/** TCP over IPv6. */
export class TcpIpv6Match extends protocol("tcp-ipv6", { ...v6, ...ports, option: byte, ...note }) {}
/** UDP over IPv6. */
export class UdpIpv6Match extends protocol("udp-ipv6", { ...v6, ...ports, ...note }) {}
/** UDP-Lite over IPv6. */
export class UdpliteIpv6Match extends protocol("udplite-ipv6", { ...v6, ...note }) {}
/** Encrypted packets over IPv6. */
export class EspIpv6Match extends protocol("esp-ipv6", { ...v6, ...note }) {}
/** Authenticated packets over IPv6. */
export class AhIpv6Match extends protocol("ah-ipv6", { ...v6, ...note }) {}
/** SCTP over IPv6. */
export class SctpIpv6Match extends protocol("sctp-ipv6", { ...v6, ...ports, ...note }) {}
/** ICMP over IPv6. */
export class Icmpv6Match extends protocol("icmpv6", { ...v6, ...icmp, ...note }) {}
/** Any protocol over IPv6. */
export class AllIpv6Match extends protocol("all-ipv6", { ...v6, ...note }) {}

/** All protocols by their elements' names. */
export const protocols = {
  mac: MacMatch,
  vlan: VlanMatch,
  stp: StpMatch,
  arp: ArpMatch,
  rarp: RarpMatch,
  ip: IpMatch,
  ipv6: Ipv6Match,
  tcp: TcpMatch,
  udp: UdpMatch,
  udplite: UdpliteMatch,
  esp: EspMatch,
  ah: AhMatch,
  sctp: SctpMatch,
  icmp: IcmpMatch,
  all: AllMatch,
  igmp: IgmpMatch,
  "tcp-ipv6": TcpIpv6Match,
  "udp-ipv6": UdpIpv6Match,
  "udplite-ipv6": UdpliteIpv6Match,
  "esp-ipv6": EspIpv6Match,
  "ah-ipv6": AhIpv6Match,
  "sctp-ipv6": SctpIpv6Match,
  icmpv6: Icmpv6Match,
  "all-ipv6": AllIpv6Match,
} as const;

/** Name of a protocol's element. */
export type Protocol = keyof typeof protocols;

/** All names, for walking. */
export const protocolNames: readonly Protocol[] = Object.keys(protocols).filter((name) => isProtocol(name));

function isProtocol(name: string): name is Protocol {
  return Object.hasOwn(protocols, name);
}

/** Which tables a protocol's rules go into. */
export type ProtocolLayer = "ethernet" | "ipv4" | "ipv6";

const ethernetProtocols: ReadonlySet<string> = new Set(["mac", "vlan", "stp", "arp", "rarp", "ip", "ipv6"]);

/** See {@link ProtocolLayer}; a rule without a protocol is the bridge's. */
export function layerOf(name: Protocol | undefined): ProtocolLayer {
  if (name === undefined || ethernetProtocols.has(name)) return "ethernet";
  return name === "icmpv6" || name.endsWith("-ipv6") ? "ipv6" : "ipv4";
}
