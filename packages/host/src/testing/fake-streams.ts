import { type Deferred, deferred } from "@tsvirt/base";
import { errnoNumber, SystemError } from "../errors.ts";
import type { ByteChannel, Streams } from "../streams/streams.ts";

/** One end of a pipe in memory; what is written appears at {@link peer}. */
export class FakeChannel implements ByteChannel {
  readonly #queue: Uint8Array[] = [];
  #waiting: Deferred<void> | undefined;
  #closed = false;
  peer: FakeChannel | undefined;

  get closed(): boolean {
    return this.#closed;
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next) yield next;
        else if (this.#closed) return;
        else {
          this.#waiting = deferred<void>();
          await this.#waiting.promise;
        }
      }
    } finally {
      this.close();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { peer } = this;
    if (this.#closed || !peer) throw new SystemError(errnoNumber("EPIPE"), "Unable to write to a fake channel");
    peer.#queue.push(bytes);
    peer.#waiting?.resolve();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting?.resolve();
    this.peer?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/** Terminals and sockets in memory: tests put the device's end of a path here before it is opened. */
export class FakeStreams implements Streams {
  readonly devices = new Map<string, FakeChannel>();

  async openTerminal(path: string): Promise<ByteChannel> {
    return this.#open(path, `Unable to open stream for '${path}'`);
  }

  async connectSocket(path: string): Promise<ByteChannel> {
    return this.#open(path, `Unable to connect to socket '${path}'`);
  }

  #open(path: string, what: string): FakeChannel {
    const device = this.devices.get(path);
    if (!device) throw new SystemError(errnoNumber("ENOENT"), what);
    const ours = new FakeChannel();
    ours.peer = device;
    device.peer = ours;
    return ours;
  }
}
