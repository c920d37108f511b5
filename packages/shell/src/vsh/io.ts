import type { Readable, Writable } from "node:stream";

/** Opened by {@link ShellIo.create}: bytes go to a file. */
export interface OutputFile {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** How {@link ShellIo.create} opens a file; it is written anew unless said otherwise. */
export interface CreateOptions {
  /** Fails when there is one. */
  readonly exclusive?: boolean;
  /** Only for the user's own eyes. */
  readonly secret?: boolean;
  readonly append?: boolean;
}

/** All of the world that commands touch: given, so that they can be tested without one. */
export interface ShellIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** The user's terminal, for prompts and consoles; `undefined` when input or output is none. */
  readonly terminal: Terminal | undefined;
  /** Where commands come from when there is no terminal. */
  readonly input: Readable;
  cwd(): string;
  /** Changes the working directory; throws Node's error. */
  chdir(path: string): void;
  /** Reads a whole file; rejects with Node's error. */
  readFile(path: string): Promise<Uint8Array>;
  /** Opens a file for writing. Rejects with Node's error. */
  create(path: string, options?: CreateOptions): Promise<OutputFile>;
  remove(path: string): Promise<void>;
  /** Makes a directory of the user's own and those above it. */
  makeDirectory(path: string): Promise<void>;
  /** Names in a directory, for completion; empty if it cannot be read. */
  list(path: string): Promise<readonly string[]>;
  /** Calls `handler` when the user interrupts; returns how to stop. */
  onInterrupt(handler: () => void): () => void;
  /** Runs a program on the user's terminal, e.g. an editor; resolves with its exit status. */
  run(command: string, args: readonly string[]): Promise<number>;
  /** Milliseconds of a clock that only goes forward. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly pid: number;
}

/** A terminal for interactive use. */
export interface Terminal {
  readonly input: Readable & { setRawMode?(raw: boolean): unknown };
  readonly output: Writable;
}
