import type { XmlAttribute, XmlElement } from "@tsvirt/codec/xml";
import {
  type Axis,
  type Expression,
  type NodeTest,
  type Operator,
  parseXPath,
  type Step,
  XPathError,
} from "./parse.ts";

/** A node of a document as XPath sees it. An element's character data counts as one text. */
export type XPathNode =
  | { readonly kind: "document"; readonly root: XmlElement }
  | { readonly kind: "element"; readonly element: XmlElement }
  | { readonly kind: "attribute"; readonly attribute: XmlAttribute; readonly of: XmlElement }
  | { readonly kind: "text"; readonly text: string; readonly of: XmlElement };

type Value = readonly XPathNode[] | string | number | boolean;

interface Context {
  readonly node: XPathNode;
  readonly position: number;
  readonly size: number;
  readonly document: Document;
}

/** One document: its nodes are made once each, so that they can be compared. */
class Document {
  readonly node: XPathNode;
  readonly root: XmlElement;
  readonly #elements = new Map<XmlElement, XPathNode>();
  readonly #attributes = new Map<XmlElement, readonly XPathNode[]>();
  readonly #texts = new Map<XmlElement, XPathNode>();

  constructor(root: XmlElement) {
    this.root = root;
    this.node = { kind: "document", root };
  }

