import { isJsonArray, isJsonObject, type JsonValue } from "./json.ts";

/** One `key=value` of an option string; a bare word has no value. */
export interface KeyVal {
  readonly key: string;
  readonly value: string | undefined;
  /** Index of the key in the text. */
  readonly offset: number;
}

/**
 * Splits `a=b,c=d,,e` at single commas; a doubled comma is one comma of the value (QEMU's `opts_parse`).
 * Knows nothing of the keys, so that bare words stay bare.
 */
export function splitKeyVals(text: string): KeyVal[] {
  const result: KeyVal[] = [];
  let at = 0;
  while (at < text.length) {
    const start = at;
    let part = "";
    for (;;) {
      const comma = text.indexOf(",", at);
      if (comma === -1) {
        part += text.slice(at);
        at = text.length;
        break;
      }
      part += text.slice(at, comma);
      at = comma + 1;
      if (text[at] !== ",") break;
      part += ",";
      at++;
    }
    const equals = part.indexOf("=");
    result.push(
      equals === -1
        ? { key: part, value: undefined, offset: start }
        : { key: part.slice(0, equals), value: part.slice(equals + 1), offset: start },
    );
  }
  return result;
}

/** Doubles the commas of a value (`virQEMUBuildBufferEscapeComma`). */
export function escapeComma(value: string): string {
  return value.replaceAll(",", ",,");
}

/** Scalars as QEMU's `key=value` grammar spells them: booleans are on/off. */
export function scalarText(value: null | boolean | number | bigint | string): string {
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value ?? "");
}

/**
 * Flattens a JSON value to dotted keys: `{a: {b: 1}, c: [x]}` is `a.b=1`, `c.0=x`.
 * A null becomes a key without a value. This is the correspondence QEMU's keyval parser has (docs/interop, util/keyval.c), read backwards.
 */
export function flatten(value: JsonValue, prefix = ""): [string, string | undefined][] {
  if (isJsonArray(value)) return value.flatMap((item, index) => flatten(item, join(prefix, String(index))));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => flatten(item, join(prefix, key)));
  return [[prefix, value === null ? undefined : scalarText(value)]];
}

function join(prefix: string, key: string): string {
  return prefix === "" ? key : `${prefix}.${key}`;
}

/** Joins pairs to an option string; the first one is written without its key if that is `implied`. */
export function joinKeyVals(pairs: readonly (readonly [string, string | undefined])[], implied?: string): string {
  return pairs
    .map(([key, value], index) => {
      if (value === undefined) return key;
      return index === 0 && key === implied ? escapeComma(value) : `${key}=${escapeComma(value)}`;
    })
    .join(",");
}
