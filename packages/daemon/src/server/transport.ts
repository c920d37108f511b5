import { type Connection, type Descriptor, OwnedDescriptor } from "@tsvirt/host";
import type { Receiver, Transport } from "@tsvirt/rpc";

const nul = Uint8Array.of(0);

/** A UNIX socket as the transport of an RPC connection. Descriptors follow a message one by one, each with a zero byte. */
export class SocketTransport implements Transport {
  readonly passesFds = true;
  readonly #connection: Connection;
  #link: Receiver | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Begins to read. `afterRead` is called when the link has dealt with so many bytes that were read. */
  start(link: Receiver, afterRead: (bytes: number) => void): void {
    this.#link = link;
    this.#connection.start({
      data: (bytes, fds) => {
        link.receive(bytes, fds.length === 0 ? undefined : fds.map((each) => each.take()));
        afterRead(bytes.length);
      },
      closed: (error) => link.ended(error),
    });
  }

  get buffered(): number {
    return this.#connection.pending;
  }

  write(bytes: Uint8Array, fds: readonly number[] = []): boolean {
    let sent = this.#connection.write(bytes);
    for (const fd of fds) sent = this.#connection.write(nul, [owned(fd)]);
    if (!sent)
      this.#connection.drained().then(
        () => this.#link?.drained(),
        () => undefined,
      );
    return sent;
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  closeFds(fds: readonly number[]): void {
    for (const fd of fds) owned(fd).close();
  }

  close(): void {
    if (this.#connection.pending === 0) this.#connection.close();
    else this.#connection.end().catch(() => undefined);
  }
}

function owned(fd: number): Descriptor {
  return new OwnedDescriptor(fd);
}
