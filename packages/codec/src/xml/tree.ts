import type { Position } from "./errors.ts";

/** The text of a document with its name, shared by all nodes so that places are computed only when asked for. */
export class XmlSource {
  readonly text: string;
  /** File name for messages. */
  readonly file: string | undefined;
  #lines: readonly number[] | undefined;

  constructor(text: string, file: string | undefined) {
    this.text = text;
    this.file = file;
  }

  /** Line and column of an index into the text. */
  position(offset: number): Position {
    const starts = this.#lineStarts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Found once: a document may have many lines and many mistakes. */
  #lineStarts(): readonly number[] {
    if (this.#lines !== undefined) return this.#lines;
    const starts = [0];
    for (let next = this.text.indexOf("\n"); next >= 0; next = this.text.indexOf("\n", next + 1)) starts.push(next + 1);
    this.#lines = starts;
    return starts;
  }
}

/** An attribute of an {@link XmlElement}. Namespace declarations are not attributes. */
export interface XmlAttribute {
  /** Local name. */
  readonly name: string;
  /** Prefix as written; empty if none. */
  readonly prefix: string;
  /** Namespace URI; empty if none. */
  readonly namespace: string;
  readonly value: string;
  /** Index of the name in the text. */
  readonly offset: number;
}

const NO_ELEMENTS: readonly XmlElement[] = Object.freeze([]);
const NO_ATTRIBUTES: readonly XmlAttribute[] = Object.freeze([]);

/**
 * A parsed element. Attributes and children are arrays, never objects keyed by foreign names.
 * Comments and processing instructions are dropped; {@link rawOf} reads them again where a document keeps them.
 */
export class XmlElement {
  /** Local name. */
  readonly name: string;
  readonly prefix: string;
  /** Namespace URI; empty if none. */
  readonly namespace: string;
  attributes: readonly XmlAttribute[] = NO_ATTRIBUTES;
  elements: readonly XmlElement[] = NO_ELEMENTS;
  /** Character data directly in this element; whitespace between child elements is left out. */
  text = "";
  readonly parent: XmlElement | undefined;
  readonly source: XmlSource;
  /** Index of `<`. */
  readonly offset: number;
  /** Index after the element. */
  end = 0;

  constructor(
    name: string,
    prefix: string,
    namespace: string,
    parent: XmlElement | undefined,
    source: XmlSource,
    offset: number,
  ) {
    this.name = name;
    this.prefix = prefix;
    this.namespace = namespace;
    this.parent = parent;
    this.source = source;
    this.offset = offset;
  }

  /** The value of an attribute without namespace, or undefined. */
  attribute(name: string): string | undefined {
    for (const attribute of this.attributes) {
      if (attribute.name === name && attribute.namespace === "") return attribute.value;
    }
    return undefined;
  }

  /** The first child element of a name, or undefined. */
  element(name: string): XmlElement | undefined {
    return this.elements.find((element) => element.name === name);
  }

  get position(): Position {
    return this.source.position(this.offset);
  }

  /** Where the element stands, e.g. `/domain/devices/disk[2]`. The index appears among like-named siblings only. */
  get path(): string {
    const own = this.prefix === "" ? this.name : `${this.prefix}:${this.name}`;
    if (this.parent === undefined) return `/${own}`;
    let count = 0;
    let place = 0;
    for (const element of this.parent.elements) {
      if (element.name !== this.name) continue;
      count++;
      if (element === this) place = count;
    }
    const index = count > 1 ? `[${place}]` : "";
    return `${this.parent.path}/${own}${index}`;
  }
}
