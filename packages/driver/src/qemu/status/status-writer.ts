/**
 * Writes the status of one guest; the newest state counts, so writes that wait for their turn are one, and what is being
 * written already is not written again.
 */
export class StatusWriter {
  readonly #format: () => string | undefined;
  readonly #write: (text: string) => Promise<void>;
  /** What is being written. */
  #text: string | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `format` gives what is to be written now; `undefined` for nothing. */
  constructor(format: () => string | undefined, write: (text: string) => Promise<void>) {
    this.#format = format;
    this.#write = write;
  }

  /** Settles when the state as it is now, or a newer one, is on disk. Throws what the write throws. */
  save(): Promise<void> {
    if (!this.#running) return this.#begin();
    if (!this.#next) {
      if (this.#format() === this.#text) return this.#running;
      const begin = (): Promise<void> => this.#begin();
      this.#next = this.#running.then(begin, begin);
    }
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#text = this.#format();
    const write = this.#finish(this.#text).finally(() => {
      if (this.#running === write) this.#running = undefined;
    });
    this.#running = write;
    return write;
  }

  async #finish(text: string | undefined): Promise<void> {
    if (text !== undefined) await this.#write(text);
  }
}
