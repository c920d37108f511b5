import { parseUuid, formatUuid } from "@tsvirt/base";

/** What identifies a definition, found without parsing the rest. */
export interface DefinitionIdentity {
  readonly name: string;
  /** Canonical form; absent when the document has none or it is malformed. */
  readonly uuid?: string;
}

/** What one markup construct is: a start tag, an end tag, or something to pass over. */
const markup = /<!--|<\?|<!\[CDATA\[|<![A-Za-z]|<\/|</g;
/** How much of a document is searched: names come first, and the rest may be megabytes. */
const SCAN_LIMIT = 64 * 1024;

/**
 * Finds `<name>` and `<uuid>` among the direct children of the root element (threat-model X3: identity first, parsing
 * later; and 10,000 definitions are loaded in a second). Not a parser: what it cannot follow gives `undefined`, and the
 * document is then for the real parser to complain about.
 */
export function scanIdentity(text: string, root = "domain"): DefinitionIdentity | undefined {
  const source = text.length > SCAN_LIMIT ? text.slice(0, SCAN_LIMIT) : text;
  let depth = 0;
  let name: string | undefined;
  let uuid: string | undefined;
  markup.lastIndex = 0;
  for (let match = markup.exec(source); match; match = markup.exec(source)) {
    const at = match.index;
    const end = endOf(source, match[0], at);
    if (end < 0) break;
    markup.lastIndex = end;
    if (match[0] === "<![" || match[0].startsWith("<!") || match[0] === "<?") continue;
    if (match[0] === "</") {
      depth--;
      if (depth <= 0) break;
      continue;
    }
    const tag = source.slice(at + 1, end - 1);
    const empty = tag.endsWith("/");
    const label = /^[^\s/>]+/.exec(tag)?.[0] ?? "";
    if (depth === 0 && label !== root) return undefined;
    if (depth === 1 && !empty && (label === "name" || label === "uuid")) {
      const close = source.indexOf("<", end);
      const value = close < 0 ? undefined : unescape(source.slice(end, close));
      if (label === "name") name ??= value;
      else uuid ??= value?.trim();
      if (name !== undefined && uuid !== undefined) break;
    }
    if (!empty) depth++;
  }
  if (name === undefined) return undefined;
  const bytes = uuid === undefined ? undefined : parseUuid(uuid);
  return bytes ? { name, uuid: formatUuid(bytes) } : { name };
}

/** Index behind the construct that starts at `at`; -1 when it does not end. */
function endOf(source: string, opener: string, at: number): number {
  const after = (closer: string): number => {
    const found = source.indexOf(closer, at + opener.length);
    return found < 0 ? -1 : found + closer.length;
  };
  if (opener === "<!--") return after("-->");
  if (opener === "<?") return after("?>");
  if (opener === "<![CDATA[") return after("]]>");
  // A `>` within an attribute's quotes does not end the tag.
  for (let i = at + 1; i < source.length; i++) {
    const each = source[i];
    if (each === ">") return i + 1;
    if (each !== '"' && each !== "'") continue;
    i = source.indexOf(each, i + 1);
    if (i < 0) return -1;
  }
  return -1;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[a-z]{2,4});/g, (whole, body: string) => {
    if (!body.startsWith("#")) return Object.hasOwn(entities, body) ? (entities[body] ?? whole) : whole;
    const code = body.startsWith("#x") ? Number.parseInt(body.slice(2), 16) : Number.parseInt(body.slice(1), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
