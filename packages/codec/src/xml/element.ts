// biome-ignore-all lint/complexity/noThisInStatic: `this` is the subclass, whose name the results keep.
import { InternalError } from "@tsvirt/base";
import { DocumentError, type Problem, problemAt } from "./errors.ts";
import type { AnyCodec, Fields, HasUnknown, Shape } from "./field.ts";
import type { XmlLimits } from "./limits.ts";
import { parseXml } from "./parser.ts";
import { Plan, type Slot, type XmlNamespace } from "./plan.ts";
import { formatRaw } from "./raw.ts";
import { missingText, Reader, type ReadOptions, reportInvalid } from "./reader.ts";
import type { XmlElement } from "./tree.ts";
import { type WriteOptions, XmlWriter } from "./writer.ts";

/** How a document is read. */
export interface ParseOptions extends ReadOptions {
  /** File name for messages. */
  readonly file?: string | undefined;
  /** What libvirt calls the text when it is not well formed, e.g. `(domain_definition)`. */
  readonly label?: string | undefined;
  readonly limits?: XmlLimits | undefined;
  /** Refuse what is not declared instead of keeping it. Default false. */
  readonly strict?: boolean | undefined;
}

/** How a document is written. */
export interface FormatOptions extends WriteOptions {
  /** Write what was kept in `unknown` too. Default false: libvirt's own documents never have it. */
  readonly unknown?: boolean | undefined;
}

/** What a document's parse gives besides its value. */
export interface Parsed<T> {
  readonly value: T;
  readonly warnings: readonly Problem[];
  /** For checks that come later: reports with places. */
  readonly reader: Reader;
  readonly root: XmlElement;
}

/** An element's settings beyond its fields. */
export interface ElementOptions<F> {
  /** The element is in this namespace and written with this prefix; the root declares it when needed. */
  readonly namespace?: XmlNamespace;
  /** Leave the element out when it would be empty. */
  readonly omitEmpty?: boolean;
  /** Write start and end tag on lines of their own even when it is empty, as libvirt does for some elements. */
  readonly expanded?: boolean;
  /** Keys in the order of output where it depends on the value, others after them; undefined for the order of declaration. */
  readonly order?: (value: Shape<F>) => readonly (keyof F & string)[] | undefined;
  /** Looks at a value just read and may change it; `reader.report(node, …)` notes what is wrong. */
  readonly check?: (value: Shape<F>, node: XmlElement, reader: Reader) => void;
}

/** The statics of an element class. */
export interface ElementClass<F extends Fields> extends AnyCodec {
  new (_: never): Shape<F>;
  readonly elementName: string;
  /** The declaration, for walking. */
  readonly fields: F;
  readonly options: { readonly namespace?: XmlNamespace; readonly omitEmpty?: boolean };
  /** Reads a document or an element. Throws {@link DocumentError} with every error found. */
  parse<T>(this: ElementStatics<T>, source: string | XmlElement, options?: ParseOptions): T;
  /** {@link parse} that also gives the warnings and the places of all values. */
  read<T>(this: ElementStatics<T>, source: string | XmlElement, options?: ParseOptions): Parsed<T>;
  /** Writes the element with its line breaks. */
  format<T>(this: ElementStatics<T>, value: T, options?: FormatOptions): string;
}
/** What the statics need of `this`: keeps the class's own name in results. */
export interface ElementStatics<T> extends AnyCodec {
  new (_: never): T;
  readonly elementName: string;
  readonly fields: Fields;
}

/**
 * Declares an element: `class Disk extends element("disk", { … }) {}`. Fields are written in the order in which they are
 * declared, attributes first. The class is never constructed; plain objects go in and come out.
 */
