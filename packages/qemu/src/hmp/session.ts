import {
  abortable,
  type Clock,
  type Deferred,
  deferred,
  ErrorCode,
  type Logger,
  silentLogger,
  systemClock,
  virtError,
} from "@tsvirt/base";
import { Deadlines } from "../qmp/deadlines.ts";
import { DEFAULT_DEADLINE } from "../qmp/declare.ts";
import { QmpClosedError, QmpProtocolError } from "../qmp/errors.ts";
import { LineScreen } from "./screen.ts";

/** What the text monitor shows when it takes a command. */
const PROMPT = "(qemu) ";
/** And when it wants a password first. */
const PASSWORD_PROMPT = "Password: ";
/** Characters that an answer may have. */
const MAX_REPLY = 4 * 1024 * 1024;

/** How a session is connected to the world. */
export interface HmpSessionOptions {
  /** Writes characters, with descriptors that travel on their first byte (SCM_RIGHTS). Must not throw. */
  readonly send: (text: string, fds: readonly number[]) => void;
  readonly log?: Logger;
  readonly clock?: Clock;
}

/** How a command is sent. */
export interface HmpCommandOptions {
  readonly signal?: AbortSignal;
  readonly fds?: readonly number[];
  /** Typed when the monitor asks for one. */
  readonly password?: string;
  /** Milliseconds QEMU may take; 30 s unless said otherwise. */
  readonly deadline?: number;
}

interface Queued {
  readonly command: string;
  readonly options: HmpCommandOptions;
  readonly reply: Deferred<string>;
}

interface Active extends Queued {
  readonly lines: string[];
  size: number;
  /** The command was seen in the line editor's echo, which ends with a line's end: what follows is the answer. */
  echoed: boolean;
  /** A password was asked for on this line, and typed. */
  asked: boolean;
  /** A password was asked for and there was none. */
  refused: boolean;
}

/**
 * QEMU's monitor for people, spoken by a program: a command is typed, its echo passed over, and everything up to the next
 * prompt is the answer. One command at a time; the others wait. No input or output of its own.
 */
export class HmpSession {
  readonly #options: HmpSessionOptions;
  readonly #log: Logger;
  readonly #deadlines: Deadlines;
  readonly #screen = new LineScreen();
  readonly #decoder = new TextDecoder();
  readonly #queue: Queued[] = [];
  readonly #ended = deferred<Error>();
  #active: Active | undefined;
  #error: Error | undefined;

  constructor(options: HmpSessionOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#deadlines = new Deadlines(options.clock ?? systemClock);
  }

  /** Settles with the reason when the session has ended; never rejects. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** The reason the session ended, if it has. */
  get error(): Error | undefined {
    return this.#error;
  }

  /**
   * Types a command and gives what the monitor prints, without echo and prompt, each line ended by CR LF as QEMU ends it.
   * Throws when the command is no single line, `signal.reason` when given up, `QmpProtocolError` when QEMU takes too long
   * or asks for a password that is not there, `QmpClosedError` when the monitor goes.
   */
  async command(command: string, options: HmpCommandOptions = {}): Promise<string> {
    options.signal?.throwIfAborted();
    if (this.#error) throw this.#error;
    for (const word of [command, options.password ?? ""]) {
      if (hasControl(word)) throw virtError(ErrorCode.invalidArg, "a monitor command must be one line of text");
    }
    const queued: Queued = { command, options, reply: deferred<string>() };
    this.#queue.push(queued);
    const late = (): void =>
      queued.reply.reject(new QmpProtocolError(`QEMU did not answer '${nameOf(command)}' in time`));
    const inTime = this.#deadlines.start(options.deadline ?? DEFAULT_DEADLINE, late);
    this.#next();
    try {
      return await abortable(queued.reply.promise, options.signal);
    } finally {
      inTime();
      // One that was not typed yet never is; the answer to one that was still has to be passed over.
      const at = this.#queue.indexOf(queued);
      if (at >= 0) this.#queue.splice(at, 1);
    }
  }

  /** Takes bytes from QEMU. Never throws: trouble ends the session. */
  receive(chunk: Uint8Array): void {
    if (this.#error) return;
    try {
      for (const line of this.#screen.push(this.#decoder.decode(chunk, { stream: true }))) this.#onLine(line);
      this.#onPartial(this.#screen.line);
    } catch (error) {
      const reason = error instanceof Error ? error : new QmpProtocolError(String(error));
      this.#log.warn("monitor session ended", { error: reason.message });
      this.close(reason);
    }
  }

  /** Ends the session; waiters are rejected with `reason`. Idempotent. */
  close(reason: Error = new QmpClosedError()): void {
    if (this.#error) return;
    this.#error = reason;
    this.#active?.reply.reject(reason);
    this.#active = undefined;
    for (const { reply } of this.#queue.splice(0)) reply.reject(reason);
    this.#ended.resolve(reason);
  }

  #next(): void {
    if (this.#active || this.#error) return;
    const queued = this.#queue.shift();
    if (!queued) return;
    this.#active = { ...queued, lines: [], size: 0, echoed: false, asked: false, refused: false };
    this.#log.debug("command", { command: nameOf(queued.command) });
    this.#options.send(`${queued.command}\r`, queued.options.fds ?? []);
  }

  #onLine(line: string): void {
    const active = this.#active;
    // A greeting, or what QEMU prints of its own accord.
    if (!active) return;
    if (!active.echoed) {
      // Whatever stands before it: an old QEMU may print its prompt while the line is already being typed.
      active.echoed = line.endsWith(active.command);
      return;
    }
    active.asked = false;
    if (line.startsWith(PASSWORD_PROMPT)) return;
    active.size += line.length + 2;
    if (active.size > MAX_REPLY) throw new QmpProtocolError("malformed HMP: an answer without an end");
    active.lines.push(line);
  }

  #onPartial(line: string): void {
    const active = this.#active;
    if (!active?.echoed) return;
    if (line === PASSWORD_PROMPT && !active.asked) {
      active.asked = true;
      const { password } = active.options;
      active.refused ||= password === undefined;
      this.#options.send(`${password ?? ""}\r`, []);
    } else if (line === PROMPT) {
      this.#active = undefined;
      if (active.refused) {
        active.reply.reject(new QmpProtocolError("Password request seen, but no handler available"));
      } else active.reply.resolve(active.lines.map((each) => `${each}\r\n`).join(""));
      this.#next();
    }
  }
}

/** The first word: what follows may be a secret. */
function nameOf(command: string): string {
  return command.split(" ", 1)[0] ?? "";
}

function hasControl(text: string): boolean {
  for (const character of text) if (character < " " || character === "\u007f") return true;
  return false;
}
