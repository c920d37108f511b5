import { InternalError, type VirtError } from "@tsvirt/base";
import { i64, struct, u32 } from "@tsvirt/codec/xdr";
import { rpcError } from "./errors.ts";
import type { StreamRule } from "./program.ts";
import type { ServerStream, StreamChunk, StreamIo } from "./stream.ts";
import { StreamInbox } from "./stream-inbox.ts";
import { MessageStatus, STREAM_PACKET_MAX } from "./wire.ts";

/** A run of zeros on the wire (`virNetStreamHole`). */
export class NetStreamHole extends struct({ length: i64, flags: u32 }) {}

/** Uploaded bytes that may wait for a reader before the connection stops reading. */
const UPLOAD_MAX = 1024 * 1024;

/** What a server's stream needs of its connection. */
export interface ServerStreamLink {
  readonly closed: boolean;
  room(): Promise<void>;
  /** Sends data, or an empty packet with a status. */
  sendData(bytes: Uint8Array, status: number): void;
  sendHole(hole: NetStreamHole): void;
  sendError(error: unknown): void;
  /** Stops and resumes reading from the client. */
  pause(paused: boolean): void;
  /** The stream is over; packets for it are ignored from now on. */
  forget(): void;
  /** Logs an exception that is not a client's business, and turns any into what the client is told. */
  report(error: unknown): VirtError;
}

/** A stream's state at the server. It exists from the call on and speaks only after the reply. */
export class ServerStreamState implements ServerStream, StreamIo {
  private readonly rule: StreamRule;
  private readonly sparse: boolean;
  private readonly link: ServerStreamLink;
  private readonly inbox: StreamInbox;
  private readonly gone = new AbortController();
  private body: ((io: StreamIo) => Promise<void>) | undefined;
  private bodyDone = false;
  private clientDone = false;
  private over = false;

  constructor(rule: StreamRule, sparse: boolean, link: ServerStreamLink) {
    this.rule = rule;
    this.sparse = sparse;
    this.link = link;
    this.inbox = new StreamInbox(UPLOAD_MAX, (full) => link.pause(full));
  }

  serve(body: (io: StreamIo) => Promise<void>): void {
    if (this.body) throw new InternalError("A stream is served once");
    this.body = body;
  }

  /** The reply has gone out: the stream is open. */
  start(): void {
    const { body } = this;
    if (!body) {
      this.fail(new InternalError("Nothing serves this stream"));
      return;
    }
    body(this).then(
      () => this.finished(),
      (error: unknown) => this.fail(error),
    );
  }

  /** The stream never opens. The body runs, on what has ended, to give back what was opened for it. */
  abandon(reason: Error): void {
    const { body } = this;
    this.body = undefined;
    this.end(reason);
    body?.(this).catch((error: unknown) => this.link.report(error));
  }

  // --- for the body

  get chunks(): AsyncIterable<StreamChunk> {
    return { [Symbol.asyncIterator]: () => this.inbox.read() };
  }

  get signal(): AbortSignal {
    return this.gone.signal;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += STREAM_PACKET_MAX) {
      this.check();
      this.link.sendData(bytes.subarray(at, at + STREAM_PACKET_MAX), MessageStatus.continue);
      await this.link.room();
    }
  }

  async hole(length: bigint): Promise<void> {
    this.check();
    if (!this.sparse) throw new InternalError("The stream is not sparse");
    this.link.sendHole({ length, flags: 0 });
    await this.link.room();
  }

  private check(): void {
    this.gone.signal.throwIfAborted();
    if (this.over || this.link.closed) throw rpcError("the stream is closed");
  }

  // --- from the client

  /** A packet with data or a status. The bytes are ours. */
  onPacket(status: number, bytes: Uint8Array): void {
    if (this.over) return;
    switch (status) {
      case MessageStatus.continue:
        if (bytes.length > 0) this.take(bytes);
        return;
      case MessageStatus.ok:
        this.clientFinished();
        return;
      default:
        this.end(rpcError("the client aborted the stream"));
        this.link.sendData(noBytes, MessageStatus.ok);
    }
  }

  /** A hole. Without the sparse flag the client breaks the protocol. */
  onHole(hole: NetStreamHole): void {
    if (this.over) return;
    if (!this.sparse || this.rule.direction === "toClient")
      throw rpcError("stream hole on a stream that is not sparse");
    if (hole.length < 0n) throw rpcError(`stream hole of ${hole.length} bytes`);
    this.take({ hole: hole.length });
  }

  private take(chunk: StreamChunk): void {
    if (this.clientDone || this.bodyDone || this.rule.direction === "toClient") return;
    this.inbox.push(chunk);
  }

  private clientFinished(): void {
    if (this.clientDone) return;
    this.clientDone = true;
    this.inbox.finish();
    // A client that wants no more of a download is done, whatever is still on its way.
    if (this.rule.direction !== "toServer") this.gone.abort(rpcError("the client finished the stream"));
    if (this.bodyDone) this.confirm();
  }

  // --- the end

  private finished(): void {
    if (this.over || this.link.closed) return;
    this.bodyDone = true;
    this.inbox.discard();
    if (this.clientDone) this.confirm();
    else if (this.rule.direction !== "toServer") this.link.sendData(noBytes, MessageStatus.continue);
  }

  private fail(error: unknown): void {
    if (this.over || this.link.closed) return;
    if (this.clientDone && this.gone.signal.aborted && error === this.gone.signal.reason) {
      this.bodyDone = true;
      this.confirm();
      return;
    }
    const told = this.link.report(error);
    this.end(told);
    this.link.sendError(told);
  }

  private confirm(): void {
    this.end(undefined);
    this.link.sendData(noBytes, MessageStatus.ok);
  }

  /** Nothing more is said on the stream. */
  end(reason: Error | undefined): void {
    if (this.over) return;
    this.over = true;
    this.link.forget();
    this.inbox.finish(reason);
    if (reason) this.gone.abort(reason);
    if (this.bodyDone || reason === undefined) this.inbox.discard();
  }
}

const noBytes = new Uint8Array(0);
