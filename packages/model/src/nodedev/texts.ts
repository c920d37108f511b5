import { ErrorCode } from "@tsvirt/base";
import type { FieldTexts, Reader, XmlElement } from "@tsvirt/codec/xml";

/** What messages call the device that an element belongs to. */
export function deviceName(node: XmlElement, reader: Reader): string {
  if (reader.owner !== undefined) return reader.owner;
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root.element("name")?.text ?? "(null)";
}

/** Messages that name the device: `%d` stands for its name, `%s` for the value found. */
function about(invalid: string | undefined, missing: string | undefined, code: ErrorCode): FieldTexts {
  const named = (text: string) => (node: XmlElement, reader: Reader) =>
    text.replace("%d", () => deviceName(node, reader));
  return {
    code,
    missingCode: code,
    ...(invalid !== undefined && { invalid: named(invalid) }),
    ...(missing !== undefined && { missing: named(missing) }),
  };
}

/** libvirt's words for something that each device of its type has: `no … supplied for 'pci_0000_00_1f_2'`. */
export function supplied(what: string): FieldTexts {
  return about(`invalid ${what} supplied for '%d'`, `no ${what} supplied for '%d'`, ErrorCode.internalError);
}

/** {@link supplied} with words of its own; internal errors to libvirt. */
export function inDevice(missing: string, invalid?: string): FieldTexts {
  return about(invalid, missing, ErrorCode.internalError);
}

/** {@link inDevice} for what libvirt calls an unsupported configuration. */
export function unsupportedInDevice(missing: string, invalid?: string): FieldTexts {
  return about(invalid, missing, ErrorCode.configUnsupported);
}
