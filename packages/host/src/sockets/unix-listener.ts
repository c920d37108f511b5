import { errnoNumber, SystemError } from "../errors.ts";
import { libc, type ReadinessWatch } from "../ffi/libc.ts";
import { processStartTime } from "../processes/proc.ts";
import type { ConnectionHandler, Listener, PeerCredentials } from "./sockets.ts";
import { UnixConnection } from "./unix-connection.ts";

/** Connections taken in one turn of the event loop, so that a flood of them does not starve the others. */
const ACCEPTS_PER_TURN = 32;
/** While the process is out of descriptors, accepting is tried again after this many milliseconds (threat-model D6). */
const RETRY_AFTER = 100;

const EAGAIN = errnoNumber("EAGAIN");
const outOfDescriptors = new Set([errnoNumber("EMFILE"), errnoNumber("ENFILE"), errnoNumber("ENOMEM")]);
/** The client gave up while it waited, or a signal came: go on with the next one. */
const passing = new Set([errnoNumber("ECONNABORTED"), errnoNumber("EINTR")]);

/** Who is at the other end, with the start time that tells it from a later process of the same pid. */
export function peerOf(fd: number): PeerCredentials {
  const { pid, uid, gid } = libc().peerCredentials(fd);
  return { pid, uid, gid, startTime: pid > 0 ? startTimeOf(pid) : undefined };
}

/** The connection that takes the last descriptor leaves none to read this with: it counts as unknown. */
function startTimeOf(pid: number): bigint | undefined {
  try {
    return processStartTime(pid);
  } catch (error) {
    if (error instanceof SystemError && outOfDescriptors.has(error.errno)) return undefined;
    throw error;
  }
}

/** A listening socket on Node's event loop. */
export class UnixListener implements Listener {
  readonly path: string | undefined;
  readonly #fd: number;
  readonly #watch: ReadinessWatch;
  readonly #onConnection: ConnectionHandler;
  readonly #onClose: () => Promise<void>;
  #paused = false;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  /** Owns `fd`, which listens and is non-blocking. */
  constructor(fd: number, path: string | undefined, onConnection: ConnectionHandler, onClose: () => Promise<void>) {
    this.path = path;
    this.#fd = fd;
    this.#onConnection = onConnection;
    this.#onClose = onClose;
    this.#watch = libc().watch(fd, { readable: true }, () => this.#accept());
  }

  pause(): void {
    this.#paused = true;
    this.#watch.update({});
  }

  resume(): void {
    this.#paused = false;
    this.#watch.update({ readable: true });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#watch.close();
    libc().close(this.#fd);
    await this.#onClose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #accept(): void {
    for (let taken = 0; taken < ACCEPTS_PER_TURN && !this.#paused && !this.#closed; taken++) {
      const fd = libc().accept(this.#fd);
      if (fd >= 0) {
        this.#onConnection(new UnixConnection(fd, peerOf(fd)));
        continue;
      }
      if (fd === -EAGAIN) return;
      if (passing.has(-fd)) continue;
      if (!outOfDescriptors.has(-fd)) throw new SystemError(-fd, "Unable to accept client");
      this.#watch.update({});
      this.#retry = setTimeout(() => {
        if (!this.#paused && !this.#closed) this.#watch.update({ readable: true });
      }, RETRY_AFTER);
      return;
    }
  }
}
