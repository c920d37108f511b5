import { abortable, type Clock, type Deferred, deferred, type Logger, silentLogger, systemClock } from "@tsvirt/base";
import {
  checkJsonDepth,
  formatJson,
  isJsonObject,
  JsonError,
  type JsonObject,
  type JsonValue,
  OptionError,
  parseJson,
} from "@tsvirt/codec/options";
import { Deadlines } from "./deadlines.ts";
import type { QmpCommand } from "./declare.ts";
import { QmpClosedError, QmpError, QmpProtocolError } from "./errors.ts";
import { LineSplitter, MAX_LINE, ObjectJoiner } from "./lines.ts";
import type { MonitorSession } from "./monitor-session.ts";

/** Nesting allowed in a message (threat-model Q1). */
export const MAX_DEPTH = 64;
/** Lines beyond this are given to {@link QmpSessionOptions.parseLarge}. */
export const LARGE_LINE = 256 * 1024;
/** Events of one name that are let through at once, and each second after that. */
export const EVENT_BURST = 200;

/** What QEMU says first. */
export interface QmpGreeting {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
  readonly package: string;
  /** `oob` if QEMU offers out-of-band commands. */
  readonly capabilities: readonly string[];
}

/** An event as QEMU sent it. `parseEvent` gives it its declared type. */
export interface RawQmpEvent {
  readonly name: string;
  readonly data: JsonObject;
  /** QEMU's clock when it happened. */
  readonly seconds: number;
  readonly microseconds: number;
}

/** How a session is connected to the world. */
export interface QmpSessionOptions {
  /** Writes one line, with descriptors that travel on its first byte (SCM_RIGHTS). Must not throw; report by `close`. */
  readonly send: (line: string, fds: readonly number[]) => void;
  /** Called for every event, in order, never inside `execute`. */
  readonly onEvent?: (event: RawQmpEvent) => void;
  /** Parses lines beyond 256 KiB elsewhere (a worker); order is kept. Without it they are parsed here. */
  readonly parseLarge?: (line: Uint8Array) => Promise<JsonValue>;
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly maxLine?: number;
}

/** What was received and not used; never reset. */
export interface QmpCounters {
  readonly events: number;
  readonly droppedEvents: number;
  /** Replies whose command had been given up. */
  readonly lateReplies: number;
  /** Replies whose id was never ours, or came twice. */
  readonly unknownReplies: number;
}

/** Extras of one command. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  /** Descriptors sent with the command (`getfd`, `add-fd`). Still the caller's to close. */
  readonly fds?: readonly number[];
}

interface Pending {
  readonly command: string;
  readonly reply: Deferred<JsonObject>;
}

/**
 * The client's end of a QMP conversation. Touches no socket: bytes from QEMU go into {@link receive}, lines to QEMU
 * come out of `send`. Several commands may be in flight; QEMU answers them in order. After a protocol error or
 * {@link close} every waiter is rejected and the session cannot be used again.
 */
export class QmpSession implements MonitorSession {
  readonly kind = "qmp";
  readonly #options: QmpSessionOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #lines: LineSplitter;
  readonly #objects: ObjectJoiner;
  readonly #decoder = new TextDecoder();
  readonly #pending = new Map<string, Pending>();
  readonly #abandoned = new Set<string>();
  readonly #greeting = deferred<QmpGreeting>();
  readonly #ended = deferred<Error>();
  readonly #budgets = new Map<string, { left: number; at: number }>();
  readonly #counters = { events: 0, droppedEvents: 0, lateReplies: 0, unknownReplies: 0 };
  readonly #backlog: Uint8Array[] = [];
  #parsing = false;
  #greeted = false;
  #nextId = 1;
  #error: Error | undefined;

  constructor(options: QmpSessionOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#deadlines = new Deadlines(this.#clock);
    this.#log = options.log ?? silentLogger;
    this.#lines = new LineSplitter(options.maxLine ?? MAX_LINE);
    this.#objects = new ObjectJoiner(options.maxLine ?? MAX_LINE);
    // Whoever waits sees the error; nobody waiting is no fault.
    this.#greeting.promise.catch(() => undefined);
  }

  /** Settles with the reason when the session has ended; never rejects. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  /** The reason the session ended, if it has. */
  get error(): Error | undefined {
    return this.#error;
  }

  get counters(): QmpCounters {
    return this.#counters;
  }

