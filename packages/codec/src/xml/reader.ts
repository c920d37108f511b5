import { ErrorCode } from "@tsvirt/base";
import { DocumentError, type Problem, problemAt } from "./errors.ts";
import type { FieldTexts, UnknownContent } from "./field.ts";
import { rawOf } from "./raw.ts";
import { type AnyScalar, parseInteger } from "./scalar.ts";
import { suggest } from "./suggest.ts";
import type { XmlAttribute, XmlElement } from "./tree.ts";

/** How a tree is turned into values. */
export interface ReadOptions {
  /** Skip what only an active object has. Default false. */
  readonly inactive?: boolean | undefined;
  /** Read what only our own state files have. Default false. */
  readonly state?: boolean | undefined;
  /** For a part of a document that is read alone: name of the object it belongs to, for messages. */
  readonly owner?: string | undefined;
}

/** More about a problem than its text. */
export interface ReportOptions {
  readonly severity?: "error" | "warning" | undefined;
  readonly code?: ErrorCode | undefined;
  /** Attribute of the element that is at fault: the place is its. */
  readonly attribute?: string | undefined;
  /** What was expected, and what was found instead. */
  readonly scalar?: AnyScalar | undefined;
  readonly found?: string | undefined;
  /** What would have been right; a function if that takes some looking for. */
  readonly hint?: string | (() => string) | undefined;
}

/** Problems of one severity that are noted for a document. */
const MAX_PROBLEMS = 100;

/** Collects the problems of one document while its elements are read, and remembers where each value came from. */
export class Reader {
  readonly inactive: boolean;
  readonly state: boolean;
  /** Name of the object whose part is read alone. */
  readonly owner: string | undefined;
  readonly problems: Problem[] = [];
  /** The element each object was read from: later checks report with its place. */
  readonly places = new Map<object, XmlElement>();
  /** The document's root: the place of what has no place of its own. */
  root: XmlElement | undefined;
  readonly #counts = { error: 0, warning: 0 };
  #lenient = false;
  readonly #misspelt = new Set<string>();
  readonly #unknown = new Map<XmlElement, MutableUnknown>();

  constructor(options: ReadOptions = {}) {
    this.inactive = options.inactive ?? false;
    this.state = options.state ?? false;
    this.owner = options.owner;
  }

