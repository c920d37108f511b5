import { Logger, type LogLevel, type LogRecord } from "@tsvirt/base";
import { type LogMachine, openOutput } from "./destinations.ts";
import { formatFilters, globFinds, type LogFilter, parseFilters } from "./filters.ts";
import { levelNumber, namedLevel } from "./levels.ts";
import { formatOutputs, type LogOutput, type LogOutputSpec, parseOutputs } from "./outputs.ts";

/** Where logging settings come from, from weakest to strongest. */
export interface LogSources {
  readonly level?: LogLevel | undefined;
  readonly filters?: string | undefined;
  readonly outputs?: string | undefined;
  /** `LIBVIRT_DEBUG`, `LIBVIRT_LOG_FILTERS`, `LIBVIRT_LOG_OUTPUTS`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--verbose`. */
  readonly verbose: boolean;
  /** Where to log when nothing says so. */
  readonly fallback: Pick<LogOutputSpec, "kind" | "target">;
}

/** The daemon's log: libvirt's level, filters and outputs, which can be changed while it runs. */
export class DaemonLog implements AsyncDisposable {
  readonly logger: Logger;
  readonly #machine: LogMachine;
  #level: LogLevel = "warn";
  #filters: readonly LogFilter[] = [];
  #outputs: readonly LogOutput[] = [];
  #fallback: Pick<LogOutputSpec, "kind" | "target"> = { kind: "stderr", target: "" };
  /** Level by source, as the filters say: sources are few, records are many. */
  readonly #levels = new Map<string, number>();

  constructor(machine: LogMachine) {
    this.#machine = machine;
    this.logger = this.source("daemon");
  }

  /** A logger of another part; filters match on its name and those of its children. */
  source(name: string): Logger {
    return new Logger(name, (record) => this.#write(record));
  }

  /**
   * Opens a log. A setting of the configuration or the environment that cannot be read is skipped with a warning, as a
   * daemon that does not start because of its log helps nobody.
   */
  static async open(sources: LogSources, machine: LogMachine): Promise<DaemonLog> {
    const log = new DaemonLog(machine);
    const { env } = sources;
    const problems: unknown[] = [];
    log.#level = (env.LIBVIRT_DEBUG ? namedLevel(env.LIBVIRT_DEBUG) : undefined) ?? sources.level ?? "warn";
    if (sources.verbose && levelNumber[log.#level] > levelNumber.info) log.#level = "info";
    log.#fallback = sources.fallback;
    try {
      log.setFilters(env.LIBVIRT_LOG_FILTERS || sources.filters || "");
    } catch (error) {
      problems.push(error);
    }
    try {
      await log.setOutputs(env.LIBVIRT_LOG_OUTPUTS || sources.outputs || "");
    } catch (error) {
      problems.push(error);
      await log.#open([{ level: log.#level, kind: "stderr", target: "" }]);
    }
    for (const error of problems) log.logger.warn("logging settings are not as asked for", { error });
    return log;
  }

  /** The filters as `virt-admin daemon-log-filters` shows them, and how many. */
  get filters(): { readonly text: string; readonly count: number } {
    return { text: formatFilters(this.#filters), count: this.#filters.length };
  }

  /** The outputs as `virt-admin daemon-log-outputs` shows them, and how many. */
  get outputs(): { readonly text: string; readonly count: number } {
    return { text: formatOutputs(this.#outputs.map(({ spec }) => spec)), count: this.#outputs.length };
  }

  /** Replaces the filters; throws and changes nothing when they cannot be read. */
  setFilters(text: string): void {
    this.#filters = parseFilters(text);
    this.#levels.clear();
  }

  /** Replaces the outputs; an empty text brings the default one back. Throws and changes nothing when one cannot be opened. */
  async setOutputs(text: string): Promise<void> {
    const specs = parseOutputs(text);
    await this.#open(specs.length > 0 ? specs : [{ level: this.#level, ...this.#fallback }]);
  }

  async #open(specs: readonly LogOutputSpec[]): Promise<void> {
    const opened: LogOutput[] = [];
    try {
      for (const spec of specs) opened.push(await openOutput(spec, this.#machine));
    } catch (error) {
      for (const output of opened) await output[Symbol.asyncDispose]();
      throw error;
    }
    const former = this.#outputs;
    this.#outputs = opened;
    for (const output of former) await output[Symbol.asyncDispose]();
  }

  #write(record: LogRecord): void {
    const number = levelNumber[record.level];
    if (number < this.#levelFor(record.source)) return;
    for (const output of this.#outputs) if (number >= levelNumber[output.spec.level]) output.write(record);
  }

  #levelFor(source: string): number {
    let level = this.#levels.get(source);
    if (level === undefined) {
      const filter = this.#filters.find(({ match }) => globFinds(match, source));
      level = levelNumber[filter?.level ?? this.#level];
      this.#levels.set(source, level);
    }
    return level;
  }

  /** Writes out what waits and closes the outputs. */
  async [Symbol.asyncDispose](): Promise<void> {
    const former = this.#outputs;
    this.#outputs = [];
    for (const output of former) await output[Symbol.asyncDispose]();
  }
}
