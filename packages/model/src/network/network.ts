import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  leaf,
  live,
  mac,
  type ParseOptions,
  type Reader,
  text,
  u32,
  uuid,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { compareIp, networkOf, parseIp, prefixOf } from "../common/ip-address.ts";
import { Bandwidth, Mtu, PortOptions, Route, VirtualPort, Vlan } from "../common/link.ts";
import { Dns } from "./dns.ts";
import { Bridge, DnsDomain, DnsmasqOptions, Forward, type ForwardMode } from "./forward.ts";
import { type DhcpHost, NetworkIp } from "./ip.ts";
import { inNetwork } from "./texts.ts";

/** A set of interfaces that share settings. */
export class PortGroup extends element(
  "portgroup",
  {
    name: attribute.optional(text),
    default: attribute.optional(yesNo),
    trustGuestRxFilters: attribute.optional(yesNo),
    vlan: child.optional(Vlan),
    virtualPort: child.optional(VirtualPort),
    bandwidth: child.optional(Bandwidth),
    port: child.optional(PortOptions),
  },
  { expanded: true },
) {}

/** Hardware address of the bridge. */
export class BridgeMac extends element("mac", {
  address: attribute(mac, undefined, inNetwork("Invalid bridge mac address '%s' in network '%n'")),
}) {}

/** A virtual network: the document of formatnetwork.html, elements in libvirt 9.0's order. */
export class Network extends element("network", {
  connections: live(attribute.optional(u32)),
  ipv6: attribute.implied(yesNo, false, undefined, inNetwork("Invalid ipv6 setting '%s' in network '%n'")),
  trustGuestRxFilters: attribute.optional(yesNo),
  name: leaf(text, "name", { missing: "missing name information", missingCode: ErrorCode.noName }),
  uuid: leaf.optional(uuid, "uuid", { invalid: "malformed uuid element", code: ErrorCode.internalError }),
  metadata: verbatim(),
  forward: child.optional(Forward),
  bridge: child.optional(Bridge),
  mtu: child.optional(Mtu),
  mac: child.optional(BridgeMac),
  domain: child.optional(DnsDomain),
  dns: child.optional(Dns),
  vlan: child.optional(Vlan),
  bandwidth: child.optional(Bandwidth),
  port: child.optional(PortOptions),
  ips: children(NetworkIp),
  routes: children(Route),
  virtualPort: child.optional(VirtualPort),
  portGroups: children(PortGroup),
  dnsmasq: child.optional(DnsmasqOptions),
}) {}

/** How the network reaches the world; `none` when it does not. */
export function forwardMode(network: Network): ForwardMode {
  return network.forward?.mode ?? "none";
}

/** True when libvirt itself makes the network's bridge, rather than using what the host has. */
export function ownsBridge(network: Network): boolean {
  return ["none", "nat", "route", "open"].includes(forwardMode(network));
}

/** The prefix length of an address, from `prefix`, `netmask` or, for IPv4, the address's class. */
export function ipPrefix(ip: Pick<NetworkIp, "address" | "netmask" | "prefix" | "family">): number | undefined {
  if (ip.prefix !== undefined) return ip.prefix;
  const mask = ip.netmask === undefined ? undefined : parseIp(ip.netmask);
  if (mask !== undefined) return prefixOf(mask);
  const address = ip.address === undefined ? undefined : parseIp(ip.address);
  if (address === undefined) return undefined;
  if (address.length === 16) return 64;
  const first = address[0] ?? 0;
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : undefined;
}

/**
 * Reads a network as libvirt's parser does, with its defaults filled in (forward mode, spanning tree, forward delay).
 * Throws `DocumentError` with all that is wrong.
 */
export function parseNetwork(xml: string, options: ParseOptions = {}): Network {
  const { value: network, reader } = Network.read(xml, { label: "(network_definition)", ...options });
  checkForwardDevice(network, reader);
  complete(network);
  check(network, reader);
  reader.throwIfFailed(options.file);
  return network;
}

/** Writes a network as `virsh net-dumpxml` shows it; `inactive` leaves out what only a running one has. */
export function formatNetwork(network: Network, { inactive = false }: { readonly inactive?: boolean } = {}): string {
  return Network.format(network, { live: !inactive });
}

/** The device of the `<forward>` itself is the first of its interfaces, unless they come from a physical function. */
export function nameForwardDevice({ forward }: Network): void {
  if (!forward || forward.pf !== undefined) return;
  const dev = forward.interfaces[0]?.dev;
  if (dev === undefined) delete forward.dev;
  else forward.dev = dev;
}

function complete(network: Network): void {
  if (network.forward?.mode === "none") delete network.forward;
  const { forward } = network;
  if (forward?.dev !== undefined && forward.interfaces.length === 0) forward.interfaces.push({ dev: forward.dev });
  nameForwardDevice(network);
  if (!ownsBridge(network)) return;
  const bridge: Bridge = network.bridge ?? {};
  bridge.stp ??= "on";
  bridge.delay ??= 0;
  network.bridge = bridge;
}

