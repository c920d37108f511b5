export { bytes, chars, fixedChars, opaque, type Sized, string } from "./bytes.ts";
export { decode, encode } from "./coding.ts";
export { type ArrayType, array, fixedArray } from "./collections.ts";
export { DecodeError, EncodeError } from "./errors.ts";
export { type Optional, optional } from "./optional.ts";
export { Reader } from "./reader.ts";
export {
  bool,
  char,
  type Enumeration,
  enumeration,
  f64,
  i32,
  i64,
  nothing,
  u32,
  u64,
  uchar,
  ushort,
} from "./scalars.ts";
export { type AnyStruct, compiled, type Fields, type StructClass, type StructValue, struct } from "./struct.ts";
export type { AnyType, Kind, Type, TypeOf } from "./types.ts";
export { type Arms, type Union, type UnionValue, union } from "./union.ts";
export { decodeText, encodeText } from "./utf8.ts";
export { Writer } from "./writer.ts";
