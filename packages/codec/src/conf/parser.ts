import { type ConfEntry, ConfError, type ConfNotice, type ConfPosition, type ConfValue } from "./value.ts";

/** What {@link parseConf} found, in the order of the file. */
export interface ConfText {
  readonly file: string;
  readonly entries: readonly ConfEntry[];
  readonly notices: readonly ConfNotice[];
}

/** A file longer than this many characters is refused, as libvirt does. */
const maxLength = 10 * 1024 * 1024;
const maxDepth = 64;
const maxInteger = 2n ** 64n - 1n;
const minInteger = -(2n ** 63n);

/**
 * Reads a text in the grammar of libvirt's configuration files (`libvirtd.conf`, `qemu.conf`, …).
 *
 * Strings stand in `'…'`, `"…"` or, over several lines, in `"""…"""`, and know no escapes. Lists stand in `[ ]`.
 * Statements end at a line's end or at `;`. One thing more than libvirt is accepted, with a notice: a word without quotes.
 * Throws {@link ConfError}; `file` is the name used in messages.
 */
export function parseConf(text: string, file: string): ConfText {
  if (text.length > maxLength) throw new ConfError(`is longer than ${maxLength} characters`, file);
  return new Parser(text, file).parse();
}

class Parser {
  readonly #text: string;
  readonly #file: string;
  readonly #notices: ConfNotice[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  parse(): ConfText {
    const entries: ConfEntry[] = [];
    this.#skipSpace();
    while (this.#at < this.#text.length) {
      entries.push(this.#statement());
      this.#separator();
    }
    return { file: this.#file, entries, notices: this.#notices };
  }

  #statement(): ConfEntry {
    const place = this.#place();
    if (this.#peek() === "#") return { kind: "comment", text: this.#comment(), ...place };
    const name = this.#take(/[A-Za-z][A-Za-z0-9_]*/y);
    if (name === undefined) throw this.#error("expecting a name");
    this.#skipBlanks();
    if (this.#peek() !== "=") throw this.#error("expecting an assignment");
    this.#at++;
    const value = this.#value(0);
    this.#skipBlanks();
    if (this.#peek() !== "#") return { kind: "setting", name, value, ...place };
    return { kind: "setting", name, value, comment: this.#comment(), ...place };
  }

  #comment(): string {
    this.#at++;
    return this.#take(/[^\r\n]*/y) ?? "";
  }

  #separator(): void {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) return;
    const next = this.#peek();
    if (next === ";") this.#at++;
    else if (next !== "\n" && next !== "\r") throw this.#error("expecting a separator");
    this.#skipSpace();
  }

  #value(depth: number): ConfValue {
    this.#skipBlanks();
    const next = this.#peek();
    if (next === "'" || next === '"') return this.#string(next);
    if (next === "[") return this.#list(depth);
    if (/[-+0-9]/.test(next)) return this.#integer();
    return this.#word();
  }

  #string(quote: string): string {
    const place = this.#place();
    const triple = this.#text.startsWith('"""', this.#at);
    const close = triple ? '"""' : quote;
    const start = this.#at + close.length;
    const end = this.#text.indexOf(close, start);
    const inner = this.#text.slice(start, end === -1 ? undefined : end);
    if (end === -1 || (!triple && /[\r\n]/.test(inner))) throw this.#error("unterminated string", place);
    this.#advanceTo(end + close.length);
    return inner;
  }

  #integer(): bigint {
    const place = this.#place();
    const digits = this.#take(/[-+]?[0-9]+/y);
    if (digits === undefined) throw this.#error("unterminated number", place);
    // 64 bits have at most 20 digits: no need to convert megabytes of them first.
    const significant = digits.replace(/^[-+]?0*/, "");
    const value = significant.length > 20 ? maxInteger + 1n : BigInt(significant === "" ? "0" : significant);
    const signed = digits.startsWith("-") ? -value : value;
    if (signed < minInteger || signed > maxInteger) throw this.#error("number is out of range", place);
    return signed;
  }

  /** Text that its author forgot to quote: `user = qemu`. libvirt refuses it. */
  #word(): string {
    const place = this.#place();
    const word = this.#take(/[^\s#,;'"[\]=]+/y);
    if (word === undefined) throw this.#error("expecting a value", place);
    this.#notices.push({ file: this.#file, ...place, message: `the word ${word} should stand in quotes: "${word}"` });
    return word;
  }

  #list(depth: number): ConfValue {
    const place = this.#place();
    if (depth >= maxDepth) throw this.#error(`more than ${maxDepth} lists in each other`, place);
    this.#at++;
    const items: ConfValue[] = [];
    for (;;) {
      this.#skipSpace();
      if (this.#at >= this.#text.length) throw this.#error("list is not closed with ]", place);
      if (this.#peek() === "]") break;
      if (items.length > 0) {
        if (this.#peek() !== ",") throw this.#error("expecting a separator in list");
        this.#at++;
        this.#skipSpace();
        if (this.#peek() === "]") break;
      }
      items.push(this.#value(depth + 1));
    }
    this.#at++;
    return items;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** `pattern` must be sticky and must not match line ends. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipBlanks(): void {
    this.#take(/[ \t]*/y);
  }

  #skipSpace(): void {
    const pattern = /[ \t\r\n]*/y;
    pattern.lastIndex = this.#at;
    pattern.exec(this.#text);
    this.#advanceTo(pattern.lastIndex);
  }

  /** Moves on to `end`, counting the lines between. */
  #advanceTo(end: number): void {
    for (;;) {
      const newline = this.#text.indexOf("\n", this.#at);
      if (newline === -1 || newline >= end) break;
      this.#line++;
      this.#lineStart = newline + 1;
      this.#at = newline + 1;
    }
    this.#at = end;
  }

  #place(): ConfPosition {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  #error(reason: string, place = this.#place()): ConfError {
    return new ConfError(reason, this.#file, place);
  }
}
