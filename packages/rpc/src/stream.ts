/** A run of zeros in a sparse stream, instead of the bytes. */
export interface StreamHole {
  /** Bytes. */
  readonly hole: bigint;
}

/** What comes through a stream: bytes, which are the receiver's own, or a hole. */
export type StreamChunk = Uint8Array | StreamHole;

/** Both directions of an open stream, as either end sees them. Writing waits while the other end does not read. */
export interface StreamIo {
  /**
   * What the other end sends, until it is done. Only one reader. Throws the `VirtError` that ended the stream, if one did;
   * breaking out of the loop ends receiving.
   */
  readonly chunks: AsyncIterable<StreamChunk>;
  /**
   * Sends bytes, in packets as needed, without copying them: they must not be changed afterwards. Resolves when there is room
   * for more. Throws when the stream has ended.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends a hole; throws unless the call said that the stream is sparse. */
  hole(length: bigint): Promise<void>;
  /** Aborts when the other end has ended the stream or is gone. */
  readonly signal: AbortSignal;
}

/** The stream of a call at the server. */
export interface ServerStream {
  /**
   * Says what to do once the reply has gone out. While `body` runs the stream is open; its end is the end of the data, its
   * exception the stream's error. Must be called before the handler's result is there.
   *
   * When the stream never opens, because the call fails or the client has gone, `body` runs all the same, on a stream that
   * has ended: it owns whatever the handler opened for it.
   */
  serve(body: (io: StreamIo) => Promise<void>): void;
}

/** The stream of a call at the client. */
export interface ClientStream extends StreamIo, AsyncDisposable {
  /** Says that all is sent (or nothing more wanted) and waits for the server to confirm. Throws its error. */
  finish(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Gives the stream up and waits for the server to confirm. Idempotent; does nothing after the end. */
  abort(): Promise<void>;
}
