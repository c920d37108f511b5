import fc from "fast-check";
import { DocumentError } from "../errors.ts";
import { parseXml } from "../parser.ts";
import type { XmlElement } from "../tree.ts";

/** One change of a document: a kind, two places between 0 and 1, and a text to put in. */
export interface Mutation {
  readonly kind: MutationKind;
  readonly at: number;
  readonly other: number;
  readonly value: string;
}

/** Changes of characters, of tokens (tags and texts), of attributes, and of the tree. */
const kinds = [
  "cut",
  "insert",
  "replace",
  "repeat",
  "truncate",
  "token-remove",
  "token-repeat",
  "token-swap",
  "attribute-value",
  "attribute-copy",
  "attribute-name",
  "attribute-remove",
  "attribute-repeat",
  "element-remove",
  "element-repeat",
  "element-move",
  "element-wrap",
  "element-rename",
  "element-text",
] as const;
/** See {@link Mutation}. */
export type MutationKind = (typeof kinds)[number];

/** Texts that have broken programs before, as names and as values. */
const values = [
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "unknown"],
  ...["", " ", "0", "-0", "-1", "1", "+1", "007", "0x10", "1e3", "NaN", "Infinity", "1.5", "１"],
  ...["255", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "9007199254740993"],
  ...["9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "9".repeat(60)],
  ...["yes", "no", "on", "off", "default", "none", "auto", "KiB", "EiB", "file", "network", "pci", "usb", "disk"],
  ...[
    "\u0000",
    "\ufffe",
    "\u{1f600}",
    "é",
    "\u202e",
    "\n",
    "\t",
    "<",
    ">",
    "&",
    "&amp;",
    "&#0;",
    "&#x110000;",
    "&x;",
    "'",
    '"',
  ],
  ...[
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?x",
    "<!DOCTYPE x>",
    "<a>",
    "</a>",
    "<a/>",
    "xmlns",
    "xmlns:a",
    "a:b",
    "xml:lang",
  ],
  ...[
    "../../etc/passwd",
    "/dev/null",
    "a,b=c",
    "{}",
    "%s%n",
    "52:54:00:00:00:01",
    "0-4294967295",
    "0-65535,^1",
    "a".repeat(5_000),
  ],
] as const;

/** Evenly spread: most numbers that a double can hold between 0 and 1 are next to 0. */
const place = fc.nat(0xff_ffff).map((number) => number / 0x100_0000);

/** Lists of one to four changes, for property tests. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record(
    {
      kind: fc.constantFrom(...kinds),
      at: place,
      other: place,
      value: fc.constantFrom(...values),
    },
    { noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 4 },
);

/** The document with the changes made, one after the other. A change that finds nothing to change leaves the text as it is. */
export function mutate(text: string, changes: readonly Mutation[]): string {
  return changes.reduce(change, text);
}

/** Where something stands in a text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function change(text: string, { kind, at, other, value }: Mutation): string {
  const place = Math.floor(at * text.length);
  const width = 1 + Math.floor(other ** 4 * 200);
  switch (kind) {
    case "cut":
      return splice(text, { start: place, end: place + width }, "");
    case "insert":
      return splice(text, { start: place, end: place }, value);
    case "replace":
      return splice(text, { start: place, end: place + width }, value);
    case "repeat":
      return splice(text, { start: place, end: place }, text.slice(place, place + width));
    case "truncate":
      return text.slice(0, place);
    case "token-remove":
    case "token-repeat":
    case "token-swap":
      return changeTokens(text, kind, at, other);
    case "attribute-value":
    case "attribute-copy":
    case "attribute-name":
    case "attribute-remove":
    case "attribute-repeat":
      return changeAttributes(text, kind, at, other, value);
    default:
      return changeElements(text, kind, at, other, value);
  }
}

function splice(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(at * items.length))];
}

function spans(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}

function changeTokens(
  text: string,
  kind: "token-remove" | "token-repeat" | "token-swap",
  at: number,
  other: number,
): string {
  const tokens = spans(text, /<[^<>]*>|[^<>]+/g);
  const [one, two] = [pick(tokens, at), pick(tokens, other)];
  if (one === undefined || two === undefined) return text;
  const piece = text.slice(one.start, one.end);
  if (kind === "token-remove") return splice(text, one, "");
  if (kind === "token-repeat") return splice(text, { start: two.start, end: two.start }, piece);
  return one.start < two.start
    ? splice(splice(text, two, piece), one, text.slice(two.start, two.end))
    : splice(splice(text, one, text.slice(two.start, two.end)), two, piece);
}

function changeAttributes(
  text: string,
  kind: "attribute-value" | "attribute-copy" | "attribute-name" | "attribute-remove" | "attribute-repeat",
  at: number,
  other: number,
  value: string,
): string {
  const attributes = spans(text, /\s[\w:.-]+=(?:'[^']*'|"[^"]*")/g);
  const [one, two] = [pick(attributes, at), pick(attributes, other)];
  if (one === undefined || two === undefined) return text;
  const piece = text.slice(one.start, one.end);
  const equals = piece.indexOf("=");
  switch (kind) {
    case "attribute-value":
      return splice(text, one, `${piece.slice(0, equals)}='${value.replace(/['<&]/g, "")}'`);
    case "attribute-copy": {
      const source = text.slice(two.start, two.end);
      return splice(text, one, piece.slice(0, equals) + source.slice(source.indexOf("=")));
    }
    case "attribute-name":
      return splice(text, one, ` ${value.replace(/\W/g, "_") || "x"}${piece.slice(equals)}`);
    case "attribute-remove":
      return splice(text, one, "");
    default:
      return splice(text, { start: two.start, end: two.start }, piece);
  }
}

function elementsOf(text: string): readonly XmlElement[] {
  try {
    const found: XmlElement[] = [];
    const add = (element: XmlElement): void => {
      found.push(element);
      element.elements.forEach(add);
    };
    add(parseXml(text));
    return found;
  } catch (error) {
    if (error instanceof DocumentError) return [];
    throw error;
  }
}

function changeElements(
  text: string,
  kind: Exclude<MutationKind, "cut" | "insert" | "replace" | "repeat" | "truncate">,
  at: number,
  other: number,
  value: string,
): string {
  const elements = elementsOf(text);
  const [one, two] = [pick(elements, at), pick(elements, other)];
  if (one === undefined || two === undefined) return text;
  const span = { start: one.offset, end: one.end };
  const piece = text.slice(span.start, span.end);
  switch (kind) {
    case "element-remove":
      return splice(text, span, "");
    case "element-repeat":
      return splice(text, { start: two.offset, end: two.offset }, piece);
    case "element-move":
      return two.offset < span.start
        ? splice(splice(text, span, ""), { start: two.offset, end: two.offset }, piece)
        : splice(splice(text, { start: two.offset, end: two.offset }, piece), span, "");
    case "element-wrap":
      return splice(text, span, `<${two.name}>${piece}</${two.name}>`);
    case "element-rename": {
      const name = other < 0.5 ? two.name : value.replace(/\W/g, "_") || "x";
      const renamed = piece.replace(/^<[^\s/>]+/, `<${name}`).replace(/<\/[^\s>]+\s*>$/, `</${name}>`);
      return splice(text, span, renamed);
    }
    default:
      return splice(
        text,
        span,
        piece.replace(/>[^<]*(<\/[^>]*>)$/, () => `>${value}</${one.name}>`),
      );
  }
}
