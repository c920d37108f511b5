import { isJsonArray, type JsonValue } from "./json.ts";

/** An option text that does not fit its declaration. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  /** Dotted key the trouble is at; empty for the whole option. */
  readonly key: string;
  /** The option's text, if it came as text. */
  readonly source: string | undefined;

  constructor(key: string, message: string, source?: string) {
    super(key === "" ? message : `${key}: ${message}`);
    this.key = key;
    this.source = source;
  }
}

/** Where a value comes from: JSON is typed, `key=value` has only strings. */
export type Notation = "json" | "text";

/** A codec of one option value. */
export interface Scalar<T> {
  /** What is expected, for errors and reference pages. */
  readonly expects: string;
  /** All values, if they are a closed list of words. */
  readonly words?: readonly string[];
  toJson(value: T): JsonValue;
  /** Throws {@link OptionError}. */
  fromJson(json: JsonValue, key: string, notation: Notation): T;
}

function scalar<T>(
  expects: string,
  toJson: (value: T) => JsonValue,
  read: (json: JsonValue, notation: Notation) => T | undefined,
): Scalar<T> {
  return {
    expects,
    toJson,
    fromJson(json, key, notation) {
      const value = read(json, notation);
      if (value === undefined) throw new OptionError(key, `expected ${expects}`);
      return value;
    },
  };
}

/** Any text. */
export const text: Scalar<string> = scalar(
  "a string",
  (value) => value,
  (json) => (typeof json === "string" ? json : undefined),
);

function parseInteger(json: JsonValue, notation: Notation): number | bigint | undefined {
  if (typeof json === "number") return Number.isInteger(json) ? json : undefined;
  if (typeof json === "bigint") return json;
  if (notation !== "text" || typeof json !== "string" || !/^-?(?:0[xX][0-9a-fA-F]+|\d+)$/.test(json)) return undefined;
  const negative = json.startsWith("-");
  const big = BigInt(negative ? json.slice(1) : json);
  const value = negative ? -big : big;
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** An integer; bigint outside of ±2^53. Hexadecimal is read, decimal is written. */
export const integer: Scalar<number | bigint> = scalar("an integer", (value) => value, parseInteger);

/** A boolean: `on`/`off` in text (`yes`/`no`/`true`/`false` are read too), true/false in JSON. */
export const onOff: Scalar<boolean> = scalar(
  "on or off",
  (value) => value,
  (json, notation) => {
    if (typeof json === "boolean") return json;
    if (notation !== "text") return undefined;
    if (json === "on" || json === "yes" || json === "true") return true;
    return json === "off" || json === "no" || json === "false" ? false : undefined;
  },
);

/** A boolean that JSON wants as the string `on` or `off` (QEMU's `OnOffAuto` properties take no JSON boolean). */
export const onOffText: Scalar<boolean> = scalar(
  "on or off",
  (value) => (value ? "on" : "off"),
  (json) => (json === "on" ? true : json === "off" ? false : undefined),
);

/** One of a closed list of words. */
export function oneOf<const T extends string>(...words: readonly T[]): Scalar<T> {
  return {
    ...scalar<T>(
      `one of ${words.join(", ")}`,
      (value) => value,
      (json) => words.find((word) => word === json),
    ),
    words,
  };
}

const sizeSuffixes: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1n << 10n,
  m: 1n << 20n,
  g: 1n << 30n,
  t: 1n << 40n,
  p: 1n << 50n,
  e: 1n << 60n,
};

/** A size in bytes. Text may have one of QEMU's suffixes (`16k`, `4M`); a plain number is written. */
export const size: Scalar<number | bigint> = scalar(
  "a size",
  (value) => value,
  (json, notation) => {
    const plain = parseInteger(json, notation);
    if (plain !== undefined) return plain < 0 ? undefined : plain;
    const match = notation === "text" && typeof json === "string" ? /^(\d+)([bkmgtpe])$/i.exec(json) : null;
    if (!match) return undefined;
    const value = BigInt(match[1] ?? "0") * (sizeSuffixes[match[2]?.toLowerCase() ?? ""] ?? 1n);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  },
);

/** An unsigned integer that is written in hexadecimal, as a string in JSON too (`addr`, `iobase`). */
export const hex: Scalar<number> = scalar(
  "a hexadecimal number",
  (value) => `0x${value.toString(16)}`,
  (json, notation) => {
    if (typeof json !== "string" && notation === "json") return typeof json === "number" ? json : undefined;
    const value = parseInteger(json, "text");
    return typeof value === "number" && value >= 0 ? value : undefined;
  },
);

/** Any JSON value, kept as it is: for parts that are passed on without being looked at. */
export const json: Scalar<JsonValue> = scalar(
  "any value",
  (value) => value,
  (value) => value,
);

/** An array of `item`s, at most `max` of them (checked before any of them is read). */
export function list<T>(item: Scalar<T>, max = 100_000): Scalar<readonly T[]> {
  return {
    expects: `a list of ${item.expects}`,
    toJson: (value) => value.map((part) => item.toJson(part)),
    fromJson(value, key, notation) {
      if (!isJsonArray(value)) throw new OptionError(key, "expected a list");
      if (value.length > max) throw new OptionError(key, `expected at most ${max} items, found ${value.length}`);
      return value.map((part, index) => item.fromJson(part, `${key}.${index}`, notation));
    },
  };
}

/** A key that stands without a value in text; true when it is there, in whatever spelling. Text options only. */
export const bare: Scalar<true> = scalar(
  "nothing",
  () => null,
  (json) => (json === null || json === "on" || json === "" || json === true ? true : undefined),
);
