import { type Deferred, deferred } from "@tsvirt/base";
import type { StreamChunk } from "./stream.ts";

/**
 * What has arrived on a stream and not been read. Says when there is too much of it, so that the connection can stop
 * reading, and when there is room again.
 */
export class StreamInbox {
  private readonly chunks: StreamChunk[] = [];
  private bytes = 0;
  private full = false;
  private over = false;
  private error: unknown;
  private discarding = false;
  private waiting: Deferred<void> | undefined;
  private readonly limit: number;
  private readonly onFull: (full: boolean) => void;

  /** `limit`: bytes from which on `onFull(true)` is called; `onFull(false)` follows at half of it. */
  constructor(limit: number, onFull: (full: boolean) => void) {
    this.limit = limit;
    this.onFull = onFull;
  }

  /** Adds what arrived; the bytes are ours from now on. */
  push(chunk: StreamChunk): void {
    if (this.over || this.discarding) return;
    this.chunks.push(chunk);
    // A hole counts a little, so that many of them are limited too.
    this.bytes += chunk instanceof Uint8Array ? chunk.length + 64 : 64;
    if (!this.full && this.bytes > this.limit) {
      this.full = true;
      this.onFull(true);
    }
    this.waiting?.resolve();
  }

  /** Nothing more will come; what is here is still read. With an error, reading ends in it. */
  finish(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    this.error = error;
    this.waiting?.resolve();
  }

  /** Drops what is here and all that comes. */
  discard(): void {
    this.discarding = true;
    this.chunks.length = 0;
    this.bytes = 0;
    this.empty();
  }

  private empty(): void {
    if (!this.full || this.bytes > this.limit / 2) return;
    this.full = false;
    this.onFull(false);
  }

  /** The chunks, for one reader. */
  async *read(): AsyncGenerator<StreamChunk, void, void> {
    try {
      for (;;) {
        const chunk = this.chunks.shift();
        if (chunk !== undefined) {
          this.bytes -= chunk instanceof Uint8Array ? chunk.length + 64 : 64;
          this.empty();
          yield chunk;
        } else if (this.over) {
          if (this.error !== undefined) throw this.error;
          return;
        } else {
          this.waiting = deferred<void>();
          await this.waiting.promise;
          this.waiting = undefined;
        }
      }
    } finally {
      this.discard();
    }
  }
}
