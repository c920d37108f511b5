import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** The kinds of XDR types, for code that walks declarations. */
export type Kind =
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f64"
  | "bool"
  | "char"
  | "uchar"
  | "ushort"
  | "enumeration"
  | "nothing"
  | "string"
  | "opaque"
  | "bytes"
  | "chars"
  | "fixedChars"
  | "array"
  | "fixedArray"
  | "optional"
  | "union"
  | "struct";

/** Any XDR type: what parameters ask for. Results are the parameterised interfaces, so that names survive. */
export interface AnyType {
  readonly kind: Kind;
  /** Bytes of the smallest value. */
  readonly min: number;
  encode(writer: Writer, value: never): void;
  decode(reader: Reader): unknown;
}

/** An XDR type whose values are `T`. */
export interface Type<T> extends AnyType {
  encode(writer: Writer, value: T): void;
  decode(reader: Reader): T;
}

/** The TypeScript type of a type's values: a struct's own name, or what the combinator says. */
export type TypeOf<C extends AnyType> = C extends abstract new (
  _: never,
) => infer T
  ? T
  : C extends Type<infer T>
    ? T
    : never;
