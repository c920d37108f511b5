import { decodeText, nameEnd } from "./characters.ts";

/** What {@link scanIdentity} finds. Absent: not there, or only a full parse can tell. */
export interface Identity {
  /** Name of the root element. */
  readonly root: string;
  readonly name?: string;
  readonly uuid?: string;
  /** The `type` attribute of the root, e.g. `kvm`. */
  readonly type?: string;
}

/**
 * Finds the root element's name and its direct children `<name>` and `<uuid>` without building a tree (threat-model X3:
 * permission is checked on these before anything else is parsed). Returns undefined when the text is not XML as far as it
 * was looked at. What it returns is as the parser would see it; that the rest is well formed is not promised.
 */
export function scanIdentity(text: string): Identity | undefined {
  let at = 0;
  let depth = 0;
  let root: string | undefined;
  let type: string | undefined;
  let name: string | undefined;
  let uuid: string | undefined;
  try {
    for (;;) {
      const open = text.indexOf("<", at);
      if (open < 0) return undefined;
      const c = text.charCodeAt(open + 1);
      if (c === 0x21 || c === 0x3f) {
        const close = text.startsWith("<!--", open)
          ? "-->"
          : text.startsWith("<![CDATA[", open)
            ? "]]>"
            : c === 0x3f
              ? "?>"
              : undefined;
        const end = close === undefined ? -1 : text.indexOf(close, open + 2);
        if (close === undefined || end < 0) return undefined;
        at = end + close.length;
        continue;
      }
      if (c === 0x2f) {
        depth--;
        if (depth <= 0) break;
        at = text.indexOf(">", open);
        if (at < 0) return undefined;
        continue;
      }
      const stop = nameEnd(text, open + 1);
      if (stop === open + 1) return undefined;
      const tag = text.slice(open + 1, stop);
      const end = tagEnd(text, stop);
      if (end < 0) return undefined;
      const empty = text.charCodeAt(end - 1) === 0x2f;
      if (depth === 0) {
        root = tag;
        type = /\stype\s*=\s*(?:'([^'<&]*)'|"([^"<&]*)")/
          .exec(text.slice(stop, end))
          ?.slice(1)
          .find((v) => v !== undefined);
      } else if (depth === 1 && !empty) {
        if (tag === "name" && name === undefined) name = leafText(text, end + 1);
        else if (tag === "uuid" && uuid === undefined) uuid = leafText(text, end + 1)?.trim();
        if (name !== undefined && uuid !== undefined) break;
      }
      if (!empty) depth++;
      else if (depth === 0) break;
      at = end + 1;
    }
  } catch (error) {
    if (error === badEntity) return undefined;
    throw error;
  }
  if (root === undefined) return undefined;
  return {
    root,
    ...(name === undefined ? {} : { name }),
    ...(uuid === undefined ? {} : { uuid }),
    ...(type === undefined ? {} : { type }),
  };
}

/** Index of the `>` that ends a start tag, looking past quoted values; -1 if there is none. */
function tagEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x3e) return at;
    if (c === 0x3c) return -1;
    if (c === 0x27 || c === 0x22) {
      at = text.indexOf(c === 0x27 ? "'" : '"', at + 1);
      if (at < 0) return -1;
    }
  }
  return -1;
}

const badEntity = new RangeError("bad reference");
const fail = (): never => {
  throw badEntity;
};

/** Text up to the end tag; undefined if there is more than plain text in between, which only a full parse resolves. */
function leafText(text: string, start: number): string | undefined {
  const end = text.indexOf("<", start);
  if (end < 0 || text.charCodeAt(end + 1) !== 0x2f) return undefined;
  return decodeText(text, start, end, fail);
}
