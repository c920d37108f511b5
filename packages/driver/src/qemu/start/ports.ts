import { ErrorCode, virtError } from "@tsvirt/base";

/** A range of TCP ports that displays are given, both ends included. */
export interface PortRange {
  /** For messages, e.g. `VNC`. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/**
 * TCP ports of displays, host-wide: of all guests together, re-adopted ones counted. What others on the host occupy is
 * found by trying (`isFree`), as libvirt does.
 */
export class PortAllocator {
  readonly #taken = new Set<number>();
  readonly #isFree: (port: number) => Promise<boolean>;

  constructor(isFree: (port: number) => Promise<boolean>) {
    this.#isFree = isFree;
  }

  /** The lowest free port of the range. Throws libvirt's "Unable to find an unused port". */
  async acquire(range: PortRange): Promise<number> {
    for (let port = range.first; port <= range.last; port++) {
      if (this.#taken.has(port)) continue;
      // Taken while it is being tried, so that a start at the same time tries the next one.
      this.#taken.add(port);
      let free = false;
      try {
        free = await this.#isFree(port);
      } finally {
        if (!free) this.#taken.delete(port);
      }
      if (free) return port;
    }
    throw virtError(
      ErrorCode.internalError,
      `Unable to find an unused port in range '${range.name}' (${range.first}-${range.last})`,
    );
  }

  /** Notes a port that a guest has: by its definition, or since before we started. False when it was taken already. */
  reserve(port: number): boolean {
    if (this.#taken.has(port)) return false;
    this.#taken.add(port);
    return true;
  }

  release(port: number): void {
    this.#taken.delete(port);
  }
}
