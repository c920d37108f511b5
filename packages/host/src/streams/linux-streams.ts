import { constants, open } from "node:fs";
import { connect, type Socket } from "node:net";
import { isatty, ReadStream } from "node:tty";
import { deferred } from "@tsvirt/base";
import { OwnedDescriptor } from "../descriptor.ts";
import { asSystemError, errnoNumber, SystemError } from "../errors.ts";
import type { ByteChannel, Streams } from "./streams.ts";

/** Streams of this machine. */
export class LinuxStreams implements Streams {
  async openTerminal(path: string): Promise<ByteChannel> {
    // Non-blocking, so that a terminal nobody serves cannot hold a thread; libuv needs it too.
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    const opened = deferred<number>();
    open(path, flags, (error, fd) => (error ? opened.reject(error) : opened.resolve(fd)));
    const fd = await opened.promise.catch((error: unknown) => {
      throw asSystemError(error, `Unable to open stream for '${path}'`);
    });
    if (!isatty(fd)) {
      new OwnedDescriptor(fd).close();
      throw new SystemError(errnoNumber("ENOTTY"), `Unable to open stream for '${path}'`);
    }
    return new SocketChannel(new ReadStream(fd), path);
  }

  async connectSocket(path: string): Promise<ByteChannel> {
    const socket = connect(path);
    const connected = deferred<void>();
    socket.once("connect", () => connected.resolve());
    socket.once("error", (error) => connected.reject(asSystemError(error, `Unable to connect to socket '${path}'`)));
    await connected.promise;
    return new SocketChannel(socket, path);
  }
}

/** A channel over what libuv reads and writes for us. */
class SocketChannel implements ByteChannel {
  readonly #socket: Socket;
  readonly #path: string;

  constructor(socket: Socket, path: string) {
    this.#socket = socket;
    this.#path = path;
    // Every failure also ends the reading loop and later writes, where it is reported.
    socket.on("error", () => socket.destroy());
    socket.pause();
  }

  get chunks(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of this.#socket) yield chunk as Uint8Array;
    } catch (error) {
      // A pty whose other end is gone answers EIO, and a socket that was closed meanwhile is no failure either.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EIO" && code !== "ERR_STREAM_PREMATURE_CLOSE" && code !== "ECONNRESET") {
        throw asSystemError(error, `Unable to read from '${this.#path}'`);
      }
    } finally {
      this.close();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const socket = this.#socket;
    if (!socket.writable) throw new SystemError(errnoNumber("EPIPE"), `Unable to write to '${this.#path}'`);
    if (socket.write(bytes)) return;
    const done = deferred<void>();
    const settle = (): void => done.resolve();
    socket.once("drain", settle);
    socket.once("close", settle);
    await done.promise;
    socket.off("drain", settle);
    socket.off("close", settle);
    if (socket.destroyed) throw new SystemError(errnoNumber("EPIPE"), `Unable to write to '${this.#path}'`);
  }

  close(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}
