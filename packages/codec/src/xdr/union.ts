import { EncodeError, rethrowAt } from "./errors.ts";
import { compiled } from "./struct.ts";
import type { AnyType, Type, TypeOf } from "./types.ts";

/** The arms of a union by name: the selector's number and the type behind it. */
export type Arms = { readonly [name: string]: readonly [selector: number, type: AnyType] };

/** A union's value: the arm's name and its content. */
export type UnionValue<A extends Arms> = {
  readonly [K in keyof A]: { readonly type: K; readonly value: TypeOf<A[K][1]> };
}[keyof A];

/** A union that can be walked. */
export interface Union<A extends Arms> extends Type<UnionValue<A>> {
  readonly kind: "union";
  readonly arms: A;
}

/**
 * XDR `union switch (int)`: `union({ int: [1, i32], string: [7, string(80)] })` has values such as
 * `{ type: "int", value: 3 }`. A selector without an arm does not decode.
 */
export function union<const A extends Arms>(arms: A): Union<A> {
  const bySelector = new Map(Object.entries(arms).map(([name, [selector, type]]) => [selector, { name, type }]));
  const byName = new Map(Object.entries(arms));
  return {
    kind: "union",
    arms,
    get min() {
      return 4 + Math.min(...Object.values(arms).map(([, type]) => type.min));
    },
    encode(writer, value) {
      const arm = byName.get(value.type as string);
      if (!arm) throw new EncodeError(`'${String(value.type)}' is no arm of the union`);
      writer.int32(arm[0]);
      try {
        compiled(arm[1]).encode(writer, value.value as never);
      } catch (error) {
        rethrowAt(error, "value");
      }
    },
    decode(reader) {
      const selector = reader.int32();
      const arm = bySelector.get(selector);
      if (!arm) return reader.fail(`${selector} selects no arm of the union`, 4);
      try {
        return { type: arm.name, value: compiled(arm.type).decode(reader) } as UnionValue<A>;
      } catch (error) {
        return rethrowAt(error, "value");
      }
    },
  };
}
