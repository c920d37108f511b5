import type { Connection, ConnectOptions } from "@tsvirt/client";
import { ShellError } from "../vsh/errors.ts";
import { type GlobalOptions, parseGlobals } from "../vsh/globals.ts";
import { usageCommands } from "../vsh/help.ts";
import type { ShellIo } from "../vsh/io.ts";
import type { CommandTable } from "../vsh/parser.ts";
import { parseReporting, runCommands } from "../vsh/run.ts";
import type { ShellSession } from "../vsh/shell.ts";
import { errorLines } from "../vsh/shell.ts";
import { argumentTokens, lineTokens } from "../vsh/tokenizer.ts";
import { COMPATIBLE_VERSION } from "./compatible-version.ts";
import { commandTable, loadGroups } from "./families.ts";
import { LogFile } from "./log-file.ts";

/** How the program connects. */
export type Connect = (uri: string | undefined, options: ConnectOptions) => Promise<Connection>;

class Session implements ShellSession {
  readonly io: ShellIo;
  readonly programName: string;
  readonly globals: GlobalOptions;
  readonly table: CommandTable = commandTable;
  readonly groups = loadGroups;
  uri: string | undefined;
  readOnly: boolean;
  connection: Connection | undefined;
  interactive = false;
  ending = false;
  log: LogFile | undefined;

  readonly #connect: Connect | undefined;

  constructor(io: ShellIo, programName: string, globals: GlobalOptions, connect: Connect | undefined) {
    this.#connect = connect;
    this.io = io;
    this.programName = programName;
    this.globals = globals;
    this.uri = globals.connect ?? io.env.VIRSH_DEFAULT_CONNECT_URI;
    this.readOnly = globals.readOnly;
  }

  error(message: string): void {
    this.io.err(`error: ${message}\n`);
    this.log?.write("ERROR", message);
  }

  async reconnect(): Promise<Connection> {
    const connect = this.#connect ?? (await import("@tsvirt/client")).connect;
    const { keepaliveInterval, keepaliveCount } = this.globals;
    const old = this.connection;
    this.connection = undefined;
    await old?.close();
    try {
      this.connection = await connect(this.uri, {
        readOnly: this.readOnly,
        ...(keepaliveInterval > 0
          ? { keepalive: { interval: keepaliveInterval * 1000, count: keepaliveCount < 0 ? 6 : keepaliveCount } }
          : {}),
      });
    } catch (error) {
      throw new ShellError("failed to connect to the hypervisor", { cause: error });
    }
    return this.connection;
  }
}

/** Runs tsvirsh: `argv` is what follows the program's name. Resolves with the exit status. Tests connect elsewhere. */
export async function runTsvirsh(
  argv: readonly string[],
  io: ShellIo,
  programName: string,
  connect?: Connect,
): Promise<number> {
  let globals: GlobalOptions;
  let rest: readonly string[];
  try {
    ({ options: globals, rest } = parseGlobals(argv));
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    io.err(`error: ${error.message}\n`);
    return 1;
  }
  for (const warning of globals.warnings) io.err(`error: ${warning}\n`);
  if (globals.show !== undefined) {
    io.out(await shown(globals.show, programName));
    return 0;
  }
  const session = new Session(io, programName, globals, connect);
  if (globals.log !== undefined) {
    const log = await LogFile.open(io, globals.log);
    if (!log) {
      session.error("failed to open the log file. check the log file path");
      return 1;
    }
    session.log = log;
  }
  try {
    return (await run(session, rest)) ? 0 : 1;
  } finally {
    await session.connection?.close();
    await session.log?.close();
  }
}

async function run(session: Session, words: readonly string[]): Promise<boolean> {
  const [only] = words;
  // As virsh: one word is a whole command line, several are the words of one command.
  if (only === "" && words.length === 1) return false;
  const tokens = words.length === 1 && only !== undefined ? lineTokens(only) : argumentTokens(words);
  const commands = words.length === 0 ? [] : await parseReporting(session, tokens);
  if (!commands) return false;
  if (session.uri) {
    // A connection that was asked for must be there; the default one is made when it is needed.
    try {
      await session.reconnect();
    } catch (error) {
      for (const line of errorLines(error)) session.error(line);
      return false;
    }
  }
  if (words.length > 0) return runCommands(session, commands);
  const { runInteractive } = await import("./interactive.ts");
  return runInteractive(session);
}

async function shown(what: "help" | "version" | "longVersion", programName: string): Promise<string> {
  if (what === "version") return `${COMPATIBLE_VERSION}\n`;
  if (what === "longVersion") {
    return `${programName}, command line tool of tsvirt, as virsh of libvirt ${COMPATIBLE_VERSION}\n`;
  }
  return `${usage(programName)}${usageCommands(await loadGroups())}
  (specify help <group> for details about the commands in the group)

  (specify help <command> for details about the command)

`;
}

function usage(name: string): string {
  return `
${name} [options]... [<command_string>]
${name} [options]... <command> [args...]

  options:
    -c | --connect=URI      hypervisor connection URI
    -d | --debug=NUM        debug level [0-4]
    -e | --escape <char>    set escape sequence for console
    -h | --help             this help
    -k | --keepalive-interval=NUM
                            keepalive interval in seconds, 0 for disable
    -K | --keepalive-count=NUM
                            number of possible missed keepalive messages
    -l | --log=FILE         output logging to file
         --output=FORMAT    report as text or as json (every command takes it too)
    -q | --quiet            quiet mode
    -r | --readonly         connect readonly
    -t | --timing           print timing information
    -v                      short version
    -V                      long version
         --version[=TYPE]   version, TYPE is short or long (default short)
  commands (non interactive mode):

`;
}
