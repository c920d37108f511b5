import type { AnyProcedure, ArgsOf, RetOf, StreamRule } from "./program.ts";
import type { ClientStream, ServerStream } from "./stream.ts";

/** One call under way at the server, as its handler sees it. */
export interface Call<S = unknown> {
  /** Whose call it is: what the owner of the connection gave it. */
  readonly session: S;
  /** Whether the connection may only look. The table's rules were applied before; this is for finer ones. */
  readonly readOnly: boolean;
  /** Aborts when the client has gone. Made when first asked for. */
  readonly signal: AbortSignal;
  /** Descriptors that came with the call. Those left in {@link takeFds} are closed when the call ends. */
  readonly fds: readonly number[];
  /** Takes the descriptors over: the handler closes them from now on. */
  takeFds(): readonly number[];
  /** Descriptors to send with the reply; they are the connection's as soon as they are here, and closed once sent. */
  readonly replyFds: number[];
  /** The stream that the reply opens; only for procedures that have one, and never used if the call fails. */
  readonly stream: ServerStream;
}

/** Serves one procedure. A plain value is answered at once, a promise when it settles; what is thrown is the answer too. */
export type Handler<P extends AnyProcedure, S = unknown> = (
  args: ArgsOf<P>,
  call: Call<S>,
) => RetOf<P> | Promise<RetOf<P>>;

/** One handler for each procedure: a missing, misspelt or mistyped one does not compile. */
export type Handlers<P extends { readonly [K in keyof P]: AnyProcedure }, S = unknown> = {
  readonly [K in keyof P]: Handler<P[K], S>;
};

/** How to make a call. */
export interface CallOptions {
  /** Gives up waiting: the call's promise rejects with the reason and a late answer is ignored. */
  readonly signal?: AbortSignal;
  /** Descriptors to send, for procedures that take some. They stay the caller's. */
  readonly fds?: readonly number[];
  /** Called with the descriptors of the reply, which are the caller's from then on. Without it they are closed. */
  readonly onFds?: (fds: readonly number[]) => void;
}

/** What a call that opens a stream returns: the result and the stream. */
export interface StreamCall<R> {
  readonly ret: R;
  readonly stream: ClientStream;
}

/** The result of a call: with a stream if the procedure opens one. */
export type ResultOf<P extends AnyProcedure> = P extends { readonly stream: StreamRule }
  ? StreamCall<RetOf<P>>
  : RetOf<P>;

/** The same procedures from the client's side: `caller.domainLookupByName({ name: "vm" }, { signal })`. */
export type Caller<P extends { readonly [K in keyof P]: AnyProcedure }> = {
  readonly [K in keyof P]: (args: ArgsOf<P[K]>, options?: CallOptions) => Promise<ResultOf<P[K]>>;
};

/** The names of a program's procedures. */
export type NameOf<P> = keyof P & string;
