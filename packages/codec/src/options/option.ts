// biome-ignore-all lint/complexity/noThisInStatic: `this` is the subclass, whose name the results keep.
import { formatJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json.ts";
import { flatten, joinKeyVals, splitKeyVals } from "./keyval.ts";
import { integer, type Notation, OptionError, type Scalar, text } from "./scalar.ts";

/** A declared key: its codec and how often it may stand. */
export interface Key<T, Kind extends KeyKind = KeyKind> {
  readonly scalar: Scalar<T>;
  readonly kind: Kind;
}
/**
 * `one` and `optional`; `ranges` are numbers, in text `key=0-3,key=7`; `strings` are texts that JSON wraps as
 * `{"str": …}` and text repeats; `list` is `key.0=`, `key.1=` in text and an array in JSON; `repeat` is the same key several times
 * in text and an array in JSON; `rest` is where the keys that are not declared are written.
 */
export type KeyKind = "one" | "optional" | "list" | "repeat" | "ranges" | "strings" | "rest";

/** The declared keys of an option, in the order in which they are written. */
export type Keys = Readonly<Record<string, AnyKey>>;
interface AnyKey {
  readonly scalar: {
    readonly expects: string;
    readonly words?: readonly string[];
    toJson(value: never): JsonValue;
    fromJson: Scalar<unknown>["fromJson"];
  };
  readonly kind: KeyKind;
}

type ValueOf<K> =
  K extends Key<infer T, infer Kind> ? (Kind extends "one" | "optional" | "rest" ? T : readonly T[]) : never;
type RequiredKeys<F> = { [K in keyof F]: F[K] extends { readonly kind: "one" } ? K : never }[keyof F];
type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly kind: "one" } ? never : K }[keyof F];

/**
 * The plain object an option stands for. `rest` holds the keys that are not declared, as JSON or dotted text keys.
 * Reading never stores `undefined`; writing takes it for absent, so that builders need no conditional spreads.
 */
export type OptionOf<F> = { readonly [K in RequiredKeys<F>]: ValueOf<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: ValueOf<F[K]> | undefined;
} & { readonly rest?: JsonObject };

/** An option of which any key may be missing, as people's own command lines have it. */
export type PartialOption<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** Declares a key that must be there. */
export function key<T>(scalar: Scalar<T>): Key<T, "one"> {
  return { scalar, kind: "one" };
}
/** Declares a key that may be absent. */
key.optional = <T>(scalar: Scalar<T>): Key<T, "optional"> => ({ scalar, kind: "optional" });
/** Declares an array: `key.0=…` in text. Absent when empty. */
key.list = <T>(scalar: Scalar<T>): Key<T, "list"> => ({ scalar, kind: "list" });
/** Declares a set of numbers: an array in JSON, repeated ranges in text (`host-nodes=0-3,host-nodes=7`). */
key.ranges = (): Key<number, "ranges"> => ({ scalar: smallInteger, kind: "ranges" });
/** Declares texts that JSON wraps in objects (QAPI's `String`) and text repeats (`guestfwd=…,guestfwd=…`). */
key.strings = (): Key<string, "strings"> => ({ scalar: wrapped, kind: "strings" });
/** The place, under the name `rest`, where keys that are not declared are written. Without it they come last. */
key.rest = (): Key<JsonObject, "rest"> => ({ scalar: restOfKeys, kind: "rest" });
/** Declares a key that text repeats (`-spice tls-channel=a,tls-channel=b`). */
key.repeat = <T>(scalar: Scalar<T>): Key<T, "repeat"> => ({ scalar, kind: "repeat" });

/** The statics of an option class. */
export interface OptionClass<F extends Keys> {
  new (_: never): OptionOf<F>;
  /** The command-line word, e.g. `-netdev`. */
  readonly flag: string;
  /** The key that text may leave out in first place, e.g. `type`. */
  readonly implied: string | undefined;
  /** The declaration, for walking. */
  readonly fields: F;
  /** The value as a JSON object, keys in declared order. */
  toJson<T>(this: OptionStatics<T>, value: T): JsonObject;
  /** `key=value` text. */
  formatText<T>(this: OptionStatics<T>, value: T): string;
  /** `[flag, text]`; as JSON if asked. */
  format<T>(this: OptionStatics<T>, value: T, notation?: Notation): [string, string];
  /** Reads text or, when it starts with `{`, JSON. Throws {@link OptionError}. */
  parse<T>(this: OptionStatics<T>, text: string): T;
  /** {@link parse} that does without keys which are not there. */
  parsePartial<T>(this: OptionStatics<T>, text: string): PartialOption<T>;
  /** Reads a JSON object. Throws {@link OptionError}. */
  fromJson<T>(this: OptionStatics<T>, json: JsonValue): T;
}
/** What the statics need of `this`: keeps the class's own name in results. */
export interface OptionStatics<T> {
  new (_: never): T;
  readonly flag: string;
  readonly implied: string | undefined;
  readonly fields: Keys;
}

