import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  hex,
  leaf,
  lenient,
  live,
  oneOf,
  text,
  u16,
  u32,
  union,
  yesNo,
} from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { inNetwork, unsupportedInNetwork } from "./texts.ts";

// <forward> of formatnetwork.html ("Connectivity").

/** How a network reaches the world. `none`, the same as no `<forward>` at all, means isolated. */
export const forwardModes = [
  "none",
  "nat",
  "route",
  "open",
  "bridge",
  "private",
  "vepa",
  "passthrough",
  "hostdev",
] as const;
/** One of {@link forwardModes}. */
export type ForwardMode = (typeof forwardModes)[number];

/** The addresses that outgoing packets may seem to come from. */
export class NatAddress extends element("address", {
  start: attribute(ipAddress),
  end: attribute(ipAddress),
}) {}

/** The ports that outgoing packets may seem to come from. */
export class NatPort extends element("port", {
  start: attribute(u16),
  end: attribute(u16),
}) {}

/** Details of address translation. */
export class Nat extends element("nat", {
  ipv6: attribute.optional(yesNo),
  address: child.optional(NatAddress),
  port: child.optional(NatPort),
}) {}

/** The physical function whose virtual functions make up the pool. */
export class PhysicalFunction extends element("pf", {
  dev: attribute(text, undefined, inNetwork("", "Missing required dev attribute in <pf> element of network '%n'")),
  connections: live(attribute.optional(u32)),
}) {}

/** One device of the pool. */
export class ForwardInterface extends element("interface", {
  dev: attribute(
    text,
    undefined,
    inNetwork("", "Missing required dev attribute in <forward> <interface> element of network %n"),
  ),
  connections: live(attribute.optional(u32)),
}) {}

/** One virtual function of the pool, by its PCI address. */
export class PciForwardAddress extends element("address", {
  type: attribute(oneOf("pci")),
  domain: attribute.withDefault(hex(4, 0xffff), 0),
  bus: attribute.withDefault(hex(2, 0xff), 0),
  slot: attribute.withDefault(hex(2, 0x1f), 0),
  function: attribute.withDefault(hex(1, 7), 0),
  connections: live(attribute.optional(u32)),
}) {}

const ForwardAddress = union(
  "type",
  { pci: PciForwardAddress },
  unsupportedInNetwork("unknown address type '%s' in network %n", "missing address type in network %n"),
);

/** Which host driver is bound to a passed-through device. */
export class ForwardDriver extends element("driver", {
  name: attribute(
    oneOf("vfio", "kvm"),
    undefined,
    unsupportedInNetwork("Unknown forward <driver name='%s'/> in network %n"),
  ),
}) {}

/** How a network reaches the world. */
export class Forward extends element("forward", {
  dev: attribute.optional(text),
  mode: attribute.withDefault(oneOf(...forwardModes), "nat", undefined, {
    invalid: "unknown forwarding type '%s'",
    code: ErrorCode.configUnsupported,
  }),
  managed: lenient(attribute.optional(yesNo)),
  driver: child.optional(ForwardDriver),
  nat: child.optional(Nat),
  pf: child.optional(PhysicalFunction),
  interfaces: children(ForwardInterface),
  addresses: children(ForwardAddress),
}) {}

/** The bridge that a network's guests are plugged into. */
export class Bridge extends element("bridge", {
  name: attribute.optional(text),
  zone: attribute.optional(text),
  stp: lenient(attribute.optional(oneOf("on", "off"))),
  /** Forward delay, seconds. */
  delay: attribute.optional(u32, undefined, inNetwork("Invalid delay value in network '%n'")),
  macTableManager: attribute.optional(oneOf("kernel", "libvirt")),
}) {}

/** The DNS domain of the network's guests. */
export class DnsDomain extends element("domain", {
  name: attribute.optional(text),
  localOnly: attribute.optional(yesNo),
  register: attribute.optional(yesNo),
}) {}

/** Options passed to dnsmasq as they are (`http://libvirt.org/schemas/network/dnsmasq/1.0`). */
export class DnsmasqOption extends element("option", { value: attribute(text) }, { namespace: dnsmasqNamespace() }) {}
/** All of a network's {@link DnsmasqOption}s. */
export class DnsmasqOptions extends element(
  "options",
  { option: children(DnsmasqOption) },
  { namespace: dnsmasqNamespace(), omitEmpty: true },
) {}

function dnsmasqNamespace() {
  return { prefix: "dnsmasq", uri: "http://libvirt.org/schemas/network/dnsmasq/1.0" } as const;
}

/** A name of a host that the network's DNS answers for. */
export const hostname = leaf.list(text, "hostname");
