import type { Guest } from "../guest/guest.ts";

/** Writes the status of one guest; the newest state counts, so writes that wait for their turn are one. */
export class StatusWriter {
  readonly #write: (guest: Guest) => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(write: (guest: Guest) => Promise<void>) {
    this.#write = write;
  }

  /** Settles when a write that began after this call is on disk. Throws what the write throws. */
  save(guest: Guest): Promise<void> {
    if (!this.#running) return this.#begin(guest);
    this.#next ??= this.#running.then(
      () => this.#begin(guest),
      () => this.#begin(guest),
    );
    return this.#next;
  }

  #begin(guest: Guest): Promise<void> {
    this.#next = undefined;
    const write = this.#write(guest).finally(() => {
      if (this.#running === write) this.#running = undefined;
    });
    this.#running = write;
    return write;
  }
}
