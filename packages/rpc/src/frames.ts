import { type AnyType, compiled, DecodeError, nothing, Reader } from "@tsvirt/codec/xdr";
import { rpcError } from "./errors.ts";
import { HEADER_SIZE, LENGTH_SIZE, MESSAGE_FDS_MAX, MessageType } from "./wire.ts";

/** Messages up to this size are read into a buffer that the connection keeps. */
const SMALL = 1024;
/** A large message's buffer starts with this and grows as bytes arrive, never ahead of them (W1). */
const FIRST_PART = 64 * 1024;

/** One whole message. */
export interface Frame {
  /** Holds the message from `start`, where its header begins, to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Whether the bytes stay as they are; otherwise what is to be kept must be copied before the next message. */
  readonly owned: boolean;
  /** Descriptors that belong to it: the receiver's to close. */
  readonly fds: readonly number[];
}

/**
 * Cuts a byte stream into messages. Pure: no socket, no time. Two ways in, which must not be mixed within a message:
 * {@link push} takes chunks of any size; {@link wanted}, {@link space} and {@link advance} serve a reader that must not read
 * beyond the end of a message, because a descriptor comes next.
 *
 * Throws a `VirtError` when the stream is none of libvirt's; it cannot be used again then.
 */
export class FrameReader {
  private readonly small = new Uint8Array(SMALL);
  private buffer: Uint8Array = this.small;
  private filled = 0;
  /** Bytes of the message under way, its length word included; 0 while that is not known. */
  private total = 0;
  private rest: Uint8Array | undefined;
  private restAt = 0;
  private readonly fdQueue: number[] = [];
  /** How many descriptors the complete message in the buffer still waits for. */
  private fdsMissing = 0;
  private broken = false;
  private readonly limit: () => number;
  private readonly passesFds: boolean;

  /** `limit`: most bytes of a message at this moment. `passesFds`: whether descriptors can arrive at all. */
  constructor(limit: () => number, passesFds: boolean) {
    this.limit = limit;
    this.passesFds = passesFds;
  }

  /** Whether part of a message has arrived. */
  get partial(): boolean {
    return this.filled > 0 || this.rest !== undefined;
  }

  /** Descriptors to fetch before anything else: as many one-byte messages follow. */
  get fdsWanted(): number {
    return this.fdsMissing;
  }

  /** Bytes to read next, at most to the end of the message; 0 while descriptors are wanted. */
  get wanted(): number {
    if (this.fdsMissing > 0) return 0;
    if (this.total === 0) return LENGTH_SIZE - this.filled;
    this.grow();
    return Math.min(this.total, this.buffer.length) - this.filled;
  }

  /** Where to read the {@link wanted} bytes to. */
  get space(): Uint8Array {
    return this.buffer.subarray(this.filled, this.filled + this.wanted);
  }

  /** Says that `count` bytes were read into {@link space}. */
  advance(count: number): Frame | undefined {
    this.filled += count;
    if (this.total === 0) {
      if (this.filled < LENGTH_SIZE) return undefined;
      this.begin(this.buffer, 0);
    }
    return this.filled === this.total ? this.complete() : undefined;
  }

  /** Adds bytes; {@link next} gives the messages. They must not be changed by the caller afterwards. */
  push(bytes: Uint8Array): void {
    if (this.rest === undefined) {
      this.rest = bytes;
      this.restAt = 0;
      return;
    }
    const left = this.rest.length - this.restAt;
    const joined = new Uint8Array(left + bytes.length);
    joined.set(this.rest.subarray(this.restAt));
    joined.set(bytes, left);
    this.rest = joined;
    this.restAt = 0;
  }

  /** Adds descriptors that arrived. */
  pushFds(fds: readonly number[]): void {
    for (const fd of fds) this.fdQueue.push(fd);
  }

  /** Takes back the descriptors of messages that will never be complete. */
  takeFds(): number[] {
    return this.fdQueue.splice(0);
  }

