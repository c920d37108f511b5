import { ErrorCode } from "@tsvirt/base";
import { attribute, element, type Parsed, parseXml, text, type XmlElement } from "@tsvirt/codec/xml";
import {
  compareIp,
  DhcpHost,
  DhcpRange,
  DnsHost,
  DnsService,
  ForwardInterface,
  ipPrefix,
  type Network,
  type NetworkIp,
  nameForwardDevice,
  networkRules,
  PortGroup,
  parseIp,
  rangeProblem,
  servesDhcp,
} from "@tsvirt/model/network";
import { refreshDnsmasq, restartDnsmasq } from "./dnsmasq/daemon.ts";
import { copyNetwork } from "./documents.ts";
import { networkError } from "./errors.ts";
import { writeDefinition, writeStatus } from "./files.ts";
import type { NetworkDriver } from "./network-driver.ts";
import type { LiveNetwork, VirtualNetwork } from "./virtual-network.ts";

/** A TXT record of which only the name need be known, to delete it. */
class TextKey extends element("txt", { name: attribute(text), value: attribute.optional(text) }) {}

/** What to do with the part. */
export type UpdateCommand = "modify" | "delete" | "addLast" | "addFirst";
/** Which part of the document; those that cannot be changed are named as libvirt names them in its refusal. */
export type UpdateSection =
  | "bridge"
  | "domain"
  | "ip"
  | "ip-dhcp-host"
  | "ip-dhcp-range"
  | "forward"
  | "forward-interface"
  | "forward-pf"
  | "portgroup"
  | "dns-host"
  | "dns-txt"
  | "dns-srv";

/** One change of a network (`virNetworkUpdate`). */
export interface NetworkUpdate {
  readonly command: UpdateCommand;
  readonly section: UpdateSection;
  /** Which `<ip>` has the DHCP entry; -1 for the one that fits. */
  readonly parentIndex: number;
  readonly xml: string;
  readonly live: boolean;
  readonly config: boolean;
}

/** Changes a part of what runs, of what is stored, or of both: both or neither are changed. */
export async function updateNetwork(
  driver: NetworkDriver,
  network: VirtualNetwork,
  update: NetworkUpdate,
): Promise<void> {
  await network.jobs.run("update", async () => {
    const { live } = network;
    if (update.live && !live) throw networkError(ErrorCode.operationInvalid, "network is not running");
    if (update.config && !network.definition) {
      throw networkError(ErrorCode.operationInvalid, "cannot change persistent config of a transient network");
    }
    const definition = update.config && network.definition ? changed(network.definition, update) : undefined;
    const document = update.live && live ? changed(live.document, update) : undefined;
    if (definition) {
      await writeDefinition(driver, definition);
      network.definition = definition;
    }
    if (document && live) await applyLive(driver, network, live, document, update.section);
  });
}

async function applyLive(
  driver: NetworkDriver,
  network: VirtualNetwork,
  live: LiveNetwork,
  document: Network,
  section: UpdateSection,
): Promise<void> {
  const before = live.document;
  live.document = document;
  const served = before.ips.some(servesDhcp);
  const { firewall } = driver.host.network;
  const [old, fresh] = [networkRules(before), networkRules(document)];
  if (JSON.stringify(old) !== JSON.stringify(fresh)) {
    await firewall.remove(old);
    await firewall.add(fresh);
  }
  if (["ip-dhcp-range", "dns-txt", "dns-srv"].includes(section) || served !== document.ips.some(servesDhcp)) {
    await restartDnsmasq(driver, live);
  } else if (section === "ip-dhcp-host" || section === "dns-host") {
    await refreshDnsmasq(driver, live);
  }
  await writeStatus(driver, network);
}

