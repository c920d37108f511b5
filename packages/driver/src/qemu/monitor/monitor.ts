import { InternalError, type Logger } from "@tsvirt/base";
import type { Connection, Descriptor } from "@tsvirt/host";
import {
  type MonitorSession,
  QmpClosedError,
  type QmpGreeting,
  QmpSession,
  type RawQmpEvent,
  TextMonitorSession,
} from "@tsvirt/qemu";

/** Who hears of a monitor. */
export interface MonitorOwner {
  /** Every event, in order, never inside a command. Must not throw. */
  event(event: RawQmpEvent): void;
  /** The connection is gone, for whatever reason; called once, and not after {@link Monitor.close}. */
  lost(reason: Error): void;
}

/** What a monitor needs of a connection. */
export type MonitorLink = Pick<Connection, "start" | "write" | "close">;

/** A conversation with a QEMU over a connection: by QMP, or by the text monitor of one that has no QMP. */
export class Monitor {
  readonly session: MonitorSession;
  readonly #connection: MonitorLink;
  readonly #encoder = new TextEncoder();
  #owner: MonitorOwner | undefined;
  /** Commands of this turn: hundreds may be sent at once, and go out together. */
  #lines = "";

  /** Takes the connection over and begins to read. Commands may be sent at once: QEMU answers when it gets there. */
  constructor(connection: MonitorLink, owner: MonitorOwner, log: Logger, kind: MonitorSession["kind"] = "qmp") {
    this.#connection = connection;
    this.#owner = owner;
    const options = {
      log,
      send: (text: string, fds: readonly number[]) => this.#send(text, fds),
      onEvent: (event: RawQmpEvent) => this.#owner?.event(event),
    };
    this.session = kind === "qmp" ? new QmpSession(options) : new TextMonitorSession(options);
    // A protocol error ends the session while the connection is still there.
    this.session.ended.then(
      (reason) => this.#lose(reason),
      (error: unknown) => this.#lose(error instanceof Error ? error : new InternalError(String(error))),
    );
    connection.start({
      data: (bytes, fds) => {
        for (const each of fds) each.close();
        this.session.receive(bytes);
      },
      closed: (error) => this.session.close(new QmpClosedError(undefined, error ? { cause: error } : {})),
    });
  }

  /** Waits until QEMU has said hello and takes commands. */
  async ready(signal?: AbortSignal): Promise<QmpGreeting> {
    return this.session.start(signal ? { signal } : {});
  }

  /** Hangs up; the owner is not told. Idempotent. */
  close(): void {
    this.#owner = undefined;
    this.session.close();
    this.#connection.close();
  }

  #send(line: string, fds: readonly number[]): void {
    // Descriptors travel with the first byte of what is written.
    if (fds.length > 0) this.#flush();
    if (this.#lines === "") queueMicrotask(() => this.#flush());
    this.#lines += line;
    if (fds.length > 0) this.#flush(fds);
  }

  #flush(fds: readonly number[] = []): void {
    if (this.#lines === "") return;
    const lines = this.#lines;
    this.#lines = "";
    this.#connection.write(this.#encoder.encode(lines), fds.map(borrowed));
  }

  #lose(reason: Error): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#connection.close();
    owner?.lost(reason);
  }
}

/** A descriptor that stays the caller's although the connection closes what it is given. */
function borrowed(fd: number): Descriptor {
  return { fd, close: () => undefined, take: () => fd, [Symbol.dispose]: () => undefined };
}
