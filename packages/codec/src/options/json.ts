/** A JSON document as QEMU speaks it: integers outside of ±2^53 are bigint, everything else is plain. */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A JSON object; made without a prototype by {@link parseJson}, so that hostile keys are only keys. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** Text that is not JSON, or JSON beyond a limit. */
export class JsonError extends Error {
  override readonly name = "JsonError";
  /** Index into the text at which reading stopped. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`);
    this.offset = offset;
  }
}

/** True for a JSON object (not an array, not null). */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for a JSON array; narrows better than `Array.isArray` does for read-only arrays. */
export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * Counts nesting without building anything: `JSON.parse` recurses, and 10 MB of `[` would hold the loop for seconds.
 * Throws {@link JsonError} as soon as the depth passes `limit`.
 */
export function checkJsonDepth(text: string, limit: number): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limit) throw new JsonError(`JSON is nested deeper than ${limit}`, i);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
      default:
    }
  }
}

/**
 * Reads one JSON text. Nesting is limited before anything is built (default 64, threat-model Q1) and integers that a
 * double cannot hold come back as bigint. Throws {@link JsonError}.
 */
export function parseJson(text: string, options: { readonly maxDepth?: number } = {}): JsonValue {
  checkJsonDepth(text, options.maxDepth ?? 64);
  return new Reader(text).document();
}

const literal = /true|false|null/y;
const numberText = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Control characters may not stand raw in a JSON string.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what the grammar excludes
const plainString = /[^"\\\u0000-\u001f]*/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue {
    const value = this.#value();
    this.#space();
    if (this.#at !== this.#text.length) this.#fail("unexpected text after the JSON value");
    return value;
  }

  #fail(message: string): never {
    throw new JsonError(message, this.#at);
  }

  #space(): void {
    for (;;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.#at++;
    }
  }

  #take(char: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #value(): JsonValue {
    this.#space();
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object();
      case "[":
        return this.#array();
      case '"':
        return this.#string();
      default:
    }
    const word = this.#match(literal);
    if (word !== undefined) return word === "null" ? null : word === "true";
    const digits = this.#match(numberText);
    if (digits === undefined || digits === "") this.#fail("JSON value expected");
    const value = Number(digits);
    if (Number.isSafeInteger(value) || /[.eE]/.test(digits)) return value;
    return BigInt(digits);
  }

  #object(): JsonObject {
    const result: { [key: string]: JsonValue } = Object.create(null);
    this.#at++;
    if (this.#take("}")) return result;
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail("object key expected");
      const key = this.#string();
      if (!this.#take(":")) this.#fail("':' expected");
      result[key] = this.#value();
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail("',' or '}' expected");
    return result;
  }

  #array(): JsonValue[] {
    const result: JsonValue[] = [];
    this.#at++;
    if (this.#take("]")) return result;
    do result.push(this.#value());
    while (this.#take(","));
    if (!this.#take("]")) this.#fail("',' or ']' expected");
    return result;
  }

  #string(): string {
    this.#at++;
    let result = "";
    for (;;) {
      result += this.#match(plainString) ?? "";
      const c = this.#text[this.#at];
      if (c === '"') {
        this.#at++;
        return result;
      }
      if (c !== "\\") this.#fail(c === undefined ? "unterminated string" : "control character in a string");
      result += this.#escape();
    }
  }

  #escape(): string {
    const c = this.#text[this.#at + 1] ?? "";
    const simple = escapes[c];
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const hex = this.#text.slice(this.#at + 2, this.#at + 6);
    if (c !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) this.#fail("bad escape in a string");
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
}

const escapes: Readonly<Record<string, string>> = Object.assign(Object.create(null) as Record<string, string>, {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
});

/** Writes compact JSON in key order, as libvirt puts it on command lines; bigint become plain integers. */
export function formatJson(value: JsonValue): string {
  if (typeof value === "bigint") return value.toString();
  if (isJsonArray(value)) return `[${value.map(formatJson).join(",")}]`;
  if (isJsonObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${formatJson(item)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}

/** {@link formatJson} over several indented lines, for files that people read. */
export function formatJsonPretty(value: JsonValue, indent = ""): string {
  const inner = `${indent}  `;
  if (isJsonArray(value) && value.length > 0) {
    return `[\n${value.map((item) => inner + formatJsonPretty(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    const lines = Object.entries(value).map(
      ([key, item]) => `${inner}${JSON.stringify(key)}: ${formatJsonPretty(item, inner)}`,
    );
    return `{\n${lines.join(",\n")}\n${indent}}`;
  }
  return formatJson(value);
}
