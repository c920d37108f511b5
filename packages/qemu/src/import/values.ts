import { formatJson, type JsonValue } from "@tsvirt/codec/options";

/** The other way round: from what QEMU says to what documents say. */
export function inverted<T extends string>(map: Readonly<Partial<Record<T, string>>>): ReadonlyMap<string, T> {
  const entries = Object.entries(map) as [T, string][];
  return new Map(entries.map(([key, value]) => [value, key]));
}

/** One of a list of words, if it is. */
export function wordOf<const T extends string>(value: string | undefined, ...words: readonly T[]): T | undefined {
  return words.find((word) => word === value);
}

/** `on`, `off` and what QEMU takes for them. */
export function onOffOf(value: string | undefined): boolean | undefined {
  if (value === "on" || value === "yes" || value === "true" || value === "y") return true;
  return value === "off" || value === "no" || value === "false" || value === "n" ? false : undefined;
}

/** A value of an option as command lines write it. */
export function wrote(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "object") return formatJson(value as JsonValue);
  return String(value);
}

/** A whole number of any size, as it is written or was read. */
export function bigOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" && /^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i.test(value) ? BigInt(value) : undefined;
}

/** A number that is small enough to be one of ours. */
export function numberOf(value: number | bigint | string | undefined): number | undefined {
  if (value === undefined || value === "") return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * KiB of a size as `-m` and many other options take it: a number with one of QEMU's suffixes, `unit` bytes without one.
 * Undefined if it is no size; parts of a KiB are rounded up.
 */
export function kibOfSize(value: string | undefined, unit: number): number | undefined {
  const match = /^(0x[0-9a-fA-F]+|\d+(?:\.\d+)?)([bBkKmMgGtTpP]?)(?:i?[bB])?$/.exec(value ?? "");
  if (!match) return undefined;
  const scale: Readonly<Record<string, number>> = {
    b: 1,
    k: 2 ** 10,
    m: 2 ** 20,
    g: 2 ** 30,
    t: 2 ** 40,
    p: 2 ** 50,
  };
  const factor = match[2] === "" || match[2] === undefined ? unit : (scale[match[2].toLowerCase()] ?? 1);
  const kib = Math.ceil((Number(match[1]) * factor) / 1024);
  return Number.isSafeInteger(kib) ? kib : undefined;
}

/** The object without what is `undefined`: documents know absent parts only. */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Present<T>;
}

type OptionalKeys<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

/** An object whose keys are absent where they may be `undefined`. */
export type Present<T> = { -readonly [K in Exclude<keyof T, OptionalKeys<T>>]: T[K] } & {
  -readonly [K in OptionalKeys<T>]?: Exclude<T[K], undefined>;
};

/** {@link present}; nothing at all if nothing is left. */
export function presentOrNone<T extends object>(value: T): Present<T> | undefined {
  const result = present(value);
  return Object.keys(result).length === 0 ? undefined : result;
}
