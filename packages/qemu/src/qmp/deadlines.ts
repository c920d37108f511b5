import type { Clock } from "@tsvirt/base";

/**
 * How much later than wanted something may be given up, in milliseconds. Whoever sends hundreds of commands at once gets one
 * timer for them, not hundreds, each of which would live on long after its answer.
 */
const GRAIN = 100;

interface Group {
  /** Takes others in until this time. */
  readonly until: number;
  readonly waiting: Set<() => void>;
}

/** Time limits of many things that hardly ever take too long. */
export class Deadlines {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #groups = new Map<number, Group>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Calls `late` after `limit` milliseconds or a little more, unless the function that it returns was called before. */
  start(limit: number, late: () => void): () => void {
    const { waiting } = this.#group(limit);
    const each = (): void => late();
    waiting.add(each);
    return () => waiting.delete(each);
  }

  #group(limit: number): Group {
    const now = this.#clock.monotonic();
    const known = this.#groups.get(limit);
    if (known && now < known.until) return known;
    const group = { until: now + GRAIN, waiting: new Set<() => void>() };
    this.#groups.set(limit, group);
    const over = (): void => {
      for (const late of group.waiting) late();
    };
    AbortSignal.timeout(limit + GRAIN).addEventListener("abort", over, { once: true });
    return group;
  }
}
