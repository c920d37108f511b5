import { compiled } from "./struct.ts";
import type { AnyType, Type, TypeOf } from "./types.ts";

/** An optional that can be walked. */
export interface Optional<C extends AnyType> extends Type<TypeOf<C> | undefined> {
  readonly kind: "optional";
  readonly of: C;
}

/** XDR optional: 0, or 1 and the value. In a struct its key may be absent; `decode` leaves it out. */
export function optional<C extends AnyType>(of: C): Optional<C> {
  return {
    kind: "optional",
    of,
    min: 4,
    encode(writer, value) {
      writer.int32(value === undefined ? 0 : 1);
      if (value !== undefined) compiled(of).encode(writer, value as never);
    },
    decode(reader) {
      const present = reader.int32();
      if (present !== 0 && present !== 1) reader.fail(`${present} is no boolean`, 4);
      return present === 0 ? undefined : (compiled(of).decode(reader) as TypeOf<C>);
    },
  };
}