  /**
   * Notes a problem at an element or one of its attributes. Only so many of each severity are noted: a document of nothing
   * but mistakes must not cost more than one of none.
   */
  report(node: XmlElement, message: string, options: ReportOptions = {}): void {
    const severity = options.severity ?? (this.#lenient ? "warning" : "error");
    if (this.#counts[severity]++ >= MAX_PROBLEMS) return;
    const { hint } = options;
    const at = options.attribute === undefined ? undefined : node.attributes.find((a) => a.name === options.attribute);
    this.problems.push(
      problemAt(node.source.position(at?.offset ?? node.offset), node.path, message, {
        severity,
        code: options.code ?? ErrorCode.xmlError,
        hint: (typeof hint === "function" ? hint() : hint) ?? hintOf(options.scalar, options.found),
      }),
    );
  }

  /** Reads something of which whatever is wrong is only odd. */
  leniently<T>(read: () => T): T {
    const before = this.#lenient;
    this.#lenient = true;
    try {
      return read();
    } finally {
      this.#lenient = before;
    }
  }

  /** {@link report} for a value read before; without a known place the root's is used. */
  reportValue(value: object, message: string, options: ReportOptions = {}): void {
    const node = this.places.get(value) ?? this.root;
    if (node !== undefined) this.report(node, message, options);
    else {
      this.#counts.error++;
      this.problems.push(problemAt({ line: 1, column: 1 }, "", message, { code: options.code ?? ErrorCode.xmlError }));
    }
  }

  /** Notes once that a namespace is written wrongly but understood. */
  misspeltNamespace(element: XmlElement, meant: string): void {
    if (this.#misspelt.has(element.namespace)) return;
    this.#misspelt.add(element.namespace);
    this.report(element, `misspelt namespace '${element.namespace}', taken as '${meant}'`, { severity: "warning" });
  }

  /** Keeps an attribute that is not declared, with a warning. */
  unknownAttribute(node: XmlElement, attribute: XmlAttribute, known: Iterable<string> = []): void {
    const name = attribute.prefix === "" ? attribute.name : `${attribute.prefix}:${attribute.name}`;
    this.report(node, `unknown attribute '${name}' in element '${node.name}'`, {
      severity: "warning",
      attribute: attribute.name,
      hint: () => didYouMean(attribute.name, known),
    });
    this.#unknownOf(node).attributes.push([name, attribute.value]);
  }

  /** Keeps an element that is not declared, with a warning. */
  unknownElement(element: XmlElement, known: Iterable<string> = [], text = "unknown element"): void {
    const parent = element.parent;
    this.report(element, `${text} '${element.name}'${parent === undefined ? "" : ` in element '${parent.name}'`}`, {
      severity: "warning",
      hint: () => didYouMean(element.name, known),
    });
    if (parent !== undefined) this.#unknownOf(parent).elements.push(rawOf(element));
  }

  /** Keeps text where only elements belong, with a warning. */
  strayText(node: XmlElement): void {
    const text = node.text.trim();
    this.report(node, `stray text in element '${node.name}': '${text.slice(0, 60)}'`, { severity: "warning" });
    this.#unknownOf(node).text = text;
  }

  /** What was kept for an element, or undefined. */
  unknownIn(node: XmlElement): UnknownContent | undefined {
    const found = this.#unknown.get(node);
    if (found === undefined) return undefined;
    return {
      ...(found.attributes.length > 0 ? { attributes: found.attributes } : {}),
      ...(found.elements.length > 0 ? { elements: found.elements } : {}),
      ...(found.text === undefined ? {} : { text: found.text }),
    };
  }

  #unknownOf(node: XmlElement): MutableUnknown {
    let found = this.#unknown.get(node);
    if (found === undefined) {
      found = { attributes: [], elements: [], text: undefined };
      this.#unknown.set(node, found);
    }
    return found;
  }

  /** What was odd, in document order. */
  get warnings(): readonly Problem[] {
    return this.problems
      .filter((problem) => problem.severity === "warning")
      .sort((a, b) => a.line - b.line || a.column - b.column);
  }

  /** Whether anything noted so far makes the document unacceptable. */
  hasErrors(): boolean {
    return this.#counts.error > 0;
  }

  /** Throws a {@link DocumentError} if there was any error. */
  throwIfFailed(file: string | undefined): void {
    const errors = this.problems.filter((problem) => problem.severity === "error");
    const [first, ...others] = errors;
    if (first !== undefined) throw new DocumentError([first, ...others, ...this.warnings], file);
  }
}

function didYouMean(name: string, known: Iterable<string>): string {
  const meant = suggest(name, known);
  return meant === undefined || meant === name ? "" : `did you mean '${meant}'?`;
}

interface MutableUnknown {
  readonly attributes: (readonly [string, string])[];
  readonly elements: ReturnType<typeof rawOf>[];
  text: string | undefined;
}

function hintOf(scalar: AnyScalar | undefined, found: string | undefined): string {
  if (scalar === undefined) return "";
  const words = scalar.domain.kind === "words" ? scalar.domain.words : [];
  const meant = found === undefined ? undefined : suggest(found, words);
  return `expected ${scalar.expects}${meant === undefined ? "" : `; did you mean '${meant}'?`}`;
}

/** Where a value stood that is none: `attribute` is absent for the text of the element. */
export interface Invalid {
  readonly scalar: AnyScalar;
  readonly found: string;
  readonly attribute?: string;
  readonly texts?: FieldTexts | undefined;
  readonly severity?: "warning" | undefined;
}

/** Notes a value that is none: in the declaration's words, the scalar's, or libvirt's usual ones. */
export function reportInvalid(reader: Reader, node: XmlElement, invalid: Invalid): void {
  const { scalar, found, attribute, texts, severity } = invalid;
  const invalidText = texts?.invalid;
  const own = typeof invalidText === "function" ? invalidText(node, reader) : (invalidText ?? scalar.refusal?.text);
  const text = own?.replace("%s", () => found) ?? usualText(node.name, attribute, found, scalar);
  const code = texts?.invalid === undefined ? (texts?.code ?? scalar.refusal?.code) : texts.code;
  reader.report(node, text, { severity, code, attribute, scalar, found });
}

/** libvirt's usual text for a value that is none (`virXMLProp…`). */
function usualText(element: string, attribute: string | undefined, found: string, scalar: AnyScalar): string {
  if (attribute === undefined) return `Invalid value for element '${element}': '${found}'.`;
  if (scalar.nonZero === true && parseInteger(found) === 0n) {
    return `Invalid value for attribute '${attribute}' in element '${element}': Zero is not permitted`;
  }
  const { suffix } = scalar;
  const more = typeof suffix === "function" ? suffix(found) : suffix;
  return `Invalid value for attribute '${attribute}' in element '${element}': '${found}'.${more ?? ""}`;
}

/** libvirt's own text for what is missing in an element, where the declaration has one. */
export function missingText(texts: FieldTexts | undefined, node: XmlElement, reader: Reader): string | undefined {
  const missing = texts?.missing;
  return typeof missing === "function" ? missing(node, reader) : missing;
}
