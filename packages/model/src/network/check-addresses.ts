import { ErrorCode } from "@tsvirt/base";
import type { Reader } from "@tsvirt/codec/xml";
import { compareIp, networkOf, parseIp, prefixOf } from "../common/ip-address.ts";
import type { Route } from "../common/link.ts";
import type { DhcpHost, NetworkIp } from "./ip.ts";
import { ipPrefix } from "./modes.ts";
import type { Network } from "./network.ts";
import { rangeProblem } from "./range.ts";

/** Checks an address of the host and what is handed out around it. */
export function checkIp(network: Network, ip: NetworkIp, reader: Reader): void {
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
    if (ip.prefix !== undefined && ip.prefix > 0)
      return refuse(`Network '${name}' IP address cannot have both a prefix and a netmask`);
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
  if (ip.tftp?.root !== undefined && !ip.tftp.root.startsWith("/")) {
    reader.reportValue(ip, `tftp root '${ip.tftp.root}' of network '${name}' is not an absolute path`);
  }
  checkDhcp(network, ip, prefix, v4, reader);
}

function checkDhcp(network: Network, ip: NetworkIp, prefix: number, v4: boolean, reader: Reader): void {
  for (const range of ip.dhcp?.ranges ?? []) {
    const problem = rangeProblem(range.start, range.end, { address: ip.address, prefix });
    if (problem !== undefined) reader.reportValue(range, problem, { code: ErrorCode.internalError });
  }
  for (const host of ip.dhcp?.hosts ?? []) checkHost(network.name, host, v4, reader);
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
  else if (host.name !== undefined && !/^[A-Za-z0-9]/.test(host.name)) {
    refuse(`Cannot use host name '${host.name}' in network '${name}'`);
  } else if (!v4 && id === undefined && host.name === undefined) {
    refuse(`Static host definition in IPv6 network '${name}' must have id or name attribute`);
  } else if (v4 && mac === undefined && host.name === undefined) {
    refuse(`Static host definition in IPv4 network '${name}' must have mac or name attribute`);
  } else if (ip === undefined) refuse(`Missing IP address in static host definition for network '${name}'`);
}

/** Checks a static route as `virNetDevIPRouteCreate` does; `owner` begins its messages. */
export function checkRoute(owner: string, route: Route, reader: Reader): void {
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
