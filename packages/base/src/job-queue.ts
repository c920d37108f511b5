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
  #tail: Promise<void> = Promise.resolve();
  #running: RunningJob | undefined;
  #waiting = 0;

  /** The job that holds the queue now. */
  get running(): RunningJob | undefined {
    return this.#running;
  }

  /** How many jobs wait behind the running one. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs `body` once every earlier job has ended; its result or error is this call's.
   * Throws `signal.reason` when the signal fires while the job still waits for its turn.
   */
  async run<T>(name: string, body: () => Promise<T> | T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
    const previous = this.#tail;
    let release = (): void => undefined;
    this.#tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#waiting++;
    try {
      await untilAborted(previous, signal);
    } catch (error) {
      // The place in the line is given up only when its turn comes, so that later jobs keep their order.
      void previous.then(release);
      throw error;
    } finally {
      this.#waiting--;
    }
    this.#running = { name, startedAt: performance.now() };
    try {
      return await body();
    } finally {
      this.#running = undefined;
      release();
    }
  }
}

async function untilAborted(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return turn;
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    await Promise.race([turn, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
