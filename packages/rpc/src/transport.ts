/**
 * What a connection needs of the thing that moves its bytes. Nothing here knows sockets: a UNIX socket, TLS, ssh's pipes
 * and a pair in memory are all the same to it.
 */
export interface Transport {
  /**
   * Sends bytes, which nobody changes any more, and then the descriptors, each with one zero byte. The descriptors are the
   * transport's from now on: it closes them once they are sent, or when they cannot be. `false` means that the other end does not keep up: {@link Receiver.drained} is awaited before more is made.
   */
  write(bytes: Uint8Array, fds?: readonly number[]): boolean;
  /** Bytes taken and not yet handed to the kernel. */
  readonly buffered: number;
  /** Whether descriptors can be sent and received. */
  readonly passesFds: boolean;
  /** Stops reading until {@link resume}. What was read already may still be delivered. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Closes descriptors that were received or sent and that nobody wants. */
  closeFds(fds: readonly number[]): void;
  /** Ends the connection, after what was written if it can still be sent. Idempotent. */
  close(): void;
}

/** The connection, as its transport sees it. */
export interface Receiver {
  /**
   * Bytes that arrived, in any portions, with the descriptors that arrived with them: each of those came with a byte of its
   * own, which is among these. The bytes are the receiver's: they must not be changed later.
   */
  receive(bytes: Uint8Array, fds?: readonly number[]): void;
  /** All that was written has been sent. */
  drained(): void;
  /** The other end has closed, or the transport failed. */
  ended(cause?: Error): void;
}

/** How to come back later: given by the host, so that tests have their own time. Returns how to cancel it. */
export type Schedule = (milliseconds: number, run: () => void) => () => void;

/** The machine's timers. */
export const systemSchedule: Schedule = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};
