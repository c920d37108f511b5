import type { ShellIo } from "../vsh/io.ts";

const defaultSize = 500;

/** The lines typed before, newest first, kept in the user's cache directory. */
export class History {
  readonly size: number;
  lines: readonly string[];
  readonly #io: ShellIo;
  readonly #path: string;

  private constructor(io: ShellIo, path: string, size: number, lines: readonly string[]) {
    this.#io = io;
    this.#path = path;
    this.size = size;
    this.lines = lines;
  }

  /** Reads the file; a missing one is an empty history. `VIRSH_HISTSIZE` says how many lines are kept. */
  static async open(io: ShellIo): Promise<History> {
    const directory = io.env.XDG_CACHE_HOME || `${io.env.HOME ?? ""}/.cache`;
    const path = `${directory}/tsvirsh/history`;
    const wanted = Number(io.env.VIRSH_HISTSIZE ?? defaultSize);
    const size = Number.isInteger(wanted) && wanted >= 0 ? wanted : defaultSize;
    const lines = await io.readFile(path).then(
      (bytes) =>
        new TextDecoder()
          .decode(bytes)
          .split("\n")
          .filter((line) => line !== ""),
      () => [],
    );
    return new History(io, path, size, lines.reverse().slice(0, size));
  }

  /** Adds a line unless it is the last one again. */
  add(line: string): void {
    if (line.trim() === "" || line === this.lines[0]) return;
    this.lines = [line, ...this.lines].slice(0, this.size);
  }

  /** Writes the file. A directory that cannot be written is no reason to complain at the end of a session. */
  async save(): Promise<void> {
    const text = [...this.lines]
      .reverse()
      .map((line) => `${line}\n`)
      .join("");
    try {
      await this.#io.makeDirectory(this.#path.slice(0, this.#path.lastIndexOf("/")));
      const file = await this.#io.create(this.#path);
      await file.write(new TextEncoder().encode(text));
      await file.close();
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }
}