/** The document after the change; the old one is left as it is. */
function changed(before: Network, update: NetworkUpdate): Network {
  const network = copyNetwork(before);
  const { section } = update;
  switch (section) {
    case "ip-dhcp-host":
      changeDhcpHost(network, update);
      break;
    case "ip-dhcp-range":
      changeDhcpRange(network, update);
      break;
    case "forward-interface":
      changeForwardInterface(network, update);
      break;
    case "portgroup":
      changePortGroup(network, update);
      break;
    case "dns-host":
      changeDnsHost(network, update);
      break;
    case "dns-txt":
      changeDnsText(network, update);
      break;
    case "dns-srv":
      changeDnsService(network, update);
      break;
    default:
      throw networkError(
        ErrorCode.operationUnsupported,
        `can't update '${section}' section of network '${network.name}'`,
      );
  }
  return network;
}

/** Reads the fragment, which must be one element of the expected kind. */
function fragment<T>(network: Network, xml: string, name: string, read: (root: XmlElement) => Parsed<T>): Parsed<T> {
  const root = parseXml(xml, { label: "network_update_xml" });
  if (root.name !== name) {
    throw networkError(
      ErrorCode.xmlError,
      `unexpected element <${root.name}>, expecting <${name}>, while updating network '${network.name}'`,
    );
  }
  return read(root);
}

/** A fragment that must be complete. */
function complete<T>({ value, reader }: Parsed<T>): T {
  reader.throwIfFailed(undefined);
  return value;
}

/** Puts an item first or last. */
function insert<T>(list: T[], item: T, command: UpdateCommand): void {
  if (command === "addFirst") list.unshift(item);
  else list.push(item);
}

function invalid(message: string): never {
  throw networkError(ErrorCode.operationInvalid, message);
}

function unsupported(message: string): never {
  throw networkError(ErrorCode.operationUnsupported, message);
}

/** The `<ip>` whose DHCP server is meant: the one of that index, or the one that has a server, or the first that may. */
function dhcpParent(
  network: Network,
  { parentIndex }: NetworkUpdate,
  what: string,
  family: 4 | 16 | undefined,
): NetworkIp {
  if (parentIndex >= 0) {
    const found = network.ips[parentIndex];
    if (!found) {
      return invalid(
        `couldn't update dhcp ${what} entry - no <ip> element found at index ${parentIndex} in network '${network.name}'`,
      );
    }
    return found;
  }
  const fitting = network.ips.filter((ip) => family === undefined || parseIp(ip.address ?? "")?.length === family);
  const found = fitting.find(servesDhcp) ?? fitting[0];
  if (!found) {
    return invalid(`couldn't update dhcp ${what} entry - no <ip> element found in network '${network.name}'`);
  }
  return found;
}

function dhcpOf(ip: NetworkIp) {
  ip.dhcp ??= { ranges: [], hosts: [] };
  return ip.dhcp;
}

function changeDhcpHost(network: Network, update: NetworkUpdate): void {
  const host = complete(fragment(network, update.xml, "host", (root) => DhcpHost.read(root, { owner: network.name })));
  const address = host.ip === undefined ? undefined : parseIp(host.ip);
  const family = address === undefined ? undefined : address.length === 4 ? 4 : 16;
  const { hosts } = dhcpOf(dhcpParent(network, update, "host", family));
  const same = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
  const sameAddress = (other: DhcpHost): boolean => {
    const theirs = other.ip === undefined ? undefined : parseIp(other.ip);
    return address !== undefined && theirs?.length === address.length && compareIp(theirs, address) === 0;
  };
  switch (update.command) {
    case "modify": {
      const at = hosts.findIndex((each) => same(each.mac, host.mac) || same(each.name, host.name));
      if (at < 0)
        invalid(
          `couldn't locate an existing dhcp host entry with "mac='${host.mac ?? ""}'" in network '${network.name}'`,
        );
      hosts[at] = host;
      return;
    }
    case "delete": {
      // Every attribute that is given must fit.
      const at = hosts.findIndex(
        (each) =>
          (host.mac === undefined || same(each.mac, host.mac)) &&
          (host.name === undefined || each.name === host.name) &&
          (host.ip === undefined || sameAddress(each)),
      );
      if (at < 0) invalid(`couldn't locate a matching dhcp host entry in network '${network.name}'`);
      hosts.splice(at, 1);
      return;
    }
    default: {
      if (address === undefined || (host.mac === undefined && host.name === undefined)) {
        throw networkError(
          ErrorCode.xmlError,
          `Missing ${address === undefined ? "IP address" : "mac or name"} in static host definition for network '${network.name}'`,
        );
      }
      if (hosts.some((each) => same(each.mac, host.mac) || same(each.name, host.name) || sameAddress(each))) {
        const parts = [
          host.mac === undefined ? "" : ` mac='${host.mac}'`,
          host.name === undefined ? "" : ` name='${host.name}'`,
          host.ip === undefined ? "" : ` ip='${host.ip}'`,
        ];
        invalid(
          `there is an existing dhcp host entry in network '${network.name}' that matches "<host${parts.join("")}/>"`,
        );
      }
      insert(hosts, host, update.command);
    }
  }
}

