import { type Clock, JobQueue, type Logger } from "@tsvirt/base";
import { type Credentials, type FileLock, type Host, type Layout, Store } from "@tsvirt/host";
import type { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../driver.ts";
import type { NetworkPorts } from "../network-ports.ts";
import { FormattedDocuments } from "./definitions/formatted.ts";
import { Emulators } from "./emulators/emulators.ts";
import { EventBroker } from "./events/broker.ts";
import type { Guest } from "./guest/guest.ts";
import type { LiveGuest } from "./guest/live.ts";
import { GuestRegistry } from "./guest/registry.ts";
import type { SecurityDriver } from "./security/security-driver.ts";
import { PortAllocator } from "./start/ports.ts";

/** What a {@link QemuDriver} is made of. */
export interface QemuDriverOptions {
  readonly kind: InstanceKind;
  readonly uri: string;
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
  readonly security: readonly SecurityDriver[];
  readonly settings: QemuConf;
  /** Who guests run as; `undefined`: as we do. */
  readonly user: Credentials | undefined;
  readonly lock: FileLock;
  readonly networks?: NetworkPorts;
  /** The host's UUID as it is configured. */
  readonly hostUuid?: string;
}

const nothing = (): undefined => undefined;

/** What all parts of the QEMU driver share: the guests, and the means to act on them. */
export class QemuDriver {
  readonly kind: InstanceKind;
  readonly uri: string;
  readonly layout: Layout;
  readonly host: Host;
  readonly log: Logger;
  readonly clock: Clock;
  readonly settings: QemuConf;
  readonly user: Credentials | undefined;
  readonly store: Store;
  readonly guests = new GuestRegistry();
  readonly documents = new FormattedDocuments();
  readonly events = new EventBroker();
  readonly emulators: Emulators;
  readonly ports: PortAllocator;
  /** Virtual networks that guests' interfaces are plugged into. */
  readonly networks: NetworkPorts | undefined;
  /** The modules that confine guests; none without mandatory control. */
  readonly security: readonly SecurityDriver[];
  /** Called when the monitor of a guest that lives is lost; whoever opened the instance sees to it. */
  onControlLost: (guest: Guest, live: LiveGuest) => void = () => undefined;
  /** Orders what adds, renames or removes guests. */
  readonly definitions = new JobQueue();
  /** Timers of background work; cleared on close. */
  readonly timers = new Set<NodeJS.Timeout>();
  readonly #turns = new Map<string, Promise<void>>();
  #closed = false;
  readonly #lock: FileLock;
  #hostUuid: string | undefined;
  #lastCallbackId = -1;
  #bootTime: number | undefined;
  #hostname: string | undefined;

  constructor(options: QemuDriverOptions) {
    this.kind = options.kind;
    this.uri = options.uri;
    this.layout = options.layout;
    this.host = options.host;
    this.log = options.log;
    this.clock = options.clock;
    this.settings = options.settings;
    this.user = options.user;
    this.store = new Store(options.host.files, options.layout.intentsDirectory);
    this.emulators = new Emulators(
      options.host,
      options.layout,
      options.log.child("emulators"),
      this.store,
      options.settings.capability_filters,
    );
    this.ports = new PortAllocator(async (port) => options.host.network.isTcpPortFree(port));
    this.networks = options.networks;
    this.security = options.security;
    this.#lock = options.lock;
    this.#hostUuid = options.hostUuid;
  }

  /** Runs what must not happen twice at the same time for one file; others go on. */
  inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(path) ?? Promise.resolve();
    const result = before.then(work);
    const turn = result.then(nothing, nothing).then(() => {
      if (this.#turns.get(path) === turn) this.#turns.delete(path);
    });
    this.#turns.set(path, turn);
    return result;
  }

  /** A number no registration of events has had. */
  takeCallbackId(): number {
    return ++this.#lastCallbackId;
  }

  /** Whether this is root's system instance: guests may have what users may not. */
  get privileged(): boolean {
    return this.host.users.self.uid === 0 && this.kind !== "session";
  }

  /** The host's UUID: configured, or the firmware's, or else one for as long as the daemon runs, as libvirt does. */
  async hostUuid(): Promise<string> {
    this.#hostUuid ??= (await this.host.node.smbiosUuid()) ?? crypto.randomUUID();
    return this.#hostUuid;
  }

  /** Whether anything here needs the daemon to stay. */
  get busy(): boolean {
    return this.guests.active > 0;
  }

  /** Version of the host's own emulator, as `virConnectGetVersion` has it; 0 when there is none. */
  async emulatorVersion(): Promise<number> {
    const arch = this.host.node.architecture;
    const path = await this.emulators.defaultPath(arch);
    return path === undefined ? 0 : (await this.emulators.capabilities(path)).version;
  }

  /** The host's name for guests' logs: the resolver, a process of its own, is asked once. */
  async hostname(): Promise<string> {
    this.#hostname ??= await this.host.node.hostname();
    return this.#hostname;
  }

  /** When this boot of the host began, in seconds since the epoch, as libvirt works it out: from the uptime. */
  async bootTime(): Promise<number> {
    this.#bootTime ??= await this.#readBootTime();
    return this.#bootTime;
  }

  async #readBootTime(): Promise<number> {
    const uptime = Number((await this.host.files.readText("/proc/uptime")).split(" ", 1)[0]);
    return Math.trunc(this.clock.now() / 1000) - Math.trunc((Number.isFinite(uptime) ? uptime : 0) + 0.5);
  }

  /** Whether {@link close} was called: nothing is to be tried again. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Lets go of monitors, timers and the lock; guests run on. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    for (const guest of this.guests) {
      guest.live?.monitor?.close();
      guest.live?.process?.close();
    }
    this.#lock.release();
  }
}
