import { type AnyType, compiled, DecodeError, nothing, Reader } from "@tsvirt/codec/xdr";
import { rpcError } from "./errors.ts";
import { HEADER_SIZE, LENGTH_SIZE, MESSAGE_FDS_MAX, MessageType } from "./wire.ts";

/** A large message's buffer starts with this and grows as bytes arrive, never ahead of them (W1). */
const FIRST_PART = 64 * 1024;

/** One whole message. The bytes stay as they are: views of them may be kept. */
export interface Frame {
  /** Holds the message from `start`, where its header begins, to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Descriptors that belong to it: the receiver's to close. */
  readonly fds: readonly number[];
}

/**
 * Cuts a byte stream, given in chunks of any size, into messages. Pure: no socket, no time.
 *
 * Descriptors follow their message, each with one byte of the stream; they are {@link pushFds pushed} before or with that
 * byte. Throws a `VirtError` when the stream is none of libvirt's; it cannot be used again then.
 */
export class FrameReader {
  /** What was pushed and not yet looked at. */
  private rest: Uint8Array | undefined;
  private restAt = 0;
  /** A message of which only a part was pushed so far; its length word included. */
  private buffer: Uint8Array = noBytes;
  private filled = 0;
  /** Bytes of that message; 0 while its length word is incomplete. */
  private total = 0;
  /** A complete message whose descriptors are still to come. */
  private held: Frame | undefined;
  private fdBytesLeft = 0;
  private readonly fdQueue: number[] = [];
  private broken = false;
  private readonly limit: () => number;
  private readonly passesFds: boolean;

  /** `limit`: most bytes of a message at this moment. `passesFds`: whether descriptors can arrive at all. */
  constructor(limit: () => number, passesFds: boolean) {
    this.limit = limit;
    this.passesFds = passesFds;
  }

  /** Whether there is something that is not a whole message yet, or that was not asked for. */
  get partial(): boolean {
    return this.filled > 0 || this.rest !== undefined || this.held !== undefined;
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

  /** Adds descriptors that arrived with the bytes pushed next. */
  pushFds(fds: readonly number[]): void {
    for (const fd of fds) this.fdQueue.push(fd);
    if (this.fdQueue.length > MESSAGE_FDS_MAX * 2) this.fail("descriptors that belong to no message");
  }

  /** Takes back the descriptors of messages that will never be complete. */
  takeFds(): number[] {
    return this.fdQueue.splice(0);
  }

  /** The next whole message of what was pushed. */
  next(): Frame | undefined {
    if (this.broken) throw rpcError("the stream is broken");
    for (;;) {
      const rest = this.rest;
      if (rest === undefined) return undefined;
      const left = rest.length - this.restAt;
      if (left === 0) {
        this.rest = undefined;
        return undefined;
      }
      let frame: Frame | undefined;
      if (this.held) {
        const count = Math.min(left, this.fdBytesLeft);
        this.restAt += count;
        this.fdBytesLeft -= count;
        frame = this.fdBytesLeft === 0 ? this.release(this.held) : undefined;
      } else if (this.filled === 0 && left >= LENGTH_SIZE) {
        const total = this.length(rest, this.restAt);
        const start = this.restAt + LENGTH_SIZE;
        if (left >= total) {
          this.restAt += total;
          frame = this.complete(rest, start, start - LENGTH_SIZE + total);
        } else {
          // A copy, so that a small beginning does not keep a large chunk.
          this.total = total;
          this.buffer = new Uint8Array(Math.min(total, Math.max(FIRST_PART, left)));
          this.fill(rest, left);
        }
      } else {
        frame = this.collect(rest, left);
      }
      if (frame) return frame;
    }
  }

  private fail(reason: string): never {
    this.broken = true;
    throw rpcError(reason);
  }

  /** Reads and checks a length word. */
  private length(bytes: Uint8Array, at: number): number {
    const total =
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0;
    const least = LENGTH_SIZE + HEADER_SIZE;
    if (total < least || total > this.limit()) {
      this.fail(`packet ${total} bytes received from peer, want between ${least} and ${this.limit()}`);
    }
    return total;
  }

  private fill(rest: Uint8Array, count: number): void {
    this.buffer.set(rest.subarray(this.restAt, this.restAt + count), this.filled);
    this.filled += count;
    this.restAt += count;
  }

  /** Adds to a message that came in parts. */
  private collect(rest: Uint8Array, left: number): Frame | undefined {
    if (this.total === 0) {
      if (this.filled === 0) this.buffer = new Uint8Array(LENGTH_SIZE);
      this.fill(rest, Math.min(left, LENGTH_SIZE - this.filled));
      if (this.filled < LENGTH_SIZE) return undefined;
      this.total = this.length(this.buffer, 0);
      this.grow(FIRST_PART);
      return undefined;
    }
    if (this.filled === this.buffer.length) this.grow(this.buffer.length * 2);
    this.fill(rest, Math.min(left, this.buffer.length - this.filled));
    if (this.filled < this.total) return undefined;
    const bytes = this.buffer;
    this.buffer = noBytes;
    this.filled = 0;
    this.total = 0;
    return this.complete(bytes, LENGTH_SIZE, bytes.length);
  }

  private grow(size: number): void {
    const larger = new Uint8Array(Math.min(this.total, size));
    larger.set(this.buffer);
    this.buffer = larger;
  }

  private complete(bytes: Uint8Array, start: number, end: number): Frame | undefined {
    const frame: Frame = { bytes, start, end, fds: noFds };
    const count = this.fdCount(frame);
    if (count === 0) return frame;
    this.held = frame;
    this.fdBytesLeft = count;
    return undefined;
  }

  private release(frame: Frame): Frame {
    this.held = undefined;
    const count = this.fdCount(frame);
    if (this.fdQueue.length < count) this.fail("a descriptor's byte came without the descriptor");
    return { ...frame, fds: this.fdQueue.splice(0, count) };
  }

  /** How many descriptors the message says come with it. */
  private fdCount({ bytes, start, end }: Frame): number {
    const type = bytes[start + 15];
    if (type !== MessageType.callWithFds && type !== MessageType.replyWithFds) return 0;
    if (bytes[start + 12] !== 0 || bytes[start + 13] !== 0 || bytes[start + 14] !== 0) return 0;
    const at = start + HEADER_SIZE;
    if (end - at < 4) this.fail("message without its number of descriptors");
    const count = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0);
    const most = this.passesFds ? MESSAGE_FDS_MAX : 0;
    if (count > most) this.fail(`too many descriptors: ${count}, want at most ${most}`);
    return count;
  }
}

const noBytes = new Uint8Array(0);
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

/** The payload as it is: a view to keep. */
export function payloadOf(frame: Frame): Uint8Array {
  const start = frame.start + HEADER_SIZE;
  return new Uint8Array(frame.bytes.buffer, frame.bytes.byteOffset + start, frame.end - start);
}
