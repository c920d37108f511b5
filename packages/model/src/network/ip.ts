import {
  attribute,
  child,
  children,
  element,
  type FieldTexts,
  mac,
  oneOf,
  text,
  u32,
  writtenIf,
  yesNo,
} from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { inNetwork, unresolved } from "./texts.ts";

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

function rangeTexts(name: string): FieldTexts {
  return { ...inNetwork("", `Missing '${name}' attribute in dhcp range for network '%n'`), ...unresolved };
}

/** Addresses to hand out. */
export class DhcpRange extends element("range", {
  start: attribute(ipAddress, undefined, rangeTexts("start")),
  end: attribute(ipAddress, undefined, rangeTexts("end")),
  lease: child.optional(DhcpLease),
}) {}

/** The address of one guest, known by its hardware address (IPv4), its DUID or its name. */
export class DhcpHost extends element("host", {
  mac: attribute.optional(mac, undefined, inNetwork("Cannot parse MAC address '%s' in network '%n'")),
  id: attribute.optional(text),
  name: attribute.optional(text),
  ip: attribute.optional(
    ipAddress,
    undefined,
    inNetwork("Invalid IP address in static host definition for network '%n'"),
  ),
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
    family: attribute.optional(oneOf("ipv4", "ipv6"), undefined, inNetwork("Unrecognized family '%s' in network '%n'")),
    address: attribute(
      ipAddress,
      undefined,
      inNetwork("Invalid address '%s' in network '%n'", "Missing required address attribute in network '%n'"),
    ),
    netmask: attribute.optional(ipAddress, undefined, inNetwork("Invalid netmask '%s' in network '%n'")),
    prefix: attribute.optional(u32),
    localPtr: attribute.optional(yesNo),
    tftp: child.optional(Tftp),
    dhcp: child.optional(Dhcp),
  },
  { expanded: true },
) {}
