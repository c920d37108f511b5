/** A promise with its two ends; Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (reason: unknown) => void;
}

/** Makes a {@link Deferred}. */
export function deferred<T>(): Deferred<T> {
  let resolve!: Deferred<T>["resolve"];
  let reject!: Deferred<T>["reject"];
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/**
 * Waits for `work`, but not beyond `signal`: throws `signal.reason` when it fires first.
 * The work itself goes on; its late failure is swallowed, since nobody waits for it any more.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  const gone = deferred<never>();
  const onAbort = (): void => gone.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
  }
}

/** Waits until `work` has ended, but no longer than so many milliseconds; whether it has. Throws what it throws. */
export async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const ended = deferred<boolean>();
  const timer = setTimeout(() => ended.resolve(false), milliseconds);
  const follow = async (): Promise<void> => {
    try {
      await work;
      ended.resolve(true);
    } catch (error) {
      ended.reject(error);
    }
  };
  void follow();
  try {
    return await ended.promise;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * As `Promise.all`, but settles only when all of them have: when one fails, none of the others goes on behind the back of
 * whoever cleans up. For steps that each take something.
 */
export async function together<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
