import type { Readable } from "node:stream";
import { PATIENCE, type WaitOptions } from "./until.ts";

/** The text a stream has brought so far, and waiting for more of it: what expect(1) does. */
export class WatchedText {
  #text = "";
  /** Where the next `find` starts. */
  #seen = 0;
  #ended = false;
  readonly #wake = new Set<() => void>();

  constructor(stream: Readable) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      this.#text += chunk;
      this.#notify();
    });
    const end = () => {
      this.#ended = true;
      this.#notify();
    };
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", end);
  }

  /** Everything so far. */
  get text(): string {
    return this.#text;
  }

  #notify(): void {
    for (const wake of this.#wake) wake();
  }

  /**
   * Waits until `pattern` matches what has come since the last match, and returns the match; the next call looks behind it.
   * Throws when the stream ends or the signal fires first, with what came instead.
   */
  async find(pattern: RegExp, { signal = AbortSignal.timeout(PATIENCE) }: WaitOptions = {}): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return match;
      }
      if (this.#ended || signal.aborted) {
        const rest = this.#text.slice(this.#seen);
        throw new Error(
          `${this.#ended ? "the stream ended" : "time is up"} before ${pattern}; it said: ${JSON.stringify(rest)}`,
        );
      }
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#wake.delete(done);
          signal.removeEventListener("abort", done);
          resolve();
        };
        this.#wake.add(done);
        signal.addEventListener("abort", done);
      });
    }
  }
}
