/** Ends a daemon that has nothing to do (`--timeout`, `virt-admin daemon-timeout`). No timer runs while it has. */
export class IdleTimer {
  readonly #busy: () => boolean;
  readonly #expired: () => void;
  #seconds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `busy` is asked when a time is over; while it says yes the daemon stays. */
  constructor(busy: () => boolean, expired: () => void) {
    this.#busy = busy;
    this.#expired = expired;
  }

  /** Seconds without work after which the daemon ends; 0 for never. */
  set(seconds: number): void {
    this.#seconds = seconds;
    this.restart();
  }

  /** Work has come or gone: the time starts anew. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#seconds === 0) return;
    this.#timer = setTimeout(
      () => {
        if (this.#busy()) this.restart();
        else this.#expired();
      },
      Math.min(this.#seconds * 1000, 0x7fff_ffff),
    );
  }

  /** Ends for good. */
  stop(): void {
    this.set(0);
  }
}
