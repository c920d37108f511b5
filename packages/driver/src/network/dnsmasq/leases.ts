import { ErrorCode } from "@tsvirt/base";
import { ipPrefix, type Network, parseIp } from "@tsvirt/model/network";
import { networkError } from "../errors.ts";
import type { NetworkDriver } from "../network-driver.ts";

/** An address that was given out, as `virNetworkDHCPLease` tells it. */
export interface Lease {
  readonly interface: string;
  /** Seconds since the epoch; 0 never expires. */
  readonly expiry: number;
  readonly family: "ipv4" | "ipv6";
  readonly mac: string;
  readonly iaid: string | undefined;
  readonly address: string;
  readonly prefix: number;
  readonly hostname: string | undefined;
  readonly clientId: string | undefined;
}

/** A lease without what the network adds. */
type RawLease = Omit<Lease, "interface" | "prefix" | "family">;

/** The addresses given out on a network that have not expired, of one card or all. */
export async function leasesOf(driver: NetworkDriver, document: Network, mac?: string): Promise<readonly Lease[]> {
  const bridge = document.bridge?.name;
  if (bridge === undefined) return [];
  const raw = await readLeases(driver, document.name, bridge);
  const now = Math.floor(driver.clock.now() / 1000);
  return raw
    .filter((lease) => mac === undefined || lease.mac.toLowerCase() === mac.toLowerCase())
    .filter(({ expiry }) => expiry <= 0 || expiry >= now)
    .map((lease) => {
      const family = lease.address.includes(":") ? ("ipv6" as const) : ("ipv4" as const);
      const own = document.ips.find((ip) => parseIp(ip.address ?? "")?.length === (family === "ipv6" ? 16 : 4));
      return { ...lease, interface: bridge, family, prefix: (own && ipPrefix(own)) ?? 0 };
    });
}

/** libvirt's helper and dnsmasq itself keep different files; a network has one of them. */
async function readLeases(driver: NetworkDriver, name: string, bridge: string): Promise<readonly RawLease[]> {
  const { layout, host } = driver;
  const status = layout.leaseStatus(bridge);
  if (await host.files.facts(status)) return parseStatus(await host.files.readText(status), status);
  const own = layout.dnsmasqFile(name, "leases");
  return (await host.files.facts(own)) ? parseDnsmasqLeases(await host.files.readText(own)) : [];
}

/** `virbr0.status`: an array of objects; an empty file has none. */
export function parseStatus(text: string, path: string): readonly RawLease[] {
  if (text.trim() === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw networkError(ErrorCode.internalError, `invalid json in file: ${path}`, { cause: error });
  }
  if (!Array.isArray(value)) throw networkError(ErrorCode.internalError, "Malformed lease_entries array");
  return value.map(parseEntry);
}

function parseEntry(entry: unknown): RawLease {
  const fields = new Map<string, unknown>(typeof entry === "object" && entry !== null ? Object.entries(entry) : []);
  const text = (name: string): string | undefined => {
    const found = fields.get(name);
    return typeof found === "string" ? found : undefined;
  };
  const mac = text("mac-address");
  if (mac === undefined) throw networkError(ErrorCode.internalError, "found lease without mac-address");
  const expiry = fields.get("expiry-time");
  if (typeof expiry !== "number") throw networkError(ErrorCode.internalError, "found lease without expiry-time");
  const address = text("ip-address");
  if (address === undefined) throw networkError(ErrorCode.internalError, "found lease without ip-address");
  return { mac, expiry, address, iaid: text("iaid"), hostname: text("hostname"), clientId: text("client-id") };
}

/**
 * dnsmasq's own lease file: `EXPIRY MAC ADDRESS NAME CLIENTID` a line (`*` for what is unknown); lines after `duid` are
 * IPv6 and have the IAID in place of the MAC address.
 */
export function parseDnsmasqLeases(text: string): readonly RawLease[] {
  const leases: RawLease[] = [];
  let v6 = false;
  for (const line of text.split("\n")) {
    const [expiry = "", card = "", address = "", name = "*", client = "*"] = line.trim().split(/\s+/);
    if (expiry === "duid") v6 = true;
    if (!/^\d+$/.test(expiry) || parseIp(address) === undefined) continue;
    leases.push({
      expiry: Number(expiry),
      mac: v6 ? macOfDuid(client) : card,
      iaid: v6 ? card : undefined,
      address,
      hostname: name === "*" ? undefined : name,
      clientId: client === "*" ? undefined : client,
    });
  }
  return leases;
}

/** DUIDs of types 1 and 3 end in the card's address (RFC 8415, section 11). */
function macOfDuid(duid: string): string {
  return duid.split(":").slice(-6).join(":");
}
