import { ErrorCode, virtError } from "@tsvirt/base";

/** Options that take a value, and flags. */
const valued = [
  "--capabilities",
  "--host",
  "--incoming",
  "--out-dir",
  "--kind",
  "--virttype",
  "--machine",
  "--arch",
  "--domain-uuid",
  "--state",
  "--creation-time",
  "--align-disks",
  "--pool",
  "--emulator",
] as const;
const flags = ["--abi-update", "--inactive", "--generic", "--redefine", "--internal", "--no-capacity"] as const;

/** Arguments of `tsvirt convert`, after the command's name. */
export interface ConvertArguments {
  readonly command: string;
  readonly files: readonly string[];
  value(name: (typeof valued)[number]): string | undefined;
  flag(name: (typeof flags)[number]): boolean;
}

/** Reads them. Throws a `VirtError` for an option that is not known or lacks its value. */
export function readConvertArguments(args: readonly string[]): ConvertArguments {
  const [command = "", ...rest] = args;
  const values = new Map<string, string>();
  const files: string[] = [];
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    if (!word.startsWith("--")) files.push(word);
    else if (valued.some((name) => name === word)) {
      const value = rest[++i];
      if (value === undefined) throw virtError(ErrorCode.invalidArg, `option ${word} needs a value`);
      values.set(word, value);
    } else if (flags.some((name) => name === word)) values.set(word, "");
    else throw virtError(ErrorCode.invalidArg, `unknown option ${word}`);
  }
  return { command, files, value: (name) => values.get(name), flag: (name) => values.has(name) };
}
