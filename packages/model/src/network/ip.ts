import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  type FieldTexts,
  mac,
  oneOf,
  type Scalar,
  text,
  u32,
  u53,
  writtenIf,
  yesNo,
} from "@tsvirt/codec/xml";
import { ipAddress } from "../common/ip-address.ts";
import { inNetwork, networkName, unresolved } from "./texts.ts";

// <ip> of formatnetwork.html ("Addressing"): the host's address on the network and what its DHCP server hands out.

/** Shortest lease that dnsmasq grants, by unit. */
const shortest = { seconds: 120, minutes: 2, hours: 0 } as const;

/** How long an address is lent. */
export class DhcpLease extends element(
  "lease",
  {
    expiry: attribute.optional(u53),
    // Forever has no unit.
    unit: writtenIf(
      attribute.withDefault(oneOf("seconds", "minutes", "hours"), "minutes"),
      (_unit, _writer, lease) => lease.expiry !== undefined && lease.expiry !== 0,
    ),
  },
  {
    omitEmpty: true,
    check({ expiry, unit }, node, reader) {
      if (expiry === undefined || expiry === 0 || expiry >= shortest[unit]) return;
      reader.report(node, "The minimum lease time should be greater than 2 minutes", {
        code: ErrorCode.configUnsupported,
      });
    },
  },
) {}

function rangeTexts(name: string): FieldTexts {
  return { ...inNetwork("", `Missing '${name}' attribute in dhcp range for network '%n'`), ...unresolved };
}

/** Addresses to hand out. */
export class DhcpRange extends element("range", {
  start: attribute(ipAddress, undefined, rangeTexts("start")),
  end: attribute(ipAddress, undefined, rangeTexts("end")),
  lease: child.optional(DhcpLease),
}) {}

/** A hardware address as it was written. */
const asWritten: Scalar<string> = { ...mac, parse: (value) => (mac.parse(value) === undefined ? undefined : value) };

/** The address of one guest, known by its hardware address (IPv4), its DUID or its name. */
export class DhcpHost extends element("host", {
  mac: attribute.optional(asWritten, undefined, inNetwork("Cannot parse MAC address '%s' in network '%n'")),
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
  file: attribute.optional(text),
  server: attribute.optional(ipAddress, undefined, unresolved),
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
export class Tftp extends element("tftp", { root: attribute.optional(text) }, { omitEmpty: true }) {}

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
    prefix: writtenIf(attribute.optional(u32), (prefix) => prefix !== 0),
    localPtr: attribute.optional(yesNo),
    tftp: child.optional(Tftp),
    // What is loaded from the network is said to guests that get an address from it.
    dhcp: writtenIf(child.optional(Dhcp), ({ ranges, hosts }) => ranges.length > 0 || hosts.length > 0),
  },
  {
    expanded: true,
    check({ address, tftp, dhcp }, node, reader) {
      if (dhcp?.bootp !== undefined && (dhcp.bootp.file === undefined || address.includes(":"))) delete dhcp.bootp;
      if (tftp === undefined || !address.includes(":")) return;
      const network = networkName(node, reader);
      reader.report(node, `Unsupported <tftp> element in an IPv6 element in network '${network}'`, {
        code: ErrorCode.configUnsupported,
      });
    },
  },
) {}