function check(network: Network, reader: Reader): void {
  const { name } = network;
  if (name.includes("/")) reader.reportValue(network, `name ${name} cannot contain '/'`);
  else if (name === "." || name === "..") reader.reportValue(network, `name '${name}' cannot be used for a network`);
  const mode = forwardMode(network);
  if (["bridge", "private", "vepa", "passthrough", "hostdev"].includes(mode)) {
    if (network.ips.length > 0 || network.dns !== undefined || network.domain?.name !== undefined) {
      const what = network.ips.length > 0 ? "<ip>" : network.domain?.name !== undefined ? "<domain>" : "<dns>";
      reader.reportValue(network, `Unsupported ${what} element in network ${name} with forward mode='${mode}'`, {
        code: ErrorCode.configUnsupported,
      });
    }
    const pools =
      (network.forward?.interfaces.length ?? 0) > 0 ||
      (network.forward?.addresses.length ?? 0) > 0 ||
      network.forward?.pf !== undefined;
    if (network.bridge?.name !== undefined && (pools || network.forward?.dev !== undefined)) {
      reader.reportValue(
        network,
        `A network with forward mode='${mode}' can specify a bridge name or a forward dev, but not both (network '${name}')`,
      );
    }
    if (network.bridge?.delay !== undefined || network.bridge?.stp !== undefined) {
      reader.reportValue(
        network,
        `bridge delay/stp options only allowed in open, nat, and isolated mode, not in ${mode} (network '${name}')`,
      );
    }
  }
  if (mode === "route" || mode === "nat") {
    if (network.ips.length === 0) {
      reader.reportValue(network, `${mode} forwarding requested, but no IP address provided for network '${name}'`);
    }
    if (network.forward !== undefined && network.forward.interfaces.length > 1) {
      reader.reportValue(
        network,
        `multiple forwarding interfaces specified for network '${name}', only one is supported`,
      );
    }
  }
  if (mode === "open" && network.forward?.interfaces.length) {
    reader.reportValue(network, `forward dev not allowed for network '${name}' with forward mode='open'`);
  }
  checkForwardAddresses(network, reader);
  for (const ip of network.ips) checkIp(network, ip, reader);
  for (const route of network.routes) checkRoute(name, route, reader);
  const defaults = network.portGroups.filter((group) => group.default === true);
  if (defaults.length > 1) {
    reader.reportValue(network, `multiple default <portgroup> elements are not allowed (network '${name}')`, {
      code: ErrorCode.configUnsupported,
    });
  }
}

function checkForwardDevice(network: Network, reader: Reader): void {
  const dev = network.forward?.dev;
  const first = network.forward?.interfaces[0]?.dev;
  if (dev !== undefined && first !== undefined && dev !== first) {
    reader.reportValue(
      network,
      `<forward dev='${dev}'> must match first <interface dev='${first}'/> in network ${network.name}`,
    );
  }
}

