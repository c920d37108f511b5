import { parseIp, prefixOf } from "../common/ip-address.ts";
import type { ForwardMode } from "./forward.ts";
import type { NetworkIp } from "./ip.ts";
import type { Network } from "./network.ts";

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
  if (ip.prefix !== undefined && ip.prefix > 0) return ip.prefix;
  const mask = ip.netmask === undefined ? undefined : parseIp(ip.netmask);
  if (mask !== undefined) return prefixOf(mask);
  const address = ip.address === undefined ? undefined : parseIp(ip.address);
  if (address === undefined) return undefined;
  if (address.length === 16) return 64;
  const first = address[0] ?? 0;
  return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : undefined;
}
