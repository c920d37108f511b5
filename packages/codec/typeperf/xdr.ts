// instantiations <= 6500
// What one family of XDR declarations costs the compiler: structs in structs, unions, optionals, and both directions.
import {
  array,
  decode,
  encode,
  i32,
  opaque,
  optional,
  string,
  struct,
  type TypeOf,
  u64,
  union,
} from "@tsvirt/codec/xdr";

export class Ref extends struct({ name: string(255), uuid: opaque(16), id: i32 }) {}
export const Value = union({ int: [1, i32], ullong: [4, u64], string: [7, string(80)] });
export type Value = TypeOf<typeof Value>;
export class Param extends struct({ field: string(80), value: Value }) {}
export class Args extends struct({ ref: Ref, params: array(Param, 64), parent: optional(Ref), flags: i32 }) {}
export class Outer extends struct({ all: array(Args, 9), first: optional(Args), note: optional(string(9)) }) {}

const ref: Ref = { name: "vm", uuid: new Uint8Array(16), id: 1 };
const args: Args = { ref, params: [{ field: "x", value: { type: "int", value: 1 } }], flags: 0 };
export const outer: Outer = decode(Outer, encode(Outer, { all: [args] }));
export const name: string | undefined = outer.first?.parent?.name;