/** A device of the pool must stand there once. */
function checkForwardAddresses({ forward }: Network, reader: Reader): void {
  const seen = new Set<string>();
  for (const address of forward?.addresses ?? []) {
    const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = address;
    const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
    const name = `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
    if (seen.has(name)) {
      reader.reportValue(address, `PCI device '${name}' can only be listed once in network hostdev`);
    }
    seen.add(name);
  }
}

function checkIp(network: Network, ip: NetworkIp, reader: Reader): void {
  const { name } = network;
  const refuse = (text: string): void => reader.reportValue(ip, text, { code: ErrorCode.configUnsupported });
  const address = parseIp(ip.address);
  if (address === undefined) return;
  const v4 = address.length === 4;
  if (ip.family === "ipv6" && v4) {
    return refuse(`Family 'ipv6' specified for non-IPv6 address '${ip.address}' in network '${name}'`);
  }
  if (ip.family !== "ipv6" && !v4) {
    return refuse(`${ip.family ?? "no"} family specified for non-IPv4 address '${ip.address}' in network '${name}'`);
  }
  if (ip.netmask !== undefined) {
    if (!v4) return refuse(`netmask not allowed for IPv6 address '${ip.address}' in network '${name}'`);
    if (ip.prefix !== undefined) return refuse(`Network '${name}' IP address cannot have both a prefix and a netmask`);
    if (parseIp(ip.netmask)?.length !== 4) {
      return refuse(
        `Invalid netmask '${ip.netmask}' for address '${ip.address}' in network '${name}' (both must be IPv4)`,
      );
    }
  }
  if (ip.prefix !== undefined && ip.prefix > 8 * address.length) {
    return refuse(`Invalid ${v4 ? "IPv4" : "IPv6"} prefix '${ip.prefix}' in network '${name}'`);
  }
  const prefix = ipPrefix(ip);
  if (prefix === undefined) {
    return refuse(`network '${name}' has invalid netmask '${ip.netmask ?? ip.prefix}' for address '${ip.address}'`);
  }
  if (ip.tftp !== undefined && !ip.tftp.root.startsWith("/")) {
    reader.reportValue(ip, `tftp root '${ip.tftp.root}' of network '${name}' is not an absolute path`);
  }
  checkDhcp(network, ip, networkOf(address, prefix), prefix, reader);
}

function checkDhcp(network: Network, ip: NetworkIp, subnet: readonly number[], prefix: number, reader: Reader): void {
  for (const range of ip.dhcp?.ranges ?? []) {
    const start = parseIp(range.start);
    const end = parseIp(range.end);
    if (start === undefined || end === undefined) continue;
    const code = ErrorCode.internalError;
    const span = `range ${range.start} - ${range.end}`;
    if (start.length !== subnet.length || end.length !== subnet.length) {
      reader.reportValue(range, `mismatch of address family in ${span} for network ${ip.address}`, { code });
      continue;
    }
    if (compareIp(start, end) > 0) {
      reader.reportValue(range, `${span} is reversed `, { code });
      continue;
    }
    if (compareIp(networkOf(start, prefix), subnet) !== 0 || compareIp(networkOf(end, prefix), subnet) !== 0) {
      reader.reportValue(range, `${span} is not entirely within network ${ip.address}/${prefix}`, { code });
    }
  }
  for (const host of ip.dhcp?.hosts ?? []) checkHost(network.name, host, subnet.length === 4, reader);
}

function checkHost(name: string, host: DhcpHost, v4: boolean, reader: Reader): void {
  const refuse = (text: string): void => reader.reportValue(host, text);
  const { mac, id, ip } = host;
  const odd = id === undefined ? undefined : /[^0-9a-fA-F:]/.exec(id)?.[0];
  if (mac !== undefined && !v4) {
    refuse(`Invalid to specify MAC address '${mac}' in network '${name}' IPv6 static host definition`);
  } else if (mac !== undefined && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    refuse(`expected unicast mac address, found multicast '${mac}' in network '${name}'`);
  } else if (odd !== undefined) refuse(`Invalid character '${odd}' in id '${id}' of network '${name}'`);
  else if (host.name !== undefined && !/^[A-Za-z]/.test(host.name)) {
    refuse(`Cannot use host name '${host.name}' in network '${name}'`);
  } else if (!v4 && id === undefined && host.name === undefined) {
    refuse(`Static host definition in IPv6 network '${name}' must have id or name attribute`);
  } else if (v4 && mac === undefined && host.name === undefined) {
    refuse(`Static host definition in IPv4 network '${name}' must have mac or name attribute`);
  } else if (ip === undefined) refuse(`Missing IP address in static host definition for network '${name}'`);
}

/** Checks a static route as `virNetDevIPRouteCreate` does; `owner` begins its messages. */
function checkRoute(owner: string, route: Route, reader: Reader): void {
  const refuse = (text: string): void => reader.reportValue(route, `${owner}: ${text}`);
  const { address, gateway, family, netmask } = route;
  const place = parseIp(address);
  const via = parseIp(gateway);
  if (place === undefined) return refuse(`Bad network address '${address}' in route definition`);
  if (via === undefined) return refuse(`Bad gateway address '${gateway}' in route definition`);
  const mask = netmask === undefined ? undefined : parseIp(netmask);
  if (family === "ipv6") {
    if (place.length === 4)
      return refuse(`ipv6 family specified for non-IPv6 address '${address}' in route definition`);
    if (netmask !== undefined)
      return refuse(`Specifying netmask invalid for IPv6 address '${address}' in route definition`);
    if (via.length === 4) return refuse(`ipv6 specified for non-IPv6 gateway address '${gateway}' in route definition`);
  } else {
    const what = family === undefined ? "No" : "IPv4";
    if (place.length !== 4)
      return refuse(`${what} family specified for non-IPv4 address '${address}' in route definition`);
    // libvirt names the address here too.
    if (via.length !== 4)
      return refuse(`${what} family specified for non-IPv4 gateway '${address}' in route definition`);
  }
  if (netmask !== undefined && mask === undefined)
    return refuse(`Bad netmask address '${netmask}' in route definition`);
  if (mask !== undefined && mask.length !== 4) {
    return refuse(`Invalid netmask '${netmask}' for address '${address}' (both must be IPv4)`);
  }
  if (mask !== undefined && route.prefix !== undefined) {
    return refuse("Route definition cannot have both a prefix and a netmask");
  }
  const most = 8 * place.length;
  if (route.prefix !== undefined && route.prefix > most) {
    return refuse(`Invalid prefix ${route.prefix} specified in route definition, must be 0 - ${most}`);
  }
  const prefix = mask === undefined ? (route.prefix ?? 0) : prefixOf(mask);
  if (prefix === undefined || compareIp(networkOf(place, prefix), place) !== 0) {
    refuse(`Address '${address}' in route definition is not a network address`);
  }
}
