import { ErrorCode } from "@tsvirt/base";
import type { FieldTexts, Reader, XmlElement } from "@tsvirt/codec/xml";

/** Name of the network that an element stands in, as libvirt's messages have it. */
export function networkName(node: XmlElement, reader: Reader): string {
  if (reader.owner !== undefined) return reader.owner;
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root.element("name")?.text ?? "(null)";
}

/** Messages that name the network: `%n` stands for its name, `%s` for the value found. */
export function inNetwork(invalid: string, missing?: string): FieldTexts {
  const named = (text: string) => (node: XmlElement, reader: Reader) =>
    text.replace("%n", () => networkName(node, reader));
  return { invalid: named(invalid), ...(missing === undefined ? {} : { missing: named(missing) }) };
}

/** {@link inNetwork} for what libvirt calls an unsupported configuration. */
export function unsupportedInNetwork(invalid: string, missing?: string): FieldTexts {
  return { ...inNetwork(invalid, missing), code: ErrorCode.configUnsupported, missingCode: ErrorCode.xmlError };
}

/** Refuses more than one child element of a name. */
export function onlyOne(node: XmlElement, reader: Reader, name: string, text: string): void {
  if (node.elements.filter((each) => each.name === name).length > 1) reader.report(node, text);
}

/** {@link inNetwork} for what libvirt calls a detail. */
export function detailInNetwork(invalid: string, missing = invalid): FieldTexts {
  return { ...inNetwork(invalid, missing), code: ErrorCode.xmlDetail, missingCode: ErrorCode.xmlDetail };
}

/** libvirt's words for an address that the system's resolver does not take. */
export const unresolved: FieldTexts = {
  invalid: "Cannot parse socket address '%s': Name or service not known",
  code: ErrorCode.systemError,
  missingCode: ErrorCode.xmlError,
};
