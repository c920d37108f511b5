import { type Clock, JobQueue, type Logger } from "@tsvirt/base";
import type { FileLock, Host, Layout, Store } from "@tsvirt/host";
import type { NetworkAddress, NetworkPorts, NetworkPort as Plug, PortRequest } from "../network-ports.ts";
import { stopDnsmasqWatch } from "./dnsmasq/daemon.ts";
import { leasesOf } from "./dnsmasq/leases.ts";
import { plugIn, unplug } from "./ports.ts";
import { NetworkRegistry } from "./registry.ts";
import type { VirtualNetwork } from "./virtual-network.ts";

/** What happened to a network. */
export type NetworkEvent = "defined" | "undefined" | "started" | "stopped";
/** Takes network events; called in order, must not throw. */
export type NetworkListener = (network: Pick<VirtualNetwork, "name" | "uuid">, event: NetworkEvent) => void;

/** What a {@link NetworkDriver} is made of. */
export interface NetworkDriverOptions {
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly lock: FileLock | undefined;
}

/** What all parts of the network driver share: the networks, and the means to act on them. */
export class NetworkDriver implements NetworkPorts {
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
  readonly store: Store;
  readonly networks = new NetworkRegistry();
  /** Held while a name, UUID or bridge is claimed. Taken before any network's own jobs, never inside one. */
  readonly claims = new JobQueue();
  readonly #lock: FileLock | undefined;
  readonly #listeners = new Set<NetworkListener>();
  #lastCallbackId = -1;

  constructor(options: NetworkDriverOptions) {
    this.layout = options.layout;
    this.host = options.host;
    this.log = options.log;
    this.clock = options.clock;
    this.store = options.store;
    this.#lock = options.lock;
  }

  /** Networks that run keep a daemon with `--timeout` alive. */
  get busy(): boolean {
    return this.networks.all.some(({ isActive }) => isActive);
  }

  /** Whether bridges and rules can be made at all. */
  get privileged(): boolean {
    return this.host.users.self.uid === 0;
  }

  /** A number no registration of events has had. */
  takeCallbackId(): number {
    return ++this.#lastCallbackId;
  }

  /** Listens until the returned function is called. */
  onEvent(listener: NetworkListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(network: Pick<VirtualNetwork, "name" | "uuid">, event: NetworkEvent): void {
    for (const listener of [...this.#listeners]) listener(network, event);
  }

  async plug(request: PortRequest): Promise<Plug> {
    return plugIn(this, request);
  }

  async addresses(network: string, mac: string): Promise<readonly NetworkAddress[]> {
    const document = this.networks.findByName(network)?.current;
    return document ? leasesOf(this, document, mac) : [];
  }

  async unplug(network: string, portId: string): Promise<void> {
    const found = this.networks.findByName(network);
    if (found) await unplug(this, found, portId);
  }

  /** Lets go of everything; networks run on. Idempotent. */
  async close(): Promise<void> {
    for (const { live } of this.networks.all) if (live) stopDnsmasqWatch(live);
    this.#lock?.release();
  }
}