  /** Commands whose reply is awaited. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /** Waits for the greeting and leaves negotiation mode (`qmp_capabilities`, the first id). */
  async start(options: { readonly signal?: AbortSignal } = {}): Promise<QmpGreeting> {
    const greeting = await abortable(this.#greeting.promise, options.signal);
    await this.executeJson("qmp_capabilities", undefined, options);
    return greeting;
  }

  /** Later commands have ids beyond this number: whoever compares them with libvirt's wants them counted alike. */
  skipIds(upTo: number): void {
    this.#nextId = Math.max(this.#nextId, upTo + 1);
  }

  /**
   * Sends a declared command and checks its reply against the declaration. Throws {@link QmpError} when QEMU refuses,
   * {@link QmpProtocolError} for an answer of another shape, `signal.reason` when given up, {@link QmpClosedError}.
   */
  async execute<A, R>(command: QmpCommand<A, R>, args: A, options: ExecuteOptions = {}): Promise<R> {
    const encoded = command.args.toJson(args);
    const given = isJsonObject(encoded) && Object.keys(encoded).length > 0 ? encoded : undefined;
    const reply = await this.#roundTrip(
      { execute: command.name, ...(given && { arguments: given }) },
      options,
      command.deadline,
    );
    try {
      return command.returns.fromJson(reply.return ?? null, "", "json");
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      throw new QmpProtocolError(`unexpected reply of QEMU to '${command.name}': ${error.message}`, { cause: error });
    }
  }

  /** Sends any command and returns whatever comes back under `return`. */
  async executeJson(name: string, args?: JsonObject, options: ExecuteOptions = {}): Promise<JsonValue> {
    const reply = await this.#roundTrip({ execute: name, ...(args && { arguments: args }) }, options);
    return reply.return ?? null;
  }

  /**
   * Sends a whole QMP object as a user wrote it, with our id, and returns QEMU's whole reply, an error reply included
   * (`virDomainQemuMonitorCommand`). Throws {@link QmpProtocolError} if it is not a JSON object.
   */
  async passThrough(text: string, options: ExecuteOptions = {}): Promise<JsonObject> {
    const message = parseJson(text);
    if (!isJsonObject(message)) throw new QmpProtocolError("a QMP command must be a JSON object");
    const { id: _, ...rest } = message;
    return this.#send(rest, options);
  }

