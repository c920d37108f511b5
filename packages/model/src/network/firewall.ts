import { ErrorCode, virtError } from "@tsvirt/base";
import { formatIp, networkOf, parseIp } from "../common/ip-address.ts";
import type { NetworkIp } from "./ip.ts";
import { forwardMode, ipPrefix } from "./modes.ts";
import type { Network } from "./network.ts";

// The packet filter rules of a network, in libvirt's own chains (firewall.html of libvirt).

type Family = "ipv4" | "ipv6";

/** One packet filter rule. Every value comes from a typed field of the network (threat-model N4). */
export interface NetworkRule {
  readonly family: Family;
  readonly table: "filter" | "nat" | "mangle";
  readonly chain: "LIBVIRT_INP" | "LIBVIRT_OUT" | "LIBVIRT_FWI" | "LIBVIRT_FWO" | "LIBVIRT_FWX" | "LIBVIRT_PRT";
  /** `address/prefix`. */
  readonly source?: string;
  readonly destination?: string;
  readonly notDestination?: string;
  readonly in?: string;
  readonly out?: string;
  readonly protocol?: "tcp" | "udp";
  readonly destinationPort?: number;
  /** Only packets of, or about, connections that were made from inside. */
  readonly established?: boolean;
  readonly jump: "ACCEPT" | "REJECT" | "RETURN" | "MASQUERADE" | "SNAT" | "CHECKSUM";
  readonly toPorts?: string;
  readonly toSource?: string;
}

/**
 * The rules of a network in the order in which each is inserted at the head of its chain, so that the last one is the
 * first to match. Modes that do not make their own bridge, and `open`, have none.
 */
export function networkRules(network: Network): readonly NetworkRule[] {
  const mode = forwardMode(network);
  const bridge = network.bridge?.name;
  if (bridge === undefined || !["none", "nat", "route"].includes(mode)) return [];
  const v6 = network.ips.some((ip) => familyOf(ip) === "ipv6");
  return [
    ...generalRules(network, bridge),
    ...(v6 || network.ipv6 ? generalIpv6Rules(bridge, v6) : []),
    ...network.ips.flatMap((ip) => addressRules(network, bridge, ip)),
    ...checksumRules(network, bridge),
  ];
}

function familyOf(ip: NetworkIp): Family | undefined {
  const bytes = ip.address === undefined ? undefined : parseIp(ip.address);
  return bytes === undefined ? undefined : bytes.length === 4 ? "ipv4" : "ipv6";
}

/** Lets guests reach a service of the host's, and its answers reach them. */
function service(
  family: Family,
  bridge: string,
  protocols: readonly ("tcp" | "udp")[],
  inPort: number,
  outPort: number,
): readonly NetworkRule[] {
  const common = { family, table: "filter", jump: "ACCEPT" } as const;
  return [
    ...protocols.map((protocol) => ({
      ...common,
      chain: "LIBVIRT_INP" as const,
      in: bridge,
      protocol,
      destinationPort: inPort,
    })),
    ...protocols.map((protocol) => ({
      ...common,
      chain: "LIBVIRT_OUT" as const,
      out: bridge,
      protocol,
      destinationPort: outPort,
    })),
  ];
}

/** Nothing passes the bridge but what later rules accept; guests may talk among themselves. */
function closed(family: Family, bridge: string): readonly NetworkRule[] {
  return [
    { family, table: "filter", chain: "LIBVIRT_FWO", in: bridge, jump: "REJECT" },
    { family, table: "filter", chain: "LIBVIRT_FWI", out: bridge, jump: "REJECT" },
    { family, table: "filter", chain: "LIBVIRT_FWX", in: bridge, out: bridge, jump: "ACCEPT" },
  ];
}

function generalRules(network: Network, bridge: string): readonly NetworkRule[] {
  const tftp = network.ips.find(
    (ip) => familyOf(ip) === "ipv4" && (ip.tftp || ip.dhcp?.ranges.length || ip.dhcp?.hosts.length),
  );
  return [
    ...service("ipv4", bridge, ["tcp", "udp"], 67, 68),
    ...service("ipv4", bridge, ["tcp", "udp"], 53, 53),
    ...(tftp?.tftp ? service("ipv4", bridge, ["udp"], 69, 69) : []),
    ...closed("ipv4", bridge),
  ];
}

function generalIpv6Rules(bridge: string, addresses: boolean): readonly NetworkRule[] {
  const base = closed("ipv6", bridge);
  if (!addresses) return base;
  return [...base, ...service("ipv6", bridge, ["tcp", "udp"], 53, 53), ...service("ipv6", bridge, ["udp"], 547, 546)];
}

