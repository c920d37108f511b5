import { ErrorCode, virtError } from "@tsvirt/base";
import { escapeXml } from "@tsvirt/codec/xml";
import { formatIp, type IpBytes, maskOf, parseIp } from "../common/ip-address.ts";
import type { DnsService } from "./dns.ts";
import type { DhcpHost, DhcpLease, DhcpRange, NetworkIp } from "./ip.ts";
import { forwardMode, ipPrefix } from "./modes.ts";
import type { Network } from "./network.ts";

// What libvirt writes for the dnsmasq of a network (dnsmasq(8); `networkDnsmasqConfContents` of libvirt names the order).

/** Paths that go into the configuration. */
export interface DnsmasqPaths {
  /** Left out when somebody else keeps track of the process. */
  readonly pidFile?: string;
  readonly hostsFile: string;
  readonly addnHostsFile: string;
}

/** The name of a network in the names of its two hosts files: libvirt escapes it there as in XML, and only there. */
export function hostsFileStem(networkName: string): string {
  return escapeXml(networkName);
}

/** The three files of a network's dnsmasq. */
export interface DnsmasqFiles {
  readonly conf: string;
  /** Addresses of known guests; read again at SIGHUP. */
  readonly hosts: string;
  /** Names that the DNS server knows; read again at SIGHUP. */
  readonly addnHosts: string;
}

/** A value that ends up in a line of a file must not end that line (threat-model N4). */
function line(value: string, what: string): string {
  if (/\p{Cc}/u.test(value)) {
    throw virtError(ErrorCode.xmlError, `invalid character in ${what} '${value.replace(/\p{Cc}/gu, "?")}'`);
  }
  return value;
}

/** A value that is one part of a line whose parts are told apart by commas. */
function part(value: string, what: string): string {
  if (/[,\s]/.test(value)) throw virtError(ErrorCode.xmlError, `invalid character in ${what} '${line(value, what)}'`);
  return line(value, what);
}

function familyOf(ip: NetworkIp): 4 | 16 | undefined {
  const bytes = ip.address === undefined ? undefined : parseIp(ip.address);
  return bytes === undefined ? undefined : bytes.length === 4 ? 4 : 16;
}

/** Does this address have a DHCP server? */
export function servesDhcp(ip: NetworkIp): boolean {
  return (ip.dhcp?.ranges.length ?? 0) > 0 || (ip.dhcp?.hosts.length ?? 0) > 0;
}

/** The one address of a family that has a DHCP server. */
function dhcpOf(network: Network, family: 4 | 16): NetworkIp | undefined {
  const [first, second] = network.ips.filter((ip) => familyOf(ip) === family && servesDhcp(ip));
  if (second !== undefined) {
    const name = family === 4 ? "IPv4" : "IPv6";
    throw virtError(ErrorCode.configUnsupported, `For ${name}, multiple DHCP definitions cannot be specified.`);
  }
  return first;
}

/** Does the network need a dnsmasq at all? Not without addresses, nor when it would serve neither DNS, DHCP nor TFTP. */
export function needsDnsmasq(network: Network): boolean {
  if (!network.ips.some((ip) => familyOf(ip) !== undefined)) return false;
  return network.dns?.enable !== false || network.ips.some((ip) => servesDhcp(ip) || ip.tftp?.root !== undefined);
}

/** All of a network's dnsmasq files. The network has its bridge name. Throws for values that a line cannot hold. */
export function dnsmasqFiles(network: Network, paths: DnsmasqPaths): DnsmasqFiles {
  return { conf: configuration(network, paths), hosts: dhcpHosts(network), addnHosts: addnHosts(network) };
}

