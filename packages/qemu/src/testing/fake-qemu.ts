import { deferred, InternalError } from "@tsvirt/base";
import { formatJson, isJsonObject, type JsonObject, type JsonValue, parseJson } from "@tsvirt/codec/options";
import { QmpSession, type QmpSessionOptions } from "../qmp/session.ts";
import { parseTranscript, type TranscriptLine } from "./transcript.ts";

/** What a programmed command answers with instead of a result. */
export type Refusal = { readonly error: { readonly class: string; readonly desc: string } };
/** Behaviour of one command. Throwing is a bug of the test. */
export type FakeCommand = (
  args: JsonObject,
  fds: readonly number[],
) => JsonValue | Refusal | Promise<JsonValue | Refusal>;

/** Makes a {@link Refusal}. */
export function refuse(desc: string, errorClass = "GenericError"): Refusal {
  return { error: { class: errorClass, desc } };
}

const defaultGreeting: JsonObject = {
  QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 }, package: "fake" }, capabilities: ["oob"] },
};

/**
 * The emulator's end of a QMP conversation, without an emulator: either it replays a recorded transcript and insists on
 * the recorded commands, or it answers from a table of functions.
 */
export class FakeQemu {
  /** Takes what QEMU sends: bytes of whole lines, in the order sent, always asynchronously. */
  onData: (chunk: Uint8Array) => void = () => undefined;
  /** Every command received, in order. */
  readonly received: JsonObject[] = [];
  readonly #script: TranscriptLine[];
  readonly #commands: Map<string, FakeCommand> | undefined;
  readonly #failure = deferred<never>();
  #error: Error | undefined;

  private constructor(script: TranscriptLine[], commands: Map<string, FakeCommand> | undefined) {
    this.#script = script;
    this.#commands = commands;
    this.#failure.promise.catch(() => undefined);
  }

  /** Replays a transcript (see {@link parseTranscript}). */
  static replay(text: string): FakeQemu {
    return new FakeQemu(parseTranscript(text), undefined);
  }

  /** Answers each command by a function; `qmp_capabilities` is there already, unknown ones are `CommandNotFound`. */
  static scripted(commands: Readonly<Record<string, FakeCommand>>): FakeQemu {
    return new FakeQemu([], new Map(Object.entries({ qmp_capabilities: () => ({}), ...commands })));
  }

  /** A session on this fake, greeting under way. */
  open(options: Omit<QmpSessionOptions, "send"> = {}): QmpSession {
    const session = new QmpSession({ ...options, send: (line, fds) => this.receive(line, fds) });
    this.onData = (chunk) => session.receive(chunk);
    this.#failure.promise.catch((error: unknown) => session.close(error instanceof Error ? error : undefined));
    this.greet();
    return session;
  }

  /** Sends the greeting (and, when replaying, everything up to the first command). */
  greet(): void {
    if (this.#commands) this.#say(defaultGreeting);
    else this.#advance();
  }

  /** Sends an event. */
  emit(event: string, data: JsonObject = {}): void {
    this.#say({ timestamp: { seconds: 1, microseconds: 2 }, event, data });
  }

  /** Sends bytes as they are. */
  sayRaw(text: string): void {
    const bytes = new TextEncoder().encode(text);
    queueMicrotask(() => this.onData(bytes));
  }

  /** Takes a command line from the client. */
  receive(line: string, fds: readonly number[] = []): void {
    const message = parseJson(line);
    if (!isJsonObject(message)) throw new InternalError("the client sent something that is not an object");
    this.received.push(message);
    if (this.#commands) this.#answer(message, fds);
    else this.#match(message);
  }

  /** Throws unless the whole transcript has been used. */
  assertExhausted(): void {
    if (this.#error) throw this.#error;
    const next = this.#script[0];
    if (next) throw new InternalError(`transcript line ${next.number} was not reached: ${formatJson(next.message)}`);
  }

  #say(message: JsonObject): void {
    this.sayRaw(`${formatJson(message)}\r\n`);
  }

  #answer(message: JsonObject, fds: readonly number[]): void {
    const name = String(message.execute);
    const command = this.#commands?.get(name);
    const args = isJsonObject(message.arguments) ? message.arguments : {};
    const answer = command ? command(args, fds) : refuse(`The command ${name} has not been found`, "CommandNotFound");
    const reply = (result: JsonValue): void => {
      const refused = isJsonObject(result) && isJsonObject(result.error);
      this.#say({ ...(refused ? result : { return: result }), id: message.id ?? null });
    };
    if (answer instanceof Promise) answer.then(reply, (error: unknown) => this.#fail(String(error)));
    else reply(answer);
  }

  #match(message: JsonObject): void {
    const expected = this.#script.shift();
    const { id, ...command } = message;
    const { id: _, ...recorded } = expected?.message ?? {};
    if (expected?.from !== "client" || canonical(recorded) !== canonical(command)) {
      this.#fail(
        `expected ${canonical(recorded)} (transcript line ${expected?.number ?? "none"}), got ${canonical(command)}`,
      );
      return;
    }
    this.#advance(id);
  }

  /** Sends recorded lines up to the next command; replies get the id that the client really used. */
  #advance(id?: JsonValue): void {
    for (let next = this.#script[0]; next?.from === "server"; next = this.#script[0]) {
      this.#script.shift();
      const isReply = "return" in next.message || "error" in next.message;
      this.#say(isReply && id !== undefined ? { ...next.message, id } : next.message);
    }
  }

  #fail(text: string): void {
    this.#error ??= new InternalError(`FakeQemu: ${text}`);
    this.#failure.reject(this.#error);
  }
}

/** Equal for equal messages whatever the order of keys. */
function canonical(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isJsonObject(value)) return formatJson(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}
