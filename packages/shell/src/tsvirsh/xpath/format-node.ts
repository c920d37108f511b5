import type { XPathNode } from "./evaluate.ts";

/** A node as libxml2 writes it: an attribute with a blank before it, an element with double quotes. */
export function formatNode(node: XPathNode): string {
  switch (node.kind) {
    case "attribute": {
      const { prefix, name, value } = node.attribute;
      return ` ${prefix === "" ? name : `${prefix}:${name}`}="${escapeAttribute(value)}"`;
    }
    case "text":
      return node.text.replace(/[&<>]/g, entity);
    case "document":
      return requote(node.root.source.text.slice(node.root.offset, node.root.end));
    case "element":
      return requote(node.element.source.text.slice(node.element.offset, node.element.end));
  }
}

function entity(char: string): string {
  return char === "&" ? "&amp;" : char === "<" ? "&lt;" : "&gt;";
}

function escapeAttribute(value: string): string {
  return value.replace(/[&<>]/g, entity).replaceAll('"', "&quot;");
}

/** The source of an element with its attributes in double quotes and no entities where none are needed. */
function requote(source: string): string {
  return source.replace(
    /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<[^<>]*(?:'[^']*'|"[^"]*"|[^<>'"])*>|&(?:apos|quot);/g,
    (part) => {
      if (part === "&apos;") return "'";
      if (part === "&quot;") return '"';
      if (part.startsWith("<!")) return part;
      return part.replace(
        /=\s*'([^']*)'/g,
        (_, value: string) => `="${value.replaceAll('"', "&quot;").replaceAll("&apos;", "'")}"`,
      );
    },
  );
}
