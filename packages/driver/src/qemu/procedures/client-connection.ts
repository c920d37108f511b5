import type { Session } from "../../driver.ts";

/** One client of the driver: what must end when the client goes. */
export class ClientConnection {
  readonly session: Session;
  readonly #endings = new Set<() => Promise<void> | void>();
  #closed = false;

  constructor(session: Session) {
    this.session = session;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs `ending` when the client is gone, unless the returned function was called before. */
  onClose(ending: () => Promise<void> | void): () => void {
    this.#endings.add(ending);
    return () => void this.#endings.delete(ending);
  }

  /** Idempotent; one ending that fails does not stop the others. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const endings = [...this.#endings];
    this.#endings.clear();
    const results = await Promise.allSettled(endings.map(async (each) => each()));
    const failures = results.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    if (failures.length > 0) throw new AggregateError(failures, "Could not end everything of a client");
  }
}
