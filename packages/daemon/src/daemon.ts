import { type Clock, type Logger, systemClock } from "@tsvirt/base";
import type { Driver } from "@tsvirt/driver";
import type { Connection, Host } from "@tsvirt/host";
import { adminProgram, bind } from "@tsvirt/rpc";
import { adminHandlers, type LogControl } from "./admin/admin-handlers.ts";
import type { SocketAccess, SocketRole } from "./config/access.ts";
import type { LibvirtdConf } from "./config/libvirtd-conf.ts";
import { IdleTimer } from "./idle.ts";
import { authHandlers } from "./server/auth.ts";
import type { Client, Service } from "./server/client.ts";
import { polkitCheck } from "./server/polkit.ts";
import { remoteService } from "./server/remote-service.ts";
import { Server } from "./server/server.ts";
import type { OpenSocket } from "./sockets.ts";
import { libVersion } from "./version.ts";

/** Milliseconds that polkit, and the user it asks, may take. */
const polkitTime = 120_000;

/** Bytes that clients may have half sent, all together (threat-model section 5). */
const maxPartial = 256 * 1024 * 1024;

/** What a daemon is made of. */
export interface DaemonParts {
  readonly conf: LibvirtdConf;
  readonly access: Readonly<Record<SocketRole, SocketAccess>>;
  readonly host: Host;
  readonly log: Logger;
  readonly logControl: LogControl;
  readonly clock?: Clock;
  /** Seconds without work after which it ends; 0 for never. */
  readonly timeout: number;
  /** It has nothing to do any more, or cannot go on. */
  readonly onIdle: () => void;
}

/** The servers, their clients and the driver behind them. Knows nothing of signals, pid files and command lines. */
export class Daemon implements AsyncDisposable {
  readonly #parts: DaemonParts;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #main: Server;
  readonly #admin: Server;
  readonly #idle: IdleTimer;
  #driver: Driver | undefined;

  constructor(parts: DaemonParts) {
    this.#parts = parts;
    const { conf, host, log } = parts;
    this.#idle = new IdleTimer(() => this.busy, parts.onIdle);
    const context = { log, clock: parts.clock ?? systemClock, onChange: () => this.#idle.restart() };
    const auth = authHandlers(polkitCheck(host.processes, polkitTime));
    this.#main = new Server(
      "libvirtd",
      {
        maxClients: conf.max_clients,
        maxAnonymous: conf.max_anonymous_clients,
        maxPartial,
        maxRequests: conf.max_client_requests,
        keepaliveInterval: conf.keepalive_interval,
        keepaliveCount: conf.keepalive_count,
        workers: { min: conf.min_workers, max: conf.max_workers, priority: conf.prio_workers },
      },
      {
        ...context,
        open: (client) => {
          // Accepting starts once there is a driver.
          if (!this.#driver) return { programs: [], close: () => Promise.resolve() };
          return remoteService(this.#driver, auth, client);
        },
      },
    );
    this.#admin = new Server(
      "admin",
      {
        maxClients: conf.admin_max_clients,
        maxAnonymous: 0,
        maxPartial,
        maxRequests: conf.admin_max_client_requests,
        keepaliveInterval: conf.admin_keepalive_interval,
        keepaliveCount: conf.admin_keepalive_count,
        workers: { min: conf.admin_min_workers, max: conf.admin_max_workers, priority: 0 },
      },
      { ...context, open: (client) => this.#openAdmin(client) },
    );
    this.#servers = new Map([this.#main, this.#admin].map((server) => [server.name, server]));
    for (const server of this.#servers.values()) server.setAccepting(false);
  }

  /** Whether there is a reason to stay: clients, guests, networks. */
  get busy(): boolean {
    return this.#main.clients.size > 0 || (this.#driver?.busy ?? false);
  }

  /** A connection that arrived on one of the sockets. */
  accept(connection: Connection, role: SocketRole): void {
    const server = role === "admin" ? this.#admin : this.#main;
    server.accept(connection, role, this.#parts.access[role]);
  }

  /** Takes over the sockets; clients wait in their queues until {@link serve}. */
  addSockets(sockets: readonly OpenSocket[]): void {
    for (const { role, listener } of sockets) (role === "admin" ? this.#admin : this.#main).addListener(listener);
  }

  /** Answers clients from now on. */
  serve(driver: Driver): void {
    this.#driver = driver;
    for (const server of this.#servers.values()) server.setAccepting(true);
    this.#idle.set(this.#parts.timeout);
  }

  #openAdmin(_client: Client): Service {
    const { host, logControl } = this.#parts;
    const handlers = adminHandlers({
      servers: this.#servers,
      log: logControl,
      users: host.users,
      libVersion,
      setTimeout: (seconds) => this.#idle.set(seconds),
    });
    return { programs: [bind(adminProgram, handlers)], close: () => Promise.resolve() };
  }

  /** Stops listening, sends clients away, lets go of the driver; guests live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle.stop();
    for (const server of this.#servers.values()) await server.close();
    await this.#driver?.close();
  }
}
