import { readFile, writeFile } from "node:fs/promises";
import { ErrorCode, InternalError, virtError } from "@tsvirt/base";
import { asSystemError, errnoNumber, errnoOfText, hasErrno, SystemError } from "../errors.ts";
import { checkFileName } from "../files/names.ts";
import type { Processes } from "../processes/processes.ts";
import { requireSuccess } from "../processes/run.ts";
import { clearCommands, limitCommands } from "./bandwidth.ts";
import type {
  BandwidthLimits,
  BridgeSpec,
  Firewall,
  HostNetwork,
  InterfaceAddress,
  Link,
  LinkCounters,
  Neighbour,
  Tap,
  TapSpec,
} from "./host-network.ts";
import {
  changeBridgePort,
  deleteBridge,
  INTERFACE_NAME_MAX,
  interfaceExists,
  openTapQueue,
  setInterfaceMac,
  setInterfaceMtu,
  setInterfaceUp,
  setTapPersistent,
} from "./ioctl.ts";
import { LinuxFirewall } from "./linux-firewall.ts";
import { isTcpPortFree } from "./tcp-port.ts";

/** The network of this machine: ioctls where they do, `ip` for addresses and routes. */
export class LinuxNetwork implements HostNetwork {
  readonly firewall: Firewall;
  readonly #processes: Processes;
  /** Numbers already given out for a name pattern: a name is not reused while the daemon runs, as libvirt does. */
  readonly #numbers = new Map<string, number>();

  constructor(processes: Processes) {
    this.#processes = processes;
    this.firewall = new LinuxFirewall(processes);
  }

  async links(): Promise<readonly Link[]> {
    const { stdout } = await this.#processes.check({ argv: ["ip", "-json", "-details", "link", "show"] });
    return parseIpLinks(stdout);
  }

  async link(name: string): Promise<Link | undefined> {
    if (!interfaceExists(checkInterfaceName(name))) return undefined;
    return (await this.links()).find((each) => each.name === name);
  }

  exists(name: string): boolean {
    return interfaceExists(checkInterfaceName(name));
  }

  async counters(name: string): Promise<LinkCounters | undefined> {
    const line = (await readFile("/proc/net/dev", "utf8"))
      .split("\n")
      .find((each) => each.trimStart().startsWith(`${name}:`));
    if (line === undefined) return undefined;
    const values = line
      .slice(line.indexOf(":") + 1)
      .trim()
      .split(/\s+/)
      .map(BigInt);
    const at = (index: number): bigint => values[index] ?? 0n;
    return {
      rxBytes: at(0),
      rxPackets: at(1),
      rxErrors: at(2),
      rxDropped: at(3),
      txBytes: at(8),
      txPackets: at(9),
      txErrors: at(10),
      txDropped: at(11),
    };
  }