export function element<const F extends Fields>(
  name: string,
  fields: F,
  options: ElementOptions<F> = {},
): ElementClass<F> {
  const key = options.namespace === undefined ? name : `{${options.namespace.uri}}${name}`;
  const aliases = (options.namespace?.misspelt ?? []).map((uri) => `{${uri}}${name}`);
  const declaration: Declaration = {
    name,
    fields,
    namespace: options.namespace,
    omitEmpty: options.omitEmpty ?? false,
    expanded: options.expanded ?? false,
    check: options.check as Declaration["check"],
    order: options.order as Declaration["order"],
    plan: undefined,
  };
  class Element {
    static readonly elementName = name;
    static readonly elementNames = [key, ...aliases];
    static readonly fields = fields;
    static readonly options = options;

    static parse<T>(this: ElementStatics<T>, source: string | XmlElement, parseOptions: ParseOptions = {}): T {
      return readDocument(this, source, parseOptions).value;
    }
    static read<T>(this: ElementStatics<T>, source: string | XmlElement, parseOptions: ParseOptions = {}): Parsed<T> {
      return readDocument(this, source, parseOptions);
    }
    static format<T>(this: ElementStatics<T>, value: T, formatOptions: FormatOptions = {}): string {
      const writer = new DocumentWriter(formatOptions);
      this.writeElement(value as never, writer);
      return writer.toString();
    }
    static readElement(node: XmlElement, reader: Reader): unknown {
      return readFields(declaration, node, reader);
    }
    static writeElement(value: never, writer: XmlWriter): void {
      writeFields(declaration, value, writer);
    }
  }
  return Element as never as ElementClass<F>;
}

/** Writes what was kept as unknown, if asked to. */
class DocumentWriter extends XmlWriter {
  readonly unknown: boolean;

  constructor(options: FormatOptions) {
    super(options);
    this.unknown = options.unknown ?? false;
  }
}

function readDocument<T>(cls: ElementStatics<T>, source: string | XmlElement, options: ParseOptions): Parsed<T> {
  const root = typeof source === "string" ? parseXml(source, options) : source;
  if (root.name !== cls.elementName) {
    const problem = problemAt(root.position, root.path, rootMismatch(cls.elementName, root.name));
    throw new DocumentError([problem], options.file);
  }
  const reader = new Reader(options);
  reader.root = root;
  const value = cls.readElement(root, reader);
  if (options.strict === true) {
    const errors = reader.problems.map((problem) => ({ ...problem, severity: "error" as const }));
    const [first, ...others] = errors;
    if (first !== undefined) throw new DocumentError([first, ...others], options.file);
  }
  reader.throwIfFailed(options.file);
  if (value === undefined) throw new InternalError(`element '${cls.elementName}' gave neither a value nor an error`);
  const { warnings } = reader;
  if (warnings.length > 0 && typeof value === "object" && value !== null) warned.set(value, warnings);
  return { value: value as T, warnings, reader, root };
}

const warned = new WeakMap<object, readonly Problem[]>();

/** What was odd in the document that a value was read from: what its declaration does not know, old spellings. */
export function warningsOf(value: object): readonly Problem[] {
  return warned.get(value) ?? [];
}

function rootMismatch(expected: string, found: string): string {
  return `expecting root element of '${expected}', not '${found}'`;
}

interface Declaration {
  readonly name: string;
  readonly fields: Fields;
  readonly namespace: XmlNamespace | undefined;
  readonly omitEmpty: boolean;
  readonly expanded: boolean;
  readonly check: ((value: object, node: XmlElement, reader: Reader) => void) | undefined;
  readonly order: ((value: object) => readonly string[] | undefined) | undefined;
  plan: Plan | undefined;
}

function planOf(declaration: Declaration): Plan {
  declaration.plan ??= new Plan(declaration.fields);
  return declaration.plan;
}

