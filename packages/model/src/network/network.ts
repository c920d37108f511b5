import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  leaf,
  lenient,
  live,
  mac,
  type ParseOptions,
  text,
  u32,
  uuid,
  verbatim,
  writtenIf,
  yesNo,
} from "@tsvirt/codec/xml";
import { Bandwidth, Mtu, PortOptions, Route, VirtualPort, Vlan } from "../common/link.ts";
import { checkBandwidth, checkNetwork } from "./check.ts";
import { Dns } from "./dns.ts";
import { anyCase, Bridge, DnsDomain, DnsmasqOptions, Forward } from "./forward.ts";
import { NetworkIp } from "./ip.ts";
import { ownsBridge } from "./modes.ts";
import { inNetwork, networkName } from "./texts.ts";

/** A set of interfaces that share settings. */
export class PortGroup extends element(
  "portgroup",
  {
    name: attribute(text, undefined, { missing: "Missing required name attribute in portgroup" }),
    default: writtenIf(lenient(attribute.optional(anyCase)), (value) => value),
    trustGuestRxFilters: attribute.optional(yesNo),
    vlan: child.optional(Vlan),
    virtualPort: child.optional(VirtualPort),
    bandwidth: child.optional(Bandwidth),
    port: child.optional(PortOptions),
  },
  {
    expanded: true,
    check({ bandwidth }, _node, reader) {
      if (bandwidth !== undefined) checkBandwidth(bandwidth, reader);
    },
  },
) {}

/** Hardware address of the bridge. */
export class BridgeMac extends element(
  "mac",
  {
    address: attribute(mac, undefined, inNetwork("Invalid bridge mac address '%s' in network '%n'")),
  },
  {
    check({ address }, node, reader) {
      if ((Number.parseInt(address.slice(0, 2), 16) & 1) === 0) return;
      const network = networkName(node, reader);
      reader.report(node, `Invalid multicast bridge mac address '${address}' in network '${network}'`);
    },
  },
) {}

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

/**
 * Reads a network as libvirt's parser does, with its defaults filled in (forward mode, spanning tree, forward delay).
 * Throws `DocumentError` with all that is wrong.
 */
export function parseNetwork(xml: string, options: ParseOptions = {}): Network {
  const { value: network, reader } = Network.read(xml, { label: "(network_definition)", ...options });
  checkNetwork(network, reader);
  complete(network);
  reader.throwIfFailed(options.file);
  return network;
}

/** Writes a network as `virsh net-dumpxml` shows it; `inactive` leaves out what only a running one has. */
export function formatNetwork(network: Network, { inactive = false }: { readonly inactive?: boolean } = {}): string {
  // The interfaces of a physical function are known while the network runs.
  const { forward } = network;
  const shown =
    inactive && forward?.pf !== undefined ? { ...network, forward: { ...forward, interfaces: [] } } : network;
  return Network.format(shown, { live: !inactive });
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
  if (network.domain?.name === undefined) delete network.domain;
  if (network.mtu?.size === 0) delete network.mtu;
  const { forward } = network;
  if (forward?.dev !== undefined && forward.interfaces.length === 0) forward.interfaces.push({ dev: forward.dev });
  nameForwardDevice(network);
  if (!ownsBridge(network)) return;
  const bridge: Bridge = network.bridge ?? {};
  bridge.stp ??= "on";
  bridge.delay ??= 0;
  network.bridge = bridge;
}
