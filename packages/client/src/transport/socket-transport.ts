import type { Socket } from "node:net";
import type { Receiver, Transport } from "@tsvirt/rpc";

/** Moves a connection's bytes over a Node socket. Descriptors cannot be passed: that needs native code. */
export class SocketTransport implements Transport {
  readonly passesFds = false;
  private readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Says who receives. The socket must be connected, and nobody else may listen to it. */
  connect(receiver: Receiver): void {
    const { socket } = this;
    let failure: Error | undefined;
    socket.on("data", (bytes: Buffer) => receiver.receive(bytes));
    socket.on("drain", () => receiver.drained());
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("end", () => receiver.ended());
    socket.on("close", () => receiver.ended(failure));
  }

  get buffered(): number {
    return this.socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    return this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  closeFds(): void {
    return;
  }

  close(): void {
    // What was written is still sent; an answer to it is not awaited.
    if (this.socket.writableLength === 0) this.socket.destroy();
    else this.socket.destroySoon();
  }
}
