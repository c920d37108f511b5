import type { ErrorCode } from "@tsvirt/base";

/** The values of a scalar, for generators of test data and reference pages. */
export type ScalarDomain =
  | { readonly kind: "text"; readonly samples?: readonly string[] }
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "boolean" }
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  | { readonly kind: "bigint"; readonly min: bigint; readonly max: bigint };

/** A codec between text and a value; what {@link attribute}, {@link leaf} and {@link text} are made of. */
export interface Scalar<T> {
  /** What is expected, for messages and reference pages: `a number from 0 to 7`. */
  readonly expects: string;
  readonly domain: ScalarDomain;
  /** What libvirt adds to "Invalid value for attribute …: 'x'."; it may depend on the value found. */
  readonly suffix?: string | ((found: string) => string);
  /** libvirt's words for a text that is no value, wherever it stands, and their code. `%s` stands for the text. */
  readonly refusal?: { readonly text: string; readonly code: ErrorCode };
  /** In a {@link leaf}, no text is a value of its own and not absence. */
  readonly emptyIsValue?: boolean;
  /** libvirt has words of its own for zero. */
  readonly nonZero?: boolean;
  /** Undefined when the text is not a value. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** A {@link Scalar} whose type does not matter (see exemplars section 2, two tiers). */
export interface AnyScalar {
  readonly expects: string;
  readonly domain: ScalarDomain;
  readonly suffix?: string | ((found: string) => string);
  readonly refusal?: { readonly text: string; readonly code: ErrorCode };
  readonly emptyIsValue?: boolean;
  readonly nonZero?: boolean;
  parse(text: string): unknown;
  format(value: never): string;
}

/** Any text. */
export const text: Scalar<string> = {
  expects: "text",
  domain: { kind: "text" },
  parse: (value) => value,
  format: (value) => value,
};

/** One of some words; `words` in the domain feeds "did you mean". */
export function oneOf<const W extends readonly string[]>(...words: W): Scalar<W[number]> {
  const known = new Set<string>(words);
  return {
    expects: words.length === 1 ? `${words[0]}` : `one of ${words.join(", ")}`,
    domain: { kind: "words", words },
    parse: (value) => (known.has(value) ? (value as W[number]) : undefined),
    format: (value) => value,
  };
}

function booleanOf(yes: string, no: string): Scalar<boolean> {
  return {
    expects: `${yes} or ${no}`,
    domain: { kind: "boolean" },
    parse: (value) => (value === yes ? true : value === no ? false : undefined),
    format: (value) => (value ? yes : no),
  };
}

/** `yes` or `no`. */
export const yesNo: Scalar<boolean> = booleanOf("yes", "no");
/** `on` or `off`. */
export const onOff: Scalar<boolean> = booleanOf("on", "off");
/** `1` or `0`, as some old attributes spell it. */
export const oneZero: Scalar<boolean> = booleanOf("1", "0");

const decimal = /^[ \t\n]*([+-]?)([0-9]+)[ \t\n]*$/;
const anyBase = /^[ \t\n]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|([0-9]+))[ \t\n]*$/;

/** The number in a text, as C's strtol reads it; base 0 takes 0x and leading 0 as it does. Undefined if it is none. */
export function parseInteger(value: string, base: 0 | 10 = 10): bigint | undefined {
  if (value.length > 40) return undefined;
  let magnitude: bigint;
  let sign: string | undefined;
  if (base === 10) {
    const match = decimal.exec(value);
    if (match === null) return undefined;
    sign = match[1];
    magnitude = BigInt(match[2] ?? "0");
  } else {
    const match = anyBase.exec(value);
    if (match === null) return undefined;
    sign = match[1];
    magnitude =
      match[2] !== undefined
        ? BigInt(`0x${match[2]}`)
        : match[3] !== undefined
          ? BigInt(`0o${match[3]}`)
          : BigInt(match[4] ?? "0");
  }
  return sign === "-" ? -magnitude : magnitude;
}

const smallDecimal = /^[0-9]{1,9}$/;

