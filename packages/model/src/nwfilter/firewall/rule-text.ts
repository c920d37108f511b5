import { ErrorCode, virtError } from "@tsvirt/base";
import { isVariable, type Operand } from "../operand.ts";
import type { Conditions } from "../rule.ts";
import type { Lookup } from "./combinations.ts";

/** What a rule looks at in one combination of its variables' values, as words of a command. */
export class RuleText {
  readonly #conditions: Conditions;
  readonly #lookup: Lookup;

  constructor(conditions: Conditions, lookup: Lookup) {
    this.#conditions = conditions;
    this.#lookup = lookup;
  }

  has(name: string): boolean {
    return this.#conditions.has(name);
  }

  /** `!` if packets that are otherwise are meant. */
  not(name: string): readonly string[] {
    return this.#conditions.get(name)?.negated ? ["!"] : [];
  }

  /** The value as it was written, without a look at variables: undefined for one. */
  given(name: string): Exclude<Operand, { readonly variable: string }> | undefined {
    const operand = this.#conditions.get(name)?.operand;
    return operand === undefined || isVariable(operand) ? undefined : operand;
  }

  /** The value as a word, undefined when the rule does not look there; numbers in hexadecimal if asked for. */
  word(name: string, hex = false): string | undefined {
    const operand = this.#conditions.get(name)?.operand;
    if (operand === undefined) return undefined;
    if (typeof operand === "string") return operand;
    if (typeof operand === "boolean") throw virtError(ErrorCode.internalError, `'${name}' is no word`);
    if (isVariable(operand)) return this.#lookup(operand);
    return hex ? `0x${operand.number.toString(16)}` : String(operand.number);
  }

  /** A value with another one that belongs to it: an address and its mask, the ends of a range. */
  pair(name: string, other: string, separator: string): string | undefined {
    const first = this.word(name);
    const second = this.word(other);
    return first === undefined || second === undefined ? first : `${first}${separator}${second}`;
  }
}
