import { type Deferred, deferred, ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";

/** Events that may wait for a reader before the subscription ends with an error. */
const QUEUE_MAX = 10_000;

/**
 * Events in the order they happened: `for await (const event of subscription)`. Leaving the loop, {@link close} and
 * `await using` end it; so do the signal it was made with and the end of the connection, which throw in the loop.
 */
export class Subscription<T> implements AsyncIterable<T>, AsyncDisposable {
  readonly #stop: () => Promise<void>;
  readonly #queue: T[] = [];
  #waiting: Deferred<IteratorResult<T, undefined>> | undefined;
  #over = false;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  /** `stop` ends the registration with the daemon; called once. */
  constructor(stop: () => Promise<void>) {
    this.#stop = stop;
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
      this.fail(
        virtError(ErrorCode.operationFailed, `more than ${QUEUE_MAX} events wait to be read`, {
          domain: ErrorDomain.event,
        }),
      );
    }
  }

  /** No more will come; the loop throws `reason` after what has come. */
  fail(reason: unknown): void {
    if (this.#over) return;
    this.#failure = reason;
    this.#end();
    void this.close();
  }

  #end(): void {
    this.#over = true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (this.#failure === undefined) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(this.#failure);
  }

  /** Ends it. What has come can still be read. Idempotent. */
  close(): Promise<void> {
    this.#end();
    this.#closing ??= this.#stop();
    return this.#closing;
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

/** The two halves of a registration with the daemon. */
export interface Registration<M> {
  /** Listens to the program's event; returns how to stop. */
  listen(listener: (message: M) => void): () => void;
  /** Registers; resolves with the id that the daemon's messages carry. */
  register(signal: AbortSignal | undefined): Promise<number>;
  /** Undoes {@link register}. */
  deregister(callbackId: number): Promise<unknown>;
  /** Whether the connection has ended: then there is nothing to deregister. */
  ended(): boolean;
  /** Rejects or resolves when the connection ends. */
  readonly closed: Promise<Error | undefined>;
}

/** Makes a subscription of a registration. Messages may overtake the reply to the registration: none is lost. */
export async function subscribe<M extends { readonly callbackId: number }, T>(
  registration: Registration<M>,
  convert: (message: M) => T,
  { signal }: SubscribeOptions,
): Promise<Subscription<T>> {
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
  const giveUp = (): void => subscription.fail(signal?.reason);
  const subscription = new Subscription<T>(async () => {
    unlisten();
    signal?.removeEventListener("abort", giveUp);
    if (!registration.ended()) await registration.deregister(id);
  });
  deliver = (message) => {
    if (message.callbackId === id) subscription.push(convert(message));
  };
  for (const message of early) deliver(message);
  if (signal?.aborted) giveUp();
  else signal?.addEventListener("abort", giveUp, { once: true });
  void registration.closed.then((cause) => (cause ? subscription.fail(cause) : subscription.close()));
  return subscription;
}
