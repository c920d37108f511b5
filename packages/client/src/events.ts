import { type Deferred, deferred, ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";

/** Events that may wait for a reader before the subscription ends with an error. */
const QUEUE_MAX = 10_000;

/**
 * Events in the order they happened: `for await (const event of subscription)`. Leaving the loop, {@link close} and
 * `await using` end it; so do the signal it was made with and the end of the connection, which throw in the loop.
 */
export class Subscription<T> implements AsyncIterable<T>, AsyncDisposable {
  readonly #queue: T[] = [];
  #waiting: Deferred<IteratorResult<T, undefined>> | undefined;
  #over = false;
  #failure: unknown;
  #listening: Listening | undefined;

  /** What it is fed by, and closes. */
  attach(listening: Listening): void {
    this.#listening = listening;
    if (this.#over) void listening.close();
  }

  /** One event came. */
  push(event: T): void {
    if (this.#over) return;
    if (this.#waiting) {
      this.#waiting.resolve({ done: false, value: event });
      this.#waiting = undefined;
    } else if (this.#queue.length < QUEUE_MAX) {
      this.#queue.push(event);
    } else {
      this.end(
        virtError(ErrorCode.operationFailed, `more than ${QUEUE_MAX} events wait to be read`, {
          domain: ErrorDomain.event,
        }),
      );
    }
  }

  /** No more will come; the loop throws `reason`, if there is one, after what has come. */
  end(reason: unknown): void {
    if (this.#over) return;
    this.#failure = reason;
    this.#over = true;
    void this.#listening?.close();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (this.#failure === undefined) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(this.#failure);
  }

  /** Ends it. What has come can still be read. Idempotent. */
  async close(): Promise<void> {
    this.end(undefined);
    await this.#listening?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    if (this.#queue.length > 0) {
      const [value] = this.#queue.splice(0, 1);
      if (value !== undefined) return { done: false, value };
    }
    if (this.#over) {
      if (this.#failure === undefined) return { done: true, value: undefined };
      throw this.#failure;
    }
    this.#waiting ??= deferred();
    return this.#waiting.promise;
  }
}

/** How a subscription is made. */
export interface SubscribeOptions {
  /** Ends the subscription; its loop throws the reason. */
  readonly signal?: AbortSignal;
}

/** Events that go to a function, until this is closed. */
export interface Listening extends AsyncDisposable {
  /** Ends it. Idempotent. */
  close(): Promise<void>;
}

/** The two halves of a registration with the daemon, and what its messages mean. */
export interface Registration<M, T> {
  /** Listens to the program's event; returns how to stop. */
  listen(listener: (message: M) => void): () => void;
  /** Registers; resolves with the id that the daemon's messages carry. */
  register(signal: AbortSignal | undefined): Promise<number>;
  /** Undoes {@link register}. */
  deregister(callbackId: number): Promise<unknown>;
  convert(message: M): T;
  /** The connection: nothing is deregistered once it has ended. */
  readonly connection: { readonly isClosed: boolean; readonly closed: Promise<Error | undefined> };
}

/**
 * Calls `listener` with each event, in the order they happened. Messages may overtake the reply to the registration: none is
 * lost. `ended` is told when the signal fires or the connection ends, with the reason unless that was on purpose.
 */
export async function listenTo<M extends { readonly callbackId: number }, T>(
  registration: Registration<M, T>,
  listener: (event: T) => void,
  { signal }: SubscribeOptions,
  ended: (reason: unknown) => void = () => undefined,
): Promise<Listening> {
  signal?.throwIfAborted();
  const early: M[] = [];
  let deliver = (message: M): void => {
    early.push(message);
  };
  const unlisten = registration.listen((message) => deliver(message));
  let id: number;
  try {
    id = await registration.register(signal);
  } catch (error) {
    unlisten();
    throw error;
  }
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stop();
    return closing;
  };
  const end = (reason: unknown): void => {
    void close();
    ended(reason);
  };
  const giveUp = (): void => end(signal?.reason);
  const stop = async (): Promise<void> => {
    unlisten();
    signal?.removeEventListener("abort", giveUp);
    if (!registration.connection.isClosed) await registration.deregister(id);
  };
  deliver = (message) => {
    if (message.callbackId === id) listener(registration.convert(message));
  };
  for (const message of early) deliver(message);
  if (signal?.aborted) giveUp();
  else signal?.addEventListener("abort", giveUp, { once: true });
  void registration.connection.closed.then(end);
  return { close, [Symbol.asyncDispose]: close };
}

/** The same as something to loop over. */
export async function subscribe<M extends { readonly callbackId: number }, T>(
  registration: Registration<M, T>,
  options: SubscribeOptions,
): Promise<Subscription<T>> {
  const subscription = new Subscription<T>();
  const push = (event: T): void => subscription.push(event);
  subscription.attach(await listenTo(registration, push, options, (reason) => subscription.end(reason)));
  return subscription;
}
