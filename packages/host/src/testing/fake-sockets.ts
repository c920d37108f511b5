import { type Deferred, deferred } from "@tsvirt/base";
import type { Descriptor } from "../descriptor.ts";
import { errnoNumber, SystemError } from "../errors.ts";
import type {
  ActivatedDescriptor,
  Connection,
  ConnectionHandler,
  Listener,
  ListenOptions,
  PeerCredentials,
  Receiver,
  Sockets,
} from "../sockets/sockets.ts";
import { FakeDescriptor } from "./fake-descriptor.ts";

const self: PeerCredentials = { pid: 1, uid: 0, gid: 0, startTime: 1n };

/** One end of a stream in memory. Bytes arrive in a later microtask, as they would from a socket. */
export class FakeConnection implements Connection {
  readonly peer: PeerCredentials | undefined;
  #other: FakeConnection | undefined;
  #receiver: Receiver | undefined;
  #paused = false;
  #closed = false;
  #inbox: { readonly bytes: Uint8Array; readonly fds: readonly Descriptor[] }[] = [];
  #drained: Deferred<void> | undefined;

  private constructor(peer: PeerCredentials | undefined) {
    this.peer = peer;
  }

  /** Two ends of one stream. */
  static pair(peer: PeerCredentials = self): readonly [FakeConnection, FakeConnection] {
    const [a, b] = [new FakeConnection(peer), new FakeConnection(peer)];
    a.#other = b;
    b.#other = a;
    return [a, b];
  }

  get pending(): number {
    return this.#other?.unread ?? 0;
  }

  /** Bytes that arrived here and were not yet taken. */
  get unread(): number {
    return this.#inbox.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  get closed(): boolean {
    return this.#closed;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#deliver();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
  }

  write(bytes: Uint8Array, fds: readonly Descriptor[] = []): boolean {
    const other = this.#other;
    if (this.#closed || !other || other.#closed) {
      for (const each of fds) each.close();
      return true;
    }
    other.#inbox.push({ bytes: Uint8Array.from(bytes), fds });
    queueMicrotask(() => other.#deliver());
    return true;
  }

  async drained(): Promise<void> {
    if (this.pending === 0 || this.#closed) return;
    this.#drained ??= deferred();
    await this.#drained.promise;
  }

  async end(): Promise<void> {
    await this.drained();
    this.close();
  }

  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { fds } of this.#inbox) for (const each of fds) each.close();
    this.#inbox = [];
    this.#drained?.resolve();
    this.#receiver?.closed(error);
    const other = this.#other;
    if (other && !other.#closed) queueMicrotask(() => other.#onPeerGone());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #deliver(): void {
    while (this.#receiver && !this.#paused && !this.#closed) {
      const next = this.#inbox.shift();
      if (!next) break;
      this.#receiver.data(next.bytes, next.fds);
    }
    const other = this.#other;
    if (!other) return;
    if (this.#inbox.length === 0) other.#onDrained();
    if (other.#closed) this.#onPeerGone();
  }

  #onDrained(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #onPeerGone(): void {
    if (this.#closed || !this.#receiver || this.#inbox.length > 0) return;
    if (this.#receiver.end) this.#receiver.end();
    else this.close();
  }
}

interface Listening {
  handler: ConnectionHandler | undefined;
  readonly waiting: FakeConnection[];
  paused: boolean;
}

/** Unix sockets in memory, by path. A test plays the other side with {@link FakeSockets.accept} and `connect`. */
export class FakeSockets implements Sockets {
  readonly #listening = new Map<string, Listening>();
  /** Processes that listen on paths; ours on others. */
  readonly owners = new Map<string, number>();
  /** What {@link activated} answers. */
  handedOver: readonly ActivatedDescriptor[] = [];

  async listen(options: ListenOptions, onConnection: ConnectionHandler): Promise<Listener> {
    this.#open(options.path);
    return this.accept(options.path, onConnection);
  }

  adopt(descriptor: Descriptor, onConnection: ConnectionHandler): Listener {
    const path = descriptor instanceof FakeDescriptor ? descriptor.label : "";
    if (!this.#listening.has(path)) this.#open(path);
    return this.accept(path, onConnection);
  }

  async createListening(options: ListenOptions): Promise<Descriptor> {
    this.#open(options.path);
    return new FakeDescriptor(options.path);
  }

  /** Serves a path that listens already, as the child that inherited it would. */
  accept(path: string, onConnection: ConnectionHandler): Listener {
    const listening = this.#listening.get(path);
    if (!listening) throw new SystemError(errnoNumber("ENOENT"), `Unable to accept on '${path}'`);
    listening.handler = onConnection;
    const flush = (): void => {
      while (!listening.paused && listening.handler) {
        const next = listening.waiting.shift();
        if (!next) break;
        listening.handler(next);
      }
    };
    flush();
    const close = async (): Promise<void> => void this.#listening.delete(path);
    return {
      path,
      pause: () => {
        listening.paused = true;
      },
      resume: () => {
        listening.paused = false;
        flush();
      },
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  async connect(path: string): Promise<Connection> {
    const listening = this.#listening.get(path);
    if (!listening) throw new SystemError(errnoNumber("ENOENT"), `Failed to connect socket to '${path}'`);
    const owner = this.owners.get(path);
    const [ours, theirs] = FakeConnection.pair(owner === undefined ? self : { ...self, pid: owner });
    if (listening.handler && !listening.paused) listening.handler(theirs);
    else listening.waiting.push(theirs);
    return ours;
  }

  /** Datagrams sent, with where to. Nobody listens: false. */
  readonly datagrams: { readonly path: string; readonly bytes: Uint8Array }[] = [];

  sendDatagram(path: string, bytes: Uint8Array): boolean {
    this.datagrams.push({ path, bytes });
    return false;
  }

  pair(): { readonly ours: Connection; readonly theirs: Descriptor } {
    const [ours] = FakeConnection.pair();
    return { ours, theirs: new FakeDescriptor("pair") };
  }

  wrap(): Connection {
    return FakeConnection.pair()[0];
  }

  activated(): readonly ActivatedDescriptor[] {
    return this.handedOver;
  }

  #open(path: string): void {
    if (this.#listening.has(path))
      throw new SystemError(errnoNumber("EADDRINUSE"), `Failed to bind socket to '${path}'`);
    this.#listening.set(path, { handler: undefined, waiting: [], paused: false });
  }
}
