import { createInterface } from "node:readline/promises";
import { parseReporting, runCommands } from "../vsh/run.ts";
import type { ShellSession } from "../vsh/shell.ts";
import { lineTokens } from "../vsh/tokenizer.ts";
import { completeLine } from "./completion.ts";
import { History } from "./history.ts";

/** Reads commands until `quit` or the end of input. Always a success, as with virsh. */
export async function runInteractive(session: ShellSession): Promise<boolean> {
  const { io, programName } = session;
  session.interactive = true;
  if (!session.globals.quiet) {
    io.out(`Welcome to ${programName}, the virtualization interactive terminal.\n\n`);
    io.out("Type:  'help' for help with commands\n       'quit' to quit\n\n");
  }
  const lines = io.terminal ? await terminalLines(session) : pipedLines(session);
  for await (const line of lines) {
    if (line === "") continue;
    const commands = await parseReporting(session, lineTokens(line));
    if (commands) await runCommands(session, commands);
    if (session.ending) break;
  }
  io.out("\n");
  return true;
}

const prompt = (session: ShellSession): string => (session.readOnly ? "virsh > " : "virsh # ");

/** Lines of a terminal, edited, with history and completion. The terminal is free while a command runs. */
async function terminalLines(session: ShellSession): Promise<AsyncIterable<string>> {
  const { terminal } = session.io;
  const history = await History.open(session.io);
  return (async function* () {
    if (!terminal) return;
    try {
      for (;;) {
        const readline = createInterface({
          input: terminal.input,
          output: terminal.output,
          terminal: true,
          history: [...history.lines],
          historySize: history.size,
          removeHistoryDuplicates: true,
          completer: (line: string) => completeLine(session, line),
        });
        const ended = new Promise<undefined>((resolve) => readline.once("close", () => resolve(undefined)));
        readline.on("SIGINT", () => {
          session.io.out("^C\n");
          readline.write(null, { ctrl: true, name: "e" });
          readline.write(null, { ctrl: true, name: "u" });
          readline.prompt();
        });
        const line = await Promise.race([readline.question(prompt(session)), ended]);
        readline.close();
        if (line === undefined) return;
        history.add(line);
        yield line;
      }
    } finally {
      await history.save();
    }
  })();
}

/** Lines of a pipe or file; each is shown after its prompt, as virsh shows them. */
async function* pipedLines(session: ShellSession): AsyncIterable<string> {
  let text = "";
  const decoder = new TextDecoder();
  session.io.out(prompt(session));
  for await (const chunk of session.io.input) {
    text += typeof chunk === "string" ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      session.io.out(`${line}\n`);
      yield line;
      if (session.ending) return;
      session.io.out(prompt(session));
    }
  }
  if (text !== "") {
    session.io.out(`${text}\n`);
    yield text;
    if (!session.ending) session.io.out(prompt(session));
  }
}
