import { broadcastOf, compareIp, formatIp, type IpBytes, networkOf, parseIp } from "../common/ip-address.ts";

/**
 * What is wrong with a range of addresses, in libvirt's words (`virSocketAddrGetRange`): both ends must be in `network`,
 * and neither its own address nor its broadcast address.
 */
export function rangeProblem(
  from: string,
  to: string,
  network?: { readonly address: string; readonly prefix: number },
): string | undefined {
  const [start, end] = [parseIp(from), parseIp(to)];
  if (start === undefined || end === undefined) return undefined;
  const range = `range ${formatIp(start)} - ${formatIp(end)}`;
  if (start.length !== end.length) return `mismatch of address family in ${range}`;
  const problem = network === undefined ? undefined : outside(start, end, range, network);
  return problem ?? disorder(start, end, range);
}

function outside(
  start: IpBytes,
  end: IpBytes,
  range: string,
  network: { readonly address: string; readonly prefix: number },
): string | undefined {
  const address = parseIp(network.address);
  if (address === undefined) return undefined;
  if (address.length !== start.length) return `mismatch of address family in ${range} for network ${network.address}`;
  const { prefix } = network;
  const subnet = networkOf(address, prefix);
  const name = `network ${network.address}/${prefix}`;
  if ([start, end].some((each) => compareIp(networkOf(each, prefix), subnet) !== 0)) {
    return `${range} is not entirely within ${name}`;
  }
  if (start.length === 16) return undefined;
  if (compareIp(start, subnet) === 0) return `start of ${range} in ${name} is the network address`;
  if (compareIp(end, broadcastOf(address, prefix)) === 0) return `end of ${range} in ${name} is the broadcast address`;
  return undefined;
}

function disorder(start: IpBytes, end: IpBytes, range: string): string | undefined {
  const fixed = start.length - 2;
  if (compareIp(start.slice(0, fixed), end.slice(0, fixed)) !== 0) return `${range} is too large (> 65535)`;
  if (compareIp(start, end) <= 0) return undefined;
  return start.length === 4 ? `${range} is reversed ` : `${range} start larger than end`;
}
