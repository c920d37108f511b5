import type { Printed } from "../legacy/probe.ts";

/**
 * An emulator from before QMP that is only a record of what it printed (`fixtures/legacy`): gives its answers by their
 * arguments, and an empty one to what was not recorded.
 */
export function legacyAnswers(record: string): (args: readonly string[]) => Promise<Printed> {
  const answers = new Map<string, string>();
  for (const part of record.split(/^\$ /m).slice(1)) {
    const end = part.indexOf("\n");
    answers.set(part.slice(0, end).trim(), part.slice(end + 1));
  }
  return (args) => {
    const answer = answers.get(args.join(" ")) ?? "";
    // As the real ones do.
    return Promise.resolve(args[0] === "-device" ? { stdout: "", stderr: answer } : { stdout: answer, stderr: "" });
  };
}
