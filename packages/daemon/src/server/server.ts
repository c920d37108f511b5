import { type Clock, ErrorCode, ErrorDomain, type Logger, virtError } from "@tsvirt/base";
import type { Connection, Listener } from "@tsvirt/host";
import type { SocketAccess, SocketRole } from "../config/access.ts";
import { AnonymousClients } from "./anonymous.ts";
import { Client, type ClientSettings, type Service } from "./client.ts";

/** Most unauthenticated connections of one user. */
const maxAnonymousPerSource = 10;

/** Numbers of workers as configured. tsvirtd has none; they are kept for those who ask. */
export interface Workers {
  readonly min: number;
  readonly max: number;
  readonly priority: number;
}

/** What a server is made with. */
export interface ServerSettings extends ClientSettings {
  readonly maxClients: number;
  readonly maxAnonymous: number;
  /** Most bytes of messages that are only partly here, over all clients. */
  readonly maxPartial: number;
  readonly workers: Workers;
}

/** What a server needs around it. */
export interface ServerContext {
  readonly log: Logger;
  readonly clock: Clock;
  /** Makes what a new client may call. */
  readonly open: (client: Client) => Service;
  /** A client has come or gone. */
  readonly onChange: () => void;
}

/** A set of sockets with common limits and their clients: libvirtd has two, `libvirtd` and `admin`. */
export class Server {
  readonly name: string;
  readonly #settings: ServerSettings;
  readonly #context: ServerContext;
  readonly #clients = new Map<number, Client>();
  readonly #anonymous: AnonymousClients<Client>;
  readonly #listeners: Listener[] = [];
  readonly #ends = new Set<Promise<void>>();
  #lastId = 0;
  #partial = 0;
  #maxClients: number;
  #workers: Workers;
  #accepting = true;
  #full = false;

  constructor(name: string, settings: ServerSettings, context: ServerContext) {
    this.name = name;
    this.#settings = settings;
    this.#context = context;
    this.#maxClients = settings.maxClients;
    this.#workers = settings.workers;
    this.#anonymous = new AnonymousClients(settings.maxAnonymous, maxAnonymousPerSource);
  }

  get clients(): ReadonlyMap<number, Client> {
    return this.#clients;
  }

  /** Calls under way. */
  get busy(): number {
    let sum = 0;
    for (const { link } of this.#clients.values()) sum += link.busy;
    return sum;
  }

  get limits(): { readonly max: number; readonly maxAnonymous: number; readonly anonymous: number } {
    return { max: this.#maxClients, maxAnonymous: this.#anonymous.max, anonymous: this.#anonymous.count };
  }

  /** Changes limits; those who are there stay. Throws libvirt's error when they contradict each other. */
  setLimits(change: { readonly max?: number; readonly maxAnonymous?: number }): void {
    const max = change.max ?? this.#maxClients;
    const maxAnonymous = change.maxAnonymous ?? this.#anonymous.max;
    if (max < maxAnonymous) {
      throw virtError(
        ErrorCode.invalidArg,
        "The overall maximum number of clients must be greater than the maximum number of clients waiting for authentication",
        { domain: ErrorDomain.rpc },
      );
    }
    this.#maxClients = max;
    this.#anonymous.max = maxAnonymous;
    this.#regulate();
  }

  get workers(): Workers {
    return this.#workers;
  }

  /** Changes the numbers of workers. Throws libvirt's error when they contradict each other. */
  setWorkers(change: Partial<Workers>): void {
    const workers = { ...this.#workers, ...change };
    if (workers.min > workers.max) {
      throw virtError(ErrorCode.invalidArg, "minWorkers cannot be larger than maxWorkers", { domain: ErrorDomain.rpc });
    }
    this.#workers = workers;
  }

  /** Takes over a listening socket. */
  addListener(listener: Listener): void {
    this.#listeners.push(listener);
    this.#regulate();
  }

  /** Starts (or stops) accepting; until then clients wait in the sockets' queues. */
  setAccepting(accepting: boolean): void {
    this.#accepting = accepting;
    this.#regulate();
  }

  /** Takes a new connection in. */
  accept(connection: Connection, role: SocketRole, access: SocketAccess): void {
    const { log, clock, open, onChange } = this.#context;
    const { peer } = connection;
    if (!peer) {
      log.error("connection without peer credentials refused", { server: this.name });
      connection.close();
      return;
    }
    const own = process.geteuid?.();
    if (role === "admin" && peer.uid !== 0 && peer.uid !== own) {
      log.warn("admin connection refused", { uid: peer.uid, pid: peer.pid });
      connection.close();
      return;
    }
    const id = ++this.#lastId;
    const client = new Client(
      { id, role, auth: access.auth, since: clock.now(), peer },
      connection,
      this.#settings,
      log,
      {
        onAuthenticated: () => {
          this.#anonymous.delete(client);
          log.info("client authenticated", { server: this.name, client: id, uid: peer.uid });
        },
        onPartial: (change) => this.#onPartial(change),
        onClose: (cause) => this.#gone(client, service, cause),
      },
    );
    const service = open(client);
    this.#clients.set(id, client);
    log.debug("client connected", { server: this.name, client: id, pid: peer.pid, uid: peer.uid, role });
    if (!client.authenticated) {
      for (const victim of this.#anonymous.add(client)) {
        log.warn("unauthenticated client closed to make room", { client: victim.id, uid: victim.peer.uid });
        victim.close("too many unauthenticated clients");
      }
    }
    client.start(service);
    this.#regulate();
    onChange();
  }

  #gone(client: Client, service: Service, cause: Error | undefined): void {
    const { log, onChange } = this.#context;
    this.#clients.delete(client.id);
    this.#anonymous.delete(client);
    log.debug("client gone", { server: this.name, client: client.id, reason: cause?.message });
    const end = service.close().catch((error: unknown) => log.error("client not cleaned up", { error }));
    this.#ends.add(end);
    end.finally(() => this.#ends.delete(end)).catch(() => undefined);
    this.#regulate();
    onChange();
  }

  /** When all that is half received becomes too much, who sends most has to go. */
  #onPartial(change: number): void {
    this.#partial += change;
    if (change < 0 || this.#partial <= this.#settings.maxPartial) return;
    let most: Client | undefined;
    for (const client of this.#clients.values()) if (client.partial > (most?.partial ?? 0)) most = client;
    if (!most) return;
    this.#context.log.warn("client closed: too much is being received", { client: most.id, bytes: most.partial });
    most.close("too much is being received");
  }

  /** Accepting stops while `max_clients` are connected: new ones wait in the queue. */
  #regulate(): void {
    this.#full = this.#clients.size >= this.#maxClients;
    const run = this.#accepting && !this.#full;
    for (const listener of this.#listeners) {
      if (run) listener.resume();
      else listener.pause();
    }
  }

  /** Stops listening, closes all clients and waits for their ends. */
  async close(): Promise<void> {
    this.#accepting = false;
    for (const listener of this.#listeners.splice(0)) await listener.close();
    for (const client of [...this.#clients.values()]) client.close("the daemon ends");
    await Promise.all(this.#ends);
  }
}