function configuration(network: Network, paths: DnsmasqPaths): string {
  const wantDns = network.dns?.enable !== false;
  const [v4, v6] = [dhcpOf(network, 4), dhcpOf(network, 16)];
  const served = [v4, v6].filter((ip) => ip !== undefined);
  const leases = served.flatMap((ip) => ip.dhcp?.ranges ?? []).reduce((sum, range) => sum + sizeOf(range), 0);
  return `${[
    "##WARNING:  THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE",
    "##OVERWRITTEN AND LOST.  Changes to this configuration should be made using:",
    `##    virsh net-edit ${line(network.name, "network name")}`,
    "## or other application using the libvirt API.",
    "##",
    "## dnsmasq conf file created by libvirt",
    "strict-order",
    ...(wantDns ? forwarders(network) : ["port=0"]),
    ...domain(network),
    ...(wantDns ? network.ips.filter((ip) => ip.localPtr === true).map((ip) => `local=/${ptrDomain(ip)}/`) : []),
    ...(wantDns && network.dns?.forwardPlainNames === false ? ["domain-needed", "local=//"] : []),
    ...(paths.pidFile === undefined ? [] : [`pid-file=${line(paths.pidFile, "path")}`]),
    "except-interface=lo",
    "bind-dynamic",
    `interface=${part(network.bridge?.name ?? "", "bridge name")}`,
    // Guests of an isolated network get no route and no names from outside, through which they could get out.
    ...(forwardMode(network) === "none" ? ["dhcp-option=3", "no-resolv", "ra-param=*,0,0"] : []),
    ...(wantDns ? records(network) : []),
    ...tftp(network),
    ...served.flatMap((ip) => dhcp(ip)),
    ...(leases > 0 ? [`dhcp-lease-max=${leases}`] : []),
    ...(served.length > 0 ? [`dhcp-hostsfile=${line(paths.hostsFile, "path")}`] : []),
    ...(wantDns ? [`addn-hosts=${line(paths.addnHostsFile, "path")}`] : []),
    ...(network.mtu ? [`dhcp-option=option:mtu,${network.mtu.size}`] : []),
    ...(v6
      ? ["enable-ra"]
      : network.ips.filter((ip) => familyOf(ip) === 16).map((ip) => `dhcp-range=${canonical(ip.address)},ra-only`)),
    ...(network.dnsmasq?.option ?? []).map(({ value }) => line(value, "dnsmasq option")),
  ].join("\n")}\n`;
}

function canonical(address: string | undefined): string {
  const bytes = address === undefined ? undefined : parseIp(address);
  if (bytes === undefined) throw virtError(ErrorCode.internalError, `invalid IP address '${address ?? ""}'`);
  return formatIp(bytes);
}

function forwarders(network: Network): readonly string[] {
  const all = network.dns?.forwarders ?? [];
  const lines = all.map(({ domain: only, addr }) => {
    const about = only === undefined ? "" : `/${part(only, "DNS forwarder domain")}/`;
    return `server=${about}${addr === undefined ? "#" : canonical(addr)}`;
  });
  // When everything else goes to a given server, the host's own ones are not asked.
  return all.some((each) => each.addr !== undefined && each.domain === undefined) ? [...lines, "no-resolv"] : lines;
}

function domain(network: Network): readonly string[] {
  const name = network.domain?.name;
  if (name === undefined) return [];
  const plain = part(name, "domain name");
  return [...(network.domain?.localOnly === true ? [`local=/${plain}/`] : []), `domain=${plain}`, "expand-hosts"];
}

/** The domain of reverse look-ups for a network: whole bytes of IPv4, whole nibbles of IPv6. */
function ptrDomain(ip: NetworkIp): string {
  const bytes = parseIp(ip.address ?? "") ?? [];
  const prefix = ipPrefix(ip) ?? 0;
  const unit = bytes.length === 4 ? 8 : 4;
  if (prefix === 0 || prefix % unit !== 0) {
    throw virtError(
      ErrorCode.configUnsupported,
      `PTR domain for ${bytes.length === 4 ? "IPv4" : "IPv6"} network with prefix ${prefix} cannot be automatically created`,
    );
  }
  const labels =
    bytes.length === 4
      ? bytes.map(String)
      : bytes.flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)]);
  const tail = bytes.length === 4 ? "in-addr.arpa" : "ip6.arpa";
  return `${labels
    .slice(0, prefix / unit)
    .reverse()
    .join(".")}.${tail}`;
}

function records(network: Network): readonly string[] {
  const texts = (network.dns?.texts ?? []).map(
    ({ name, value }) => `txt-record=${part(name, "DNS TXT record name")},${line(value, "DNS TXT record")}`,
  );
  return [...texts, ...(network.dns?.services ?? []).map(service)];
}

/** RFC 2782: underscores before service and protocol; what comes after a missing value needs a default before it. */
function service({ service: name, protocol, domain: about, target, port, priority, weight }: DnsService): string {
  let text = `srv-host=_${part(name, "DNS SRV service")}._${part(protocol, "DNS SRV protocol")}`;
  if (about !== undefined) text += `.${part(about, "DNS SRV domain")}`;
  if (target === undefined || target === ".") return text;
  text += `,${part(target, "DNS SRV target")}`;
  if (port || priority || weight) text += `,${port || 1}`;
  if (priority || weight) text += `,${priority ?? 0}`;
  if (weight) text += `,${weight}`;
  return text;
}

function tftp(network: Network): readonly string[] {
  const roots = network.ips
    .filter((ip) => familyOf(ip) === 4)
    .flatMap((ip) => (ip.tftp?.root === undefined ? [] : [ip.tftp.root]));
  return roots.length === 0 ? [] : ["enable-tftp", ...roots.map((root) => `tftp-root=${line(root, "tftp root")}`)];
}

function dhcp(ip: NetworkIp): readonly string[] {
  const v4 = familyOf(ip) === 4;
  const prefix = ipPrefix(ip) ?? 0;
  const ranges = ip.dhcp?.ranges ?? [];
  const bootp = ip.dhcp?.bootp;
  return [
    ...ranges.map(({ start, end, lease }) => {
      const size = v4 ? formatIp(maskOf(prefix, 4)) : String(prefix);
      return `dhcp-range=${canonical(start)},${canonical(end)},${size}${leaseTime(lease)}`;
    }),
    // Without a range, known guests are served all the same.
    ...(ranges.length === 0 ? [`dhcp-range=${canonical(ip.address)},static${v4 ? "" : `,${prefix}`}`] : []),
    ...(v4 ? ["dhcp-no-override", "dhcp-authoritative"] : []),
    ...(v4 && bootp?.file !== undefined
      ? [
          `dhcp-boot=${line(bootp.file, "bootp file")}${bootp.server === undefined ? "" : `,,${canonical(bootp.server)}`}`,
        ]
      : []),
  ];
}

/** `,5h` and the like; 0 never expires. */
function leaseTime(lease: DhcpLease | undefined): string {
  if (lease?.expiry === undefined) return "";
  if (lease.expiry === 0) return ",infinite";
  const unit = { seconds: "s", minutes: "m", hours: "h" }[lease.unit];
  return `,${lease.expiry}${unit}`;
}

/** Addresses of a range; IPv6 ranges differ in their last 16 bits only. */
function sizeOf({ start, end }: DhcpRange): number {
  const value = (text: string): number => tail(parseIp(text) ?? []);
  return value(end) - value(start) + 1;
}

function tail(bytes: IpBytes): number {
  return bytes.slice(bytes.length === 4 ? 0 : 14).reduce((sum, byte) => sum * 256 + byte, 0);
}

function dhcpHosts(network: Network): string {
  return ([4, 16] as const)
    .flatMap((family) => (dhcpOf(network, family)?.dhcp?.hosts ?? []).map((host) => dhcpHost(host, family)))
    .map((each) => `${each}\n`)
    .join("");
}

function dhcpHost({ mac, id, name, ip, lease }: DhcpHost, family: 4 | 16): string {
  const host = name === undefined ? undefined : part(name, "host name");
  const address = ip === undefined ? undefined : canonical(ip);
  const parts =
    family === 16
      ? [id === undefined ? undefined : `id:${part(id, "client id")}`, host, address && `[${address}]`]
      : mac === undefined
        ? [host, address]
        : [mac, address, host];
  return `${parts.filter((each) => each !== undefined).join(",")}${leaseTime(lease)}`;
}

/** One line an address, with all names it has anywhere. */
function addnHosts(network: Network): string {
  const names = new Map<string, string[]>();
  for (const { ip, hostnames } of network.dns?.hosts ?? []) {
    const address = canonical(ip);
    const known = names.get(address);
    if (known) known.push(...hostnames);
    else names.set(address, [...hostnames]);
  }
  return [...names]
    .map(([address, known]) => `${address}\t${known.map((name) => `${part(name, "host name")}\t`).join("")}\n`)
    .join("");
}