function addressRules(network: Network, bridge: string, ip: NetworkIp): readonly NetworkRule[] {
  const family = familyOf(ip);
  const address = ip.address === undefined ? undefined : parseIp(ip.address);
  const prefix = ipPrefix(ip);
  const mode = forwardMode(network);
  if (family === undefined || address === undefined || prefix === undefined || mode === "none") return [];
  const subnet = `${formatIp(networkOf(address, prefix))}/${prefix}`;
  const device = network.forward?.interfaces[0]?.dev;
  const translated = mode === "nat" && (family === "ipv4" || network.forward?.nat?.ipv6 === true);
  const [outward, inward] = device === undefined ? [{}, {}] : [{ out: device }, { in: device }];
  const filter = { family, table: "filter", jump: "ACCEPT" } as const;
  const gate: readonly NetworkRule[] = [
    { ...filter, chain: "LIBVIRT_FWO", source: subnet, in: bridge, ...outward },
    {
      ...filter,
      chain: "LIBVIRT_FWI",
      destination: subnet,
      ...inward,
      out: bridge,
      ...(translated ? { established: true } : {}),
    },
  ];
  return translated ? [...gate, ...translation(network, family, subnet, outward)] : gate;
}

/** Address translation: for what leaves the network, but not for its broadcasts and multicasts (threat-model N1). */
function translation(
  network: Network,
  family: Family,
  subnet: string,
  outward: { readonly out?: string },
): readonly NetworkRule[] {
  const { address, port } = network.forward?.nat ?? {};
  if (port && port.start >= port.end) {
    throw virtError(ErrorCode.internalError, `Invalid port range '${port.start}-${port.end}'.`);
  }
  const ports = port ? `${port.start}-${port.end}` : "1024-65535";
  // A range of addresses is always IPv4.
  const source =
    family === "ipv4" && address
      ? address.start === address.end
        ? address.start
        : `${address.start}-${address.end}`
      : undefined;
  const common = { family, table: "nat", chain: "LIBVIRT_PRT", source: subnet, ...outward } as const;
  const target = (withPorts: boolean): Pick<NetworkRule, "jump" | "toPorts" | "toSource"> => {
    if (source !== undefined) return { jump: "SNAT", toSource: withPorts ? `${source}:${ports}` : source };
    return withPorts ? { jump: "MASQUERADE", toPorts: ports } : { jump: "MASQUERADE" };
  };
  const groups = family === "ipv4" ? ["255.255.255.255/32", "224.0.0.0/24"] : ["ff02::/16"];
  return [
    { ...common, notDestination: subnet, ...target(false) },
    { ...common, protocol: "udp", notDestination: subnet, ...target(true) },
    { ...common, protocol: "tcp", notDestination: subnet, ...target(true) },
    ...groups.map((destination) => ({ ...common, destination, jump: "RETURN" as const })),
  ];
}

/** Old DHCP clients check checksums that offloading leaves unfinished. */
function checksumRules(network: Network, bridge: string): readonly NetworkRule[] {
  const serves = network.ips.some(
    (ip) => familyOf(ip) === "ipv4" && ((ip.dhcp?.ranges.length ?? 0) > 0 || (ip.dhcp?.hosts.length ?? 0) > 0),
  );
  // libvirt 9.0 adds it for every network that translates or routes; only DHCP answers are concerned.
  if (!serves) return [];
  return [
    {
      family: "ipv4",
      table: "mangle",
      chain: "LIBVIRT_PRT",
      out: bridge,
      protocol: "udp",
      destinationPort: 68,
      jump: "CHECKSUM",
    },
  ];
}

/** The rule as arguments of `iptables` or `ip6tables`, as libvirt runs it; `insert` or `delete`. */
export function iptablesArguments(rule: NetworkRule, action: "insert" | "delete"): readonly string[] {
  const nat = rule.table === "nat" && rule.protocol !== undefined;
  return [
    "-w",
    "--table",
    rule.table,
    `--${action}`,
    rule.chain,
    ...(rule.source === undefined ? [] : ["--source", rule.source]),
    ...(nat ? ["-p", rule.protocol ?? ""] : []),
    ...(rule.destination === undefined ? [] : ["--destination", rule.destination]),
    ...(rule.notDestination === undefined ? [] : ["!", "--destination", rule.notDestination]),
    ...(rule.in === undefined ? [] : ["--in-interface", rule.in]),
    ...(rule.out === undefined ? [] : ["--out-interface", rule.out]),
    ...(nat || rule.protocol === undefined ? [] : ["--protocol", rule.protocol]),
    ...(rule.destinationPort === undefined ? [] : ["--destination-port", String(rule.destinationPort)]),
    ...(rule.established ? ["--match", "conntrack", "--ctstate", "ESTABLISHED,RELATED"] : []),
    "--jump",
    rule.jump,
    ...(rule.jump === "CHECKSUM" ? ["--checksum-fill"] : []),
    ...(rule.toPorts === undefined ? [] : ["--to-ports", rule.toPorts]),
    ...(rule.toSource === undefined ? [] : ["--to-source", rule.toSource]),
  ];
}
