import type { AnyProcedure, ArgsOf, Caller, ResultOf } from "@tsvirt/rpc";

/** How long a call may take. */
export interface CallLimits {
  /** Gives up waiting: the call rejects with the signal's reason, and the connection goes on working. */
  readonly signal?: AbortSignal;
  /** Milliseconds; rejects with a `TimeoutError` then. The daemon is not told: what it was asked may still happen. */
  readonly timeout?: number;
}

/** {@link CallLimits} of a call that takes flags. */
export interface FlagOptions extends CallLimits {
  /** Bits of the flags named in the method's description; 0. */
  readonly flags?: number;
}

/** What a call of the generic {@link Remote} takes beside its arguments. */
export interface RawCallOptions extends CallLimits {
  /** Descriptors to send, for procedures that take some, on connections that pass them. They stay the caller's. */
  readonly fds?: readonly number[];
  /** Called with the descriptors of the reply, which are the caller's from then on. Without it they are closed. */
  readonly onFds?: (fds: readonly number[]) => void;
}

/** All procedures of a program as functions, by libvirt's names: `remote.domainGetInfo({ dom }, { timeout: 1000 })`. */
export type Remote<P extends { readonly [K in keyof P]: AnyProcedure }> = {
  readonly [K in keyof P]: (args: ArgsOf<P[K]>, options?: RawCallOptions) => Promise<ResultOf<P[K]>>;
};

/** Adds time-outs to a caller. */
export function withTimeouts<P extends { readonly [K in keyof P]: AnyProcedure }>(caller: Caller<P>): Remote<P> {
  const wrapped: Record<string, (args: never, options?: RawCallOptions) => Promise<unknown>> = {};
  for (const [name, call] of Object.entries<(args: never, options: RawCallOptions) => Promise<unknown>>(caller)) {
    wrapped[name] = (args, options = {}) =>
      options.timeout === undefined
        ? call(args, options)
        : limited(options, (signal) => call(args, { ...options, signal }));
  }
  return wrapped as Remote<P>;
}

/** Runs `work` under the limits' signal and deadline, and lets go of both when it is done. */
export async function limited<T>(limits: CallLimits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, timeout } = limits;
  if (timeout === undefined) return work(signal ?? never);
  signal?.throwIfAborted();
  const either = new AbortController();
  const stop = (): void => either.abort(signal?.reason);
  // Not AbortSignal.timeout: its timer does not keep the process alive, which may wait for nothing else, and it stays after.
  const timer = setTimeout(() => {
    either.abort(new DOMException(`no answer within ${timeout} ms`, "TimeoutError"));
  }, timeout);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await work(either.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

const never = new AbortController().signal;