  async createBridge({ name, mac, stp, delay, mtu }: BridgeSpec): Promise<void> {
    const options = ["forward_delay", String(Math.round(delay * 100)), "stp_state", stp ? "1" : "0"];
    const size = mtu === undefined ? [] : ["mtu", String(mtu)];
    await this.#ip(
      `error creating bridge interface ${name}`,
      "link",
      "add",
      "name",
      checkInterfaceName(name),
      "address",
      mac,
      ...size,
      "type",
      "bridge",
      ...options,
    );
  }

  async removeBridge(name: string): Promise<boolean> {
    if (!this.exists(name)) return false;
    setInterfaceUp(name, false);
    return deleteBridge(name);
  }

  async setUp(name: string, up: boolean): Promise<void> {
    setInterfaceUp(checkInterfaceName(name), up);
  }

  async setMtu(name: string, mtu: number): Promise<void> {
    setInterfaceMtu(checkInterfaceName(name), mtu);
  }

  async addAddress(name: string, { address, prefix, broadcast }: InterfaceAddress): Promise<void> {
    const cast = broadcast === undefined ? [] : ["broadcast", broadcast];
    const what = `Failed to add IP address ${address}/${prefix} to ${name}`;
    await this.#ip(what, "addr", "add", `${address}/${prefix}`, ...cast, "dev", checkInterfaceName(name));
  }

  async addRoute(
    name: string,
    { to, via, metric }: { readonly to: string; readonly via?: string; readonly metric?: number },
  ): Promise<void> {
    await this.#ip(
      `Failed to add route ${to} to ${name}`,
      ...(to.includes(":") ? ["-6"] : []),
      "route",
      "add",
      to,
      ...(via === undefined ? [] : ["via", via]),
      "dev",
      checkInterfaceName(name),
      ...(metric === undefined ? [] : ["metric", String(metric)]),
    );
  }

  async neighbours(): Promise<readonly Neighbour[]> {
    const { stdout } = await this.#processes.check({ argv: ["ip", "-json", "neigh", "show"] });
    return parseNeighbours(stdout);
  }

  async routes(): Promise<readonly { readonly to: string; readonly interface: string }[]> {
    const text = await readFile("/proc/net/route", "utf8");
    return text
      .split("\n")
      .slice(1)
      .map((line) => line.split("\t"))
      .flatMap(([name, destination, , , , , , mask]) =>
        name && destination && mask && mask !== "00000000"
          ? [{ to: `${dotted(destination)}/${prefixOf(mask)}`, interface: name }]
          : [],
      );
  }

  async createTap(tap: TapSpec): Promise<Tap> {
    const count = tap.queues ?? 1;
    const descriptors = [];
    let name = tap.name.includes("%d") ? this.#freeName(tap.name) : checkInterfaceName(tap.name);
    try {
      for (let queue = 0; queue < count; queue++) {
        const opened = openTapQueue({ name, vnetHeader: tap.vnetHeader, multiQueue: count > 1 });
        descriptors.push(opened.descriptor);
        name = opened.name;
      }
      setInterfaceMac(name, tap.mac);
      if (tap.mtu !== undefined) setInterfaceMtu(name, tap.mtu);
      if (tap.bridge !== undefined) changeBridgePort(checkInterfaceName(tap.bridge), name, true);
      if (tap.up) setInterfaceUp(name, true);
      if (tap.persistent) setTapPersistent(descriptors[0]!.fd, true, tap.owner);
    } catch (error) {
      // The tap was never made persistent, or that very step failed: it ends with its descriptors.
      for (const each of descriptors) each.close();
      throw error;
    }
    return { name, descriptors };
  }

  async removeTap(name: string): Promise<boolean> {
    if (!this.exists(name)) return false;
    const { descriptor } = openTapQueue({ name, vnetHeader: false, multiQueue: false });
    try {
      setTapPersistent(descriptor.fd, false);
    } finally {
      descriptor.close();
    }
    return true;
  }

  async attach(bridge: string, name: string): Promise<void> {
    changeBridgePort(checkInterfaceName(bridge), checkInterfaceName(name), true);
  }

  async detach(bridge: string, name: string): Promise<void> {
    changeBridgePort(checkInterfaceName(bridge), checkInterfaceName(name), false);
  }

  async setBandwidth(
    name: string,
    limits: BandwidthLimits,
    { shared = false }: { readonly shared?: boolean } = {},
  ): Promise<void> {
    checkInterfaceName(name);
    for (const [program, ...rest] of clearCommands(name)) {
      await this.#processes.run({ argv: [program ?? "tc", ...rest] });
    }
    for (const [program, ...rest] of limitCommands(name, limits, shared)) {
      await this.#processes.check({ argv: [program ?? "tc", ...rest] });
    }
  }

  async setVlanFiltering(bridge: string): Promise<void> {
    const name = checkInterfaceName(bridge);
    const { code } = await this.#processes.run({
      argv: ["ip", "link", "set", "dev", name, "type", "bridge", "vlan_filtering", "1"],
    });
    // A kernel without it calls the setting invalid.
    if (code !== 0) {
      throw new SystemError(errnoNumber("EINVAL"), `Unable to set bridge ${name} vlan_filtering via ioctl`);
    }
  }

  async setPortIsolated(name: string, isolated: boolean): Promise<void> {
    const port = ["link", "set", "dev", checkInterfaceName(name), "type", "bridge_slave"];
    await this.#ip(`Unable to set isolation of bridge port ${name}`, ...port, "isolated", isolated ? "on" : "off");
  }

  async isTcpPortFree(port: number): Promise<boolean> {
    return isTcpPortFree(port);
  }

  async readSetting(path: string): Promise<string | undefined> {
    return readAttribute(settingPath(path));
  }

  async writeSetting(path: string, value: string): Promise<boolean> {
    try {
      await writeAttribute(settingPath(path), value);
      return true;
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return false;
      throw error;
    }
  }

  #freeName(pattern: string): string {
    for (let number = this.#numbers.get(pattern) ?? 0; ; number++) {
      const name = checkInterfaceName(pattern.replace("%d", String(number)));
      if (interfaceExists(name)) continue;
      this.#numbers.set(pattern, number + 1);
      return name;
    }
  }

  /** Runs `ip`; the kernel's own refusal is told as such. */
  async #ip(what: string, ...rest: readonly string[]): Promise<void> {
    const argv = ["ip", ...rest] as const;
    const result = await this.#processes.run({ argv });
    const answer = /RTNETLINK answers: (.+)/.exec(result.stderr)?.[1];
    const errno = answer === undefined ? undefined : errnoOfText(answer);
    if (errno !== undefined) throw new SystemError(errno, what);
    requireSuccess({ argv }, result);
  }
}

