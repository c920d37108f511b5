import { silentLogger } from "@tsvirt/base";
import { ClientConnection } from "./client.ts";
import { memoryTransport } from "./memory-transport.ts";
import { ServerConnection, type ServerOptions } from "./server.ts";
import type { Schedule, Transport } from "./transport.ts";

export { memoryTransport };

/** Time that passes when a test says so. */
export class FakeTime {
  private now = 0;
  private readonly timers = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly schedule: Schedule = (milliseconds, run) => {
    const timer = { at: this.now + milliseconds, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  };

  readonly monotonic = (): number => this.now;

  /** Timers that have not run. */
  get pending(): number {
    return this.timers.size;
  }

  /** Lets time pass, running what falls due in order. */
  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (;;) {
      let due: { readonly at: number; readonly run: () => void } | undefined;
      for (const timer of this.timers) if (timer.at <= until && (!due || timer.at < due.at)) due = timer;
      if (!due) break;
      this.timers.delete(due);
      this.now = Math.max(this.now, due.at);
      due.run();
    }
    this.now = until;
  }
}

/** A transport that keeps what is written, for looking at bytes. Full on demand. */
export class RecordingTransport implements Transport {
  readonly passesFds: boolean;
  readonly written: Uint8Array[] = [];
  readonly fds: (readonly number[])[] = [];
  readonly discarded: number[] = [];
  buffered = 0;
  full = false;
  paused = false;
  closed = false;

  constructor(passesFds = true) {
    this.passesFds = passesFds;
  }

  write(bytes: Uint8Array, fds?: readonly number[]): boolean {
    this.written.push(bytes);
    if (fds) this.fds.push(fds);
    if (this.full) this.buffered += bytes.length;
    return !this.full;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  closeFds(fds: readonly number[]): void {
    this.discarded.push(...fds);
  }
  close(): void {
    this.closed = true;
  }

  /** Everything written so far in one piece, which is then forgotten. */
  take(): Uint8Array {
    const all = new Uint8Array(this.written.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const bytes of this.written.splice(0)) {
      all.set(bytes, at);
      at += bytes.length;
    }
    return all;
  }
}

/** A client and a server joined in memory. */
export interface ConnectedPair<S> {
  readonly client: ClientConnection;
  readonly server: ServerConnection<S>;
  readonly time: FakeTime;
  /** Descriptors that either end closed. */
  readonly closedFds: number[];
}

/** Joins a client and a server in memory; the server serves what the test binds with `server.serve(bind(…))`. */
export function connectedPair<S>(options: Partial<ServerOptions<S>> & { readonly session: S }): ConnectedPair<S> {
  const closedFds: number[] = [];
  const [left, right] = memoryTransport((fds) => closedFds.push(...fds));
  const time = new FakeTime();
  const common = { log: silentLogger, schedule: time.schedule, monotonic: time.monotonic };
  const client = new ClientConnection({ ...common, transport: left });
  const server = new ServerConnection<S>({
    ...common,
    readOnly: false,
    authenticated: true,
    ...options,
    transport: right,
  });
  left.connect(client);
  right.connect(server);
  return { client, server, time, closedFds };
}
