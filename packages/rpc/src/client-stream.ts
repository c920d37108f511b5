import { abortable, deferred, InternalError } from "@tsvirt/base";
import { rpcError } from "./errors.ts";
import type { StreamRule } from "./program.ts";
import type { NetStreamHole } from "./server-stream.ts";
import type { ClientStream, StreamChunk } from "./stream.ts";
import { StreamInbox } from "./stream-inbox.ts";
import { MessageStatus, STREAM_PACKET_MAX } from "./wire.ts";

/** Downloaded bytes that may wait for a reader before the connection stops reading, which stops everything on it. */
const DOWNLOAD_MAX = 4 * 1024 * 1024;

/** What a client's stream needs of its connection. */
export interface ClientStreamLink {
  readonly closed: boolean;
  room(): Promise<void>;
  sendData(bytes: Uint8Array, status: number): void;
  sendHole(hole: NetStreamHole): void;
  pause(paused: boolean): void;
  forget(): void;
}

/** A stream's state at the client. */
export class ClientStreamState implements ClientStream {
  private readonly rule: StreamRule;
  private readonly sparse: boolean;
  private readonly link: ClientStreamLink;
  private readonly inbox: StreamInbox;
  private readonly gone = new AbortController();
  private readonly confirmed = deferred<void>();
  private ending = false;
  private over = false;

  constructor(rule: StreamRule, sparse: boolean, link: ClientStreamLink) {
    this.rule = rule;
    this.sparse = sparse;
    this.link = link;
    this.inbox = new StreamInbox(DOWNLOAD_MAX, (full) => link.pause(full));
    // Whoever waits for the end hears of a failure; nobody needs to.
    this.confirmed.promise.catch(() => undefined);
  }

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
    if (this.ending || this.over || this.link.closed) throw rpcError("the stream is closed");
    if (this.rule.direction === "toClient") throw new InternalError("The stream only receives");
  }

  async finish(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.close(MessageStatus.ok);
    await abortable(this.confirmed.promise, options.signal);
  }

  async abort(): Promise<void> {
    if (this.over) return;
    this.close(MessageStatus.error);
    await this.confirmed.promise.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.abort();
  }

  private close(status: number): void {
    if (this.ending || this.over) return;
    this.ending = true;
    this.inbox.discard();
    this.link.sendData(noBytes, status);
  }

  // --- from the server

  /** A packet with data or the server's confirmation. The bytes are ours. */
  onPacket(status: number, bytes: Uint8Array): void {
    if (status === MessageStatus.ok) this.end(undefined);
    else if (bytes.length > 0) this.inbox.push(bytes);
    else this.inbox.finish();
  }

  /** A run of zeros. */
  onHole(hole: NetStreamHole): void {
    if (!this.sparse) throw rpcError("stream hole on a stream that is not sparse");
    this.inbox.push({ hole: hole.length });
  }

  /** The stream is over: confirmed, or with the error that ended it. */
  end(error: Error | undefined): void {
    if (this.over) return;
    this.over = true;
    this.link.forget();
    this.inbox.finish(error);
    if (this.ending) this.inbox.discard();
    this.gone.abort(error ?? rpcError("the stream is closed"));
    if (error) this.confirmed.reject(error);
    else this.confirmed.resolve();
  }
}

const noBytes = new Uint8Array(0);
