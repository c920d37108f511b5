import {
  type AnyCodec,
  type AnyField,
  type Fields,
  fieldsOf,
  formatRaw,
  type RawElement,
  XmlWriter,
} from "@tsvirt/codec/xml";
import { Located, localName, memberOf } from "./located.ts";
import { matchItems } from "./match-items.ts";

/** What two documents say differently about one thing. */
export interface Difference {
  /** XPath of the element or attribute, e.g. `/domain/devices/disk[target/@dev='vda']/driver/@cache`. */
  readonly path: string;
  /** `added` and `removed` are of the second document. */
  readonly kind: "added" | "removed" | "changed";
  /** The first document's text, or XML if it is a whole element; absent if it has none. Secrets are not shown. */
  readonly before?: string;
  /** The second document's. */
  readonly after?: string;
}

/** The same element in both documents. */
export interface Pair {
  readonly before: Located | undefined;
  readonly after: Located | undefined;
}

/** Where a comparison stands. */
export interface Place {
  /** Path with the predicates that find the items of lists. */
  readonly path: string;
  /** The path without predicates: what rules are written for. */
  readonly pattern: string;
  /** The elements around it, the document's root first. */
  readonly around: readonly Pair[];
}

/** A {@link Difference} with what rules ask for. */
export interface Found {
  readonly difference: Difference;
  readonly place: Place;
  /** The element itself where it is one: `around` ends with the element that holds it. */
  readonly self: Pair | undefined;
}

/** What a kind of document adds to comparing. */
export interface CompareRules {
  /** Which item of a list this is: a predicate that finds it, without brackets. Undefined if it has no name of its own. */
  identity(pattern: string, item: Located): string | undefined;
  /** Whether the items of a list mean something by their order. */
  isOrdered(pattern: string): boolean;
  /** Whether two texts are spellings of the same. */
  isAlike(pattern: string, before: string, after: string): boolean;
  /**
   * Whether something does not count that only the document `side` has: `present` is the element or, for an attribute or
   * text, its text.
   */
  isUncounted(place: Place, present: Located | string, side: "before" | "after"): boolean;
}

type Values = Readonly<Record<string, unknown>>;

/** Compares two values of one declaration by walking it. */
export class Comparison {
  readonly found: Found[] = [];
  readonly #rules: CompareRules;

  constructor(rules: CompareRules) {
    this.#rules = rules;
  }

  /** Compares two documents whose root is declared by `codec`. */
  documents(codec: AnyCodec, before: unknown, after: unknown): void {
    const path = `/${nameOf(codec)}`;
    this.#both(codec, before, after, { path, pattern: path, around: [] });
  }