function readFields(declaration: Declaration, node: XmlElement, reader: Reader): object | undefined {
  const plan = planOf(declaration);
  const { slots } = plan;
  const values: unknown[] = new Array(slots.length).fill(undefined);
  const seen: boolean[] = [];
  const problemsBefore = reader.problems.length;
  let failed = false;

  for (const attribute of node.attributes) {
    const index = attribute.namespace === "" ? plan.attributes.get(attribute.name) : undefined;
    const slot = index === undefined ? undefined : slots[index];
    if (index === undefined || slot === undefined) {
      reader.unknownAttribute(node, attribute, plan.attributes.keys());
      continue;
    }
    if (slot.unlessEmpty && attribute.value === "") continue;
    seen[index] = true;
    if (isSkipped(slot, reader)) continue;
    const { scalar, texts } = slot;
    if (scalar === undefined) continue;
    const value = scalar.parse(attribute.value);
    if (value === undefined) {
      const severity = slot.lenient ? "warning" : undefined;
      if (severity === undefined) failed = true;
      reportInvalid(reader, node, { attribute: slot.name, scalar, found: attribute.value, texts, severity });
    } else values[index] = value;
  }

  for (const element of node.elements) {
    const index = plan.indexOf(element);
    const slot = index === undefined ? undefined : slots[index];
    if (index === undefined || slot === undefined) {
      reader.unknownElement(element, plan.elements.keys());
      continue;
    }
    if (isSkipped(slot, reader)) continue;
    if (slot.namespace?.misspelt?.includes(element.namespace) === true) {
      reader.misspeltNamespace(element, slot.namespace.uri);
    }
    if (slot.presence !== "list" && seen[index] === true) {
      if (slot.repeated === undefined) reader.unknownElement(element, [], "repeated element");
      else reader.report(element, slot.repeated.text, { code: slot.repeated.code });
      continue;
    }
    seen[index] = true;
    if (slot.codec === undefined) {
      values[index] = true;
      continue;
    }
    if (slot.unlessEmpty && isBlank(element)) continue;
    const value = slot.codec.readElement(element, reader);
    if (slot.presence === "list") {
      if (value === undefined) continue;
      const list = values[index];
      if (Array.isArray(list) && list.length === slot.max) {
        reader.report(element, `more than ${slot.max} elements '${element.name}' in element '${node.name}'`);
        failed = true;
        break;
      } else if (Array.isArray(list)) list.push(value);
      else values[index] = [value];
    } else if (value !== undefined) values[index] = value;
    else if (slot.presence === "required" && isEmptyLeaf(slot, element)) seen[index] = false;
  }

  if (node.text !== "") {
    const slot = plan.text < 0 ? undefined : slots[plan.text];
    if (slot === undefined) {
      if (node.text.trim() !== "") reader.strayText(node);
    } else if (slot.scalar !== undefined) {
      const { scalar, texts } = slot;
      const value = scalar.parse(node.text);
      seen[plan.text] = true;
      if (value !== undefined) values[plan.text] = value;
      else if (node.text.trim() !== "" || slot.presence === "required") {
        failed = true;
        reportInvalid(reader, node, { scalar, found: node.text, texts });
      }
    }
  }

  const result: Record<string, unknown> & HasUnknown = {};
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index];
    if (slot === undefined) continue;
    const value = values[index];
    if (value !== undefined && !(slot.unlessZero && isZero(value))) result[slot.key] = value;
    else if (!slot.mindsAbsence) continue;
    else if (slot.presence === "list") result[slot.key] = [];
    else if (slot.presence === "default") result[slot.key] = slot.fallback;
    else if (slot.presence === "required" && seen[index] !== true && !isSkipped(slot, reader)) {
      failed = true;
      const { texts, kind } = slot;
      const what = kind === "attribute" ? "attribute" : "element";
      const where =
        kind === "text"
          ? `Missing value of element '${node.name}'`
          : `Missing required ${what} '${slot.name}' in element '${node.name}'`;
      const code = texts?.missingCode ?? texts?.code;
      reader.report(node, missingText(texts, node, reader) ?? where, code === undefined ? {} : { code });
    }
  }
  const unknown = reader.unknownIn(node);
  if (unknown !== undefined) result.unknown = unknown;
  reader.places.set(result, node);
  if (!failed && declaration.check !== undefined && !hasErrors(reader, problemsBefore))
    declaration.check(result, node, reader);
  return result;
}

function isEmptyLeaf({ codec }: Slot, { text }: XmlElement): boolean {
  return text === "" && codec?.parts?.kind === "leaf" && codec.parts.scalar.emptyIsValue !== true;
}

function isZero(value: unknown): boolean {
  return value === 0 || value === 0n;
}

function isSkipped(slot: Slot, reader: Reader): boolean {
  return (slot.skipsInactive && reader.inactive) || (slot.stateOnly && !reader.state);
}

function hasErrors(reader: Reader, from: number): boolean {
  for (let i = from; i < reader.problems.length; i++) if (reader.problems[i]?.severity === "error") return true;
  return false;
}

