import { EncodeError } from "./errors.ts";
import { encodeText, encodeTextInto } from "./utf8.ts";

const SLAB = 64 * 1024;
/** Texts up to this many characters are written here; a `TextEncoder` call costs more than the loop. */
const SHORT = 32;

/**
 * Where values are encoded to. Messages are laid one after the other into slabs of 64 KiB: {@link begin}, encode,
 * {@link finish}. A finished message is never written to again, so it can wait in a socket's queue without a copy.
 */
export class Writer {
  bytes: Uint8Array;
  offset = 0;
  /** Where the message under way starts. */
  start = 0;
  private view: DataView;

  constructor(size: number = SLAB) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Starts a message behind the finished ones; an unfinished one is dropped. */
  begin(): void {
    if (this.bytes.length - this.start < 1024) this.replace(SLAB, 0);
    this.offset = this.start;
  }

  /** The message: a view that stays valid and unchanged for good. */
  finish(): Uint8Array {
    const message = this.bytes.subarray(this.start, this.offset);
    this.start = this.offset;
    return message;
  }

  /** Bytes of the message so far. */
  get length(): number {
    return this.offset - this.start;
  }

  private replace(size: number, keep: number): void {
    const bytes = new Uint8Array(size);
    if (keep > 0) bytes.set(this.bytes.subarray(this.start, this.start + keep));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
    this.start = 0;
    this.offset = keep;
  }

  private ensure(length: number): void {
    if (this.offset + length <= this.bytes.length) return;
    const used = this.length;
    this.replace(Math.max(SLAB, used + length, Math.min(used * 2, used + (8 << 20))), used);
  }

  int32(value: number): void {
    this.ensure(4);
    const at = this.offset;
    const b = this.bytes;
    b[at] = value >> 24;
    b[at + 1] = value >> 16;
    b[at + 2] = value >> 8;
    b[at + 3] = value;
    this.offset = at + 4;
  }

  int64(value: bigint): void {
    this.ensure(8);
    this.view.setBigInt64(this.offset, value);
    this.offset += 8;
  }

  float64(value: number): void {
    this.ensure(8);
    this.view.setFloat64(this.offset, value);
    this.offset += 8;
  }

  /** Packed bytes and zero padding. */
  opaque(value: Uint8Array): void {
    const length = value.length;
    this.ensure(length + 3);
    if (length > 32) this.bytes.set(value, this.offset);
    else for (let i = 0; i < length; i++) this.bytes[this.offset + i] = value[i] as number;
    this.offset += length;
    this.pad(length);
  }

  /** Bytes as they are: no length, no padding. */
  raw(value: Uint8Array): void {
    this.ensure(value.length);
    this.bytes.set(value, this.offset);
    this.offset += value.length;
  }

  /** A length word, UTF-8 and padding. Throws {@link EncodeError} over `max` bytes or with a NUL. */
  text(value: string, max: number): void {
    const length = value.length;
    if (length <= SHORT) {
      this.ensure(4 + SHORT + 3);
      const from = this.offset + 4;
      let i = 0;
      for (; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code >= 0x80 || code === 0) break;
        this.bytes[from + i] = code;
      }
      if (i === length) {
        this.finishText(length, max);
        return;
      }
    }
    if (value.includes("\0")) throw new EncodeError("text with a NUL character");
    if (length > max) throw new EncodeError(`text of ${length} characters is over the limit of ${max} bytes`);
    this.ensure(4 + length + 3);
    let written = encodeTextInto(value, this.bytes.subarray(this.offset + 4, this.bytes.length - 3));
    if (written < 0) {
      const bytes = encodeText(value);
      written = bytes.length;
      this.ensure(4 + written + 3);
      this.bytes.set(bytes, this.offset + 4);
    }
    this.finishText(written, max);
  }

  private finishText(length: number, max: number): void {
    if (length > max) throw new EncodeError(`text of ${length} bytes is over the limit of ${max}`);
    this.int32(length);
    this.offset += length;
    this.pad(length);
  }

  private pad(length: number): void {
    for (let padding = (4 - (length & 3)) & 3; padding > 0; padding--) this.bytes[this.offset++] = 0;
  }

  /** Overwrites a word written before, `at` bytes into the message: for lengths that are known at the end. */
  patch(at: number, value: number): void {
    this.view.setInt32(this.start + at, value);
  }
}
