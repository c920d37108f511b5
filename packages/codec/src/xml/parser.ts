import { ErrorCode } from "@tsvirt/base";
import { decodeText, findControl, nameEnd } from "./characters.ts";
import { DocumentError } from "./errors.ts";
import { WIRE_LIMITS, type XmlLimits } from "./limits.ts";
import { type XmlAttribute, XmlElement, XmlSource } from "./tree.ts";

/** How a text is parsed. */
export interface ParseTextOptions {
  /** File name for messages. */
  readonly file?: string | undefined;
  /** What libvirt calls the text when it is not well formed, e.g. `(domain_definition)`. */
  readonly label?: string | undefined;
  readonly limits?: XmlLimits | undefined;
}

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";

/**
 * Parses a document: well-formed XML 1.0 with namespaces, without DOCTYPE (threat-model X1, X2). The wording of what is
 * not well formed follows libxml2's, as clients of libvirt know it. Throws {@link DocumentError}.
 */
export function parseXml(text: string, options: ParseTextOptions = {}): XmlElement {
  return new Parser(text, options).document();
}

/** Namespace declarations in force, innermost first. */
interface Scope {
  readonly prefix: string;
  readonly uri: string;
  /** How many there are, this one included. */
  readonly count: number;
  readonly outer: Scope | undefined;
}

/** An open element: its children are collected here and handed to it when it ends. */
interface Frame {
  readonly element: XmlElement;
  readonly qualified: string;
  readonly outerScope: Scope | undefined;
  readonly elements: XmlElement[];
  readonly above: Frame | undefined;
}

class Parser {
  readonly #text: string;
  readonly #source: XmlSource;
  readonly #label: string;
  readonly #limits: XmlLimits;
  #at = 0;
  #nodes = 0;
  #depth = 0;
  #scope: Scope | undefined;

  constructor(text: string, options: ParseTextOptions) {
    this.#text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    this.#source = new XmlSource(this.#text, options.file);
    this.#label = options.label ?? options.file ?? "(document)";
    this.#limits = options.limits ?? WIRE_LIMITS;
  }

