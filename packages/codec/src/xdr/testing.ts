import fc from "fast-check";
import type { Sized } from "./bytes.ts";
import type { ArrayType } from "./collections.ts";
import type { Optional } from "./optional.ts";
import type { Enumeration } from "./scalars.ts";
import type { AnyStruct } from "./struct.ts";
import type { AnyType, TypeOf } from "./types.ts";
import type { Arms, Union } from "./union.ts";

/** How far generated values go; the declared limits hold too. */
export interface ArbitraryOptions {
  /** Most elements of an array; 4 unless said otherwise. */
  readonly maxElements?: number;
  /** Most bytes of a text or byte string; 40 unless said otherwise. */
  readonly maxBytes?: number;
}

/** Values of any declared type, for property tests: made by walking the declaration. */
export function arbitrary<C extends AnyType>(type: C, options: ArbitraryOptions = {}): fc.Arbitrary<TypeOf<C>> {
  return walk(type, options.maxElements ?? 4, options.maxBytes ?? 40) as fc.Arbitrary<TypeOf<C>>;
}

function walk(type: AnyType, maxElements: number, maxBytes: number): fc.Arbitrary<unknown> {
  const inner = (of: AnyType): fc.Arbitrary<unknown> => walk(of, maxElements, maxBytes);
  const sized = (): Sized<unknown> => type as Sized<unknown>;
  const arrayType = (): ArrayType<AnyType> => type as ArrayType<AnyType>;
  switch (type.kind) {
    case "i32":
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    case "u32":
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case "i64":
      return fc.bigInt(-(1n << 63n), (1n << 63n) - 1n);
    case "u64":
      return fc.bigInt(0n, (1n << 64n) - 1n);
    case "f64":
      return fc.double();
    case "bool":
      return fc.boolean();
    case "char":
      return fc.integer({ min: -128, max: 255 });
    case "uchar":
      return fc.integer({ min: 0, max: 255 });
    case "ushort":
      return fc.integer({ min: 0, max: 65_535 });
    case "nothing":
      return fc.constant(undefined);
    case "enumeration":
      return fc.constantFrom(...Object.values((type as Enumeration<number>).values));
    case "string":
      return text(Math.min(sized().max, maxBytes));
    case "bytes":
    case "chars":
      return fc.uint8Array({ maxLength: Math.min(sized().max, maxBytes) });
    case "opaque":
    case "fixedChars":
      return fc.uint8Array({ minLength: sized().max, maxLength: sized().max });
    case "array":
      return fc.array(inner(arrayType().of), { maxLength: Math.min(arrayType().max, maxElements) });
    case "fixedArray":
      return fc.array(inner(arrayType().of), { minLength: arrayType().max, maxLength: arrayType().max });
    case "optional":
      return fc.option(inner((type as Optional<AnyType>).of), { nil: undefined });
    case "union":
      return fc.oneof(
        ...Object.entries((type as Union<Arms>).arms).map(([name, [, of]]) =>
          fc.record({ type: fc.constant(name), value: inner(of) }, { noNullPrototype: true }),
        ),
      );
    case "struct":
      return record(type as AnyStruct, inner);
  }
}

/** Objects whose optional keys are sometimes absent, and never present as `undefined`. */
function record(type: AnyStruct, inner: (of: AnyType) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  const required: string[] = [];
  for (const [name, of] of Object.entries(type.fields)) {
    if (of.kind === "optional") {
      shape[name] = inner((of as Optional<AnyType>).of);
    } else {
      shape[name] = inner(of);
      required.push(name);
    }
  }
  return fc.record(shape, { requiredKeys: required, noNullPrototype: true });
}

function text(maxBytes: number): fc.Arbitrary<string> {
  const encoder = new TextEncoder();
  return fc
    .string({ unit: "binary", maxLength: maxBytes })
    .filter((value) => !value.includes("\0") && encoder.encode(value).length <= maxBytes);
}
