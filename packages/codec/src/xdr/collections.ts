import { InternalError } from "@tsvirt/base";
import { EncodeError, rethrowAt } from "./errors.ts";
import type { Reader } from "./reader.ts";
import { compiled } from "./struct.ts";
import type { AnyType, Type, TypeOf } from "./types.ts";
import type { Writer } from "./writer.ts";

/** An array type that can be walked. */
export interface ArrayType<C extends AnyType> extends Type<readonly TypeOf<C>[]> {
  readonly kind: "array" | "fixedArray";
  readonly of: C;
  /** Most elements, or exactly so many for the fixed kind. */
  readonly max: number;
}

/** XDR `of<max>`: a count, at most `max` and at most what the bytes left can hold, then the elements. */
export function array<C extends AnyType>(of: C, max: number): ArrayType<C> {
  return {
    kind: "array",
    min: 4,
    of,
    max,
    encode(writer, value) {
      if (value.length > max) throw new EncodeError(`${value.length} elements are over the limit of ${max}`);
      writer.int32(value.length);
      encodeElements(writer, of, value);
    },
    decode(reader) {
      const type = compiled(of);
      if (type.min === 0) throw new InternalError("An array of a type without bytes has no limit");
      return decodeElements(reader, type, reader.count(max, type.min)) as TypeOf<C>[];
    },
  };
}

/** XDR `of[length]`. */
export function fixedArray<C extends AnyType>(of: C, length: number): ArrayType<C> {
  return {
    kind: "fixedArray",
    get min() {
      return of.min * length;
    },
    of,
    max: length,
    encode(writer, value) {
      if (value.length !== length) throw new EncodeError(`${value.length} elements instead of ${length}`);
      encodeElements(writer, of, value);
    },
    decode: (reader) => decodeElements(reader, compiled(of), length) as TypeOf<C>[],
  };
}

function encodeElements(writer: Writer, of: AnyType, value: readonly unknown[]): void {
  const type = compiled(of);
  let i = 0;
  try {
    for (; i < value.length; i++) type.encode(writer, value[i] as never);
  } catch (error) {
    rethrowAt(error, i);
  }
}

function decodeElements(reader: Reader, type: AnyType, length: number): unknown[] {
  const value: unknown[] = [];
  try {
    for (let i = 0; i < length; i++) value.push(type.decode(reader));
  } catch (error) {
    rethrowAt(error, value.length);
  }
  return value;
}
