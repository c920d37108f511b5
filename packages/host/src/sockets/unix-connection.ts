import { type Deferred, deferred, ErrorCode, virtError } from "@tsvirt/base";
import { type Descriptor, OwnedDescriptor } from "../descriptor.ts";
import { libc, RECEIVE_SIZE, type ReadinessWatch } from "../ffi/libc.ts";
import type { Connection, PeerCredentials, Receiver } from "./sockets.ts";

interface Outgoing {
  bytes: Uint8Array;
  fds: readonly Descriptor[];
}

/** How many full buffers are read from one connection before the others get their turn. */
const READS_PER_TURN = 4;

/**
 * A unix stream socket on Node's event loop, read with `recvmsg` so that descriptors arrive with their bytes (an
 * ordinary `net.Socket` loses them). See docs/decisions for the measurements.
 */
export class UnixConnection implements Connection {
  readonly peer: PeerCredentials | undefined;
  readonly #fd: number;
  readonly #watch: ReadinessWatch;
  #receiver: Receiver | undefined;
  #paused = true;
  #ended = false;
  #closed = false;
  #interest = 0;
  #queue: Outgoing[] = [];
  #pending = 0;
  #drained: Deferred<void> | undefined;

  /** Owns `fd`, which is connected and non-blocking. */
  constructor(fd: number, peer: PeerCredentials | undefined) {
    this.peer = peer;
    this.#fd = fd;
    this.#watch = libc().watch(fd, { readable: true }, () => this.#ready());
    this.#watch.update({});
  }

  get pending(): number {
    return this.#pending;
  }

  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#updateInterest();
  }

  resume(): void {
    this.#paused = false;
    this.#updateInterest();
  }

  write(bytes: Uint8Array, fds: readonly Descriptor[] = []): boolean {
    if (this.#closed) {
      for (const each of fds) each.close();
      return true;
    }
    this.#queue.push({ bytes, fds });
    this.#pending += bytes.length;
    if (this.#queue.length === 1) this.#flush();
    return this.#pending === 0;
  }

  async drained(): Promise<void> {
    if (this.#pending === 0 || this.#closed) return;
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
    this.#watch.close();
    libc().close(this.#fd);
    for (const { fds } of this.#queue) for (const each of fds) each.close();
    this.#queue = [];
    this.#pending = 0;
    this.#drained?.resolve();
    this.#receiver?.closed(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  #updateInterest(): void {
    if (this.#closed) return;
    const readable = !this.#paused && !this.#ended && this.#receiver !== undefined;
    const writable = this.#queue.length > 0;
    const wanted = (readable ? 1 : 0) | (writable ? 2 : 0);
    if (wanted === this.#interest) return;
    this.#interest = wanted;
    this.#watch.update({ readable, writable });
  }

  #ready(): void {
    if (this.#queue.length > 0) this.#flush();
    this.#read();
  }

  #read(): void {
    const receiver = this.#receiver;
    if (!receiver) return;
    for (let turn = 0; turn < READS_PER_TURN; turn++) {
      if (this.#paused || this.#ended || this.#closed) return;
      let length: number;
      try {
        const c = libc();
        const got = c.receive(this.#fd);
        length = got.length;
        if (length < 0) return;
        const fds = got.fds.map((fd) => new OwnedDescriptor(fd));
        if (got.truncated) {
          for (const each of fds) each.close();
          this.close(virtError(ErrorCode.rpc, "too many descriptors in one message"));
          return;
        }
        if (length > 0) {
          receiver.data(Buffer.from(c.received.subarray(0, length)), fds);
        }
      } catch (error) {
        this.close(error instanceof Error ? error : undefined);
        return;
      }
      if (length === 0) {
        this.#ended = true;
        this.#updateInterest();
        if (receiver.end) receiver.end();
        else this.close();
        return;
      }
      if (length < RECEIVE_SIZE) return;
    }
  }

  #flush(): void {
    try {
      for (let first = this.#queue[0]; first; first = this.#queue[0]) {
        const sent = libc().send(
          this.#fd,
          first.bytes,
          first.fds.map(({ fd }) => fd),
        );
        if (sent < 0) break;
        for (const each of first.fds) each.close();
        this.#pending -= sent;
        if (sent === first.bytes.length) {
          this.#queue.shift();
        } else {
          first.bytes = first.bytes.subarray(sent);
          first.fds = [];
        }
      }
    } catch (error) {
      this.close(error instanceof Error ? error : undefined);
      return;
    }
    this.#updateInterest();
    if (this.#pending === 0 && this.#drained) {
      this.#drained.resolve();
      this.#drained = undefined;
    }
  }
}