/** A decimal integer in a range that a double holds. */
export function integer(min: number, max: number): Scalar<number> {
  return {
    expects: `a number from ${min} to ${max}`,
    domain: { kind: "number", min, max },
    suffix: min < 0 ? " Expected integer value" : " Expected non-negative integer value",
    parse(value) {
      if (smallDecimal.test(value)) {
        const small = Number(value);
        return small >= min && small <= max ? small : undefined;
      }
      const big = parseInteger(value);
      return big !== undefined && big >= BigInt(min) && big <= BigInt(max) ? Number(big) : undefined;
    },
    format: (value) => String(value),
  };
}

/** An integer above zero, for which libvirt says what is wrong with zero. */
export function positive(max: number): Scalar<number> {
  return { ...integer(1, max), nonZero: true };
}

/** Unsigned, 8 bits. */
export const u8: Scalar<number> = integer(0, 0xff);
/** Unsigned, 16 bits. */
export const u16: Scalar<number> = integer(0, 0xffff);
/** Unsigned, 32 bits. */
export const u32: Scalar<number> = integer(0, 0xffff_ffff);
/** Signed, 32 bits. */
export const i32: Scalar<number> = integer(-0x8000_0000, 0x7fff_ffff);
/** Unsigned, limited to what a double holds exactly (2^53 - 1). */
export const u53: Scalar<number> = integer(0, Number.MAX_SAFE_INTEGER);
/** A port that libvirt also writes as -1. */
export const portNumber: Scalar<number> = integer(-1, 0xffff);

/** Unsigned, 64 bits; base 0 also reads hexadecimal and octal. */
export function unsigned64(base: 0 | 10 = 10): Scalar<bigint> {
  return {
    expects: "a number from 0 to 2^64 - 1",
    domain: { kind: "bigint", min: 0n, max: (1n << 64n) - 1n },
    suffix: " Expected non-negative integer value",
    parse(value) {
      const big = parseInteger(value, base);
      return big !== undefined && big >= 0n && big < 1n << 64n ? big : undefined;
    },
    format: (value) => String(value),
  };
}
/** Unsigned, 64 bits, decimal. */
export const u64: Scalar<bigint> = unsigned64();

/** An unsigned number read in base 0 and written as `0x` with at least `digits` digits (PCI addresses and the like). */
export function hex(digits: number, max: number): Scalar<number> {
  return {
    expects: `a number from 0 to 0x${max.toString(16)}`,
    domain: { kind: "number", min: 0, max },
    suffix: " Expected non-negative integer value",
    parse(value) {
      const big = parseInteger(value, 0);
      return big !== undefined && big >= 0n && big <= BigInt(max) ? Number(big) : undefined;
    },
    format: (value) => `0x${value.toString(16).padStart(digits, "0")}`,
  };
}

/** A 64-bit number read in base 0 and written as `0x…`. */
export const hex64: Scalar<bigint> = { ...unsigned64(0), format: (value) => `0x${value.toString(16)}` };

const canonicalUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID, written in libvirt's lower-case form with hyphens; read with hyphens or spaces anywhere, as libvirt does. */
export const uuid: Scalar<string> = {
  expects: "a UUID",
  domain: { kind: "text", samples: ["c7a5fdbd-edaf-9455-926a-d65c16db1809"] },
  suffix: " Expected UUID",
  parse(value) {
    if (canonicalUuid.test(value)) return value;
    const digits = value.replace(/[-\s]/g, "").toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },
  format: (value) => value,
};

const canonicalMac = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/** A MAC address: six pairs, read with one or two digits each, written in lower case. */
export const mac: Scalar<string> = {
  expects: "a MAC address",
  domain: { kind: "text", samples: ["52:54:00:12:34:56"] },
  parse(value) {
    if (canonicalMac.test(value)) return value;
    if (!/^[0-9a-fA-F]{1,2}(?::[0-9a-fA-F]{1,2}){5}$/.test(value)) return undefined;
    return value
      .split(":")
      .map((pair) => pair.padStart(2, "0").toLowerCase())
      .join(":");
  },
  format: (value) => value,
};

/** A scalar whose text passes through `normalise`; undefined from it means "not a value". */
export function refined(
  expects: string,
  samples: readonly string[],
  normalise: (value: string) => string | undefined,
  refusal?: NonNullable<Scalar<string>["refusal"]>,
): Scalar<string> {
  return {
    expects,
    domain: { kind: "text", samples },
    parse: normalise,
    format: (value) => value,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
