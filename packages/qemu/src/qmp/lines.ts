import { QmpProtocolError } from "./errors.ts";

/** A line of QMP is at most this long (threat-model Q1). */
export const MAX_LINE = 10 * 1024 * 1024;

/** Cuts a byte stream into lines. Buffers no more than one line, and never more than its limit. */
export class LineSplitter {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit = MAX_LINE) {
    this.#limit = limit;
  }

  /**
   * Takes the next bytes (any number of them) and returns the lines they complete, without their CR LF.
   * The chunk may be reused by the caller afterwards. Throws {@link QmpProtocolError} for a line beyond the limit.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      const stop = end === -1 ? chunk.length : end;
      this.#size += stop - start;
      if (this.#size > this.#limit) throw new QmpProtocolError(`QMP line is longer than ${this.#limit} bytes`);
      if (stop > start) this.#parts.push(chunk.slice(start, stop));
      if (end === -1) return lines;
      const line = this.#take();
      if (line.length > 0) lines.push(line);
      start = end + 1;
    }
  }

  #take(): Uint8Array {
    let line = this.#parts[0] ?? new Uint8Array(0);
    if (this.#parts.length > 1) {
      line = new Uint8Array(this.#size);
      let at = 0;
      for (const part of this.#parts) {
        line.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.#size = 0;
    return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  }
}

const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Makes one line of each object that QEMU writes over many, as monitors of `-qmp-pretty` do: from a line that is a brace alone to
 * the next that begins with one that closes. Buffers no more than one object, and never more than its limit.
 */
export class ObjectJoiner {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit = MAX_LINE) {
    this.#limit = limit;
  }

  /** Takes the next line; gives the object that it completes. Throws {@link QmpProtocolError} for one beyond the limit. */
  push(line: Uint8Array): Uint8Array | undefined {
    if (this.#parts.length === 0 && !(line.length === 1 && line[0] === OPENING)) return line;
    this.#size += line.length;
    if (this.#size > this.#limit) throw new QmpProtocolError(`QMP object is longer than ${this.#limit} bytes`);
    this.#parts.push(line);
    if (line[0] !== CLOSING) return undefined;
    const object = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      object.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#size = 0;
    return object;
  }
}
