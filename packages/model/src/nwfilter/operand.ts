/** What stands for a value that each interface gives: `$IP`, `$IP[@2]`, `$IP[3]`. */
export interface Variable {
  readonly variable: string;
  /** Which of its values. */
  readonly index?: number;
  /** The iteration that walks through its values together with others of the same number; 0 unless given. */
  readonly iterator?: number;
}

/** A number, and how it was written. */
export interface Counted {
  readonly number: number;
  readonly hex?: true;
}

/**
 * What a rule compares with. Text is in its canonical form: addresses as inet_ntop(3) writes them, MAC addresses in lower
 * case, lists of flags in libvirt's order.
 */
export type Operand = Variable | Counted | string | boolean;

/** Whether an operand is a variable. */
export function isVariable(operand: Operand): operand is Variable {
  return typeof operand === "object" && "variable" in operand;
}

/** What variables may be called: letters, digits and underscores, or nothing at all. */
export const variableName: RegExp = /^[A-Za-z0-9_]*$/;
/** Values of variables: nothing that a command could take for more than a word. */
export const variableValue: RegExp = /^[A-Za-z0-9_.:]+$/;

/** The highest number of an iteration. */
const MAX_ITERATOR = 1000;

/** Reads what stands after the `$`; undefined when it is malformed. */
export function parseVariable(text: string): Variable | undefined {
  const match = /^([A-Za-z0-9_]*)(?:$|\[\s*(@?)\s*\+?([0-9]{1,10})\s*\])/.exec(text);
  if (match === null) return undefined;
  const [, variable = "", at, digits] = match;
  if (digits === undefined) return { variable };
  const number = Number(digits);
  if (at !== "@") return number <= 0xffff_ffff ? { variable, index: number } : undefined;
  if (number > MAX_ITERATOR) return undefined;
  return number === 0 ? { variable } : { variable, iterator: number };
}

/** Writes a variable without its `$`. */
export function formatVariable({ variable, index, iterator }: Variable): string {
  if (index !== undefined) return `${variable}[${index}]`;
  return iterator === undefined ? variable : `${variable}[@${iterator}]`;
}