  element(element: XmlElement): XPathNode {
    return memo(this.#elements, element, () => ({ kind: "element", element }));
  }

  attributes(of: XmlElement): readonly XPathNode[] {
    return memo(this.#attributes, of, () => of.attributes.map((attribute) => ({ kind: "attribute", attribute, of })));
  }

  children(node: XPathNode): readonly XPathNode[] {
    if (node.kind === "document") return [this.element(node.root)];
    if (node.kind !== "element") return [];
    const { element } = node;
    const elements = element.elements.map((child) => this.element(child));
    if (element.text === "") return elements;
    return [memo(this.#texts, element, () => ({ kind: "text", text: element.text, of: element })), ...elements];
  }

  parent(node: XPathNode): XPathNode | undefined {
    switch (node.kind) {
      case "document":
        return undefined;
      case "element":
        return node.element.parent ? this.element(node.element.parent) : this.node;
      default:
        return this.element(node.of);
    }
  }
}

function memo<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** The nodes an expression selects, in the order of the document; `undefined` if it gives no nodes. Throws {@link XPathError}. */
export function selectNodes(root: XmlElement, source: string): readonly XPathNode[] | undefined {
  const document = new Document(root);
  const value = evaluate(parseXPath(source), { node: document.node, position: 1, size: 1, document });
  return isNodes(value) ? inDocumentOrder(value) : undefined;
}

function isNodes(value: Value): value is readonly XPathNode[] {
  return typeof value === "object";
}

function place(node: XPathNode): readonly [number, number] {
  switch (node.kind) {
    case "document":
      return [-1, 0];
    case "element":
      return [node.element.offset, 0];
    case "attribute":
      return [node.of.offset, node.attribute.offset];
    case "text":
      return [node.of.offset, Number.MAX_SAFE_INTEGER];
  }
}

function inDocumentOrder(nodes: readonly XPathNode[]): readonly XPathNode[] {
  return [...new Set(nodes)].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    return left[0] - right[0] || left[1] - right[1];
  });
}

function evaluate(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case "number":
    case "text":
      return expression.value;
    case "negate":
      return -toNumber(evaluate(expression.of, context));
    case "binary":
      return binary(expression.operator, expression.left, expression.right, context);
    case "call":
      return call(expression.name, expression.args, context);
    case "filter": {
      const nodes = inDocumentOrder(toNodes(evaluate(expression.of, context)));
      return filter(nodes, expression.predicates, context.document);
    }
    case "path":
      return path(expression, context);
  }
}

function path(expression: Extract<Expression, { kind: "path" }>, context: Context): Value {
  let nodes: readonly XPathNode[];
  if (expression.from === "root") nodes = [context.document.node];
  else if (expression.from === "here") nodes = [context.node];
  else nodes = toNodes(evaluate(expression.from, context));
  for (const step of expression.steps) {
    nodes = inDocumentOrder(nodes.flatMap((node) => stepFrom(node, step, context.document)));
  }
  return nodes;
}

function stepFrom(node: XPathNode, step: Step, document: Document): readonly XPathNode[] {
  const nodes = along(step.axis, node, document).filter((one) => matches(one, step.test, step.axis));
  return filter(nodes, step.predicates, document);
}

/** The nodes for which all predicates hold; a number is a position among what is left. */
function filter(
  nodes: readonly XPathNode[],
  predicates: readonly Expression[],
  document: Document,
): readonly XPathNode[] {
  let left = nodes;
  for (const predicate of predicates) {
    const size = left.length;
    left = left.filter((node, at) => {
      const value = evaluate(predicate, { node, position: at + 1, size, document });
      return typeof value === "number" ? value === at + 1 : toBoolean(value);
    });
  }
  return left;
}

/** The nodes of an axis, nearest first. */
function along(axis: Axis, node: XPathNode, document: Document): readonly XPathNode[] {
  const parent = document.parent(node);
  switch (axis) {
    case "self":
      return [node];
    case "child":
      return document.children(node);
    case "descendant":
      return document.children(node).flatMap((child) => [child, ...along("descendant", child, document)]);
    case "descendant-or-self":
      return [node, ...along("descendant", node, document)];
    case "parent":
      return parent ? [parent] : [];
    case "ancestor":
      return parent ? [parent, ...along("ancestor", parent, document)] : [];
    case "ancestor-or-self":
      return [node, ...along("ancestor", node, document)];
    case "attribute":
      return node.kind === "element" ? document.attributes(node.element) : [];
    case "following-sibling":
    case "preceding-sibling": {
      if (!parent || node.kind === "attribute") return [];
      const siblings = document.children(parent);
      const at = siblings.indexOf(node);
      return axis === "following-sibling" ? siblings.slice(at + 1) : siblings.slice(0, at).reverse();
    }
  }
}

function matches(node: XPathNode, test: NodeTest, axis: Axis): boolean {
  if (test.kind === "node") return true;
  if (test.kind !== "name") return node.kind === "text";
  if (test.prefix !== "") throw new XPathError("Undefined namespace prefix");
  if (axis === "attribute") {
    return node.kind === "attribute" && (test.name === "*" || named(node.attribute, test.name));
  }
  return node.kind === "element" && (test.name === "*" || named(node.element, test.name));
}

function named(node: { readonly name: string; readonly namespace: string }, name: string): boolean {
  return node.name === name && node.namespace === "";
}

/** The text of a node: of an element, all text within it. */
function textOf(node: XPathNode): string {
  switch (node.kind) {
    case "attribute":
      return node.attribute.value;
    case "text":
      return node.text;
    case "document":
      return allText(node.root);
    case "element":
      return allText(node.element);
  }
}

function allText(element: XmlElement): string {
  return element.text + element.elements.map(allText).join("");
}

function toNodes(value: Value): readonly XPathNode[] {
  if (isNodes(value)) return value;
  throw new XPathError("Invalid type");
}

function toText(value: Value): string {
  if (isNodes(value)) {
    const [first] = inDocumentOrder(value);
    return first ? textOf(first) : "";
  }
  return String(value);
}

function toNumber(value: Value): number {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  const text = toText(value).trim();
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
}

function toBoolean(value: Value): boolean {
  if (isNodes(value)) return value.length > 0;
  return typeof value === "number" ? value !== 0 && !Number.isNaN(value) : Boolean(value);
}

function binary(operator: Operator, left: Expression, right: Expression, context: Context): Value {
  const a = evaluate(left, context);
  if (operator === "or") return toBoolean(a) || toBoolean(evaluate(right, context));
  if (operator === "and") return toBoolean(a) && toBoolean(evaluate(right, context));
  const b = evaluate(right, context);
  switch (operator) {
    case "|":
      return [...toNodes(a), ...toNodes(b)];
    case "+":
      return toNumber(a) + toNumber(b);
    case "-":
      return toNumber(a) - toNumber(b);
    case "*":
      return toNumber(a) * toNumber(b);
    case "div":
      return toNumber(a) / toNumber(b);
    case "mod":
      return toNumber(a) % toNumber(b);
    default:
      return compare(operator, a, b);
  }
}

type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** Nodes compare as any of them does. */
function compare(operator: Comparison, a: Value, b: Value): boolean {
  if (isNodes(a) && typeof b !== "boolean") return a.some((node) => compare(operator, textOf(node), b));
  if (isNodes(b) && typeof a !== "boolean") return b.some((node) => compare(operator, a, textOf(node)));
  if (operator === "=" || operator === "!=") return same(a, b) === (operator === "=");
  const [left, right] = [toNumber(a), toNumber(b)];
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function same(a: Value, b: Value): boolean {
  if (typeof a === "boolean" || typeof b === "boolean") return toBoolean(a) === toBoolean(b);
  if (typeof a === "number" || typeof b === "number") return toNumber(a) === toNumber(b);
  return toText(a) === toText(b);
}

function nameOf(node: XPathNode | undefined, qualified: boolean): string {
  const named = node?.kind === "element" ? node.element : node?.kind === "attribute" ? node.attribute : undefined;
  if (!named) return "";
  return qualified && named.prefix !== "" ? `${named.prefix}:${named.name}` : named.name;
}

type Function = (args: readonly Value[], context: Context) => Value;

const own = (args: readonly Value[], { node }: Context): Value => args[0] ?? [node];
const first = (args: readonly Value[], context: Context): XPathNode | undefined =>
  args[0] === undefined ? context.node : inDocumentOrder(toNodes(args[0]))[0];
const texts = (args: readonly Value[]): readonly string[] => args.map(toText);

const functions: Readonly<Record<string, Function>> = {
  last: (_, { size }) => size,
  position: (_, { position }) => position,
  count: ([nodes = []]) => toNodes(nodes).length,
  name: (args, context) => nameOf(first(args, context), true),
  "local-name": (args, context) => nameOf(first(args, context), false),
  string: (args, context) => toText(own(args, context)),
  concat: (args) => texts(args).join(""),
  "starts-with": (args) => {
    const [text = "", start = ""] = texts(args);
    return text.startsWith(start);
  },
  contains: (args) => {
    const [text = "", part = ""] = texts(args);
    return text.includes(part);
  },
  "substring-before": (args) => {
    const [text = "", part = ""] = texts(args);
    return text.includes(part) ? text.slice(0, text.indexOf(part)) : "";
  },
  "substring-after": (args) => {
    const [text = "", part = ""] = texts(args);
    return text.includes(part) ? text.slice(text.indexOf(part) + part.length) : "";
  },
  substring: ([text = "", from = 1, length]) => {
    const start = Math.round(toNumber(from));
    const end = length === undefined ? Number.POSITIVE_INFINITY : start + Math.round(toNumber(length));
    return [...toText(text)].filter((_, at) => at + 1 >= start && at + 1 < end).join("");
  },
  "string-length": (args, context) => [...toText(own(args, context))].length,
  "normalize-space": (args, context) => toText(own(args, context)).trim().replace(/\s+/g, " "),
  translate: (args) => {
    const [text = "", from = "", to = ""] = texts(args);
    const replacements = [...to];
    return [...text]
      .map((char) => ([...from].includes(char) ? (replacements[[...from].indexOf(char)] ?? "") : char))
      .join("");
  },
  boolean: ([value = false]) => toBoolean(value),
  not: ([value = false]) => !toBoolean(value),
  true: () => true,
  false: () => false,
  number: (args, context) => toNumber(own(args, context)),
  sum: ([nodes = []]) => toNodes(nodes).reduce((sum, node) => sum + toNumber(textOf(node)), 0),
  floor: ([value = 0]) => Math.floor(toNumber(value)),
  ceiling: ([value = 0]) => Math.ceil(toNumber(value)),
  round: ([value = 0]) => Math.round(toNumber(value)),
};

function call(name: string, args: readonly Expression[], context: Context): Value {
  const body = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (!body) throw new XPathError("Unregistered function", `xmlXPathCompOpEval: function ${name} not found`);
  return body(
    args.map((arg) => evaluate(arg, context)),
    context,
  );
}
