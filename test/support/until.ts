import { setTimeout as delay } from "node:timers/promises";

/** How long a condition may take unless the caller says otherwise, in milliseconds. A bound on a hang, not a measure. */
export const PATIENCE = 30_000;

/** Options of everything here that waits. */
export interface WaitOptions {
  /** Ends the wait; defaults to `AbortSignal.timeout(PATIENCE)`. */
  readonly signal?: AbortSignal;
  /** What is waited for, for the error's text. */
  readonly what?: string;
}

/** Thrown by a condition that can no longer come true: ends the wait at once. */
export class HopelessError extends Error {
  override readonly name = "HopelessError";
}

/**
 * Waits until `condition` gives something other than false or undefined and returns that. The condition is asked again after a
 * few milliseconds. Throws when the signal fires, naming `what` and the last error the condition threw.
 */
export async function until<T>(
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  { signal = AbortSignal.timeout(PATIENCE), what = "the condition" }: WaitOptions = {},
): Promise<T> {
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value;
      last = undefined;
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      last = error;
    }
    if (signal.aborted) throw new Error(`gave up waiting for ${what}`, { cause: last ?? signal.reason });
    await delay(10);
  }
}
