// biome-ignore-all lint/complexity/noThisInStatic: the statics act on the class that extends, whose fields differ.
import { InternalError } from "@tsvirt/base";
import { EncodeError, rethrowAt } from "./errors.ts";
import type { Optional } from "./optional.ts";
import type { Reader } from "./reader.ts";
import type { AnyType, TypeOf } from "./types.ts";
import type { Writer } from "./writer.ts";

/** The fields of a struct by name, in wire order. */
export type Fields = { readonly [name: string]: AnyType };

/** Any struct class: what parameters ask for. */
export interface AnyStruct extends AnyType {
  new (_: never): object;
  readonly kind: "struct";
  readonly name: string;
  readonly fields: Fields;
}

/** The plain object of a struct: fields that are XDR optionals are keys that may be absent. */
export type StructValue<F extends Fields> = Flat<
  { readonly [K in keyof F as F[K] extends Optional<AnyType> ? never : K]: TypeOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends Optional<AnyType> ? K : never]?: TypeOf<F[K]>;
  }
>;
type Flat<T> = { [K in keyof T]: T[K] };

/** The class {@link struct} returns: made to be extended and named, never to be constructed. */
export interface StructClass<F extends Fields> {
  new (_: never): StructValue<F>;
  readonly kind: "struct";
  readonly min: number;
  readonly fields: F;
  encode<T>(this: abstract new (_: never) => T, writer: Writer, value: T): void;
  decode<T>(this: abstract new (_: never) => T, reader: Reader): T;
}

/** How to code a struct: made from `fields` when a value of it is first coded, as most structs never are. */
class Plan implements AnyType {
  readonly kind = "struct";
  readonly min: number;
  readonly names: readonly string[];
  readonly types: readonly AnyType[];
  readonly optional: readonly boolean[];

  constructor(fields: Fields) {
    this.names = Object.keys(fields);
    this.types = Object.values(fields).map(compiled);
    this.optional = this.types.map((type) => type.kind === "optional");
    this.min = this.types.reduce((sum, type) => sum + type.min, 0);
  }

  encode(writer: Writer, value: never): void {
    const record = value as Readonly<Record<string, never>>;
    const { names, types } = this;
    let i = 0;
    try {
      for (; i < types.length; i++) {
        const field = record[names[i] as string];
        if (field === undefined && !this.optional[i]) throw new EncodeError("value is missing");
        (types[i] as AnyType).encode(writer, field as never);
      }
    } catch (error) {
      rethrowAt(error, names[i] as string);
    }
  }

  decode(reader: Reader): object {
    const { names, types, optional } = this;
    const record: Record<string, unknown> = {};
    let i = 0;
    try {
      for (; i < types.length; i++) {
        const field = (types[i] as AnyType).decode(reader);
        if (field !== undefined || !optional[i]) record[names[i] as string] = field;
      }
    } catch (error) {
      rethrowAt(error, names[i] as string);
    }
    return record;
  }
}

/** The plans of structs used so far. Keyed by `fields`, which a class and what it extends share. */
const plans = new WeakMap<Fields, Plan>();

function planOf(fields: Fields): Plan {
  let plan = plans.get(fields);
  if (!plan) {
    plan = new Plan(fields);
    plans.set(fields, plan);
  }
  return plan;
}

/** What codes the values of `type` fastest: for those who code many, and keep it. */
export function compiled(type: AnyType): AnyType {
  return type.kind === "struct" ? planOf((type as AnyStruct).fields) : type;
}

/** What all struct classes inherit, so that each of the hundreds costs little memory. */
abstract class Struct {
  static readonly kind = "struct";
  static readonly fields: Fields;
  static get min(): number {
    return planOf(this.fields).min;
  }
  static encode(writer: Writer, value: never): void {
    planOf(this.fields).encode(writer, value);
  }
  static decode(reader: Reader): object {
    return planOf(this.fields).decode(reader);
  }
}

/**
 * An XDR struct: `class DomainRef extends struct({ name: string(255), uuid: opaque(16), id: i32 }) {}`.
 *
 * The class is the codec and names the type; values are plain objects. Nothing is computed until the first use.
 */
export function struct<const F extends Fields>(fields: F): StructClass<F>;
export function struct(fields: Fields): object {
  // A function instead of a class expression: one that shares its prototype takes a third of the memory.
  function base(): never {
    throw new InternalError("A struct class is never constructed");
  }
  base.prototype = Struct.prototype;
  return Object.setPrototypeOf(Object.assign(base, { fields }), Struct);
}
