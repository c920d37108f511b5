/** An expression that is not XPath 1.0, or that uses what is not known here. The message is libxml2's. */
export class XPathError extends Error {
  override readonly name = "XPathError";
  /** What libxml2 says before. */
  readonly detail: string | undefined;

  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail;
  }
}

/** Which nodes a step selects from where it stands. */
export type Axis =
  | "child"
  | "descendant"
  | "descendant-or-self"
  | "self"
  | "parent"
  | "ancestor"
  | "ancestor-or-self"
  | "attribute"
  | "following-sibling"
  | "preceding-sibling";

/** What a step asks of a node: a name (`*` for any), with its prefix, or a kind. */
export type NodeTest =
  | { readonly kind: "name"; readonly prefix: string; readonly name: string }
  | { readonly kind: "text" | "node" };

/** A step of a path. */
export interface Step {
  readonly axis: Axis;
  readonly test: NodeTest;
  readonly predicates: readonly Expression[];
}

/** Operators of two operands, loosest first. */
export type Operator = "or" | "and" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "div" | "mod" | "|";

/** A parsed expression. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "negate"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  /** Of the nodes of an expression, all together, those for which the predicates hold. */
  | { readonly kind: "filter"; readonly of: Expression; readonly predicates: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: "path";
      /** Starts at the document, at the node itself, or at what an expression selects. */
      readonly from: "root" | "here" | Expression;
      readonly steps: readonly Step[];
    };

const axes: readonly Axis[] = [
  "child",
  "descendant",
  "descendant-or-self",
  "self",
  "parent",
  "ancestor",
  "ancestor-or-self",
  "attribute",
  "following-sibling",
  "preceding-sibling",
];

/** Levels of precedence, loosest first. */
const levels: readonly (readonly Operator[])[] = [
  ["or"],
  ["and"],
  ["=", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "div", "mod"],
];

const anyNode: Step = { axis: "descendant-or-self", test: { kind: "node" }, predicates: [] };
const tokenForm =
  /\s*(?:(\d+(?:\.\d*)?|\.\d+)|"([^"]*)"|'([^']*)'|([\p{L}_][\p{L}\p{N}_.-]*)|(\/\/|::|\.\.|!=|<=|>=|[()[\].@,/|+\-=<>*:$]))/uy;

interface Token {
  readonly kind: "number" | "text" | "name" | "sign";
  readonly text: string;
}

/** Expressions within expressions; deeper ones are refused rather than overflowing the stack. */
const MAX_DEPTH = 100;

/** Parses an XPath 1.0 expression. Throws {@link XPathError}. */
export function parseXPath(source: string): Expression {
  const parser = new Parser(tokenize(source));
  const expression = parser.expression(0);
  if (!parser.atEnd) throw new XPathError("Invalid expression");
  return expression;
}

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const text = source.trimEnd();
  tokenForm.lastIndex = 0;
  while (tokenForm.lastIndex < text.length) {
    const match = tokenForm.exec(text);
    if (!match) throw new XPathError("Invalid expression");
    const [, number, double, single, name, sign] = match;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (double !== undefined || single !== undefined) tokens.push({ kind: "text", text: double ?? single ?? "" });
    else if (name !== undefined) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "sign", text: sign ?? "" });
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  #peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #isSign(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token?.kind === "sign" && token.text === text;
  }

  #take(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new XPathError("Invalid expression");
  }

  /** An expression of this level of precedence. */
  expression(level: number): Expression {
    if (++this.#depth > MAX_DEPTH) throw new XPathError("Recursion limit exceeded");
    try {
      const operators = levels[level];
      if (!operators) return this.#unary();
      let left = this.expression(level + 1);
      for (;;) {
        const operator = operators.find((one) => this.#peek()?.text === one && this.#peek()?.kind !== "text");
        if (!operator) return left;
        this.#at++;
        left = { kind: "binary", operator, left, right: this.expression(level + 1) };
      }
    } finally {
      this.#depth--;
    }
  }

  #unary(): Expression {
    if (this.#take("-")) return { kind: "negate", of: this.expression(levels.length) };
    let left = this.#path();
    while (this.#take("|")) left = { kind: "binary", operator: "|", left, right: this.#path() };
    return left;
  }

  #path(): Expression {
    const primary = this.#primary();
    if (primary) {
      const predicates = this.#predicates();
      const from: Expression = predicates.length > 0 ? { kind: "filter", of: primary, predicates } : primary;
      const steps = this.#moreSteps();
      return steps.length === 0 ? from : { kind: "path", from, steps };
    }
    if (this.#take("//")) return { kind: "path", from: "root", steps: [anyNode, this.#step(), ...this.#moreSteps()] };
    if (this.#take("/")) {
      const steps = this.#startsStep() ? [this.#step(), ...this.#moreSteps()] : [];
      return { kind: "path", from: "root", steps };
    }
    return { kind: "path", from: "here", steps: [this.#step(), ...this.#moreSteps()] };
  }

  #primary(): Expression | undefined {
    const token = this.#peek();
    if (token?.kind === "number") {
      this.#at++;
      return { kind: "number", value: Number(token.text) };
    }
    if (token?.kind === "text") {
      this.#at++;
      return { kind: "text", value: token.text };
    }
    if (this.#take("(")) {
      const inner = this.expression(0);
      this.#expect(")");
      return inner;
    }
    if (token?.kind !== "name" || !this.#isSign("(", 1) || token.text === "text" || token.text === "node")
      return undefined;
    this.#at += 2;
    const args: Expression[] = [];
    while (!this.#take(")")) {
      if (args.length > 0) this.#expect(",");
      args.push(this.expression(0));
    }
    return { kind: "call", name: token.text, args };
  }

  #moreSteps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#take("//")) steps.push(anyNode, this.#step());
      else if (this.#take("/")) steps.push(this.#step());
      else return steps;
    }
  }

  #startsStep(): boolean {
    return this.#peek()?.kind === "name" || [".", "..", "@", "*"].some((sign) => this.#isSign(sign));
  }

  #step(): Step {
    if (this.#take(".")) return { axis: "self", test: { kind: "node" }, predicates: [] };
    if (this.#take("..")) return { axis: "parent", test: { kind: "node" }, predicates: [] };
    let axis: Axis = "child";
    if (this.#take("@")) {
      axis = "attribute";
    } else if (this.#isSign("::", 1)) {
      const named = axes.find((one) => one === this.#peek()?.text);
      if (!named) throw new XPathError("Invalid expression");
      axis = named;
      this.#at += 2;
    }
    const test = this.#test();
    return { axis, test, predicates: this.#predicates() };
  }

  #test(): NodeTest {
    if (this.#take("*")) return { kind: "name", prefix: "", name: "*" };
    const token = this.#peek();
    if (token?.kind !== "name") throw new XPathError("Invalid expression");
    this.#at++;
    if (this.#take("(")) {
      this.#expect(")");
      if (token.text !== "text" && token.text !== "node") throw new XPathError("Invalid expression");
      return { kind: token.text };
    }
    if (!this.#take(":")) return { kind: "name", prefix: "", name: token.text };
    const local = this.#peek();
    this.#at++;
    if (local?.kind !== "name" && local?.text !== "*") throw new XPathError("Invalid expression");
    return { kind: "name", prefix: token.text, name: local.text };
  }

  #predicates(): readonly Expression[] {
    const predicates: Expression[] = [];
    while (this.#take("[")) {
      predicates.push(this.expression(0));
      this.#expect("]");
    }
    return predicates;
  }
}
