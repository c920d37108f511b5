import { EncodeError } from "./errors.ts";
import type { Type } from "./types.ts";

/** A type of text or bytes with a limit (or, when fixed, a length) that can be walked. */
export interface Sized<T> extends Type<T> {
  /** Most bytes, or exactly so many for the fixed kinds. */
  readonly max: number;
}

/** XDR `string<max>`: UTF-8 without a NUL, at most `max` bytes. */
export function string(max: number): Sized<string> {
  return {
    kind: "string",
    min: 4,
    max,
    encode: (writer, value) => writer.text(value, max),
    decode: (reader) => reader.text(reader.count(max, 1)),
  };
}

/** XDR `opaque[length]`: exactly so many packed bytes. */
export function opaque(length: number): Sized<Uint8Array> {
  return {
    kind: "opaque",
    min: (length + 3) & ~3,
    max: length,
    encode(writer, value) {
      if (value.length !== length) throw new EncodeError(`${value.length} bytes instead of ${length}`);
      writer.opaque(value);
    },
    decode: (reader) => reader.opaque(length),
  };
}

/** XDR `opaque<max>`: packed bytes with their count. */
export function bytes(max: number): Sized<Uint8Array> {
  return {
    kind: "bytes",
    min: 4,
    max,
    encode(writer, value) {
      if (value.length > max) throw new EncodeError(`${value.length} bytes are over the limit of ${max}`);
      writer.int32(value.length);
      writer.opaque(value);
    },
    decode: (reader) => reader.opaque(reader.count(max, 1)),
  };
}

/**
 * `char<max>` as rpcgen encodes it: bytes of which each takes a whole word, sign-extended, behind their count.
 * libvirt has it for SASL data and security labels.
 */
export function chars(max: number): Sized<Uint8Array> {
  return {
    kind: "chars",
    min: 4,
    max,
    encode(writer, value) {
      if (value.length > max) throw new EncodeError(`${value.length} characters are over the limit of ${max}`);
      writer.int32(value.length);
      for (const byte of value) writer.int32((byte << 24) >> 24);
    },
    decode: (reader) => decodeChars(reader, reader.count(max, 4)),
  };
}

/** `char[length]` as rpcgen encodes it: like {@link chars}, without a count. */
export function fixedChars(length: number): Sized<Uint8Array> {
  return {
    kind: "fixedChars",
    min: 4 * length,
    max: length,
    encode(writer, value) {
      if (value.length !== length) throw new EncodeError(`${value.length} characters instead of ${length}`);
      for (const byte of value) writer.int32((byte << 24) >> 24);
    },
    decode: (reader) => decodeChars(reader, length),
  };
}

function decodeChars(reader: Parameters<Sized<Uint8Array>["decode"]>[0], length: number): Uint8Array {
  const value = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const char = reader.int32();
    if (char < -128 || char > 255) reader.fail(`${char} is no character`, 4);
    value[i] = char;
  }
  return value;
}
