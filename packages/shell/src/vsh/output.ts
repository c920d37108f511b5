import { isUtf8Locale } from "./display-width.ts";
import type { ShellIo } from "./io.ts";
import type { OutputFormat } from "./parser.ts";
import { formatTable } from "./table.ts";

/** What can be in a report; numbers of any size. */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A column of a table: the key of its cells in JSON, and its title; without a title it is only in JSON. */
export interface Column {
  readonly key: string;
  readonly title?: string;
}

/** A value and how it is shown when that is not the same. */
export interface Shown {
  readonly value: Json;
  readonly text: string;
}

/** A cell of a table or a line of a list of facts. */
export type Cell = Shown | string | number | bigint | boolean | undefined;

/** A line of a list of facts: key in JSON, label, value; without a label it is only in JSON. */
export interface Fact {
  readonly key: string;
  readonly label?: string;
  readonly value: Cell;
}

/** What a command reports: as text at once, or as one JSON value at its end. */
export class Output {
  readonly format: OutputFormat;
  readonly #io: ShellIo;
  readonly #quiet: boolean;
  readonly #parts: Json[] = [];
  /** Reports line by line. */
  #endless = false;

  constructor(io: ShellIo, format: OutputFormat, quiet: boolean) {
    this.#io = io;
    this.format = format;
    this.#quiet = quiet;
  }

  /** Text that is there in quiet mode too, as it is; nothing of it is in JSON: use {@link json} beside it. */
  print(text: string): void {
    if (this.format === "text") this.#io.out(text);
  }

  /** Text that quiet mode leaves out. */
  extra(text: string): void {
    if (!this.#quiet) this.print(text);
  }

  /** A part of the JSON report; no text. */
  json(value: Json): void {
    if (this.format === "json") this.#parts.push(value);
  }

  /** Says what was done: a line, which quiet mode leaves out. */
  done(message: string, facts: { readonly [key: string]: Json } = {}): void {
    this.extra(`${message}\n`);
    this.json({ ...facts, message: message.trim() });
  }

  /** One value on a line. */
  value(key: string, value: Cell): void {
    this.print(`${textOf(value)}\n`);
    this.json({ [key]: jsonOf(value) });
  }

  /** A document, e.g. of XML, as it is. */
  document(key: string, text: string): void {
    this.print(text);
    this.json({ [key]: text });
  }

  /** Values one below the other. */
  lines(key: string, values: readonly Cell[]): void {
    for (const value of values) this.print(`${textOf(value)}\n`);
    this.json({ [key]: values.map(jsonOf) });
  }

  /** Labels and values, the values in column `width`. */
  facts(facts: readonly Fact[], width: number): void {
    for (const { label, value } of facts) {
      if (label !== undefined) this.print(`${label.padEnd(width - 1)} ${textOf(value)}\n`);
    }
    this.json(Object.fromEntries(facts.map(({ key, value }) => [key, jsonOf(value)])));
  }

  /** A table; in JSON a list of objects. Quiet mode leaves the header out. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    if (this.format === "json") {
      this.json(rows.map((row) => Object.fromEntries(columns.map(({ key }, at) => [key, jsonOf(row[at])]))));
      return;
    }
    const visible = columns.flatMap(({ title }, at) => (title === undefined ? [] : [{ title, at }]));
    this.print(
      formatTable(
        this.#quiet ? undefined : visible.map(({ title }) => title),
        rows.map((row) => visible.map(({ at }) => textOf(row[at]))),
        isUtf8Locale(this.#io.env),
      ),
    );
  }

  /** A line of an endless report: as text, or as JSON of one line, at once. */
  event(text: string, value: Json): void {
    this.#endless = true;
    this.#io.out(this.format === "text" ? text : `${stringify(value)}\n`);
  }

  /** Writes the JSON report, or the empty line after the text of a command. */
  finish(): void {
    if (this.format === "text") {
      this.extra("\n");
      return;
    }
    if (this.#endless) return;
    // Nothing to say is a value as well: each command that succeeds writes one.
    const [first = {}, ...others] = this.#parts;
    const objects = this.#parts.every((part) => typeof part === "object" && part !== null && !Array.isArray(part));
    const report = others.length === 0 ? first : objects ? Object.assign({}, ...this.#parts) : this.#parts;
    this.#io.out(`${stringify(report)}\n`);
  }
}

function textOf(cell: Cell): string {
  if (cell === undefined) return "";
  return typeof cell === "object" ? cell.text : String(cell);
}

function jsonOf(cell: Cell): Json {
  return typeof cell === "object" ? cell.value : (cell ?? null);
}

/** JSON in which 64-bit numbers are numbers while they are exact, else texts. */
export function stringify(value: Json): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== "bigint") return item;
    const number = Number(item);
    return Number.isSafeInteger(number) ? number : String(item);
  });
}
