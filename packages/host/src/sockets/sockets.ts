import type { Descriptor } from "../descriptor.ts";

/** The process at the other end when the connection was made (threat-model A6). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Clock ticks since boot, read at accept; `undefined` when the process was gone already. */
  readonly startTime: bigint | undefined;
}

/** Who gets what arrives on a connection. Called in order, never re-entered, never after `closed`. */
export interface Receiver {
  /**
   * Bytes, in a buffer of their own, with the descriptors that came with them. The receiver owns the descriptors and
   * closes them on every path.
   */
  data(bytes: Uint8Array, fds: readonly Descriptor[]): void;
  /** The peer will send nothing more; our writes may still arrive. Default: the connection is closed. */
  end?(): void;
  /** The connection is no more: `error` says why unless it was closed in order. Called exactly once. */
  closed(error: Error | undefined): void;
}

/** A byte stream between two processes that carries descriptors too. */
export interface Connection extends AsyncDisposable {
  readonly peer: PeerCredentials | undefined;
  /** Begins to read. Call once. */
  start(receiver: Receiver): void;
  /** Stops reading: the peer's writes back up. */
  pause(): void;
  resume(): void;
  /**
   * Queues bytes in order and sends what the socket takes now. Descriptors travel with the first of the bytes, belong
   * to the connection from this call on, and are closed when sent or given up. Bytes must not be changed afterwards.
   * False when they are queued rather than sent: wait for {@link drained} before writing much more.
   */
  write(bytes: Uint8Array, fds?: readonly Descriptor[]): boolean;
  /** Bytes queued and not yet taken by the kernel. */
  readonly pending: number;
  /** Settles when nothing is pending or the connection is closed. */
  drained(): Promise<void>;
  /** Sends what is pending, then closes. */
  end(): Promise<void>;
  /** Closes at once; idempotent. */
  close(error?: Error): void;
}

/** Where to listen. */
export interface ListenOptions {
  /** At most 107 bytes. The directory exists. A stale socket of that name is replaced. */
  readonly path: string;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly backlog?: number;
}

/** A listening socket. */
export interface Listener extends AsyncDisposable {
  readonly path: string | undefined;
  /** Stops accepting: clients wait in the backlog. */
  pause(): void;
  resume(): void;
  /** Closes the socket, and unlinks its path when we made it. Connections live on. */
  close(): Promise<void>;
}

/** A descriptor handed over by a service manager, with its name there. */
export interface ActivatedDescriptor {
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** Called for every connection that was accepted; it then owns the connection. */
export type ConnectionHandler = (connection: Connection) => void;

/** Unix sockets of the machine. */
export interface Sockets {
  /**
   * Listens on a path as threat-model A5 asks: bound 0600, then owner and mode, then listening. Throws a
   * `SystemError`; `EADDRINUSE` when somebody alive listens there.
   */
  listen(options: ListenOptions, onConnection: ConnectionHandler): Promise<Listener>;
  /** Accepts on a socket that listens already; owns the descriptor. Throws unless it is a listening unix stream. */
  adopt(descriptor: Descriptor, onConnection: ConnectionHandler): Listener;
  /** A listening socket for a child to inherit (`-chardev socket,fd=N,server=on,wait=off`); the path stays on close. */
  createListening(options: ListenOptions): Promise<Descriptor>;
  connect(path: string): Promise<Connection>;
  /**
   * Sends one datagram to a unix socket, without waiting: journald, syslog, service managers. A path that begins with
   * `@` is in the abstract namespace. False when nobody took it.
   */
  sendDatagram(path: string, bytes: Uint8Array): boolean;
  /** Two connected ends: ours to use here, the other to hand to a child. */
  pair(): { readonly ours: Connection; readonly theirs: Descriptor };
  /** Makes a connection of a connected stream socket; owns the descriptor. */
  wrap(descriptor: Descriptor): Connection;
  /** The sockets of LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (`sd_listen_fds(3)`); none unless they are for us. */
  activated(env: Readonly<Record<string, string | undefined>>): readonly ActivatedDescriptor[];
}
