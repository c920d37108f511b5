/** Time, injected so that tests need not sleep. */
export interface Clock {
  /** Milliseconds since the epoch: for humans and file stamps only. */
  now(): number;
  /** Milliseconds of the monotonic clock: for deadlines and durations. */
  monotonic(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
