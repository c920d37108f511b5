import fc from "fast-check";
import type { AnyCodec, AnyField, Fields } from "./field.ts";
import type { RawElement } from "./raw.ts";
import type { AnyScalar } from "./scalar.ts";

export { type Mutation, type MutationKind, mutate, mutations } from "./testing/mutate.ts";

/** How far generated values go. */
export interface ArbitraryOptions {
  /** Most elements of a list; 3 unless said otherwise. */
  readonly maxElements?: number;
  /** Most levels of child elements; 5 unless said otherwise. */
  readonly maxDepth?: number;
}

/** An element class, as far as generators look at it. */
export interface WalkableElement<T> extends AnyCodec {
  new (_: never): T;
  readonly fields: Fields;
  readonly options: object;
}

/**
 * Values of an element, for property tests: made by walking its declaration. Every field is sometimes absent where it
 * may be. What a `check` of the declaration would refuse is not avoided.
 */
export function arbitrary<T>(element: WalkableElement<T>, options: ArbitraryOptions = {}): fc.Arbitrary<T> {
  const walker = new Walker(options.maxElements ?? 3);
  return walker.fields(element.fields, options.maxDepth ?? 5) as fc.Arbitrary<T>;
}

/** Whether a declaration or anything in it looks at its values once more, so that parsing may change them. */
export function hasChecks(codec: AnyCodec, seen: Set<AnyCodec> = new Set()): boolean {
  if (seen.has(codec)) return false;
  seen.add(codec);
  if (isElement(codec)) {
    if ("check" in codec.options && codec.options.check !== undefined) return true;
    return Object.entries(codec.fields).some(([key, { spec }]) => {
      const inner = spec.codec?.(key);
      return inner !== undefined && hasChecks(inner, seen);
    });
  }
  const { parts } = codec;
  if (parts?.kind === "union") return parts.members.some((member) => hasChecks(member, seen));
  if (parts?.kind === "choice") return Object.values(parts.members).some((member) => hasChecks(member, seen));
  return false;
}

function isElement(codec: AnyCodec): codec is WalkableElement<unknown> {
  return "fields" in codec && "options" in codec;
}

class Walker {
  readonly #maxElements: number;

  constructor(maxElements: number) {
    this.#maxElements = maxElements;
  }

  fields(fields: Fields, depth: number): fc.Arbitrary<object> {
    const shape: Record<string, fc.Arbitrary<unknown>> = {};
    const required: string[] = [];
    let text: string | undefined;
    const elements: string[] = [];
    for (const [key, field] of Object.entries(fields)) {
      if (field.spec.readOnly === true) continue;
      const value = this.#field(key, field, depth);
      if (value === undefined) continue;
      if (field.spec.kind === "text") text = key;
      else if (field.spec.kind !== "attribute") elements.push(key);
      shape[key] = value;
      if (field.presence !== "optional") required.push(key);
    }
    const record = fc.record(shape, { requiredKeys: required, noNullPrototype: true });
    if (text === undefined || elements.length === 0) return record;
    // An element has text or elements in it, not both.
    const content = text;
    return record.map((value) => {
      const result: Record<string, unknown> = { ...value };
      if (result[content] === undefined) return result;
      for (const key of elements) {
        if (Array.isArray(result[key])) result[key] = [];
        else delete result[key];
      }
      return result;
    });
  }

  #field(key: string, field: AnyField, depth: number): fc.Arbitrary<unknown> | undefined {
    const values = this.#values(key, field, depth);
    return field.spec.unlessZero === true ? values?.filter((value) => value !== 0 && value !== 0n) : values;
  }

  #values(key: string, field: AnyField, depth: number): fc.Arbitrary<unknown> | undefined {
    const { spec, presence } = field;
    if (spec.kind === "flag") return fc.constant(true);
    // No text at all is the same as no value.
    if (spec.scalar !== undefined) return scalarValues(spec.scalar, spec.kind === "text" || spec.unlessEmpty === true);
    const codec = spec.codec?.(key);
    if (codec === undefined) return undefined;
    const deep = depth <= 0 && !("parts" in codec && codec.parts?.kind === "leaf");
    if (presence === "list") {
      if (deep) return fc.constant([]);
      return fc.array(this.#codec(codec, depth - 1), { maxLength: this.#maxElements });
    }
    if (deep && presence === "optional") return undefined;
    return this.#codec(codec, depth - 1);
  }

  #codec(codec: AnyCodec, depth: number): fc.Arbitrary<unknown> {
    if (isElement(codec)) return this.fields(codec.fields, depth);
    const { parts } = codec;
    switch (parts?.kind) {
      case "leaf":
        return scalarValues(parts.scalar, true);
      case "union":
        return fc.oneof(...parts.members.map((member) => this.#codec(member, depth)));
      case "choice":
        return fc.oneof(
          ...Object.entries(parts.members).map(([key, member]) =>
            this.#codec(member, depth).map((value) => ({ [key]: value })),
          ),
        );
      default:
        return rawElement(codec.elementNames[0] ?? "raw");
    }
  }
}

function rawElement(name: string): fc.Arbitrary<RawElement> {
  return fc
    .record({ text: fc.string({ minLength: 1, maxLength: 8 }), value: fc.string({ maxLength: 8 }) })
    .map(({ text, value }) => ({
      name,
      attributes: [],
      children: [{ name: "a:b", attributes: [["xmlns:a", "urn:a"] as const, ["c", value] as const], children: [text] }],
    }));
}

/** Characters that XML allows, with those that must be escaped among them. */
const characters = fc.oneof(
  fc.constantFrom("<", ">", "&", "'", '"', " ", "é", "\u{1f600}", "/", ":"),
  fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1 }),
);

function scalarValues(scalar: AnyScalar, filled: boolean): fc.Arbitrary<unknown> {
  const { domain } = scalar;
  switch (domain.kind) {
    case "words":
      return fc.constantFrom(...domain.words);
    case "boolean":
      return fc.boolean();
    case "number":
      return fc.integer({ min: domain.min, max: domain.max });
    case "bigint":
      return fc.bigInt(domain.min, domain.max);
    case "text":
      // What the samples stand for: the values need not be texts themselves.
      if (domain.samples !== undefined) return fc.constantFrom(...domain.samples.map((sample) => scalar.parse(sample)));
      return fc
        .array(characters, { minLength: filled ? 1 : 0, maxLength: 12 })
        .map((parts) => parts.join(""))
        .filter((text) => !filled || text.trim() !== "");
  }
}
