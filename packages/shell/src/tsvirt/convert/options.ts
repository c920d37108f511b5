import { ErrorCode, virtError } from "@tsvirt/base";

/** An option of a conversion. */
export interface ConvertOption {
  /** What its value is called in help; an option without one is a flag. */
  readonly takes?: string;
  readonly help: string;
}

/** Options of a command by their names, with the dashes. */
export type ConvertOptionTable = Readonly<Record<string, ConvertOption>>;

/** The words of a command line, read by the command's table. */
export interface ConvertOptions<Name extends string> {
  readonly files: readonly string[];
  /** The last value given to an option. */
  value(name: Name): string | undefined;
  /** All values given to an option, in order. */
  values(name: Name): readonly string[];
  /** Whether an option was given. */
  flag(name: Name): boolean;
}

/** Reads the words after the command's name. Throws a `VirtError` for an option that is not known or lacks its value. */
export function readConvertOptions<Table extends ConvertOptionTable>(
  args: readonly string[],
  table: Table,
): ConvertOptions<keyof Table & string> {
  const given = new Map<string, string[]>();
  const files: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    const option = Object.hasOwn(table, word) ? table[word] : undefined;
    if (option !== undefined) {
      const value = option.takes === undefined ? "" : args[++i];
      if (value === undefined) throw virtError(ErrorCode.invalidArg, `option ${word} needs a value`);
      const values = given.get(word);
      if (values) values.push(value);
      else given.set(word, [value]);
    } else if (word.startsWith("--")) throw virtError(ErrorCode.invalidArg, `unknown option ${word}`);
    else files.push(word);
  }
  return {
    files,
    value: (name) => given.get(name)?.at(-1),
    values: (name) => given.get(name) ?? [],
    flag: (name) => given.has(name),
  };
}

/** Throws a `VirtError` when no file was named: a conversion of nothing is a mistake of the command line. */
export function requireFiles({ files }: { readonly files: readonly string[] }): void {
  if (files.length === 0) throw virtError(ErrorCode.invalidArg, "expected a FILE; --help tells of the options");
}

/** The lines of help for a table of options. */
export function describeOptions(table: ConvertOptionTable): string {
  return Object.entries(table)
    .map(([name, { takes, help }]) => `  ${(takes === undefined ? name : `${name} ${takes}`).padEnd(24)} ${help}\n`)
    .join("");
}