/**
 * Declares a command-line option: `class NetdevTap extends option("-netdev", "type", { … }) {}`. The class is never
 * constructed; plain objects go in and come out.
 */
export function option<const F extends Keys>(flag: string, implied: string | undefined, fields: F): OptionClass<F> {
  class Option {
    static readonly flag = flag;
    static readonly implied = implied;
    static readonly fields = fields;

    static toJson<T>(this: OptionStatics<T>, value: T): JsonObject {
      return encodeFields(this.fields, value as object);
    }
    static formatText<T>(this: OptionStatics<T>, value: T): string {
      return formatText(this, value as object);
    }
    static format<T>(this: OptionStatics<T>, value: T, notation: Notation = "text"): [string, string] {
      if (notation === "text") return [this.flag, formatText(this, value as object)];
      return [this.flag, formatJson(encodeFields(this.fields, value as object))];
    }
    static parse<T>(this: OptionStatics<T>, text: string): T {
      return parseText(this, text, true) as T;
    }
    static parsePartial<T>(this: OptionStatics<T>, text: string): PartialOption<T> {
      return parseText(this, text, false) as PartialOption<T>;
    }
    static fromJson<T>(this: OptionStatics<T>, json: JsonValue): T {
      return decodeFields(this.fields, json, "", "json") as T;
    }
  }
  return Option as never as OptionClass<F>;
}

function parseText(
  declaration: { readonly fields: Keys; readonly implied: string | undefined },
  source: string,
  complete: boolean,
): object {
  return source.startsWith("{")
    ? decodeFields(declaration.fields, parseJson(source), "", "json", complete)
    : decodeFields(declaration.fields, treeOf(declaration, source), "", "text", complete);
}

/** A nested object: `a.b=` in text. `fields` are those of an option class or a literal table. */
export function group<const F extends Keys>(fields: F): Scalar<OptionOf<F>> {
  return {
    expects: "an object",
    toJson: (value) => encodeFields(fields, value),
    fromJson: (json, at, notation) => decodeFields(fields, json, at, notation) as OptionOf<F>,
  };
}

function isMany(kind: KeyKind): boolean {
  return kind !== "one" && kind !== "optional" && kind !== "rest";
}

const restOfKeys: Scalar<JsonObject> = {
  expects: "other keys",
  toJson: (value) => value,
  fromJson(value, at) {
    if (!isJsonObject(value)) throw new OptionError(at, "expected an object");
    return value;
  },
};

const smallInteger: Scalar<number> = {
  expects: "a number",
  toJson: (value) => value,
  fromJson(value, at, notation) {
    const number = integer.fromJson(value, at, notation);
    if (typeof number !== "number" || number < 0) throw new OptionError(at, "expected a number");
    return number;
  },
};

const wrapped: Scalar<string> = {
  expects: "a string",
  toJson: (value) => ({ str: value }),
  fromJson(value, at, notation) {
    return text.fromJson(isJsonObject(value) ? (value.str ?? null) : value, at, notation);
  },
};

/** `0-3`, `7`: the numbers in ascending order, neighbours joined. */
function rangesOf(numbers: readonly number[]): string[] {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let last = i;
    while (numbers[last + 1] === (numbers[last] ?? 0) + 1) last++;
    ranges.push(last === i ? String(numbers[i]) : `${numbers[i]}-${numbers[last]}`);
    i = last + 1;
  }
  return ranges;
}

