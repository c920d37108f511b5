import { Reader } from "./reader.ts";
import { compiled } from "./struct.ts";
import type { AnyType, TypeOf } from "./types.ts";
import { Writer } from "./writer.ts";

const scratch = new Writer();

/** The bytes of a value, in an array of their own. Throws `EncodeError` when the type cannot carry it. */
export function encode<C extends AnyType>(type: C, value: TypeOf<C>): Uint8Array {
  scratch.begin();
  compiled(type).encode(scratch, value as never);
  return scratch.bytes.slice(scratch.start, scratch.offset);
}

/** The value that `bytes` are, all of them: trailing bytes are an error too. Throws `DecodeError`. */
export function decode<C extends AnyType>(type: C, bytes: Uint8Array): TypeOf<C> {
  const reader = new Reader(bytes);
  const value = compiled(type).decode(reader) as TypeOf<C>;
  if (reader.left > 0) reader.fail(`${reader.left} bytes too many`);
  return value;
}
