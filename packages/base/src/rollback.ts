/** Gives one thing back. May fail; the others still run. */
export type Undo = () => void | Promise<void>;

/**
 * Undoes what was acquired, in reverse order, unless committed.
 *
 * `await using undo = new Rollback()`; after each step that takes something `undo.add(…)`; at the end `undo.commit()`.
 * One undo that fails does not stop the others: all failures travel in one `AggregateError`.
 */
export class Rollback implements AsyncDisposable {
  #steps: Undo[] = [];

  /** Registers how to give back what was just taken. */
  add(undo: Undo): void {
    this.#steps.push(undo);
  }

  /** Keeps everything taken so far: nothing registered before this call will run. */
  commit(): void {
    this.#steps = [];
  }

  /** Hands the registered steps to another owner, e.g. from a start-up to the running guest. */
  moveTo(other: Rollback): void {
    for (const step of this.#steps) other.add(step);
    this.#steps = [];
  }

  /** Runs the registered steps in reverse; each runs once. Throws an `AggregateError` of all failures. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Could not undo everything");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run();
  }
}
