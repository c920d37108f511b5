import { abortable, type Deferred, deferred } from "./deferred.ts";

/** What is running, for "cannot acquire state change lock (held by …)" messages and job listings. */
export interface RunningJob {
  readonly name: string;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number;
}

/**
 * Runs jobs one after another, in the order asked for.
 *
 * One queue per guest: whatever changes the guest goes through it; a query does not. A job that waits too long is
 * refused by its `signal`; a job that runs is not interrupted by it unless its body looks at the signal itself.
 */
export class JobQueue {
  readonly #line: Deferred<void>[] = [];
  #running: RunningJob | undefined;

  /** The job that holds the queue now. */
  get running(): RunningJob | undefined {
    return this.#running;
  }

  /** How many jobs wait behind the running one. */
  get waiting(): number {
    return this.#line.length;
  }

  /**
   * Runs `body` once every earlier job has ended (at once when there is none); its result or error is this call's.
   * Throws `signal.reason` when the signal fires while the job still waits for its turn.
   */
  async run<T>(name: string, body: () => Promise<T> | T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#running) await this.#turn(signal);
    this.#running = { name, startedAt: performance.now() };
    try {
      return await body();
    } finally {
      this.#next();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const turn = deferred<void>();
    this.#line.push(turn);
    try {
      await abortable(turn.promise, signal);
    } catch (error) {
      const place = this.#line.indexOf(turn);
      if (place >= 0) this.#line.splice(place, 1);
      // The turn was given in the same instant as the signal fired: pass it on.
      else this.#next();
      throw error;
    }
  }

  /** The next in line takes over; until its body starts the queue still counts as taken. */
  #next(): void {
    const next = this.#line.shift();
    if (next) next.resolve();
    else this.#running = undefined;
  }
}