/** An element that says nothing: `<link state=''/>`. */
function isBlank({ text, elements, attributes }: XmlElement): boolean {
  return text === "" && elements.length === 0 && attributes.every(({ value }) => value === "");
}

function isWritten(slot: Slot, value: unknown, element: Readonly<Record<string, unknown>>, writer: XmlWriter): boolean {
  if (slot.liveOnly && !writer.live) return false;
  if (slot.stateOnly && !writer.state) return false;
  if (slot.secret && !writer.secrets) return false;
  if (slot.implied && value === slot.fallback) return false;
  if ((slot.unlessZero && isZero(value)) || (slot.unlessEmpty && value === "")) return false;
  return slot.when === undefined || slot.when(value as never, writer, element);
}

/** Where a key stands among those that have an order; the others follow as they are declared. */
function rank(order: readonly string[], key: string): number {
  const at = order.indexOf(key);
  return at < 0 ? order.length : at;
}

function inOrder(slots: readonly Slot[], order: readonly string[] | undefined): readonly Slot[] {
  return order === undefined ? slots : [...slots].sort((a, b) => rank(order, a.key) - rank(order, b.key));
}

function writeFields(declaration: Declaration, value: object, writer: XmlWriter): void {
  const plan = planOf(declaration);
  const given = value as Readonly<Record<string, unknown>> & HasUnknown;
  const name =
    declaration.namespace === undefined ? declaration.name : `${declaration.namespace.prefix}:${declaration.name}`;
  const order = declaration.order?.(value);
  const isAlone = writer.length === 0;
  const before = declaration.omitEmpty ? writer.mark() : undefined;
  writer.start(name);
  const started = writer.length;
  for (const slot of inOrder(plan.written.attributes, order)) {
    const item = given[slot.key];
    if (item === undefined || slot.scalar === undefined || !isWritten(slot, item, given, writer)) continue;
    writer.attribute(slot.name, slot.scalar.format(item as never));
  }
  declareNamespaces(declaration, plan, given, writer, isAlone);
  const keepUnknown = writer instanceof DocumentWriter && writer.unknown;
  if (keepUnknown) for (const [key, text] of given.unknown?.attributes ?? []) writer.attribute(key, text);
  for (const slot of inOrder(plan.written.content, order)) {
    const item = given[slot.key];
    if (item === undefined || !isWritten(slot, item, given, writer)) continue;
    const { kind, scalar } = slot;
    if (kind === "text") {
      const text = scalar?.format(item as never) ?? "";
      if (text !== "") writer.text(text);
    } else if (kind === "flag") {
      if (item === true) {
        writer.start(slot.name);
        writer.end(slot.name);
      }
    } else if (slot.presence === "list") {
      for (const part of item as readonly unknown[]) slot.codec?.writeElement(part as never, writer);
    } else slot.codec?.writeElement(item as never, writer);
  }
  if (keepUnknown) for (const raw of given.unknown?.elements ?? []) writer.raw(formatRaw(raw, writer.depth));
  if (declaration.expanded) writer.raw("");
  if (before !== undefined && writer.length === started) writer.rewind(before);
  else writer.end(name);
}

/** Nothing, no elements, or an element that would have none. */
function isEmptyValue(item: unknown): boolean {
  if (item === undefined) return true;
  if (Array.isArray(item)) return item.length === 0;
  return typeof item === "object" && item !== null && Object.values(item).every(isEmptyValue);
}

function declareNamespaces(
  declaration: Declaration,
  plan: Plan,
  given: Readonly<Record<string, unknown>>,
  writer: XmlWriter,
  alone: boolean,
): void {
  const own = declaration.namespace;
  if (own !== undefined) {
    // Inside of a document the root has declared it.
    if (alone) writer.attribute(`xmlns:${own.prefix}`, own.uri);
    return;
  }
  if (plan.namespaced.length === 0) return;
  const done = new Set<string>();
  for (const { key, namespace } of plan.namespaced) {
    const item = given[key];
    if (namespace === undefined || isEmptyValue(item)) continue;
    if (done.has(namespace.uri)) continue;
    done.add(namespace.uri);
    writer.attribute(`xmlns:${namespace.prefix}`, namespace.uri);
  }
}
