// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML forbids
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Index of the first character that XML 1.0 does not allow, or -1. */
export function findControl(text: string): number {
  return text.search(control);
}

const nameStart =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: ranges of the XML specification, tested one unit at a time
  /[:A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\udbff\udc00-\udfff\uf900-\ufdcf\ufdf0-\ufffd]/;
// biome-ignore lint/suspicious/noMisleadingCharacterClass: see above
const nameMore = /[-.0-9\u00b7\u0300-\u036f\u203f\u2040]/;

/** For ASCII: 0 no name character, 1 only after the first, 2 anywhere. */
const ascii = Uint8Array.from({ length: 128 }, (_, c) => {
  const char = String.fromCharCode(c);
  return nameStart.test(char) ? 2 : nameMore.test(char) ? 1 : 0;
});

/** Index after the XML name that starts at `at`; `at` itself if none does. */
export function nameEnd(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end++) {
    const c = text.charCodeAt(end);
    const kind = c < 128 ? (ascii[c] ?? 0) : classOf(String.fromCharCode(c));
    if (kind === 0 || (kind === 1 && end === at)) return end;
  }
  return end;
}

function classOf(char: string): number {
  return nameStart.test(char) ? 2 : nameMore.test(char) ? 1 : 0;
}

type OnBadEntity = (offset: number, message: string) => never;

/**
 * Character data between two indexes with line ends normalised and references replaced. In attributes white space
 * becomes spaces. A bad reference goes to `fail` with its place and libxml2's wording.
 */
export function decodeText(source: string, start: number, end: number, fail: OnBadEntity, attribute = false): string {
  const text = source.slice(start, end);
  if (!(attribute ? /[\r\n\t&]/ : /[\r&]/).test(text)) return text;
  let plain = text;
  if (plain.includes("\r")) plain = plain.replace(/\r\n?/g, "\n");
  if (attribute && /[\n\t]/.test(plain)) plain = plain.replace(/[\n\t]/g, " ");
  if (!plain.includes("&")) return plain;
  let result = "";
  let at = 0;
  for (let amp = plain.indexOf("&"); amp >= 0; amp = plain.indexOf("&", at)) {
    const semicolon = plain.indexOf(";", amp);
    const name = semicolon < 0 ? "" : plain.slice(amp + 1, semicolon);
    const offset = start + text.indexOf("&", amp) + 1;
    if (name === "" || nameEnd(name.startsWith("#") ? `_${name.slice(1)}` : name, 0) !== name.length) {
      fail(offset, "xmlParseEntityRef: no name");
    }
    result += plain.slice(at, amp) + decodeEntity(name, offset, fail);
    at = semicolon + 1;
  }
  return result + plain.slice(at);
}

function decodeEntity(name: string, offset: number, fail: OnBadEntity): string {
  switch (name) {
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "amp":
      return "&";
    case "quot":
      return '"';
    case "apos":
      return "'";
    default:
  }
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(name);
  if (digits === null)
    return name.startsWith("#")
      ? fail(offset, "xmlParseCharRef: invalid decimal value")
      : fail(offset, `Entity '${name}' not defined`);
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  const valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  const char = valid ? String.fromCodePoint(code) : "\0";
  if (findControl(char) >= 0) fail(offset, `xmlParseCharRef: invalid xmlChar value ${code}`);
  return char;
}

const special = /[<>&'"]/;
const specials = /[<>&'"]/g;
const names: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  "'": "&apos;",
  '"': "&quot;",
};

/** Escapes text as libvirt does: all five characters, in attributes and content alike. */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(specials, (char) => names[char] ?? char) : text;
}

/** {@link escapeXml} for an attribute; white space that a parser would turn into spaces is written as a reference. */
export function escapeAttribute(text: string): string {
  const escaped = escapeXml(text);
  return /[\n\r\t]/.test(escaped) ? escaped.replace(/[\n\r\t]/g, (char) => `&#${char.charCodeAt(0)};`) : escaped;
}
