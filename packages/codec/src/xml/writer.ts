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

const indentations: readonly string[] = Array.from({ length: 32 }, (_, depth) => "  ".repeat(depth));

function indentation(depth: number): string {
  return indentations[depth] ?? "  ".repeat(depth);
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
  /** What stands before `#out`, cut where something may be taken back: cutting one long text again and again costs its length. */
  readonly #chunks: string[] = [];
  #chunksLength = 0;
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
    this.#out += `${indentation(this.#depth)}<${name}`;
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
    else this.#out += `${indentation(this.#depth)}</${name}>\n`;
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

  /** Characters written so far. */
  get length(): number {
    return this.#chunksLength + this.#out.length;
  }

  /** A state to come back to with {@link rewind}. */
  mark(): WriterMark {
    this.#chunks.push(this.#out);
    this.#chunksLength += this.#out.length;
    this.#out = "";
    return {
      chunks: this.#chunks.length,
      length: this.#chunksLength,
      depth: this.#depth,
      open: this.#open,
      inline: this.#inline,
    };
  }

  /** Forgets everything written after `mark`. */
  rewind(mark: WriterMark): void {
    this.#chunks.length = mark.chunks;
    this.#chunksLength = mark.length;
    this.#out = "";
    this.#depth = mark.depth;
    this.#open = mark.open;
    this.#inline = mark.inline;
  }

  #closeStart(): void {
    if (this.#open) this.#out += ">\n";
    this.#open = false;
    this.#inline = false;
  }

  toString(): string {
    return this.#chunks.length === 0 ? this.#out : this.#chunks.join("") + this.#out;
  }
}

/** See {@link XmlWriter.mark}. */
export interface WriterMark {
  readonly chunks: number;
  readonly length: number;
  readonly depth: number;
  readonly open: boolean;
  readonly inline: boolean;
}
