import { formatRaw, rawOf } from "@tsvirt/codec/xml";
import type { XPathNode } from "./evaluate.ts";

/** A node as libxml2 writes it on a line of its own (an attribute with a blank before it), `depth` levels in. */
export function formatNode(node: XPathNode, depth = 0): string {
  switch (node.kind) {
    case "attribute": {
      const { prefix, name, value } = node.attribute;
      return ` ${prefix === "" ? name : `${prefix}:${name}`}="${escapeText(value).replaceAll('"', "&quot;")}"`;
    }
    case "text":
      return escapeText(node.text);
    case "document":
      return formatRaw(rawOf(node.root), depth).trim();
    case "element":
      return formatRaw(rawOf(node.element), depth).trim();
  }
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (char) => (char === "&" ? "&amp;" : char === "<" ? "&lt;" : "&gt;"));
}
