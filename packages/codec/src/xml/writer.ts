import { escapeAttribute, escapeXml } from "./characters.ts";

/** What a writer leaves out. */
export interface WriteOptions {
  /** Write what exists only while the object is active (ids, aliases, ...). Default true. */
  readonly live?: boolean | undefined;
  /** Write secrets (threat-model A2). Default false. */
  readonly secrets?: boolean | undefined;
  /** Write what belongs in our own state files only. Default false. */
  readonly state?: boolean | undefined;
  /** Write for a receiver of an older version: what it would not know is left out. Default false. */
  readonly migratable?: boolean | undefined;
  /** Write the units of sizes where they are what a size without one has. Default true, as libvirt does since 0.9.11. */
  readonly units?: boolean | undefined;
  /** Levels of indentation to start with. */
  readonly indent?: number | undefined;
}

/**
 * Writes XML in libvirt's layout: two spaces a level, single quotes, `<a/>` for what is empty, text on the line of its
 * element.
 */
export class XmlWriter {
  readonly live: boolean;
  readonly secrets: boolean;
  readonly state: boolean;
  readonly migratable: boolean;
  readonly units: boolean;
  #out = "";
  #depth: number;
  /** The start tag is not closed yet: attributes may follow. */
  #open = false;
  /** The element on top has text and no child elements so far. */
  #inline = false;

  constructor(options: WriteOptions = {}) {
    this.live = options.live ?? true;
    this.secrets = options.secrets ?? false;
    this.state = options.state ?? false;
    this.migratable = options.migratable ?? false;
    this.units = options.units ?? true;
    this.#depth = options.indent ?? 0;
  }

  /** Starts an element inside the current one. */
  start(name: string): void {
    this.#closeStart();
    this.#out += `${"  ".repeat(this.#depth)}<${name}`;
    this.#depth++;
    this.#open = true;
    this.#inline = false;
  }

  /** Adds an attribute to the element just started. */
  attribute(name: string, value: string): void {
    this.#out += ` ${name}='${escapeAttribute(value)}'`;
  }

  /** Writes the text of an element that has no child elements. */
  text(value: string): void {
    this.#out += `>${escapeXml(value)}`;
    this.#open = false;
    this.#inline = true;
  }

  /** Ends the current element. */
  end(name: string): void {
    this.#depth--;
    if (this.#open) this.#out += "/>\n";
    else if (this.#inline) this.#out += `</${name}>\n`;
    else this.#out += `${"  ".repeat(this.#depth)}</${name}>\n`;
    this.#open = false;
    this.#inline = false;
  }

  /** Inserts whole lines that are formatted already. */
  raw(lines: string): void {
    this.#closeStart();
    this.#out += lines;
  }

  get depth(): number {
    return this.#depth;
  }

  /** A state to come back to with {@link rewind}, and a mark for {@link isEmptySince}. */
  mark(): WriterMark {
    return { length: this.#out.length, depth: this.#depth, open: this.#open, inline: this.#inline };
  }

  /** Forgets everything written after `mark`. */
  rewind(mark: WriterMark): void {
    this.#out = this.#out.slice(0, mark.length);
    this.#depth = mark.depth;
    this.#open = mark.open;
    this.#inline = mark.inline;
  }

  /** Whether nothing was written after `mark`. */
  isEmptySince(mark: WriterMark): boolean {
    return this.#out.length === mark.length;
  }

  #closeStart(): void {
    if (this.#open) this.#out += ">\n";
    this.#open = false;
    this.#inline = false;
  }

  toString(): string {
    return this.#out;
  }
}

/** See {@link XmlWriter.mark}. */
export interface WriterMark {
  readonly length: number;
  readonly depth: number;
  readonly open: boolean;
  readonly inline: boolean;
}
