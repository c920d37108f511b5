import { QmpProtocolError } from "../qmp/errors.ts";

/** Columns of a line that are kept at most: QEMU's own lines have 4095. */
const MAX_COLUMNS = 65_536;

/**
 * The line that a terminal would show. QEMU's line editor echoes what it is sent by moving the cursor back and writing the
 * whole line anew for each character; what was meant is what would be seen in the end.
 */
export class LineScreen {
  readonly #cells: string[] = [];
  #column = 0;
  /** A control sequence that has begun: from its escape character on. */
  #sequence: string | undefined;

  /** The line that is not complete yet. */
  get line(): string {
    return this.#cells.join("");
  }

  /** Takes characters in pieces of any size; gives the lines that they complete. Throws for a line without an end. */
  push(text: string): string[] {
    const lines: string[] = [];
    for (const character of text) {
      if (this.#sequence !== undefined) this.#control(character);
      else if (character === "\n") {
        lines.push(this.line);
        this.#cells.length = 0;
        this.#column = 0;
      } else this.#show(character);
    }
    return lines;
  }

  #show(character: string): void {
    switch (character) {
      case "\u001b":
        this.#sequence = character;
        return;
      case "\r":
        this.#column = 0;
        return;
      case "\b":
        this.#column = Math.max(0, this.#column - 1);
        return;
      default:
        // The bell and its like take no place.
        if (character < " " && character !== "\t") return;
        this.#cells[this.#column++] = character;
        if (this.#column > MAX_COLUMNS) throw new QmpProtocolError("malformed HMP: a line without an end");
    }
  }

  #control(character: string): void {
    const sequence = `${this.#sequence}${character}`;
    // `ESC [ NUMBER LETTER`; anything else ends with its first other character and means nothing here.
    const open = sequence.length === 2 ? character === "[" : /^[0-9;?]$/.test(character) && sequence.length < 16;
    this.#sequence = open ? sequence : undefined;
    if (open) return;
    const count = Number(/^\d{1,5}/.exec(sequence.slice(2))?.[0] ?? 1);
    if (character === "D") this.#column = Math.max(0, this.#column - count);
    else if (character === "C") this.#column = Math.min(this.#cells.length, this.#column + count);
    else if (character === "K") this.#cells.length = Math.min(this.#cells.length, this.#column);
  }
}
