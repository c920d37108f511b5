import { libc } from "./ffi/libc.ts";

/**
 * An open file descriptor with one owner, who closes it. Passing it to a function that says it takes ownership hands
 * over that duty.
 */
export interface Descriptor extends Disposable {
  /** The number; -1 once closed or given away. */
  readonly fd: number;
  /** Idempotent. */
  close(): void;
  /** Gives the number to somebody who will close it; this object then holds nothing. */
  take(): number;
}

/** A real descriptor of this process. */
export class OwnedDescriptor implements Descriptor {
  #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get fd(): number {
    return this.#fd;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.take();
    libc().close(fd);
  }

  take(): number {
    const fd = this.#fd;
    this.#fd = -1;
    return fd;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