  async #roundTrip(message: JsonObject, options: ExecuteOptions, limit?: number): Promise<JsonObject> {
    const reply = await this.#send(message, options, limit);
    const error = reply.error;
    if (error === undefined) return reply;
    const text = (value: JsonValue | undefined, otherwise: string): string =>
      typeof value === "string" ? value : otherwise;
    const fields = isJsonObject(error) ? error : {};
    const name = text(message.execute, "?");
    throw new QmpError(name, text(fields.class, "GenericError"), text(fields.desc, "unknown error"));
  }

  /** `limit`: how long QEMU may take, in milliseconds. */
  async #send(message: JsonObject, options: ExecuteOptions, limit?: number): Promise<JsonObject> {
    options.signal?.throwIfAborted();
    if (this.#error) throw this.#error;
    const id = `libvirt-${this.#nextId++}`;
    const name = message.execute ?? message["exec-oob"];
    const pending: Pending = { command: typeof name === "string" ? name : "?", reply: deferred<JsonObject>() };
    this.#pending.set(id, pending);
    this.#log.debug("command", { id, command: pending.command });
    this.#options.send(`${formatJson({ ...message, id })}\r\n`, options.fds ?? []);
    const late = (): void =>
      pending.reply.reject(new QmpProtocolError(`QEMU did not answer '${pending.command}' in time`));
    const inTime = limit === undefined ? undefined : this.#deadlines.start(limit, late);
    try {
      return await abortable(pending.reply.promise, options.signal);
    } finally {
      inTime?.();
      // Still there: nobody waits any more. Its reply will be counted as late.
      if (this.#pending.delete(id) && !this.#error) this.#abandoned.add(id);
    }
  }

  /** Takes bytes from QEMU. Never throws: trouble ends the session. The chunk may be reused afterwards. */
  receive(chunk: Uint8Array): void {
    if (this.#error) return;
    try {
      for (const line of this.#lines.push(chunk)) {
        const object = this.#objects.push(line);
        if (object) this.#backlog.push(object);
      }
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends the session; waiters are rejected with `reason`. Idempotent. */
  close(reason: Error = new QmpClosedError()): void {
    if (this.#error) return;
    this.#error = reason;
    this.#backlog.length = 0;
    this.#greeting.reject(reason);
    for (const { reply } of this.#pending.values()) reply.reject(reason);
    this.#pending.clear();
    this.#abandoned.clear();
    this.#ended.resolve(reason);
  }

  #fail(error: unknown): void {
    const reason =
      error instanceof JsonError ? new QmpProtocolError(`malformed QMP: ${error.message}`, { cause: error }) : error;
    const ended = reason instanceof Error ? reason : new QmpProtocolError(String(reason));
    this.#log.warn("monitor session ended", { error: ended.message });
    this.close(ended);
  }

  /** Lines are handled in order, so a large one that is parsed elsewhere holds the ones behind it. */
  #drain(): void {
    while (!this.#parsing) {
      const line = this.#backlog.shift();
      if (line === undefined) return;
      const { parseLarge } = this.#options;
      if (line.length <= LARGE_LINE || !parseLarge) {
        this.#dispatch(this.#parse(line));
        continue;
      }
      checkJsonDepth(this.#decoder.decode(line), MAX_DEPTH);
      this.#parsing = true;
      parseLarge(line).then(
        (message) => this.#resume(message),
        (error: unknown) => this.#fail(error),
      );
    }
  }

  #resume(message: JsonValue): void {
    this.#parsing = false;
    if (this.#error) return;
    try {
      this.#dispatch(message);
      this.#drain();
    } catch (error) {
      this.#fail(error);
    }
  }

  #parse(line: Uint8Array): JsonValue {
    const text = this.#decoder.decode(line);
    checkJsonDepth(text, MAX_DEPTH);
    // A run of 16 digits may be beyond a double; everything else is exact with the built-in parser, which is faster.
    if (/\d{16}/.test(text)) return parseJson(text);
    try {
      return JSON.parse(text) as JsonValue;
    } catch (error) {
      throw new QmpProtocolError("malformed QMP: not JSON", { cause: error });
    }
  }

  #dispatch(message: JsonValue): void {
    if (!isJsonObject(message)) throw new QmpProtocolError("malformed QMP: a message is not an object");
    if (Object.hasOwn(message, "return") || Object.hasOwn(message, "error")) this.#onReply(message);
    else if (Object.hasOwn(message, "event")) this.#onEvent(message);
    else if (Object.hasOwn(message, "QMP")) this.#onGreeting(message.QMP);
    else throw new QmpProtocolError("malformed QMP: a message is neither greeting, reply nor event");
  }

  #onReply(message: JsonObject): void {
    const id = message.id;
    const pending = typeof id === "string" ? this.#pending.get(id) : undefined;
    if (pending && typeof id === "string") {
      this.#pending.delete(id);
      pending.reply.resolve(message);
    } else if (typeof id === "string" && this.#abandoned.delete(id)) this.#counters.lateReplies++;
    else {
      this.#counters.unknownReplies++;
      this.#log.debug("reply to nothing dropped", { unknown: this.#counters.unknownReplies });
    }
  }

  #onEvent(message: JsonObject): void {
    const { event, data, timestamp } = message;
    if (typeof event !== "string") throw new QmpProtocolError("malformed QMP: an event has no name");
    this.#counters.events++;
    if (!this.#admit(event)) {
      if (this.#counters.droppedEvents++ === 0) this.#log.warn("events come too fast, some are dropped", { event });
      return;
    }
    const stamp = isJsonObject(timestamp) ? timestamp : {};
    const number = (value: JsonValue | undefined): number => (typeof value === "number" ? value : 0);
    this.#options.onEvent?.({
      name: event,
      data: isJsonObject(data) ? data : {},
      seconds: number(stamp.seconds),
      microseconds: number(stamp.microseconds),
    });
  }

  /** A bucket for each name, so that a flood of one kind does not hide another (threat-model Q2). */
  #admit(name: string): boolean {
    const now = this.#clock.monotonic();
    let bucket = this.#budgets.get(name);
    if (!bucket) {
      if (this.#budgets.size >= 256) return false;
      bucket = { left: EVENT_BURST, at: now };
      this.#budgets.set(name, bucket);
    }
    bucket.left = Math.min(EVENT_BURST, bucket.left + ((now - bucket.at) / 1000) * EVENT_BURST);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  #onGreeting(hello: JsonValue | undefined): void {
    if (this.#greeted) throw new QmpProtocolError("malformed QMP: a second greeting");
    const version = isJsonObject(hello) ? hello.version : undefined;
    const qemu = isJsonObject(version) ? version.qemu : undefined;
    if (!isJsonObject(hello) || !isJsonObject(version) || !isJsonObject(qemu)) {
      throw new QmpProtocolError("malformed QMP: the greeting has no version");
    }
    this.#greeted = true;
    const number = (value: JsonValue | undefined): number => (typeof value === "number" ? value : 0);
    const capabilities = hello.capabilities;
    this.#greeting.resolve({
      major: number(qemu.major),
      minor: number(qemu.minor),
      micro: number(qemu.micro),
      package: typeof version.package === "string" ? version.package : "",
      capabilities: Array.isArray(capabilities) ? capabilities.filter((item) => typeof item === "string") : [],
    });
  }
}
