import { type Deferred, deferred } from "@tsvirt/base";
import { libc, type ReadinessWatch } from "../ffi/libc.ts";
import { processStartTime } from "./proc.ts";
import type { Child, ExitStatus, ProcessIdentity, ProcessRef } from "./processes.ts";

const unknownEnd: ExitStatus = { code: undefined, signal: undefined };

/**
 * A process behind a pidfd that Node's own event loop watches: no polling, no thread, no SIGCHLD handler, and no way
 * to signal a stranger that got the same pid.
 */
class WatchedProcess<End extends ExitStatus | undefined> {
  readonly identity: ProcessIdentity;
  readonly #pidfd: number;
  readonly #watch: ReadinessWatch;
  readonly #ended: Deferred<End> = deferred();
  readonly #endOf: (status: ExitStatus | "foreign") => End;
  #alive = true;
  #closed = false;

  constructor(identity: ProcessIdentity, pidfd: number, endOf: (status: ExitStatus | "foreign") => End) {
    this.identity = identity;
    this.#pidfd = pidfd;
    this.#endOf = endOf;
    this.#watch = libc().watch(pidfd, { readable: true }, () => this.#onEnd());
  }

  get ended(): Promise<End> {
    return this.#ended.promise;
  }

  get alive(): boolean {
    return this.#alive;
  }

  signal(signal: number): boolean {
    return this.#alive && !this.#closed && libc().pidfdSignal(this.#pidfd, signal);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch.close();
    libc().close(this.#pidfd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #onEnd(): void {
    const status = libc().reap(this.#pidfd);
    if (status === undefined) return;
    this.#alive = false;
    this.close();
    this.#ended.resolve(this.#endOf(status));
  }
}

/** Owns a child that was just spawned: it cannot have been reaped, so its pid is certain. */
export function watchChild(pid: number): Child {
  const pidfd = libc().pidfdOpen(pid);
  // Only a pid that is not ours, or none at all, has no pidfd here.
  const identity = { pid, startTime: processStartTime(pid) ?? 0n };
  if (pidfd === undefined) {
    const gone = {
      identity,
      ended: Promise.resolve(unknownEnd),
      alive: false,
      signal: () => false,
      close: () => undefined,
    };
    return { ...gone, [Symbol.dispose]: () => undefined };
  }
  return new WatchedProcess<ExitStatus>(identity, pidfd, (status) => (status === "foreign" ? unknownEnd : status));
}

/** A handle on exactly that process; `undefined` when it has ended or the pid belongs to another one. */
export function attachProcess(identity: ProcessIdentity): ProcessRef | undefined {
  const pidfd = libc().pidfdOpen(identity.pid);
  if (pidfd === undefined) return undefined;
  // The pidfd holds the process; if its start time is the right one now, the pidfd is of the right process.
  if (processStartTime(identity.pid) !== identity.startTime) {
    libc().close(pidfd);
    return undefined;
  }
  return new WatchedProcess<ExitStatus | undefined>(identity, pidfd, (status) =>
    status === "foreign" ? undefined : status,
  );
}
