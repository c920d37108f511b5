import { EncodeError } from "./errors.ts";
import type { Type } from "./types.ts";

/** Throws an {@link EncodeError} unless `value` is an integer between the two. */
function within(value: number, low: number, high: number): void {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new EncodeError(`${value} is no integer between ${low} and ${high}`);
  }
}

function within64(value: bigint, low: bigint, high: bigint): void {
  if (typeof value !== "bigint" || value < low || value > high) {
    throw new EncodeError(`${value} is no 64-bit integer between ${low} and ${high}`);
  }
}

/** XDR `int`. */
export const i32: Type<number> = {
  kind: "i32",
  min: 4,
  encode(writer, value) {
    if ((value | 0) !== value) within(value, -0x8000_0000, 0x7fff_ffff);
    writer.int32(value);
  },
  decode: (reader) => reader.int32(),
};

/** XDR `unsigned int`. */
export const u32: Type<number> = {
  kind: "u32",
  min: 4,
  encode(writer, value) {
    if (value >>> 0 !== value) within(value, 0, 0xffff_ffff);
    writer.int32(value);
  },
  decode: (reader) => reader.uint32(),
};

/** XDR `hyper`. */
export const i64: Type<bigint> = {
  kind: "i64",
  min: 8,
  encode(writer, value) {
    within64(value, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
    writer.int64(value);
  },
  decode: (reader) => reader.int64(),
};

/** XDR `unsigned hyper`. */
export const u64: Type<bigint> = {
  kind: "u64",
  min: 8,
  encode(writer, value) {
    within64(value, 0n, 0xffff_ffff_ffff_ffffn);
    writer.int64(value);
  },
  decode: (reader) => reader.uint64(),
};

/** XDR `double`. */
export const f64: Type<number> = {
  kind: "f64",
  min: 8,
  encode: (writer, value) => writer.float64(value),
  decode: (reader) => reader.float64(),
};

/** XDR `bool`: 0 or 1, anything else is an error. */
export const bool: Type<boolean> = {
  kind: "bool",
  min: 4,
  encode: (writer, value) => writer.int32(value ? 1 : 0),
  decode(reader) {
    const value = reader.int32();
    if (value !== 0 && value !== 1) reader.fail(`${value} is no boolean`, 4);
    return value === 1;
  },
};

/** A C `char` as rpcgen encodes it: a whole word, signed on the machines libvirt runs on. -128 to 255. */
export const char: Type<number> = {
  kind: "char",
  min: 4,
  encode(writer, value) {
    within(value, -128, 255);
    writer.int32(value);
  },
  decode(reader) {
    const value = reader.int32();
    if (value < -128 || value > 255) reader.fail(`${value} is no character`, 4);
    return value;
  },
};

function unsignedShorter(kind: "uchar" | "ushort", max: number): Type<number> {
  return {
    kind,
    min: 4,
    encode(writer, value) {
      within(value, 0, max);
      writer.int32(value);
    },
    decode(reader) {
      const value = reader.uint32();
      if (value > max) reader.fail(`${value} is over ${max}`, 4);
      return value;
    },
  };
}

/** A C `unsigned char` as rpcgen encodes it: a whole word. */
export const uchar: Type<number> = unsignedShorter("uchar", 255);

/** A C `unsigned short` as rpcgen encodes it: a whole word. */
export const ushort: Type<number> = unsignedShorter("ushort", 65_535);

/** No value: the arguments or the result of a procedure that has none. Takes no bytes. */
export const nothing: Type<void> = {
  kind: "nothing",
  min: 0,
  encode: () => undefined,
  decode: () => undefined,
};

/** An enumeration that can be walked. */
export interface Enumeration<T extends number> extends Type<T> {
  readonly kind: "enumeration";
  readonly values: Readonly<Record<string, T>>;
}

/** XDR `enum` over the values of a constant object; others are errors. */
export function enumeration<T extends number>(values: Readonly<Record<string, T>>): Enumeration<T> {
  const known = new Set<number>(Object.values(values));
  const isKnown = (value: number): value is T => known.has(value);
  return {
    kind: "enumeration",
    min: 4,
    values,
    encode(writer, value) {
      if (!known.has(value)) throw new EncodeError(`${value} is no value of the enumeration`);
      writer.int32(value);
    },
    decode(reader) {
      const value = reader.int32();
      if (!isKnown(value)) return reader.fail(`${value} is no value of the enumeration`, 4);
      return value;
    },
  };
}
