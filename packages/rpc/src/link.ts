import { deferred, type Logger, VirtError } from "@tsvirt/base";
import { type AnyType, EncodeError, Writer } from "@tsvirt/codec/xdr";
import { rpcError } from "./errors.ts";
import { type Frame, FrameReader } from "./frames.ts";
import { KEEPALIVE_PROGRAM, KEEPALIVE_VERSION, Keepalive, KeepaliveMessage } from "./keepalive.ts";
import type { Receiver, Schedule, Transport } from "./transport.ts";
import { HEADER_SIZE, type Header, LENGTH_SIZE, MESSAGE_MAX, MessageStatus, MessageType } from "./wire.ts";

/** Stream data from here on is sent without a copy. */
const UNCOPIED = 8 * 1024;

/** Time, for keepalive. */
export interface LinkTiming {
  readonly schedule: Schedule;
  /** Milliseconds of the monotonic clock. */
  readonly monotonic: () => number;
}

/** What both ends of a connection are made with. */
export interface LinkOptions extends LinkTiming {
  readonly transport: Transport;
  readonly log: Logger;
  /** Most bytes that may wait for an end that does not read; beyond that it is closed (W7). */
  readonly maxBuffered: number;
  /** When to send what has been made: at once, or e.g. at the end of the event loop's turn to send more in one go. */
  readonly flushLater?: (flush: () => void) => void;
}

/** All messages are made here, one after the other: encoding is synchronous. */
const writer = new Writer();

/**
 * What is the same at both ends: messages in and out, back-pressure, keepalive, and the end. Subclasses say what messages
 * mean.
 */
export abstract class Link implements Receiver {
  protected readonly transport: Transport;
  protected readonly log: Logger;
  private readonly linkOptions: LinkOptions;
  private readonly reader: FrameReader;
  /** Made and not yet given to the transport; one contiguous piece. */
  private outgoing: Uint8Array | undefined;
  private corks = 0;
  private flushing = false;
  private blocked = false;
  private holds = 0;
  private processing = false;
  private drainWaiters: (() => void)[] = [];
  private keepalive: Keepalive | undefined;
  private isClosed = false;
  private readonly end = deferred<Error | undefined>();

  constructor(options: LinkOptions) {
    this.linkOptions = options;
    this.transport = options.transport;
    this.log = options.log;
    this.reader = new FrameReader(() => this.messageMax, options.transport.passesFds);
  }

  /** Most bytes that a message may have now. */
  protected get messageMax(): number {
    return MESSAGE_MAX;
  }

  /** A message that is neither keepalive nor malformed. Throws a `VirtError` to end the connection. */
  protected abstract onFrame(frame: Frame, header: Header): void;

  /** The connection has ended; called once. */
  protected abstract onClosed(cause: Error | undefined): void;

  /** Whether it has ended. */
  get closed(): boolean {
    return this.isClosed;
  }

  /** Resolves when it has ended, with the reason unless it was closed on purpose. */
  get whenClosed(): Promise<Error | undefined> {
    return this.end.promise;
  }

  /** Whether the other end does not keep up with what is sent. */
  get congested(): boolean {
    return this.blocked;
  }

  /** Whether part of a message has arrived: for the time limit of a message. */
  get midMessage(): boolean {
    return this.reader.partial;
  }

  // --- bytes in

  receive(bytes: Uint8Array, fds: readonly number[] = []): void {
    if (this.isClosed) {
      if (fds.length > 0) this.transport.closeFds(fds);
      return;
    }
    this.keepalive?.alive();
    try {
      if (fds.length > 0) this.reader.pushFds(fds);
      this.reader.push(bytes);
    } catch (error) {
      this.fail(error);
      return;
    }
    this.process();
  }

  private process(): void {
    if (this.processing) return;
    this.processing = true;
    this.cork();
    try {
      while (this.holds === 0 && !this.isClosed) {
        const frame = this.reader.next();
        if (!frame) break;
        this.take(frame);
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.processing = false;
      this.uncork();
    }
  }

  private take(frame: Frame): void {
    const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset + frame.start, HEADER_SIZE);
    const header: Header = {
      prog: view.getUint32(0),
      vers: view.getUint32(4),
      proc: view.getInt32(8),
      type: view.getUint32(12),
      serial: view.getUint32(16),
      status: view.getUint32(20),
    };
    if (header.prog === KEEPALIVE_PROGRAM && header.vers === KEEPALIVE_VERSION && header.type === MessageType.message) {
      if (header.proc === KeepaliveMessage.ping) this.sendKeepalive(KeepaliveMessage.pong);
      return;
    }
    this.onFrame(frame, header);
  }

  private fail(error: unknown): void {
    const cause = error instanceof Error ? error : rpcError(String(error));
    if (cause instanceof VirtError) this.log.warn("connection broken", { reason: cause.message });
    else this.log.error("connection broken by an unexpected error", { error: cause });
    this.close(cause);
  }

  // --- back-pressure

  /** Stops reading; each needs its {@link release}. */
  protected hold(): void {
    this.holds++;
    if (this.holds === 1) this.transport.pause();
  }

  /** Reads on, once every hold was released. */
  protected release(): void {
    this.holds--;
    if (this.holds > 0 || this.isClosed) return;
    this.transport.resume();
    if (this.reader.partial) queueMicrotask(() => this.process());
  }

  drained(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.onDrained();
    for (const wake of this.drainWaiters.splice(0)) wake();
    this.release();
  }

  /** The other end caught up. */
  protected onDrained(): void {
    return;
  }

