import { decodeText, nameEnd } from "./characters.ts";
import type { XmlElement } from "./tree.ts";

/** XML kept as it is: metadata of applications, and what a declaration does not know. */
export interface RawElement {
  /** Qualified name as written. */
  readonly name: string;
  /** Qualified names and values, namespace declarations included, in document order. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Elements and text in document order; comments are kept too. */
  readonly children: readonly RawNode[];
}
/** A comment inside kept XML. */
export interface RawComment {
  readonly comment: string;
}
/** A piece of kept XML. */
export type RawNode = RawElement | RawComment | string;

/** True for an element, not text and not a comment. */
export function isRawElement(node: RawNode): node is RawElement {
  return typeof node !== "string" && !("comment" in node);
}

/** Reads a parsed element again with everything in it: text, comments, prefixes and namespace declarations. */
export function rawOf(element: XmlElement): RawElement {
  return new RawReader(element.source.text, element.offset).element();
}

/** Works on text that the parser has found to be well formed; depth is limited by it as well. */
class RawReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  element(): RawElement {
    const text = this.#text;
    let at = nameEnd(text, this.#at + 1);
    const name = text.slice(this.#at + 1, at);
    const attributes: (readonly [string, string])[] = [];
    for (;;) {
      while (/\s/.test(text.charAt(at))) at++;
      const c = text.charAt(at);
      if (c === ">" || c === "/") break;
      const stop = nameEnd(text, at);
      const key = text.slice(at, stop);
      const equals = text.indexOf("=", stop);
      let quote = equals + 1;
      while (/\s/.test(text.charAt(quote))) quote++;
      const end = text.indexOf(text.charAt(quote), quote + 1);
      attributes.push([key, decodeText(text, quote + 1, end, cannotFail, true)]);
      at = end + 1;
    }
    if (text.charAt(at) === "/") {
      this.#at = at + 2;
      return { name, attributes, children: [] };
    }
    this.#at = at + 1;
    return { name, attributes, children: this.#children() };
  }

  #children(): RawNode[] {
    const text = this.#text;
    const children: RawNode[] = [];
    const add = (chunk: string): void => {
      const last = children.at(-1);
      if (chunk === "") return;
      if (typeof last === "string") children[children.length - 1] = last + chunk;
      else children.push(chunk);
    };
    for (;;) {
      const next = text.indexOf("<", this.#at);
      add(decodeText(text, this.#at, next, cannotFail));
      this.#at = next;
      if (text.startsWith("</", next)) {
        this.#at = text.indexOf(">", next) + 1;
        return withoutIndentation(children);
      }
      if (text.startsWith("<!--", next)) {
        const end = text.indexOf("-->", next);
        children.push({ comment: text.slice(next + 4, end) });
        this.#at = end + 3;
      } else if (text.startsWith("<![CDATA[", next)) {
        const end = text.indexOf("]]>", next);
        add(text.slice(next + 9, end));
        this.#at = end + 3;
      } else if (text.startsWith("<?", next)) this.#at = text.indexOf("?>", next) + 2;
      else children.push(this.element());
    }
  }
}

/** White space between elements is layout, unless there is real text among them. */
function withoutIndentation(children: RawNode[]): RawNode[] {
  if (!children.some((child) => typeof child !== "string")) return children;
  if (children.some((child) => typeof child === "string" && child.trim() !== "")) return children;
  return children.filter((child) => typeof child !== "string");
}

function cannotFail(): never {
  throw new RangeError("text changed since it was parsed");
}

/**
 * Writes kept XML as libxml2 does (double quotes), each element on its own line unless its parent has text in it.
 * `depth` is the level of indentation. Ends with a line break.
 */
export function formatRaw(element: RawElement, depth = 0): string {
  return `${"  ".repeat(depth)}${formatNode(element, depth, true)}\n`;
}

function formatNode(node: RawNode, depth: number, pretty: boolean): string {
  if (typeof node === "string") return escapeRaw(node);
  if ("comment" in node) return `<!--${node.comment}-->`;
  const attributes = node.attributes
    .map(
      ([name, value]) =>
        ` ${name}="${escapeRaw(value).replace(/["\n\t]/g, (c) => (c === '"' ? "&quot;" : `&#${c.charCodeAt(0)};`))}"`,
    )
    .join("");
  if (node.children.length === 0) return `<${node.name}${attributes}/>`;
  const lines = pretty && !node.children.some((child) => typeof child === "string");
  const indent = lines ? `\n${"  ".repeat(depth + 1)}` : "";
  const inner = node.children.map((child) => indent + formatNode(child, depth + 1, lines)).join("");
  return `<${node.name}${attributes}>${inner}${lines ? `\n${"  ".repeat(depth)}` : ""}</${node.name}>`;
}

function escapeRaw(value: string): string {
  return value.replace(/[<>&\r]/g, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : c === "&" ? "&amp;" : "&#13;"));
}
