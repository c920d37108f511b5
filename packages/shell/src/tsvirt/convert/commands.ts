import { quoteShellWord } from "@tsvirt/qemu";

/** Commands for a shell, one a line. */
export function formatCommands(commands: readonly (readonly string[])[]): string {
  return commands.map((words) => `${words.map(quoteShellWord).join(" ")}\n`).join("");
}
