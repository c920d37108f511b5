import { JobQueue } from "@tsvirt/base";
import type { ProcessRef } from "@tsvirt/host";
import type { Network, NetworkPort } from "@tsvirt/model/network";

/** A port of a running network, by its UUID. */
export type Ports = Map<string, NetworkPort>;

/** What a network has while it runs. */
export interface LiveNetwork {
  /** What it runs as; changes with `net-update --live`. */
  document: Network;
  readonly ports: Ports;
  /** The process that serves DHCP and DNS; `undefined` when it needs none or it has died. */
  dnsmasq: ProcessRef | undefined;
}

/** The only owner of a network's mutable state. Changes go through {@link VirtualNetwork.jobs}; a query does not wait. */
export class VirtualNetwork {
  readonly name: string;
  readonly uuid: string;
  readonly jobs = new JobQueue();
  /** What is stored, and started next time; `undefined` for a transient network. */
  definition: Network | undefined;
  /** What runs. */
  live: LiveNetwork | undefined;
  autostart = false;

  constructor(name: string, uuid: string) {
    this.name = name;
    this.uuid = uuid;
  }

  get isActive(): boolean {
    return this.live !== undefined;
  }

  get isPersistent(): boolean {
    return this.definition !== undefined;
  }

  /** What runs, or else what is stored. */
  get current(): Network | undefined {
    return this.live?.document ?? this.definition;
  }

  get bridge(): string | undefined {
    return this.current?.bridge?.name;
  }
}