/** The numbers of `0-3`; the text itself if it is no range. */
function numbersOf(range: JsonValue): JsonValue[] {
  const match = typeof range === "string" ? /^(\d{1,5})-(\d{1,5})$/.exec(range) : null;
  if (!match) return [range];
  const [first, last] = [Number(match[1]), Number(match[2])];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function encodeFields(fields: Keys, value: object): JsonObject {
  const result: { [key: string]: JsonValue } = {};
  const given = value as Readonly<Record<string, unknown>>;
  for (const [name, { scalar, kind }] of Object.entries(fields)) {
    const item = given[name];
    if (item === undefined) continue;
    if (kind === "rest") {
      keep(result, item as JsonObject);
      continue;
    }
    // The declaration's type guarantees that `item` is what its own scalar takes.
    const toJson = (part: unknown): JsonValue => scalar.toJson(part as never);
    if (isMany(kind)) {
      const items = (item as readonly unknown[]).map(toJson);
      if (items.length > 0) result[name] = items;
    } else result[name] = toJson(item);
  }
  const rest = given.rest;
  if (rest !== undefined && !("rest" in fields)) keep(result, rest as JsonObject);
  return result;
}

/** Adds keys from outside, of which one may be `__proto__`: assigning that would do something else. */
function keep(result: { [key: string]: JsonValue }, rest: JsonObject): void {
  for (const [name, value] of Object.entries(rest)) {
    Object.defineProperty(result, name, { value, enumerable: true, configurable: true, writable: true });
  }
}

function formatText(
  declaration: { readonly fields: Keys; readonly implied: string | undefined },
  value: object,
): string {
  const pairs = Object.entries(encodeFields(declaration.fields, value)).flatMap(([name, item]) => {
    const kind = own(declaration.fields, name)?.kind;
    if (!isJsonArray(item) || kind === undefined || kind === "list" || !isMany(kind)) return flatten(item, name);
    if (kind === "ranges") return rangesOf(item.map(Number)).map((range): [string, string] => [name, range]);
    return item.flatMap((part) =>
      kind === "strings" && isJsonObject(part) ? flatten(part.str ?? "", name) : flatten(part, name),
    );
  });
  return joinKeyVals(pairs, declaration.implied);
}

/** Keys come from outside: `toString` is no declared key. */
function own(fields: Keys, name: string): AnyKey | undefined {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return field?.kind === "rest" ? undefined : field;
}

type Tree = { [key: string]: JsonValue };

/** Text to the tree that its dotted keys describe. Declared keys that contain dots stay whole. */
function treeOf(
  declaration: { readonly fields: Keys; readonly implied: string | undefined },
  source: string,
): JsonValue {
  const root: Tree = Object.create(null);
  for (const [index, pair] of splitKeyVals(source).entries()) {
    let { key: name, value } = pair;
    if (value === undefined && index === 0 && declaration.implied !== undefined)
      [name, value] = [declaration.implied, name];
    // QEMU's old boolean spelling: `wait` and `nowait`.
    if (
      value === undefined &&
      !own(declaration.fields, name) &&
      name.startsWith("no") &&
      own(declaration.fields, name.slice(2))
    ) {
      [name, value] = [name.slice(2), "off"];
    }
    value ??= "on";
    const field = own(declaration.fields, name);
    if (field && field.kind !== "list" && isMany(field.kind)) {
      const before = root[name];
      root[name] = isJsonArray(before) ? [...before, value] : [value];
    } else if (field || !own(declaration.fields, name.split(".")[0] ?? "")) root[name] = value;
    else plant(root, name.split("."), value, source);
  }
  return listify(root);
}

function plant(root: Tree, path: readonly string[], value: string, source: string): void {
  let node = root;
  for (const [index, part] of path.entries()) {
    if (index === path.length - 1) {
      node[part] = value;
      return;
    }
    const next = node[part] ?? (Object.create(null) as Tree);
    if (!isJsonObject(next)) throw new OptionError(path.join("."), "is used both as a value and as an object", source);
    node[part] = next;
    node = next as Tree;
  }
}

/** Objects whose keys are 0, 1, 2, … are arrays. */
function listify(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, listify(item)] as const);
  if (entries.length > 0 && entries.every(([name], index) => name === String(index)))
    return entries.map(([, item]) => item);
  const result: Tree = Object.create(null);
  for (const [name, item] of entries) result[name] = item;
  return result;
}

function decodeFields(fields: Keys, json: JsonValue, at: string, notation: Notation, complete = true): object {
  if (!isJsonObject(json)) throw new OptionError(at, "expected an object");
  const result: Record<string, unknown> = {};
  for (const [name, { scalar, kind }] of Object.entries(fields)) {
    if (kind === "rest") continue;
    const item = json[name];
    const where = at === "" ? name : `${at}.${name}`;
    if (item === undefined) {
      if (kind === "one" && complete) throw new OptionError(where, "is missing");
    } else if (isMany(kind)) {
      if (!isJsonArray(item)) throw new OptionError(where, "expected a list");
      const items = kind === "ranges" ? item.flatMap(numbersOf) : item;
      result[name] = items.map((part, index) => scalar.fromJson(part, `${where}.${index}`, notation));
    } else result[name] = scalar.fromJson(item, where, notation);
  }
  const unknown = Object.entries(json).filter(([name]) => !own(fields, name));
  if (unknown.length > 0) result.rest = Object.fromEntries(unknown);
  return result;
}
