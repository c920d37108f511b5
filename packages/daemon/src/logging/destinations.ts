import { type FileHandle, open } from "node:fs/promises";
import type { LogLevel, LogRecord } from "@tsvirt/base";
import { formatLine, formatText } from "./line.ts";
import type { LogOutput, LogOutputSpec } from "./outputs.ts";

/** What outputs need of the machine. */
export interface LogMachine {
  /** Sends one datagram to a unix socket, without waiting; false when nobody takes it. */
  sendDatagram(path: string, bytes: Uint8Array): boolean;
  /** Writes to standard error. */
  stderr(text: string): void;
  readonly pid: number;
}

/** Where journald listens for `systemd-journald(8)`'s native protocol. */
export const journalSocket = "/run/systemd/journal/socket";
const syslogSocket = "/dev/log";
/** Lines of a file that wait for the disk; more are dropped, and their number is logged. */
const maxQueued = 10_000;
/** `syslog(3)`'s severities. */
const severity: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };
/** `LOG_DAEMON`, as a value of the priority number. */
const facility = 3 << 3;

/** Opens an output. Throws the system's error when a file cannot be opened. */
export async function openOutput(spec: LogOutputSpec, machine: LogMachine): Promise<LogOutput> {
  switch (spec.kind) {
    case "stderr":
      return simple(spec, (record) => machine.stderr(`${formatLine(record, machine.pid)}\n`));
    case "journald":
      return simple(spec, (record) => void machine.sendDatagram(journalSocket, journalEntry(record, machine.pid)));
    case "syslog":
      return simple(
        spec,
        (record) => void machine.sendDatagram(syslogSocket, syslogEntry(record, spec.target, machine.pid)),
      );
    case "file":
      return new FileOutput(spec, machine, await open(spec.target, "a", 0o600));
  }
}

function simple(spec: LogOutputSpec, write: LogOutput["write"]): LogOutput {
  return { spec, write, [Symbol.asyncDispose]: async () => undefined };
}

/** One entry of journald's native protocol. Our texts hold no line ends: `KEY=value` lines suffice. */
function journalEntry(record: LogRecord, pid: number): Uint8Array {
  const fields = {
    MESSAGE: formatText(record),
    PRIORITY: severity[record.level],
    LIBVIRT_SOURCE: record.source,
    SYSLOG_IDENTIFIER: "tsvirtd",
    SYSLOG_PID: pid,
  };
  return new TextEncoder().encode(
    Object.entries(fields)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
  );
}

/** A message as `syslog(3)` sends it, without the time, which the receiver adds. */
function syslogEntry(record: LogRecord, identity: string, pid: number): Uint8Array {
  const head = `<${facility | severity[record.level]}>${identity}[${pid}]: `;
  return new TextEncoder().encode(`${head}${record.source}: ${formatText(record)}`);
}

/** Appends to a file; lines are gathered while the disk is busy. */
class FileOutput implements LogOutput {
  readonly spec: LogOutputSpec;
  readonly #machine: LogMachine;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;

  constructor(spec: LogOutputSpec, machine: LogMachine, file: FileHandle) {
    this.spec = spec;
    this.#machine = machine;
    this.#file = file;
  }

  write(record: LogRecord): void {
    if (this.#lines.length >= maxQueued) this.#dropped++;
    else this.#lines.push(formatLine(record, this.#machine.pid));
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      if (this.#dropped > 0) lines.push(`(${this.#dropped} records were lost here)`);
      this.#dropped = 0;
      try {
        await this.#file.appendFile(`${lines.join("\n")}\n`);
      } catch (error) {
        this.#machine.stderr(`cannot write to ${this.spec.target}: ${String(error)}\n`);
        break;
      }
    }
    this.#writing = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
