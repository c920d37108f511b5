import type { CommandLine } from "./context.ts";

/** A word as a POSIX shell reads it back: quoted only where that is needed. */
export function quoteShellWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The environment and the options of a command line, quoted for a shell: each with its value in one text. */
export function shellLines({ emulator, args, env }: Pick<CommandLine, "emulator" | "args" | "env">): string[] {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoteShellWord(value)}`);
  lines.push(quoteShellWord(emulator));
  let takesValue = false;
  for (const word of args) {
    const quoted = quoteShellWord(word);
    if (takesValue && !word.startsWith("-")) {
      lines[lines.length - 1] += ` ${quoted}`;
      takesValue = false;
    } else {
      lines.push(quoted);
      takesValue = word.startsWith("-");
    }
  }
  return lines;
}
