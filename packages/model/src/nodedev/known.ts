import type { Codec } from "@tsvirt/codec/xml";

/** A union of capabilities of which libvirt takes no notice when it does not know their type. */
export function knownOnly<T>(union: Codec<T>, types: readonly string[]): Codec<T> {
  return {
    ...union,
    readElement(node, reader) {
      const type = node.attribute("type");
      if (type === undefined) reader.report(node, "Missing capability type");
      else if (types.includes(type)) return union.readElement(node, reader);
      else reader.unknownElement(node, [], `unknown capability '${type}':`);
      return undefined;
    },
    writeElement: (value, writer) => union.writeElement(value, writer),
  };
}