  #fields(fields: Fields, pair: Pair, place: Place): void {
    const around = [...place.around, pair];
    const before = valuesOf(pair.before);
    const after = valuesOf(pair.after);
    for (const [key, field] of Object.entries(fields)) {
      const { spec } = field;
      if (spec.live === true || spec.readLive === true || spec.state === true || spec.readOnly === true) continue;
      const a = before[key] ?? absent(field);
      const b = after[key] ?? absent(field);
      if (a === undefined && b === undefined) continue;
      const codec = spec.codec?.(key);
      const step = codec === undefined ? stepOf(field, key) : `/${nameOf(codec)}`;
      const here = { path: place.path + step, pattern: place.pattern + step, around };
      if (spec.scalar !== undefined) {
        const text = (value: unknown) => (value === undefined ? undefined : spec.scalar?.format(value as never));
        this.#texts(text(a), text(b), here, spec.secret === true);
      } else if (codec === undefined)
        this.#texts(a === true ? "" : undefined, b === true ? "" : undefined, here, false);
      else if (field.presence === "list") this.#lists(codec, asList(a), asList(b), here);
      else this.#optional(codec, a, b, here, spec.secret === true);
    }
  }

  #texts(before: string | undefined, after: string | undefined, place: Place, secret: boolean): void {
    if (before === after) return;
    if (before !== undefined && after !== undefined) {
      if (this.#rules.isAlike(place.pattern, before, after)) return;
    } else if (this.#rules.isUncounted(place, before ?? after ?? "", before === undefined ? "after" : "before")) return;
    const shown = (text: string | undefined) => (text !== undefined && secret ? "(secret)" : text);
    this.#add(place, undefined, shown(before), shown(after));
  }

  #add(place: Place, self: Pair | undefined, before: string | undefined, after: string | undefined): void {
    const kind = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    const difference: Difference = {
      path: place.path,
      kind,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    };
    this.found.push({ difference, place, self });
  }

  #optional(codec: AnyCodec, before: unknown, after: unknown, place: Place, secret: boolean): void {
    if (secret && codec.parts?.kind !== "leaf") {
      const text = (value: unknown) => (value === undefined ? undefined : xmlOf(new Located(codec, value)));
      this.#texts(text(before), text(after), place, true);
      return;
    }
    if (before !== undefined && after !== undefined) {
      this.#both(codec, before, after, place);
      return;
    }
    const side = before === undefined ? "after" : "before";
    const present = new Located(codec, before ?? after);
    const { parts } = codec;
    if (parts?.kind === "leaf") {
      const at = leafPlace(place, parts.attribute);
      const text = parts.scalar.format(present.value as never);
      this.#texts(side === "before" ? text : undefined, side === "after" ? text : undefined, at, secret);
      return;
    }
    if (this.#rules.isUncounted(place, present, side) || this.#saysNothing(present, side, place)) return;
    this.#whole(present, side, place);
  }

  /** An element that only one document has, if all that stands in it does not count. */
  #saysNothing(present: Located, side: "before" | "after", place: Place): boolean {
    const member = memberOf(present.codec, present.value);
    const fields = fieldsOf(member);
    if (fields === undefined) return false;
    if (isEmptyValue(present.value)) return isOmittedWhenEmpty(member);
    const inner = new Comparison(this.#rules);
    const pair = side === "before" ? { before: present, after: undefined } : { before: undefined, after: present };
    inner.#fields(fields, pair, place);
    return inner.found.length === 0;
  }

  #whole(present: Located, side: "before" | "after", place: Place): void {
    const xml = xmlOf(present);
    const pair = side === "before" ? { before: present, after: undefined } : { before: undefined, after: present };
    this.#add(place, pair, side === "before" ? xml : undefined, side === "after" ? xml : undefined);
  }

  #both(codec: AnyCodec, before: unknown, after: unknown, place: Place): void {
    const { parts } = codec;
    if (parts?.kind === "leaf") {
      const text = (value: unknown) => parts.scalar.format(value as never);
      this.#texts(text(before), text(after), leafPlace(place, parts.attribute), false);
      return;
    }
    const pair = { before: new Located(codec, before), after: new Located(codec, after) };
    const members = [memberOf(codec, before), memberOf(codec, after)] as const;
    const fields = fieldsOf(members[0]);
    if (fields !== undefined && members[0] === members[1]) {
      this.#fields(fields, pair, place);
      return;
    }
    const texts = [xmlOf(pair.before), xmlOf(pair.after)] as const;
    if (texts[0] !== texts[1] && !this.#rules.isAlike(place.pattern, ...texts)) this.#add(place, pair, ...texts);
  }

  #lists(codec: AnyCodec, before: readonly unknown[], after: readonly unknown[], place: Place): void {
    const [a, b] = [before, after].map((list) => list.map((value) => new Located(codec, value)));
    if (a === undefined || b === undefined) return;
    const { pattern } = place;
    const rules = this.#rules;
    const items = matchItems(a, b, {
      ordered: rules.isOrdered(pattern),
      identity: (item) => rules.identity(pattern, item),
      isSame: (one, other) => {
        const inner = new Comparison(rules);
        inner.#both(codec, one.value, other.value, place);
        return inner.found.length === 0;
      },
      isUncounted: (item, side) => rules.isUncounted(place, item, side),
    });
    for (const { before: one, after: other, index, predicate } of items) {
      const many = a.length > 1 || b.length > 1;
      const step = predicate === undefined ? (many ? `[${index + 1}]` : "") : `[${predicate}]`;
      const here = { ...place, path: place.path + step };
      if (one !== undefined && other !== undefined) this.#both(codec, one.value, other.value, here);
      else if (one !== undefined) this.#optional(codec, one.value, undefined, here, false);
      else this.#optional(codec, undefined, other?.value, here, false);
    }
  }
}

function valuesOf(item: Located | undefined): Values {
  const value = item?.value;
  return typeof value === "object" && value !== null ? (value as Values) : {};
}

/** What stands for a field that is not there. */
function absent({ presence, spec }: AnyField): unknown {
  return presence === "default" ? spec.fallback : presence === "list" ? [] : undefined;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function stepOf({ spec }: AnyField, key: string): string {
  if (spec.kind === "text") return "";
  return spec.kind === "attribute" ? `/@${spec.name ?? key}` : `/${spec.name ?? key}`;
}

function leafPlace(place: Place, attribute: string | undefined): Place {
  if (attribute === undefined) return place;
  return { ...place, path: `${place.path}/@${attribute}`, pattern: `${place.pattern}/@${attribute}` };
}

/** The element's name as a document writes it. */
function nameOf(codec: AnyCodec): string {
  const name = localName(codec.elementNames[0] ?? "");
  const prefix = optionsOf(codec).namespace?.prefix;
  return prefix === undefined ? name : `${prefix}:${name}`;
}

function optionsOf(codec: AnyCodec): {
  readonly namespace?: { readonly prefix: string };
  readonly omitEmpty?: boolean;
} {
  const options = "options" in codec ? codec.options : undefined;
  return typeof options === "object" && options !== null ? options : {};
}

function isOmittedWhenEmpty(codec: AnyCodec): boolean {
  return optionsOf(codec).omitEmpty === true;
}

function isEmptyValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null ? Object.values(value).every(isEmptyValue) : value === undefined;
}

function xmlOf({ codec, value }: Located): string {
  if (codec.parts?.kind === "raw") return formatRaw(value as RawElement).trimEnd();
  const writer = new XmlWriter({ live: false });
  codec.writeElement(value as never, writer);
  return writer.toString().trimEnd();
}