  /** The next whole message of what was pushed, or the one that waited for descriptors. */
  next(): Frame | undefined {
    if (this.broken) throw rpcError("the stream is broken");
    if (this.fdsMissing > 0) return this.fdQueue.length < this.fdsMissing ? undefined : this.complete();
    for (;;) {
      const rest = this.rest;
      if (rest === undefined) return undefined;
      const left = rest.length - this.restAt;
      if (left === 0) {
        this.rest = undefined;
        return undefined;
      }
      if (this.filled === 0 && left >= LENGTH_SIZE) {
        this.begin(rest, this.restAt);
        if (left >= this.total) return this.completeInPlace(rest);
        this.total = 0;
      }
      const count = Math.min(left, this.wanted);
      this.buffer.set(rest.subarray(this.restAt, this.restAt + count), this.filled);
      this.restAt += count;
      const frame = this.advance(count);
      if (frame || this.fdsMissing > 0) return frame;
    }
  }

  private begin(bytes: Uint8Array, at: number): void {
    const total =
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0;
    if (total < LENGTH_SIZE + HEADER_SIZE || total > this.limit()) {
      this.broken = true;
      throw rpcError(
        `packet ${total} bytes received from peer, want between ${LENGTH_SIZE + HEADER_SIZE} and ${this.limit()}`,
      );
    }
    this.total = total;
  }

  private grow(): void {
    if (this.filled < this.buffer.length) return;
    const larger = new Uint8Array(Math.min(this.total, Math.max(FIRST_PART, this.buffer.length * 2)));
    larger.set(this.buffer);
    this.buffer = larger;
  }

  /** A message that lies wholly in what was pushed: no copy, unless descriptors have to be waited for. */
  private completeInPlace(bytes: Uint8Array): Frame | undefined {
    const start = this.restAt + LENGTH_SIZE;
    const end = this.restAt + this.total;
    this.restAt = end;
    const count = this.fdCount(bytes, start, end);
    if (count > this.fdQueue.length) {
      this.buffer = bytes.slice(start - LENGTH_SIZE, end);
      this.filled = this.total;
      this.fdsMissing = count;
      return undefined;
    }
    this.total = 0;
    return { bytes, start, end, owned: true, fds: count === 0 ? noFds : this.fdQueue.splice(0, count) };
  }

  private complete(): Frame | undefined {
    const bytes = this.buffer;
    const end = this.total;
    const count = this.fdCount(bytes, LENGTH_SIZE, end);
    if (count > this.fdQueue.length) {
      this.fdsMissing = count;
      return undefined;
    }
    this.fdsMissing = 0;
    this.filled = 0;
    this.total = 0;
    this.buffer = this.small;
    const owned = bytes !== this.small;
    return { bytes, start: LENGTH_SIZE, end, owned, fds: count === 0 ? noFds : this.fdQueue.splice(0, count) };
  }

  /** How many descriptors the message says come with it. */
  private fdCount(bytes: Uint8Array, start: number, end: number): number {
    const type = bytes[start + 15];
    if (type !== MessageType.callWithFds && type !== MessageType.replyWithFds) return 0;
    if (bytes[start + 12] !== 0 || bytes[start + 13] !== 0 || bytes[start + 14] !== 0) return 0;
    const at = start + HEADER_SIZE;
    const count = end - at < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
    if (end - at < 4 || count > MESSAGE_FDS_MAX || (count > 0 && !this.passesFds)) {
      this.broken = true;
      throw rpcError(`too many descriptors: ${count}, want at most ${this.passesFds ? MESSAGE_FDS_MAX : 0}`);
    }
    return count;
  }
}

const noFds: readonly number[] = [];

/** Decodes a message's payload from `start` on, all of it. Throws `DecodeError`. */
export function decodePayload(type: AnyType, frame: Frame, start: number): unknown {
  if (type === nothing) {
    if (frame.end > start) throw new DecodeError(`${frame.end - start} bytes too many`, 0);
    return undefined;
  }
  const reader = new Reader(frame.bytes, start, frame.end);
  const value = compiled(type).decode(reader);
  if (reader.left > 0) reader.fail(`${reader.left} bytes too many`);
  return value;
}

/** The payload as it is, to keep: a view if the frame's bytes stay, a copy otherwise. */
export function payloadOf(frame: Frame): Uint8Array {
  const start = frame.start + HEADER_SIZE;
  const view = new Uint8Array(frame.bytes.buffer, frame.bytes.byteOffset + start, frame.end - start);
  return frame.owned ? view : view.slice();
}