function changeDhcpRange(network: Network, update: NetworkUpdate): void {
  if (update.command === "modify") unsupported("dhcp ranges cannot be modified, only added or deleted");
  const range = complete(
    fragment(network, update.xml, "range", (root) => DhcpRange.read(root, { owner: network.name })),
  );
  const [start, end] = [parseIp(range.start) ?? [], parseIp(range.end) ?? []];
  const parent = dhcpParent(network, update, "range", start.length === 4 ? 4 : 16);
  const problem = rangeProblem(range.start, range.end, { address: parent.address, prefix: ipPrefix(parent) ?? 0 });
  if (problem !== undefined) throw networkError(ErrorCode.internalError, problem);
  const { ranges } = dhcpOf(parent);
  const same = (other: DhcpRange): boolean =>
    compareIp(parseIp(other.start) ?? [], start) === 0 && compareIp(parseIp(other.end) ?? [], end) === 0;
  const words = `"<range start='${range.start}' end='${range.end}'/>"`;
  const at = ranges.findIndex(same);
  if (update.command === "delete") {
    if (at < 0) invalid(`couldn't locate a matching dhcp range entry in network '${network.name}'`);
    ranges.splice(at, 1);
    return;
  }
  if (at >= 0) invalid(`there is an existing dhcp range entry in network '${network.name}' that matches ${words}`);
  insert(ranges, range, update.command);
}

function changeForwardInterface(network: Network, { command, xml }: NetworkUpdate): void {
  const { dev } = complete(
    fragment(network, xml, "interface", (root) => ForwardInterface.read(root, { owner: network.name })),
  );
  // An isolated network has no way out that the interface could be on.
  const interfaces = network.forward?.interfaces ?? [];
  const at = interfaces.findIndex((each) => each.dev === dev);
  if (command === "modify") unsupported("forward interface entries cannot be modified, only added or deleted");
  if (command === "delete") {
    if (at < 0)
      invalid(`couldn't find an interface entry in network '${network.name}' matching <interface dev='${dev}'>`);
    interfaces.splice(at, 1);
    return;
  }
  if (at >= 0) {
    invalid(
      `there is an existing interface entry in network '${network.name}' that matches "<interface dev='${dev}'>"`,
    );
  }
  insert(interfaces, { dev }, command);
  nameForwardDevice(network);
}

