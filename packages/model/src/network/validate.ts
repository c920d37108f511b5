import { parseIp } from "../common/ip-address.ts";
import { servesDhcp } from "./dnsmasq.ts";
import { forwardMode, ownsBridge } from "./modes.ts";
import type { Network } from "./network.ts";

/**
 * Why a well-formed network cannot be: its forward mode does not go with its parts, in the words of libvirt's driver
 * (`networkValidate`). All are unsupported configurations. Undefined if nothing is wrong.
 */
export function networkProblem(network: Network): string | undefined {
  return foreignParts(network) ?? bandwidth(network) ?? pool(network) ?? dhcp(network) ?? portGroups(network);
}

/** What only a bridge of libvirt's own can have. */
function foreignParts(network: Network): string | undefined {
  if (ownsBridge(network)) return undefined;
  const { dns } = network;
  const answers = (dns?.texts.length ?? 0) + (dns?.hosts.length ?? 0) + (dns?.services.length ?? 0) > 0;
  const what = network.mac
    ? "<mac>"
    : network.ips.length > 0
      ? "<ip>"
      : answers
        ? "<dns>"
        : network.domain
          ? "<domain>"
          : undefined;
  return what === undefined
    ? undefined
    : `Unsupported ${what} element in network ${network.name} with forward mode='${forwardMode(network)}'`;
}

function canLimit(network: Network): boolean {
  return ownsBridge(network) || (forwardMode(network) === "bridge" && network.bridge?.name !== undefined);
}

function bandwidth(network: Network): string | undefined {
  if (network.bandwidth === undefined || canLimit(network)) return undefined;
  return `Unsupported network-wide <bandwidth> element in network ${network.name} with forward mode='${forwardMode(network)}'`;
}

function pool({ name, forward }: Network): string | undefined {
  if (forward === undefined) return undefined;
  const { mode, interfaces, addresses, pf } = forward;
  const [first] = interfaces;
  if (mode === "hostdev" && first !== undefined) {
    return `hostdev network '${name}' lists '${first.dev}' in the device pool, but hostdev networks require all devices to be listed by PCI address, not network device name`;
  }
  if (mode !== "hostdev" && addresses.length > 0) {
    return `network '${name}' has forward mode '${mode}'  but lists a device by PCI address in the device pool. This is only supported for networks with forward mode 'hostdev'`;
  }
  if ([interfaces.length > 0, addresses.length > 0, pf !== undefined].filter(Boolean).length > 1) {
    return `<address>, <interface>, and <pf> elements of <forward> in network ${name} are mutually exclusive`;
  }
  return undefined;
}

function dhcp(network: Network): string | undefined {
  for (const [family, bytes] of [
    ["IPv4", 4],
    ["IPv6", 16],
  ] as const) {
    const serving = network.ips.filter((ip) => servesDhcp(ip) && parseIp(ip.address)?.length === bytes);
    if (serving.length > 1) {
      return `Multiple ${family} dhcp sections found -- dhcp is supported only for a single ${family} address on each network`;
    }
  }
  return undefined;
}

function portGroups(network: Network): string | undefined {
  const { name, portGroups: groups } = network;
  const mode = forwardMode(network);
  const [first, second] = groups.filter((group) => group.default === true);
  if (first !== undefined && second !== undefined) {
    return `network '${name}' has multiple default <portgroup> elements (${first.name} and ${second.name}), but only one default is allowed`;
  }
  const names = groups.map((group) => group.name);
  const twice = names.find((each, index) => names.indexOf(each) < index);
  if (twice !== undefined) return `multiple <portgroup> elements with the same name (${twice}) in network '${name}'`;
  const limited = groups.find((group) => group.bandwidth !== undefined);
  if (limited !== undefined && !canLimit(network)) {
    return `Unsupported <bandwidth> element in network '${name}' in portgroup '${limited.name}' with forward mode='${mode}'`;
  }
  return vlan(network);
}

/** Tags need devices that the guest gets, or Open vSwitch. */
function vlan(network: Network): string | undefined {
  const mode = forwardMode(network);
  const allowed =
    mode === "hostdev" || mode === "passthrough" || (mode === "bridge" && network.virtualPort?.type === "openvswitch");
  const used = network.vlan !== undefined;
  const bad = network.portGroups.some((group) => {
    if (!used && group.vlan === undefined) return false;
    if (group.virtualPort === undefined) return !allowed;
    return mode !== "bridge" || group.virtualPort.type !== "openvswitch";
  });
  const hasDefault = network.portGroups.some((group) => group.default === true);
  if (!bad && !(used && !allowed && !hasDefault)) return undefined;
  return `<vlan> element specified for network ${network.name}, whose type doesn't support vlan configuration`;
}
