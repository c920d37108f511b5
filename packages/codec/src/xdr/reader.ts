import { DecodeError } from "./errors.ts";
import { decodeText } from "./utf8.ts";

/**
 * A cursor over one encoded value. Everything it returns is a copy: the bytes may be reused once decoding is over.
 * All methods throw {@link DecodeError} instead of reading beyond `end`.
 */
export class Reader {
  readonly bytes: Uint8Array;
  /** Where the value starts in `bytes`; offsets in errors count from here. */
  readonly start: number;
  readonly end: number;
  offset: number;
  private lazyView: DataView | undefined;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.offset = start;
    this.lazyView = undefined;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.end - this.offset;
  }

  private get view(): DataView {
    this.lazyView ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.lazyView;
  }

  /** Throws a {@link DecodeError} at the current place, or `back` bytes before it. */
  fail(reason: string, back = 0): never {
    throw new DecodeError(reason, this.offset - this.start - back);
  }

  private take(length: number): number {
    const at = this.offset;
    if (length > this.end - at) this.fail(`needs ${length} bytes, ${this.end - at} left`);
    this.offset = at + length;
    return at;
  }

  int32(): number {
    const at = this.take(4);
    const b = this.bytes;
    return (
      ((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number)
    );
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  int64(): bigint {
    const at = this.take(8);
    return this.view.getBigInt64(at);
  }

  uint64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at);
  }

  float64(): number {
    const at = this.take(8);
    return this.view.getFloat64(at);
  }

  /** `length` packed bytes and their padding, which must be zero. */
  opaque(length: number): Uint8Array {
    const at = this.padded(length);
    const copy = new Uint8Array(length);
    if (length > 32) copy.set(this.bytes.subarray(at, at + length));
    else for (let i = 0; i < length; i++) copy[i] = this.bytes[at + i] as number;
    return copy;
  }

  /** Text of `length` bytes and its padding. A NUL in it is an error: no C program can have meant it. */
  text(length: number): string {
    const at = this.padded(length);
    const text = decodeText(this.bytes, at, at + length);
    if (text.includes("\0")) this.fail("text with a NUL character", length + ((4 - (length & 3)) & 3));
    return text;
  }

  /** A count, checked against its limit and against what could be there at all, `size` being the smallest element. */
  count(max: number, size: number): number {
    const count = this.uint32();
    if (count > max) this.fail(`length ${count} is over the limit of ${max}`, 4);
    if (count * size > this.end - this.offset) {
      this.fail(`length ${count} needs ${count * size} bytes, ${this.end - this.offset} left`, 4);
    }
    return count;
  }

  private padded(length: number): number {
    const at = this.take(length);
    const padding = (4 - (length & 3)) & 3;
    if (padding > 0) {
      const from = this.take(padding);
      for (let i = from; i < from + padding; i++) if (this.bytes[i] !== 0) this.fail("padding is not zero", padding);
    }
    return at;
  }
}
