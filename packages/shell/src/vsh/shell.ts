import { ErrorDomain, InternalError, strerror, VirtError } from "@tsvirt/base";
import type { Connection, Domain, Network } from "@tsvirt/client";
import type { CommandGroup } from "./command.ts";
import { CommandFailed, ShellError } from "./errors.ts";
import type { GlobalOptions } from "./globals.ts";
import type { ShellIo } from "./io.ts";
import type { Output } from "./output.ts";
import type { CommandTable } from "./parser.ts";

/** How to find a domain or a network. */
export type LookupBy = "id" | "uuid" | "name";

/** What lives as long as the program, across commands. */
export interface ShellSession {
  readonly io: ShellIo;
  /** What the program is called. */
  readonly programName: string;
  readonly globals: GlobalOptions;
  readonly table: CommandTable;
  groups(): Promise<readonly CommandGroup[]>;
  /** `-c` or the last `connect`; `undefined` for the default. */
  uri: string | undefined;
  readOnly: boolean;
  connection: Connection | undefined;
  /** Connects anew with {@link uri} and {@link readOnly}. Throws a `ShellError`. */
  reconnect(): Promise<Connection>;
  interactive: boolean;
  /** Set by `quit`. */
  ending: boolean;
  /** Writes `error: …`. */
  error(message: string): void;
}

/** What a command works with. */
export class Shell {
  readonly session: ShellSession;
  readonly out: Output;
  readonly #interrupt = new AbortController();
  #stopListening: (() => void) | undefined;

  constructor(session: ShellSession, out: Output) {
    this.session = session;
    this.out = out;
  }

  /** Aborts when the user interrupts. A command that does not look at it is ended by an interrupt, and the program with it. */
  get signal(): AbortSignal {
    this.#stopListening ??= this.io.onInterrupt(() => this.#interrupt.abort(new ShellError("Interrupted")));
    return this.#interrupt.signal;
  }

  /** The command is over. */
  close(): void {
    this.#stopListening?.();
  }

  get io(): ShellIo {
    return this.session.io;
  }

  /** The connection; there is one unless the command is declared offline. */
  get connection(): Connection {
    const { connection } = this.session;
    if (!connection) throw new InternalError("The command is offline and has no connection");
    return connection;
  }

  /** Writes `error: …` and goes on. */
  error(message: string): void {
    this.session.error(message);
  }

  /** A domain by number, UUID or name, whichever fits first. Throws a `ShellError`. */
  async domain(text: string, by: readonly LookupBy[] = ["id", "uuid", "name"]): Promise<Domain> {
    const { connection } = this;
    const found =
      (by.includes("id") && /^\+?\d+$/.test(text) && Number(text) <= 0x7fff_ffff
        ? await orNothing(connection.domainLookupById(Number(text)))
        : undefined) ??
      (by.includes("uuid") && text.length === 36 ? await orNothing(connection.domainLookupByUuid(text)) : undefined) ??
      (by.includes("name") ? await orNothing(connection.domainLookupByName(text)) : undefined);
    if (!found) throw new ShellError(`failed to get domain '${text}'`);
    return found;
  }

  /** A network by UUID or name. Throws a `ShellError`. */
  async network(text: string, by: readonly LookupBy[] = ["uuid", "name"]): Promise<Network> {
    const { connection } = this;
    const message = `failed to get network '${text}'`;
    const found =
      by.includes("uuid") && text.length === 36 ? await orNothing(connection.networkLookupByUuid(text)) : undefined;
    if (found) return found;
    // Unlike for domains, virsh reports what libvirt said to the name.
    if (by.includes("name")) return attempt(connection.networkLookupByName(text), message);
    throw new ShellError(message);
  }

  /** Reads a document that the user named. Throws a `ShellError` worded as libvirt's. */
  async readDocument(path: string): Promise<string> {
    let bytes: Uint8Array;
    try {
      bytes = await this.io.readFile(path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      const what = error.code === "EISDIR" ? "read" : "open";
      throw new ShellError(`Failed to ${what} file '${path}': ${strerror(error)}`);
    }
    return new TextDecoder().decode(bytes);
  }
}

async function orNothing<T>(lookup: Promise<T>): Promise<T | undefined> {
  try {
    return await lookup;
  } catch (error) {
    // Whatever the daemon says, virsh says that it found none; a connection that broke is noticed elsewhere.
    if (error instanceof VirtError && error.domain !== ErrorDomain.rpc) return undefined;
    throw error;
  }
}

/** Awaits `work`; when libvirt refuses, `message` is reported before what it said. */
export async function attempt<T>(work: Promise<T>, message: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VirtError) throw new ShellError(message, { cause: error });
    throw error;
  }
}

/** The texts of what went wrong, one `error: …` line each. */
export function errorLines(error: unknown): readonly string[] {
  if (error instanceof CommandFailed) return error.message === "" ? [] : [error.message];
  if (error instanceof ShellError) {
    return error.cause instanceof VirtError || error.cause instanceof CommandFailed
      ? [error.message, ...errorLines(error.cause)]
      : [error.message];
  }
  return [error instanceof Error ? error.message : String(error)];
}
