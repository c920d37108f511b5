import type { ClientStream, StreamChunk } from "@tsvirt/rpc";

/**
 * The two directions of a stream that a call opened. Reading and writing wait for each other's end: nothing is buffered
 * beyond a few packets.
 *
 * What is only read ends with {@link readable}'s end, what is only written with {@link writable}'s close; a console is ended
 * with {@link finish} or {@link abort}. `await using` aborts what has not ended.
 */
export class VirtStream implements AsyncDisposable {
  readonly #stream: ClientStream;
  #readable: ReadableStream<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;

  constructor(stream: ClientStream) {
    this.#stream = stream;
  }

  /**
   * What the daemon sends, as it comes; in sparse streams with holes as `{ hole: length }`. Take either this or
   * {@link readable}, not both.
   */
  get chunks(): AsyncIterable<StreamChunk> {
    return this.#stream.chunks;
  }

  /** What the daemon sends as a web stream, holes as zeros. At its end the daemon has confirmed that all went well. */
  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableOf(this.#stream);
    return this.#readable;
  }

  /** What is sent to the daemon as a web stream. Closing it resolves when the daemon has confirmed that all arrived. */
  get writable(): WritableStream<Uint8Array> {
    const stream = this.#stream;
    this.#writable ??= new WritableStream<Uint8Array>({
      write: (bytes) => stream.write(bytes.slice()),
      close: () => stream.finish(),
      abort: () => stream.abort(),
    });
    return this.#writable;
  }

  /** Sends bytes, which must not be changed afterwards. Resolves when there is room for more. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  /** Sends a hole of so many bytes, if the stream was opened as sparse. */
  hole(length: bigint): Promise<void> {
    return this.#stream.hole(length);
  }

  /** Aborts when the daemon has ended the stream, with its error if there was one. */
  get signal(): AbortSignal {
    return this.#stream.signal;
  }

  /** Says that this side is done and waits for the daemon to confirm. Throws its error. */
  finish(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#stream.finish(options);
  }

  /** Gives the stream up and waits for the daemon to confirm. Idempotent. */
  abort(): Promise<void> {
    return this.#stream.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stream.abort();
  }
}

/** Zeros that a hole is read as, at a time. */
const ZEROS = 64 * 1024;

function readableOf(stream: ClientStream): ReadableStream<Uint8Array> {
  const chunks = stream.chunks[Symbol.asyncIterator]();
  let hole = 0n;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (hole === 0n) {
          const { done, value } = await chunks.next();
          if (done) {
            await stream.finish();
            controller.close();
            return;
          }
          if (value instanceof Uint8Array) {
            controller.enqueue(value);
            return;
          }
          hole = value.hole;
        }
        const length = hole < BigInt(ZEROS) ? Number(hole) : ZEROS;
        hole -= BigInt(length);
        controller.enqueue(new Uint8Array(length));
      },
      cancel: () => stream.abort(),
    },
    { highWaterMark: 0 },
  );
}