  /** Resolves when more may be sent, at once if that is so already. Rejects never; look at {@link closed} afterwards. */
  async room(): Promise<void> {
    if (!this.blocked || this.isClosed) return;
    const wait = deferred<void>();
    this.drainWaiters.push(() => wait.resolve());
    await wait.promise;
  }

  // --- bytes out

  /** Puts off sending until {@link uncork}, so that several messages go out together. */
  cork(): void {
    this.corks++;
  }

  /** Sends what was put off. */
  uncork(): void {
    this.corks--;
    if (this.corks === 0 && this.outgoing) this.flushSoon();
  }

  private flushSoon(): void {
    const { flushLater } = this.linkOptions;
    if (!flushLater) {
      this.flush();
    } else if (!this.flushing) {
      this.flushing = true;
      flushLater(() => this.flush());
    }
  }

  private flush(): void {
    this.flushing = false;
    const bytes = this.outgoing;
    if (!bytes) return;
    this.outgoing = undefined;
    this.write(bytes);
  }

  private write(bytes: Uint8Array, fds?: readonly number[]): void {
    const room = fds ? this.transport.write(bytes, fds) : this.transport.write(bytes);
    if (room || this.isClosed) return;
    if (!this.blocked) {
      this.blocked = true;
      this.hold();
    }
    if (this.transport.buffered > this.linkOptions.maxBuffered) {
      this.log.warn("peer does not read", { buffered: this.transport.buffered });
      this.close(rpcError("the peer does not read what it is sent"));
    }
  }

  /**
   * Encodes and sends a message. Throws `EncodeError`, having sent nothing, if the value cannot be sent. The descriptors
   * are the transport's from now on.
   */
  protected send(header: Header, type: AnyType, value: unknown, fds?: readonly number[]): void {
    writer.begin();
    writer.int32(0);
    putHeader(header);
    if (fds) writer.int32(fds.length);
    type.encode(writer, value as never);
    if (writer.length > MESSAGE_MAX) throw new EncodeError(`message of ${writer.length} bytes is over the limit`);
    writer.patch(0, writer.length);
    this.enqueue(writer.finish(), fds);
  }

  /** Sends a message whose payload is bytes as they are, which nobody may change any more. */
  protected sendRaw(header: Header, payload: Uint8Array): void {
    writer.begin();
    writer.int32(LENGTH_SIZE + HEADER_SIZE + payload.length);
    putHeader(header);
    if (payload.length < UNCOPIED) {
      writer.raw(payload);
      this.enqueue(writer.finish());
    } else {
      this.enqueue(writer.finish());
      this.flush();
      if (!this.isClosed) this.write(payload);
    }
  }

  private enqueue(bytes: Uint8Array, fds?: readonly number[]): void {
    if (this.isClosed) {
      if (fds) this.transport.closeFds(fds);
      return;
    }
    if (fds) {
      this.flush();
      this.write(bytes, fds);
      return;
    }
    const pending = this.outgoing;
    if (!pending) {
      this.outgoing = bytes;
    } else if (pending.buffer === bytes.buffer && pending.byteOffset + pending.length === bytes.byteOffset) {
      this.outgoing = new Uint8Array(pending.buffer, pending.byteOffset, pending.length + bytes.length);
    } else {
      this.flush();
      if (this.isClosed) return;
      this.outgoing = bytes;
    }
    if (this.corks === 0) {
      if (this.linkOptions.flushLater) this.flushSoon();
      else if (!this.flushing) {
        this.flushing = true;
        queueMicrotask(() => this.flush());
      }
    }
  }

  private sendKeepalive(proc: number): void {
    this.sendRaw(
      {
        prog: KEEPALIVE_PROGRAM,
        vers: KEEPALIVE_VERSION,
        proc,
        type: MessageType.message,
        serial: 0,
        status: MessageStatus.ok,
      },
      noBytes,
    );
  }

  /** Starts sending pings after so many milliseconds of silence; the connection ends after `count` unanswered ones. */
  startKeepalive(interval: number, count: number): void {
    if (this.keepalive || this.isClosed || interval <= 0) return;
    this.keepalive = new Keepalive({
      interval,
      count,
      schedule: this.linkOptions.schedule,
      monotonic: this.linkOptions.monotonic,
      ping: () => this.sendKeepalive(KeepaliveMessage.ping),
      // While we do not read ourselves, silence says nothing.
      dead: () => {
        this.keepalive = undefined;
        if (this.holds > 0 && !this.blocked) this.startKeepalive(interval, count);
        else this.close(rpcError("connection closed due to keepalive timeout"));
      },
    });
  }

  /** Whether pings are sent. */
  get keepaliveRunning(): boolean {
    return this.keepalive !== undefined;
  }

  /** Stops sending pings; those of the other end are still answered. */
  stopKeepalive(): void {
    this.keepalive?.stop();
    this.keepalive = undefined;
  }

  // --- the end

  ended(cause?: Error): void {
    this.close(cause ?? rpcError("the peer closed the connection"));
  }

  /** Ends the connection. What was made is still sent if the transport can. Idempotent. */
  close(cause?: Error): void {
    if (this.isClosed) return;
    this.flush();
    this.isClosed = true;
    this.stopKeepalive();
    const fds = this.reader.takeFds();
    if (fds.length > 0) this.transport.closeFds(fds);
    this.transport.close();
    this.onClosed(cause);
    for (const wake of this.drainWaiters.splice(0)) wake();
    this.end.resolve(cause);
  }
}

function putHeader(header: Header): void {
  writer.int32(header.prog);
  writer.int32(header.vers);
  writer.int32(header.proc);
  writer.int32(header.type);
  writer.int32(header.serial);
  writer.int32(header.status);
}

const noBytes = new Uint8Array(0);
