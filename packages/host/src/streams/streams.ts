/** Bytes both ways between us and a device or a socket, without ever blocking. */
export interface ByteChannel extends AsyncDisposable {
  /** What the other end sends, until it closes. One reader only; breaking out of the loop closes the channel. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Sends bytes; resolves when there is room for more. Throws a `SystemError` once the channel is closed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends both directions at once; idempotent. */
  close(): void;
}

/** Devices and sockets that carry plain bytes: consoles of guests and the like. */
export interface Streams {
  /** Opens a terminal (a guest's pty), which does not become ours to control. Throws a `SystemError`. */
  openTerminal(path: string): Promise<ByteChannel>;
  /** Connects to a unix socket that speaks no protocol of ours. Throws a `SystemError`. */
  connectSocket(path: string): Promise<ByteChannel>;
}
