import { errnoNumber, SystemError } from "../errors.ts";
import type {
  BandwidthLimits,
  BridgeSpec,
  Firewall,
  FirewallRule,
  HostNetwork,
  InterfaceAddress,
  Link,
  LinkCounters,
  Neighbour,
  Tap,
  TapSpec,
} from "../network/host-network.ts";
import { FakeDescriptor } from "./fake-descriptor.ts";

/** A packet filter as a list of rules. */
export class FakeFirewall implements Firewall {
  readonly rules: FirewallRule[] = [];
  chainsMade = false;

  async setUp(): Promise<void> {
    this.chainsMade = true;
  }

  async add(rules: readonly FirewallRule[]): Promise<void> {
    for (const rule of rules) if (!this.#has(rule)) this.rules.push(rule);
  }

  async remove(rules: readonly FirewallRule[]): Promise<void> {
    for (const rule of rules) {
      const place = this.rules.findIndex((each) => JSON.stringify(each) === JSON.stringify(rule));
      if (place >= 0) this.rules.splice(place, 1);
    }
  }

  #has(rule: FirewallRule): boolean {
    return this.rules.some((each) => JSON.stringify(each) === JSON.stringify(rule));
  }
}

/** Interfaces in memory. */
export class FakeNetwork implements HostNetwork {
  readonly firewall = new FakeFirewall();
  readonly settings = new Map<string, string>([["net/ipv4/ip_forward", "0"]]);
  readonly addresses = new Map<string, InterfaceAddress[]>();
  readonly taps: Tap[] = [];
  readonly #links = new Map<string, Link>();
  #nextIndex = 2;
  #nextTap = 0;

  async links(): Promise<readonly Link[]> {
    return [...this.#links.values()];
  }

  async link(name: string): Promise<Link | undefined> {
    return this.#links.get(name);
  }

  exists(name: string): boolean {
    return this.#links.has(name);
  }

  async counters(name: string): Promise<LinkCounters | undefined> {
    if (!this.#links.has(name)) return undefined;
    const zero = { rxBytes: 0n, rxPackets: 0n, rxErrors: 0n, rxDropped: 0n };
    return { ...zero, txBytes: 0n, txPackets: 0n, txErrors: 0n, txDropped: 0n };
  }

  async createBridge({ name, mac, mtu }: BridgeSpec): Promise<void> {
    if (this.#links.has(name)) throw new SystemError(errnoNumber("EEXIST"), `Unable to create bridge ${name}`);
    this.#add({ name, mac, mtu: mtu ?? 1500, kind: "bridge" });
  }

  async removeBridge(name: string): Promise<boolean> {
    this.addresses.delete(name);
    return this.#links.delete(name);
  }

  async setUp(name: string, up: boolean): Promise<void> {
    this.#change(name, { up });
  }

  async setMtu(name: string, mtu: number): Promise<void> {
    this.#change(name, { mtu });
  }

  async addAddress(name: string, address: InterfaceAddress): Promise<void> {
    this.addresses.set(name, [...(this.addresses.get(name) ?? []), address]);
  }

  async addRoute(name: string): Promise<void> {
    this.#require(name);
  }

  async neighbours(): Promise<readonly Neighbour[]> {
    return [];
  }

  async routes(): Promise<readonly { readonly to: string; readonly interface: string }[]> {
    return [];
  }

  async createTap(spec: TapSpec): Promise<Tap> {
    const name = spec.name.replace("%d", String(this.#nextTap++));
    this.#add({ name, mac: spec.mac, mtu: spec.mtu ?? 1500, kind: "tap" });
    this.#change(name, { up: spec.up, master: spec.bridge });
    const descriptors = Array.from({ length: spec.queues ?? 1 }, () => new FakeDescriptor(name));
    const tap = { name, descriptors };
    this.taps.push(tap);
    return tap;
  }

  async removeTap(name: string): Promise<boolean> {
    return this.#links.delete(name);
  }

  async attach(bridge: string, name: string): Promise<void> {
    this.#change(name, { master: bridge });
  }

  async detach(_bridge: string, name: string): Promise<void> {
    this.#change(name, { master: undefined });
  }

  /** Limits by interface. */
  readonly bandwidths = new Map<string, BandwidthLimits>();

  async setBandwidth(name: string, limits: BandwidthLimits): Promise<void> {
    this.#require(name);
    this.bandwidths.set(name, limits);
  }

  async setVlanFiltering(bridge: string): Promise<void> {
    this.#require(bridge);
  }

  async setPortIsolated(name: string): Promise<void> {
    this.#require(name);
  }

  /** TCP ports that others hold. */
  readonly busyPorts = new Set<number>();

  async isTcpPortFree(port: number): Promise<boolean> {
    return !this.busyPorts.has(port);
  }

  async readSetting(path: string): Promise<string | undefined> {
    return this.settings.get(path);
  }

  async writeSetting(path: string, value: string): Promise<boolean> {
    this.settings.set(path, value);
    return true;
  }

  #add(link: Pick<Link, "name" | "mac" | "mtu" | "kind">): void {
    this.#links.set(link.name, { ...link, index: this.#nextIndex++, up: false, master: undefined });
  }

  #require(name: string): Link {
    const link = this.#links.get(name);
    if (!link) throw new SystemError(errnoNumber("ENODEV"), `Unable to get index for interface ${name}`);
    return link;
  }

  #change(name: string, change: Partial<Link>): void {
    this.#links.set(name, { ...this.#require(name), ...change });
  }
}
