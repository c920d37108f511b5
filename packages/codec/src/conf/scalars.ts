import type { ConfValue } from "./value.ts";

/** A codec of one setting's value. */
export interface ConfScalar<T> {
  /** What is expected, for errors and for the sample file. */
  readonly expects: string;
  toConf(value: T): ConfValue;
  /** `undefined` when `value` is not what is expected. */
  fromConf(value: ConfValue): T | undefined;
}

/** Any text. */
export const text: ConfScalar<string> = {
  expects: "a string",
  toConf: (value) => value,
  fromConf: (value) => (typeof value === "string" ? value : undefined),
};

/** 0 or 1. */
export const bool: ConfScalar<boolean> = {
  expects: "0 or 1",
  toConf: (value) => (value ? 1n : 0n),
  fromConf: (value) => (value === 1n ? true : value === 0n ? false : undefined),
};

/** A whole number from `min` to `max`, both within ±2^53. */
export function integer(min: number, max: number): ConfScalar<number> {
  return {
    expects: `a number from ${min} to ${max}`,
    toConf: (value) => BigInt(value),
    fromConf: (value) =>
      typeof value === "bigint" && value >= BigInt(min) && value <= BigInt(max) ? Number(value) : undefined,
  };
}

/** A whole number of 32 bits without sign. */
export const uint: ConfScalar<number> = integer(0, 0xffff_ffff);
/** A whole number of 32 bits with sign. */
export const int: ConfScalar<number> = integer(-0x8000_0000, 0x7fff_ffff);
/** A whole number of 64 bits without sign. */
export const ulong: ConfScalar<bigint> = {
  expects: "a number not below 0",
  toConf: (value) => value,
  fromConf: (value) => (typeof value === "bigint" && value >= 0n ? value : undefined),
};

/** One of a closed list of words. */
export function oneOf<const T extends string>(...words: readonly T[]): ConfScalar<T> {
  return {
    expects: `one of ${words.map((word) => `"${word}"`).join(", ")}`,
    toConf: (value) => value,
    fromConf: (value) => words.find((word) => word === value),
  };
}

/** Permissions of a file, as octal text: `"0770"` is 0o770. */
export const fileMode: ConfScalar<number> = {
  expects: 'an octal mode such as "0770"',
  toConf: (value) => `0${value.toString(8).padStart(3, "0")}`,
  fromConf: (value) =>
    typeof value === "string" && /^0?[0-7]{1,4}$/.test(value) ? Number.parseInt(value, 8) : undefined,
};

/** A list of strings. */
export const textList: ConfScalar<readonly string[]> = {
  expects: "a list of strings",
  toConf: (value) => value,
  fromConf: (value) =>
    typeof value !== "string" && typeof value !== "bigint" && value.every((item) => typeof item === "string")
      ? value
      : undefined,
};

/** A list of strings; a single string stands for a list of one. */
export const textOrList: ConfScalar<readonly string[]> = {
  expects: "a string or a list of strings",
  toConf: (value) => value,
  fromConf: (value) => (typeof value === "string" ? [value] : textList.fromConf(value)),
};
