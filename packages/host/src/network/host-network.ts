import type { Descriptor } from "../descriptor.ts";

/** A network interface of the host. */
export interface Link {
  readonly name: string;
  readonly index: number;
  /** Lower-case, colon-separated. */
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** The bridge or bond it belongs to. */
  readonly master: string | undefined;
  readonly kind: "bridge" | "tap" | "loopback" | "physical" | "other";
}

/** An address to give to an interface. */
export interface InterfaceAddress {
  readonly address: string;
  readonly prefix: number;
  /** IPv4 only. */
  readonly broadcast?: string;
}

/** A bridge to make. */
export interface BridgeSpec {
  readonly name: string;
  readonly mac: string;
  readonly stp: boolean;
  /** Seconds of forward delay. */
  readonly delay: number;
  readonly mtu?: number;
}

/** A tap device to make for one guest interface. */
export interface TapSpec {
  /** A name, or a pattern with `%d` for the kernel's first free number (`vnet%d`). */
  readonly name: string;
  /** The host's side of it: the guest's address with its first byte `fe`, so that the bridge keeps its own. */
  readonly mac: string;
  /** The bridge to plug it into. */
  readonly bridge?: string;
  /** Guest and host exchange virtio-net headers: offloads. True for virtio models. */
  readonly vnetHeader: boolean;
  /** Queue descriptors wanted; 1 unless the guest is multi-queue. */
  readonly queues?: number;
  readonly mtu?: number;
  readonly up: boolean;
  /** Make it and leave it to a program that opens it by name. Else it ends with its descriptors. */
  readonly persistent?: boolean;
  /** May open a persistent one. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** A tap device and the descriptors of its queues, for the guest to inherit. */
export interface Tap {
  readonly name: string;
  readonly descriptors: readonly Descriptor[];
}

/** Traffic counters as the host sees them: `rx` is what the interface received. */
export interface LinkCounters {
  readonly rxBytes: bigint;
  readonly rxPackets: bigint;
  readonly rxErrors: bigint;
  readonly rxDropped: bigint;
  readonly txBytes: bigint;
  readonly txPackets: bigint;
  readonly txErrors: bigint;
  readonly txDropped: bigint;
}

/** Kilobytes a second, and kilobytes of burst. Without an average there is no limit. */
export interface TrafficLimit {
  readonly average?: bigint;
  readonly peak?: bigint;
  readonly burst?: bigint;
}

/** Limits from a guest's point of view: `inbound` is what it receives. */
export interface BandwidthLimits {
  readonly inbound?: TrafficLimit;
  readonly outbound?: TrafficLimit;
}

/** One packet filter rule of libvirt's chains. Every value was checked by whoever built it (threat-model N4). */
export interface FirewallRule {
  readonly family: "ipv4" | "ipv6";
  readonly table: "filter" | "nat" | "mangle";
  readonly chain: string;
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
  /** `first-last`, of MASQUERADE. */
  readonly toPorts?: string;
  /** `first-last:ports`, of SNAT. */
  readonly toSource?: string;
}

/** libvirt's own chains in the kernel's packet filter. */
export interface Firewall {
  /** Makes the chains (`LIBVIRT_INP`, …) and the jumps to them, once; idempotent. */
  setUp(): Promise<void>;
  /** Puts each rule at the head of its chain, in this order; one that is there already is not added twice. */
  add(rules: readonly FirewallRule[]): Promise<void>;
  /** Removes rules; one that is not there is no error. */
  remove(rules: readonly FirewallRule[]): Promise<void>;
}

/** An address and the card that answers at it. */
export interface Neighbour {
  readonly address: string;
  /** Lower case. */
  readonly mac: string;
  readonly interface: string;
}

/** Interfaces, addresses and packet filter of the machine. Errors are `SystemError`s, or a helper's last words. */
export interface HostNetwork {
  readonly firewall: Firewall;
  links(): Promise<readonly Link[]>;
  link(name: string): Promise<Link | undefined>;
  /** Is there an interface of that name? At once. */
  exists(name: string): boolean;
  /** Bytes and packets; `undefined` when there is no such interface. */
  counters(name: string): Promise<LinkCounters | undefined>;
  createBridge(bridge: BridgeSpec): Promise<void>;
  /** False when it was not there. */
  removeBridge(name: string): Promise<boolean>;
  setUp(name: string, up: boolean): Promise<void>;
  setMtu(name: string, mtu: number): Promise<void>;
  addAddress(name: string, address: InterfaceAddress): Promise<void>;
  addRoute(
    name: string,
    route: { readonly to: string; readonly via?: string; readonly metric?: number },
  ): Promise<void>;
  /** The addresses that the kernel has seen cards of other machines at. */
  neighbours(): Promise<readonly Neighbour[]>;
  /** All routes to networks in the main table, `address/prefix` with their interface, for collision checks. */
  routes(): Promise<readonly { readonly to: string; readonly interface: string }[]>;
  /** Makes a tap; everything up to the descriptors takes well under a millisecond of ours. */
  createTap(tap: TapSpec): Promise<Tap>;
  /** Ends a persistent tap. False when it was not there. */
  removeTap(name: string): Promise<boolean>;
  attach(bridge: string, name: string): Promise<void>;
  detach(bridge: string, name: string): Promise<void>;
  /**
   * Limits the traffic of an interface, in place of earlier limits; `shared` for a network's bridge, whose ports have
   * classes of their own below it. No limits take all shaping off.
   */
  setBandwidth(name: string, limits: BandwidthLimits, options?: { readonly shared?: boolean }): Promise<void>;
  /** Lets the bridge tell VLANs apart, and addresses be set by us rather than learnt. */
  setVlanFiltering(bridge: string): Promise<void>;
  /** `isolated` ports of a bridge do not see each other. */
  setPortIsolated(name: string, isolated: boolean): Promise<void>;
  /** Can a server listen on this TCP port, on all addresses of both families? Somebody may take it right after. */
  isTcpPortFree(port: number): Promise<boolean>;
  /** A kernel setting by path below `/proc/sys`, e.g. `net/ipv4/ip_forward`; `undefined` when it does not exist. */
  readSetting(path: string): Promise<string | undefined>;
  /** False when it does not exist. */
  writeSetting(path: string, value: string): Promise<boolean>;
}
