import { attribute, child, children, element, mac, oneOf, text, u32, writtenIf, yesNo } from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";

// <ip> of formatnetwork.html ("Addressing"): the host's address on the network and what its DHCP server hands out.

/** How long an address is lent. */
export class DhcpLease extends element("lease", {
  expiry: attribute(u32),
  // Forever has no unit.
  unit: writtenIf(
    attribute.withDefault(oneOf("seconds", "minutes", "hours"), "minutes"),
    (_unit, _writer, lease) => lease.expiry !== 0,
  ),
}) {}

/** Addresses to hand out. */
export class DhcpRange extends element("range", {
  start: attribute(ipAddress),
  end: attribute(ipAddress),
  lease: child.optional(DhcpLease),
}) {}

/** The address of one guest, known by its hardware address (IPv4), its DUID or its name. */
export class DhcpHost extends element("host", {
  mac: attribute.optional(mac),
  id: attribute.optional(text),
  name: attribute.optional(text),
  ip: attribute.optional(ipAddress),
  lease: child.optional(DhcpLease),
}) {}

/** What network boot loads. */
export class Bootp extends element("bootp", {
  file: attribute(text),
  server: attribute.optional(text),
}) {}

/** The network's DHCP server. */
export class Dhcp extends element(
  "dhcp",
  {
    ranges: children(DhcpRange),
    hosts: children(DhcpHost),
    bootp: child.optional(Bootp),
  },
  { omitEmpty: true },
) {}

/** The directory that the network's TFTP server gives away. */
export class Tftp extends element("tftp", { root: attribute(text) }) {}

/** One address of the host on the network. */
export class NetworkIp extends element(
  "ip",
  {
    family: attribute.optional(oneOf("ipv4", "ipv6")),
    address: attribute.optional(ipAddress),
    netmask: attribute.optional(ipAddress),
    prefix: attribute.optional(u32),
    localPtr: attribute.optional(yesNo),
    tftp: child.optional(Tftp),
    dhcp: child.optional(Dhcp),
  },
  { expanded: true },
) {}
