import type { OutputFile, ShellIo } from "../vsh/io.ts";

/** The file of `-l`: a line for each message, in virsh's format. */
export class LogFile {
  readonly #io: ShellIo;
  readonly #file: OutputFile;
  #writes: Promise<void> = Promise.resolve();

  private constructor(io: ShellIo, file: OutputFile) {
    this.#io = io;
    this.#file = file;
  }

  /** Opens it for appending; `undefined` if that is not possible. */
  static async open(io: ShellIo, path: string): Promise<LogFile | undefined> {
    try {
      return new LogFile(io, await io.create(path, { append: true }));
    } catch (error) {
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  }

  /** Adds a line, in the order of the calls. */
  write(level: string, message: string): void {
    const now = new Date(this.#io.now());
    const two = (value: number): string => String(value).padStart(2, "0");
    const day = `${now.getFullYear()}.${two(now.getMonth() + 1)}.${two(now.getDate())}`;
    const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
    const line = `[${day} ${time} ${this.#io.pid}] ${level} ${message}\n`;
    this.#writes = this.#writes.then(() => this.#file.write(new TextEncoder().encode(line)));
  }

  /** Waits for what was written. */
  async close(): Promise<void> {
    await this.#writes;
    await this.#file.close();
  }
}
