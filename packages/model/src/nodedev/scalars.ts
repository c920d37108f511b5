import { parseInteger, type Scalar } from "@tsvirt/codec/xml";

/** Hexadecimal, with or without 0x; written with 0x and at least so many digits. */
export function hexadecimal(digits: number, max = 0xffff_ffff): Scalar<number> {
  return {
    expects: `a hexadecimal number up to 0x${max.toString(16)}`,
    domain: { kind: "number", min: 0, max },
    parse(text) {
      const match = /^\s*\+?(?:0[xX])?([0-9a-fA-F]{1,12})$/.exec(text);
      const value = match === null ? undefined : Number.parseInt(match[1] ?? "", 16);
      return value !== undefined && value <= max ? value : undefined;
    },
    format: (value) => `0x${value.toString(16).padStart(digits, "0")}`,
  };
}

/** Any of C's notations; written in hexadecimal with at least so many digits. */
export function anyBase(digits: number): Scalar<number> {
  return {
    expects: "a number",
    domain: { kind: "number", min: 0, max: 0xffff_ffff },
    parse(text) {
      const value = parseInteger(text, 0);
      return value !== undefined && value >= 0n && value <= 0xffff_ffffn ? Number(value) : undefined;
    },
    format: (value) => `0x${value.toString(16).padStart(digits, "0")}`,
  };
}

/** `1` is yes, all else no. */
export const isOne: Scalar<boolean> = {
  expects: "1 or 0",
  domain: { kind: "boolean" },
  parse: (text) => text === "1",
  format: (value) => (value ? "1" : "0"),
};