function changePortGroup(network: Network, { command, xml }: NetworkUpdate): void {
  const group = complete(fragment(network, xml, "portgroup", (root) => PortGroup.read(root, { owner: network.name })));
  const { portGroups } = network;
  const at = portGroups.findIndex(({ name }) => name === group.name);
  const adds = command === "addFirst" || command === "addLast";
  if (adds && at >= 0) {
    invalid(
      `there is an existing portgroup entry in network '${network.name}' that matches "<portgroup name='${group.name}'>"`,
    );
  }
  if (!adds && at < 0) {
    invalid(`couldn't find a portgroup entry in network '${network.name}' matching <portgroup name='${group.name}'>`);
  }
  const other = portGroups.find(({ name, default: isDefault }) => isDefault === true && name !== group.name);
  if (command !== "delete" && group.default === true && other) {
    invalid(
      `a different portgroup entry in network '${network.name}' is already set as the default. Only one default is allowed.`,
    );
  }
  if (command === "modify") portGroups[at] = group;
  else if (command === "delete") portGroups.splice(at, 1);
  else insert(portGroups, group, command);
}

function dnsOf(network: Network) {
  network.dns ??= { forwarders: [], texts: [], services: [], hosts: [] };
  return network.dns;
}

function changeDnsHost(network: Network, { command, xml }: NetworkUpdate): void {
  if (command === "modify") {
    unsupported(`DNS HOST records cannot be modified, only added or deleted in network ${network.name}`);
  }
  // To delete one it takes only what identifies it.
  const { value: host } = fragment(network, xml, "host", (root) => DnsHost.read(root, { owner: network.name }));
  const { hosts } = dnsOf(network);
  const matching = hosts.filter(
    (each) => each.ip === host.ip || each.hostnames.some((name) => host.hostnames.includes(name)),
  );
  changeRecords(hosts, matching, host, command, {
    there: `there is already at least one DNS HOST record with a matching field in network ${network.name}`,
    missing: `couldn't locate a matching DNS HOST record in network ${network.name}`,
    several: `multiple matching DNS HOST records were found in network ${network.name}`,
  });
}

function changeDnsText(network: Network, { command, xml }: NetworkUpdate): void {
  if (command === "modify") {
    unsupported(`DNS TXT records cannot be modified, only added or deleted in network ${network.name}`);
  }
  const { value: record } = fragment(network, xml, "txt", (root) => TextKey.read(root));
  const { texts } = dnsOf(network);
  changeRecords(
    texts,
    texts.filter(({ name }) => name === record.name),
    { name: record.name, value: record.value ?? "" },
    command,
    {
      there: `there is already a DNS TXT record with name '${record.name}' in network ${network.name}`,
      missing: `couldn't locate a matching DNS TXT record in network ${network.name}`,
      several: `multiple matching DNS TXT records were found in network ${network.name}`,
    },
  );
}

function changeDnsService(network: Network, { command, xml }: NetworkUpdate): void {
  if (command === "modify") {
    unsupported(`DNS SRV records cannot be modified, only added or deleted in network ${network.name}`);
  }
  const service = complete(fragment(network, xml, "srv", (root) => DnsService.read(root, { owner: network.name })));
  const { services } = dnsOf(network);
  const fits = (key: keyof DnsService) => (each: DnsService) =>
    service[key] === undefined || each[key] === service[key];
  const keys = ["domain", "service", "protocol", "target"] as const;
  changeRecords(
    services,
    services.filter((each) => keys.every((key) => fits(key)(each))),
    service,
    command,
    {
      there: `there is already at least one DNS SRV record matching all specified fields in network ${network.name}`,
      missing: `couldn't locate a matching DNS SRV record in network ${network.name}`,
      several: `multiple DNS SRV records matching all specified fields were found in network ${network.name}`,
    },
  );
}

function changeRecords<T>(
  list: T[],
  matching: readonly T[],
  item: T,
  command: UpdateCommand,
  texts: { readonly there: string; readonly missing: string; readonly several: string },
): void {
  const [first] = matching;
  if (command === "delete") {
    if (first === undefined) invalid(texts.missing);
    if (matching.length > 1) invalid(texts.several);
    list.splice(list.indexOf(first), 1);
    return;
  }
  if (first !== undefined) invalid(texts.there);
  insert(list, item, command);
}
