import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  leaf,
  live,
  type ParseOptions,
  type Reader,
  text,
  u32,
  uuid,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { compareIp, networkOf, parseIp, prefixOf } from "../common/ip-address.ts";
import { Bandwidth, MacElement, Mtu, PortOptions, Route, VirtualPort, Vlan } from "../common/link.ts";
import { Dns } from "./dns.ts";
import { Bridge, DnsDomain, DnsmasqOptions, Forward, type ForwardMode } from "./forward.ts";
import { NetworkIp } from "./ip.ts";

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

/** A virtual network: the document of formatnetwork.html, elements in libvirt 9.0's order. */
export class Network extends element("network", {
  connections: live(attribute.optional(u32)),
  ipv6: attribute.implied(yesNo, false),
  trustGuestRxFilters: attribute.optional(yesNo),
  name: leaf(text, "name", { missing: "missing name information", missingCode: ErrorCode.noName }),
  uuid: leaf.optional(uuid, "uuid", { invalid: "malformed uuid element", code: ErrorCode.internalError }),
  metadata: verbatim(),
  forward: child.optional(Forward),
  bridge: child.optional(Bridge),
  mtu: child.optional(Mtu),
  mac: child.optional(MacElement),
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
  const defaults = network.portGroups.filter((group) => group.default === true);
  if (defaults.length > 1) {
    reader.reportValue(network, `multiple default <portgroup> elements are not allowed (network '${name}')`, {
      code: ErrorCode.configUnsupported,
    });
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
  if (ip.address === undefined) {
    if (ip.netmask !== undefined || ip.prefix !== undefined) {
      reader.reportValue(ip, `netmask specified without address in network '${name}'`);
    }
    return;
  }
  const address = parseIp(ip.address);
  if (address === undefined) return;
  const v4 = address.length === 4;
  if (ip.family === "ipv6" && v4) {
    reader.reportValue(ip, `family 'ipv6' specified for non-IPv6 address '${ip.address}' in network '${name}'`);
    return;
  }
  if ((ip.family ?? "ipv4") === "ipv4" && !v4) {
    reader.reportValue(
      ip,
      ip.family === undefined
        ? `no family specified for non-IPv4 address '${ip.address}' in network '${name}'`
        : `family 'ipv4' specified for non-IPv4 address '${ip.address}' in network '${name}'`,
    );
    return;
  }
  if (ip.netmask !== undefined && !v4) {
    reader.reportValue(ip, `netmask not allowed for IPv6 address '${ip.address}' in network '${name}'`);
    return;
  }
  const prefix = ipPrefix(ip);
  if (prefix === undefined || prefix > 8 * address.length) {
    reader.reportValue(
      ip,
      `network '${name}' has invalid netmask '${ip.netmask ?? ip.prefix}' for address '${ip.address}'`,
    );
    return;
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
  for (const host of ip.dhcp?.hosts ?? []) {
    if (subnet.length === 4 && host.mac === undefined && host.name === undefined) {
      reader.reportValue(
        host,
        `At least one of name, mac, or ip attribute must be specified for static host definition in network '${network.name}'`,
      );
    }
    const address = host.ip === undefined ? undefined : parseIp(host.ip);
    if (address !== undefined && address.length !== subnet.length) {
      reader.reportValue(
        host,
        `Invalid IP address '${host.ip}' in static host definition of network '${network.name}'`,
      );
    }
  }
}
