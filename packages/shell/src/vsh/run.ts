import { VirtError } from "@tsvirt/base";
import { ShellError } from "./errors.ts";
import { Output } from "./output.ts";
import { type ParsedCommand, parseCommands } from "./parser.ts";
import { errorLines, Shell, type ShellSession } from "./shell.ts";
import type { Tokens } from "./tokenizer.ts";

/** Parses a command line and reports what is wrong with it; then nothing of it is run and the result is `undefined`. */
export async function parseReporting(
  session: ShellSession,
  tokens: Tokens,
): Promise<readonly ParsedCommand[] | undefined> {
  try {
    return await parseCommands(tokens, session.table, (message) => session.error(message));
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    session.error(error.message);
    return undefined;
  }
}

/**
 * Runs commands one after the other, also after one that failed, as virsh does. Returns whether the last one succeeded.
 */
export async function runCommands(session: ShellSession, commands: readonly ParsedCommand[]): Promise<boolean> {
  let good = true;
  for (const parsed of commands) {
    const begin = session.io.monotonic();
    const format = parsed.output ?? session.globals.output;
    const out = new Output(session.io, format, session.globals.quiet);
    good = await runOne(session, parsed, out);
    if (session.ending) return good;
    if (format === "json") {
      if (good) out.finish();
    } else if (session.globals.timing) {
      session.io.out(`\n(Time: ${(session.io.monotonic() - begin).toFixed(3)} ms)\n\n`);
    } else {
      out.finish();
    }
  }
  return good;
}

async function runOne(session: ShellSession, { command, values }: ParsedCommand, out: Output): Promise<boolean> {
  const shell = new Shell(session, out);
  try {
    if (!command.offline && (session.connection === undefined || session.connection.isClosed)) {
      await session.reconnect();
    }
    await command.run(shell, values);
    return true;
  } catch (error) {
    for (const line of errorLines(error)) session.error(line);
    return false;
  } finally {
    shell.close();
    reportLostConnection(session);
  }
}

/** Says once that the connection has ended by itself. */
function reportLostConnection(session: ShellSession): void {
  const { connection } = session;
  if (!connection?.isClosed) return;
  session.connection = undefined;
  void connection.closed.then((cause) => {
    if (cause) session.error(`Disconnected from ${connection.uri} due to ${causeOf(cause)}`);
  });
}

function causeOf(cause: Error): string {
  if (cause instanceof VirtError && cause.message.includes("keepalive")) return "keepalive timeout";
  return cause instanceof VirtError ? "end of file" : "I/O error";
}