  document(): XmlElement {
    const text = this.#text;
    if (text.length > this.#limits.size) {
      this.#fail(0, `document has ${text.length} characters, more than the ${this.#limits.size} allowed`);
    }
    const control = findControl(text);
    if (control >= 0) this.#fail(control, `PCDATA invalid Char value ${text.charCodeAt(control)}`);
    if (text.trim() === "") this.#fail(0, "Document is empty");
    if (text.startsWith("<?xml")) this.#skipInstruction();
    this.#misc();
    if (text.charCodeAt(this.#at) !== 0x3c || nameEnd(text, this.#at + 1) === this.#at + 1) {
      this.#fail(this.#at, "Start tag expected, '<' not found");
    }
    const root = this.#tree();
    this.#misc();
    if (this.#at < text.length) this.#fail(this.#at, "Extra content at the end of the document");
    return root;
  }

  /** Throws libvirt's form of a parser error: label, line, text, then the line with a caret under the place. */
  #fail(offset: number, what: string): never {
    const position = this.#source.position(Math.min(offset, this.#text.length));
    const lineStart = offset - position.column + 1;
    const lineEnd = this.#text.indexOf("\n", lineStart);
    const line = this.#text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd).slice(0, 512);
    const caret = `${"-".repeat(Math.min(position.column - 1, line.length))}^`;
    throw new DocumentError(
      [
        {
          severity: "error",
          message: `${this.#label}:${position.line}: ${what}\n${line}\n${caret}`,
          code: ErrorCode.xmlDetail,
          ...position,
          path: "",
          hint: "",
        },
      ],
      this.#source.file,
    );
  }

  #count(offset: number): void {
    if (++this.#nodes > this.#limits.nodes) this.#fail(offset, `more than ${this.#limits.nodes} nodes`);
  }

  /** White space, comments and processing instructions outside the root element. */
  #misc(): void {
    const text = this.#text;
    for (;;) {
      this.#space();
      if (text.startsWith("<!--", this.#at)) this.#skipComment();
      else if (text.startsWith("<?", this.#at)) this.#skipInstruction();
      else if (text.startsWith("<!DOCTYPE", this.#at))
        this.#fail(this.#at, "document type declarations are not allowed");
      else return;
    }
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x09 && c !== 0x0d) return;
      this.#at++;
    }
  }

  #skipComment(): void {
    this.#count(this.#at);
    const end = this.#text.indexOf("--", this.#at + 4);
    if (end < 0) this.#fail(this.#text.length, "Comment not terminated");
    if (this.#text.charCodeAt(end + 2) !== 0x3e) this.#fail(end, "Double hyphen within comment");
    this.#at = end + 3;
  }

  #skipInstruction(): void {
    this.#count(this.#at);
    const end = this.#text.indexOf("?>", this.#at + 2);
    if (end < 0) this.#fail(this.#text.length, "PI not terminated");
    this.#at = end + 2;
  }

  /** The element at `#at` with all it contains; iterative, so that depth costs no stack. */
  #tree(): XmlElement {
    const text = this.#text;
    let frame = this.#startTag(undefined);
    const root = frame.element;
    if (root.end !== 0) return root;
    for (;;) {
      const next = text.indexOf("<", this.#at);
      if (next < 0) {
        const at = frame.element.source.position(frame.element.offset);
        this.#fail(text.length, `Premature end of data in tag ${frame.qualified} line ${at.line}`);
      }
      if (next > this.#at) this.#characters(frame, next);
      this.#at = next;
      const c = text.charCodeAt(next + 1);
      if (c === 0x2f) {
        const above = this.#endTag(frame);
        if (above === undefined) return root;
        frame = above;
      } else if (c === 0x21) this.#declaration(frame);
      else if (c === 0x3f) this.#skipInstruction();
      else {
        const child = this.#startTag(frame);
        frame.elements.push(child.element);
        if (child.element.end === 0) frame = child;
      }
    }
  }

  #characters(frame: Frame, end: number): void {
    const chunk = decodeText(this.#text, this.#at, end, this.#onEntity);
    // White space matters in a leaf only; between elements it is dropped when the next element starts or this one ends.
    frame.element.text = frame.element.text === "" ? chunk : frame.element.text + chunk;
  }

  readonly #onEntity = (offset: number, what: string): never => this.#fail(offset, what);

  /** Comment, CDATA section or what is not allowed. */
  #declaration(frame: Frame): void {
    const text = this.#text;
    if (text.startsWith("<!--", this.#at)) {
      this.#skipComment();
      return;
    }
    if (!text.startsWith("<![CDATA[", this.#at)) this.#fail(this.#at, "StartTag: invalid element name");
    const end = text.indexOf("]]>", this.#at + 9);
    if (end < 0) this.#fail(text.length, "CData section not finished");
    frame.element.text += text.slice(this.#at + 9, end);
    this.#at = end + 3;
  }

  #endTag(frame: Frame): Frame | undefined {
    const text = this.#text;
    const start = this.#at + 2;
    const { qualified, element } = frame;
    let end = start + qualified.length;
    if (!text.startsWith(qualified, start) || nameEnd(text, start) !== end) {
      const found = text.slice(start, nameEnd(text, start));
      const line = this.#source.position(element.offset).line;
      const close = text.indexOf(">", start);
      this.#fail(
        close < 0 ? text.length : close + 1,
        `Opening and ending tag mismatch: ${qualified} line ${line} and ${found}`,
      );
    }
    while (isSpace(text.charCodeAt(end))) end++;
    if (text.charCodeAt(end) !== 0x3e) this.#fail(end, "expected '>'");
    this.#at = end + 1;
    element.end = end + 1;
    if (frame.elements.length > 0) {
      element.elements = frame.elements;
      if (element.text !== "" && isBlank(element.text)) element.text = "";
    }
    this.#scope = frame.outerScope;
    this.#depth--;
    return frame.above;
  }

  /** Reads a start tag; the element's `end` is set if it was an empty-element tag. */
  #startTag(above: Frame | undefined): Frame {
    const text = this.#text;
    const offset = this.#at;
    this.#count(offset);
    let at = nameEnd(text, offset + 1);
    if (at === offset + 1) this.#fail(at, "StartTag: invalid element name");
    const qualified = text.slice(offset + 1, at);
    const outerScope = this.#scope;
    let attributes: Attribute[] | undefined;
    let names: Set<string> | undefined;
    let prefixed = false;
    let empty = false;
    for (;;) {
      const before = at;
      while (isSpace(text.charCodeAt(at))) at++;
      const c = text.charCodeAt(at);
      if (c === 0x3e) {
        at++;
        break;
      }
      if (c === 0x2f && text.charCodeAt(at + 1) === 0x3e) {
        at += 2;
        empty = true;
        break;
      }
      if (at >= text.length) {
        this.#fail(at, `Couldn't find end of Start Tag ${qualified} line ${this.#source.position(offset).line}`);
      }
      if (at === before) this.#fail(at, "attributes construct error");
      const nameStop = nameEnd(text, at);
      if (nameStop === at) this.#fail(at, "error parsing attribute name");
      const nameStart = at;
      at = nameStop;
      while (isSpace(text.charCodeAt(at))) at++;
      if (text.charCodeAt(at) !== 0x3d)
        this.#fail(at, `Specification mandates value for attribute ${text.slice(nameStart, nameStop)}`);
      at++;
      while (isSpace(text.charCodeAt(at))) at++;
      const quote = text.charCodeAt(at);
      if (quote !== 0x27 && quote !== 0x22) this.#fail(at, "AttValue: \" or ' expected");
      const valueStop = text.indexOf(quote === 0x27 ? "'" : '"', at + 1);
      if (valueStop < 0) this.#fail(text.length, "AttValue: ' expected");
      attributes ??= [];
      if (attributes.length >= this.#limits.attributes) {
        this.#fail(nameStart, `more than ${this.#limits.attributes} attributes`);
      }
      const name = text.slice(nameStart, nameStop);
      const value = this.#attributeValue(at + 1, valueStop);
      if (names === undefined) {
        if (attributes.some((other) => other.name === name)) this.#fail(valueStop + 1, `Attribute ${name} redefined`);
        // Only elements with many attributes are worth a set.
        if (attributes.length === 16) names = new Set(attributes.map((other) => other.name));
      } else if (names.has(name)) this.#fail(valueStop + 1, `Attribute ${name} redefined`);
      names?.add(name);
      attributes.push({ name, prefix: "", namespace: "", value, offset: nameStart });
      at = valueStop + 1;
      if (name.startsWith("xmlns")) {
        if (name === "xmlns") this.#declare("", value, nameStart);
        else if (name.charCodeAt(5) === 0x3a) this.#declare(name.slice(6), value, nameStart);
        prefixed = true;
      } else if (name.includes(":")) prefixed = true;
    }
    const [prefix, local] = splitName(qualified);
    const element = new XmlElement(local, prefix, this.#namespace(prefix), above?.element, this.#source, offset);
    // Prefixes may be declared after their first use in a tag.
    if (attributes !== undefined) element.attributes = prefixed ? this.#resolve(attributes) : attributes;
    this.#at = at;
    if (empty) {
      element.end = at;
      this.#scope = outerScope;
    } else if (++this.#depth > this.#limits.depth)
      this.#fail(offset, `elements are nested deeper than ${this.#limits.depth}`);
    return { element, qualified, outerScope, elements: [], above };
  }

  #attributeValue(start: number, end: number): string {
    const value = decodeText(this.#text, start, end, this.#onEntity, true);
    // A reference may stand for it, but it may not stand there itself.
    if (value.includes("<")) {
      const open = this.#text.indexOf("<", start);
      if (open >= 0 && open < end) this.#fail(open, "Unescaped '<' not allowed in attributes values");
    }
    return value;
  }

  #declare(prefix: string, uri: string, offset: number): void {
    const count = (this.#scope?.count ?? 0) + 1;
    if (count > this.#limits.namespaces) this.#fail(offset, `more than ${this.#limits.namespaces} namespaces`);
    this.#scope = { prefix, uri, count, outer: this.#scope };
  }

  #resolve(attributes: readonly Attribute[]): readonly XmlAttribute[] {
    const result: XmlAttribute[] = [];
    for (const attribute of attributes) {
      if (attribute.name === "xmlns" || attribute.name.startsWith("xmlns:")) continue;
      [attribute.prefix, attribute.name] = splitName(attribute.name);
      if (attribute.prefix !== "") attribute.namespace = this.#namespace(attribute.prefix);
      result.push(attribute);
    }
    return result;
  }

  /** libxml2 only warns of an undeclared prefix; so do we, by giving it no namespace. */
  #namespace(prefix: string): string {
    for (let scope = this.#scope; scope !== undefined; scope = scope.outer) {
      if (scope.prefix === prefix) return scope.uri;
    }
    return prefix === "xml" ? XML_NAMESPACE : "";
  }
}

/** An attribute while its tag is read: its name is qualified until the prefixes are known. */
interface Attribute {
  name: string;
  prefix: string;
  namespace: string;
  readonly value: string;
  readonly offset: number;
}

function isSpace(c: number): boolean {
  return c === 0x20 || c === 0x0a || c === 0x09 || c === 0x0d;
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isSpace(text.charCodeAt(i))) return false;
  return true;
}

function splitName(qualified: string): readonly [prefix: string, local: string] {
  const colon = qualified.indexOf(":");
  return colon <= 0 ? ["", qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}