/** An interface name that can neither leave its directory in sysfs nor be taken for an option. */
export function checkInterfaceName(name: string): string {
  checkFileName(name, "interface");
  if (new TextEncoder().encode(name).length > INTERFACE_NAME_MAX || /[\s:]/.test(name) || name.startsWith("-")) {
    throw virtError(ErrorCode.invalidArg, `invalid network interface name '${name}'`);
  }
  return name;
}

function settingPath(path: string): string {
  if (!/^(?:[a-zA-Z0-9_.:@-]+\/)*[a-zA-Z0-9_.:@-]+$/.test(path) || path.split("/").includes("..")) {
    throw new SystemError(errnoNumber("EINVAL"), `Kernel setting '${path}'`);
  }
  return `/proc/sys/${path}`;
}

/** Reads `ip -json neigh show`; entries without a card (not answered yet, or no more) are left out. */
export function parseNeighbours(text: string): readonly Neighbour[] {
  const value: unknown = text.trim() === "" ? [] : JSON.parse(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { dst, lladdr, dev } = entry as Readonly<Record<string, unknown>>;
    return typeof dst === "string" && typeof lladdr === "string" && typeof dev === "string"
      ? [{ address: dst, mac: lladdr.toLowerCase(), interface: dev }]
      : [];
  });
}

/** Reads `ip -json -details link show`. */
export function parseIpLinks(text: string): readonly Link[] {
  const parsed: unknown = text.trim() === "" ? [] : JSON.parse(text);
  if (!Array.isArray(parsed)) throw new InternalError("ip printed no list of links");
  return parsed.filter(isIpLink).map((each) => ({
    name: each.ifname,
    index: each.ifindex,
    mac: each.address ?? "00:00:00:00:00:00",
    mtu: each.mtu,
    up: each.flags.includes("UP"),
    master: each.master,
    kind: kindOf(each),
  }));
}

/** The fields of one link that are of use. */
interface IpLink {
  readonly ifname: string;
  readonly ifindex: number;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly address?: string;
  readonly master?: string;
  readonly link_type?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

function isIpLink(value: unknown): value is IpLink {
  if (typeof value !== "object" || value === null) return false;
  const { ifname, ifindex, mtu, flags } = value as Partial<IpLink>;
  return typeof ifname === "string" && typeof ifindex === "number" && typeof mtu === "number" && Array.isArray(flags);
}

function kindOf({ link_type, linkinfo }: IpLink): Link["kind"] {
  switch (linkinfo?.info_kind) {
    case "bridge":
      return "bridge";
    case "tun":
      return "tap";
    case undefined:
      return link_type === "loopback" ? "loopback" : "physical";
    default:
      return "other";
  }
}

/** The kernel writes an IPv4 address as the hexadecimal of its 32-bit word in memory order. */
function dotted(hexadecimal: string): string {
  const bytes = Buffer.from(hexadecimal, "hex");
  return [...(new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? bytes.reverse() : bytes)].join(".");
}

function prefixOf(mask: string): number {
  return [...Buffer.from(mask, "hex")].reduce((bits, byte) => bits + byte.toString(2).replaceAll("0", "").length, 0);
}

async function readAttribute(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (hasErrno(error, "ENOENT", "ENOTDIR", "EINVAL", "ENODEV")) return undefined;
    throw asSystemError(error, `Unable to read '${path}'`);
  }
}

async function writeAttribute(path: string, value: string): Promise<void> {
  try {
    await writeFile(path, value);
  } catch (error) {
    throw asSystemError(error, `Unable to write '${path}'`);
  }
}
