import { type Clock, type Logger, systemClock } from "@tsvirt/base";
import { isJsonObject, type JsonObject, type JsonValue, OptionError } from "@tsvirt/codec/options";
import type { QmpCommand } from "../qmp/declare.ts";
import { QmpProtocolError } from "../qmp/errors.ts";
import type { MonitorSession } from "../qmp/monitor-session.ts";
import type { ExecuteOptions, QmpGreeting, RawQmpEvent } from "../qmp/session.ts";
import * as hmp from "./commands.ts";
import { type HmpCommandOptions, HmpSession } from "./session.ts";
import { type Typist, translationOf } from "./translate.ts";

/** How a monitor is connected to the world. */
export interface TextMonitorOptions {
  /** Writes characters, with descriptors that travel on their first byte (SCM_RIGHTS). Must not throw. */
  readonly send: (text: string, fds: readonly number[]) => void;
  /**
   * Called for what our own commands bring about (STOP, RESUME, RESET), before they return. A text monitor tells nothing of
   * its own accord.
   */
  readonly onEvent?: (event: RawQmpEvent) => void;
  readonly log?: Logger;
  readonly clock?: Clock;
}

/** The text monitor of a QEMU without QMP, spoken to in QMP's terms: as libvirt did until QEMU 1.2. */
export class TextMonitorSession implements MonitorSession {
  readonly kind = "hmp";
  readonly #session: HmpSession;
  readonly #options: TextMonitorOptions;
  readonly #clock: Clock;
  readonly #typist: Typist;

  constructor(options: TextMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#session = new HmpSession(options);
    this.#typist = {
      run: (command, args, more) => this.run(command, args, more),
      type: (line, more) => this.#session.command(line, more),
      emit: (event, data) => this.#emit(event, data),
    };
  }

  get ended(): Promise<Error> {
    return this.#session.ended;
  }

  get error(): Error | undefined {
    return this.#session.error;
  }

  /** Waits until the monitor answers. Its greeting may have gone by before anybody listened, so it is asked for its version. */
  async start(options: { readonly signal?: AbortSignal } = {}): Promise<QmpGreeting> {
    return { ...(await this.run(hmp.version, {}, options)), capabilities: [] };
  }

  /** Types a command of the text monitor's own. Throws `QmpError` when QEMU refuses, and what `HmpSession.command` throws. */
  async run<A, R>(command: hmp.HmpCommand<A, R>, args: A, options: HmpCommandOptions = {}): Promise<R> {
    const { deadline } = command;
    const more = deadline === undefined ? options : { deadline, ...options };
    return command.parse(await this.#session.command(command.format(args), more));
  }

  async execute<A, R>(command: QmpCommand<A, R>, args: A, options: ExecuteOptions = {}): Promise<R> {
    const encoded = command.args.toJson(args);
    const result = await this.executeJson(command.name, isJsonObject(encoded) ? encoded : {}, options);
    try {
      return command.returns.fromJson(result, "", "json");
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      throw new QmpProtocolError(`unexpected reply of QEMU to '${command.name}': ${error.message}`, { cause: error });
    }
  }

  async executeJson(name: string, args: JsonObject = {}, options: ExecuteOptions = {}): Promise<JsonValue> {
    return translationOf(name)(this.#typist, args, options);
  }

  /** What a user wrote is typed as it stands. */
  async passThrough(text: string, options: ExecuteOptions = {}): Promise<JsonObject> {
    return { return: await this.#session.command(text, options) };
  }

  skipIds(): void {
    // A text monitor numbers nothing.
  }

  receive(chunk: Uint8Array): void {
    this.#session.receive(chunk);
  }

  close(reason?: Error): void {
    this.#session.close(reason);
  }

  #emit(name: string, data: JsonObject = {}): void {
    const now = this.#clock.now();
    this.#options.onEvent?.({
      name,
      data,
      seconds: Math.floor(now / 1000),
      microseconds: (now % 1000) * 1000,
    });
  }
}
