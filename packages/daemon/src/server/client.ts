import type { Logger } from "@tsvirt/base";
import type { Connection, PeerCredentials } from "@tsvirt/host";
import { type BoundProgram, rpcError, ServerConnection, systemSchedule } from "@tsvirt/rpc";
import type { SocketRole } from "../config/access.ts";
import type { AuthScheme } from "../config/libvirtd-conf.ts";
import type { AnonymousClient } from "./anonymous.ts";
import type { ForwardedIdentity } from "./identity.ts";
import { SocketTransport } from "./transport.ts";

/** Milliseconds that a client has from connecting to having authenticated. */
const authenticationTime = 120_000;
/** Milliseconds from a message's first byte to its last, before and after authentication. */
const anonymousMessageTime = 30_000;
const messageTime = 120_000;

/** What a client may call, and what ends with it. */
export interface Service {
  readonly programs: readonly BoundProgram[];
  /** The client has gone. */
  close(): Promise<void>;
}

/** How a server treats its clients. */
export interface ClientSettings {
  readonly maxRequests: number;
  /** Seconds; -1 for no pings. */
  readonly keepaliveInterval: number;
  readonly keepaliveCount: number;
}

/** What the server decides when a client comes. */
export interface ClientFacts {
  /** Counted from 1 by each server, as libvirtd does. */
  readonly id: number;
  readonly role: SocketRole;
  readonly auth: AuthScheme;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly peer: PeerCredentials;
}

/** What a server hears of its clients. */
export interface ClientEvents {
  readonly onAuthenticated: () => void;
  /** The bytes of the message that is only partly here have become more or fewer. */
  readonly onPartial: (change: number) => void;
  readonly onClose: (cause: Error | undefined) => void;
}

/** One connected client. */
export class Client implements AnonymousClient {
  readonly id: number;
  readonly role: SocketRole;
  readonly since: number;
  readonly peer: PeerCredentials;
  /** How it has to authenticate; `none` for root, whom nobody needs to ask. */
  readonly auth: AuthScheme;
  readonly link: ServerConnection<Client>;
  readonly log: Logger;
  /** For whom it speaks, if it is a proxy. */
  forwarded: ForwardedIdentity | undefined;
  readonly #settings: ClientSettings;
  readonly #transport: SocketTransport;
  readonly #events: ClientEvents;
  #partial = 0;
  #messageTimer: NodeJS.Timeout | undefined;
  #authTimer: NodeJS.Timeout | undefined;

  constructor(facts: ClientFacts, connection: Connection, settings: ClientSettings, log: Logger, events: ClientEvents) {
    this.id = facts.id;
    this.role = facts.role;
    this.since = facts.since;
    this.peer = facts.peer;
    this.auth = facts.auth === "polkit" && facts.peer.uid === 0 ? "none" : facts.auth;
    this.log = log;
    this.#settings = settings;
    this.#events = events;
    this.#transport = new SocketTransport(connection);
    this.link = new ServerConnection<Client>({
      transport: this.#transport,
      log,
      session: this,
      readOnly: facts.role === "ro",
      authenticated: this.auth === "none",
      limits: { maxRequests: settings.maxRequests },
      schedule: systemSchedule,
      monotonic: () => performance.now(),
      onClose: (cause) => {
        clearTimeout(this.#messageTimer);
        clearTimeout(this.#authTimer);
        this.#setPartial(0);
        events.onClose(cause);
      },
    });
  }

  /** Whom it counts against while it has not authenticated. */
  get source(): number {
    return this.peer.uid;
  }

  get readOnly(): boolean {
    return this.role === "ro";
  }

  get authenticated(): boolean {
    return this.link.authenticated;
  }

  /** Serves the client from now on. */
  start(service: Service): void {
    for (const program of service.programs) this.link.serve(program);
    if (!this.authenticated) {
      this.#authTimer = this.#endAfter(authenticationTime, "did not authenticate in time");
    }
    this.#transport.start(this.link, (bytes) => this.#watchMessage(bytes));
  }

  /** It has proved who it is. */
  admit(): void {
    clearTimeout(this.#authTimer);
    this.link.markAuthenticated();
    this.#events.onAuthenticated();
  }

  /** The client understands keepalive messages: begin to send them. */
  startKeepalive(): void {
    const { keepaliveInterval, keepaliveCount } = this.#settings;
    if (keepaliveInterval > 0) this.link.startKeepalive(keepaliveInterval * 1000, keepaliveCount);
  }

  /** Ends the connection. */
  close(reason: string): void {
    this.link.close(rpcError(reason));
  }

  /** Bytes of the message that is only partly here, at most. */
  get partial(): number {
    return this.#partial;
  }

  #setPartial(bytes: number): void {
    const change = bytes - this.#partial;
    if (change === 0) return;
    this.#partial = bytes;
    this.#events.onPartial(change);
  }

  /** A message that has begun has to end in time, and counts against what all clients may send at once. */
  #watchMessage(read: number): void {
    const midMessage = this.link.midMessage && !this.link.closed;
    this.#setPartial(midMessage ? this.#partial + read : 0);
    if (midMessage) {
      const time = this.authenticated ? messageTime : anonymousMessageTime;
      this.#messageTimer ??= this.#endAfter(time, "sent only part of a message");
    } else if (this.#messageTimer) {
      clearTimeout(this.#messageTimer);
      this.#messageTimer = undefined;
    }
  }

  #endAfter(milliseconds: number, reason: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.log.warn("client closed", { client: this.id, pid: this.peer.pid, reason: `it ${reason}` });
      this.close(`the client ${reason}`);
    }, milliseconds);
  }
}
