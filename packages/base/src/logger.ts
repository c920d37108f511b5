/** Four levels, as in libvirt: debug 1, info 2, warn 3, error 4. */
export type LogLevel = "debug" | "info" | "warn" | "error";
/** Named values of a log record. Secrets are redacted before they get here. */
export type LogFields = Readonly<Record<string, unknown>>;
/** One record on its way to an output. */
export interface LogRecord {
  readonly level: LogLevel;
  /** Dotted source, e.g. `qemu.monitor`; libvirt's log filters match on it. */
  readonly source: string;
  readonly message: string;
  readonly fields: LogFields;
  /** Milliseconds since the epoch. */
  readonly time: number;
}
/** Where records go. */
export type LogSink = (record: LogRecord) => void;

/** Passed in, never global: `log.info("guest started", { domain, pid, ms })`. */
export class Logger {
  readonly source: string;
  readonly #sink: LogSink;

  constructor(source: string, sink: LogSink) {
    this.source = source;
    this.#sink = sink;
  }

  /** The same outputs under `parent.child`. */
  child(name: string): Logger {
    return new Logger(this.source === "" ? name : `${this.source}.${name}`, this.#sink);
  }

  /** Wire and QMP detail; may repeat. */
  debug(message: string, fields: LogFields = {}): void {
    this.#write("debug", message, fields);
  }
  /** A change of state an operator would want in the journal. */
  info(message: string, fields: LogFields = {}): void {
    this.#write("info", message, fields);
  }
  /** One operation was odd but is contained, and someone should look. */
  warn(message: string, fields: LogFields = {}): void {
    this.#write("warn", message, fields);
  }
  /** What a client asked for did not happen, or a subsystem is down. */
  error(message: string, fields: LogFields = {}): void {
    this.#write("error", message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    this.#sink({ level, source: this.source, message, fields, time: Date.now() });
  }
}

/** Discards everything: the default of libraries. */
export const silentLogger = new Logger("", () => undefined);
