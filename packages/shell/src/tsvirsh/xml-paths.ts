import type { XmlElement } from "@tsvirt/codec/xml";
import type { Shown } from "../vsh/output.ts";

/** All elements at a path of names below `root`: `devices/disk`. */
export function elementsAt(root: XmlElement, path: string): readonly XmlElement[] {
  let found: readonly XmlElement[] = [root];
  for (const name of path.split("/")) {
    found = found.flatMap(({ elements }) => elements.filter((element) => element.name === name));
  }
  return found;
}

/** The first element at a path. */
export function elementAt(root: XmlElement, path: string): XmlElement | undefined {
  return elementsAt(root, path)[0];
}

/** The attribute of the first element at a path. */
export function attributeOf(root: XmlElement, path: string, name: string): string | undefined {
  for (const element of elementsAt(root, path)) {
    const value = attribute(element, name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Of the elements at a path, the first attribute that has one of these names, in the order of the document. */
export function firstAttribute(root: XmlElement, path: string, names: readonly string[]): string | undefined {
  for (const { attributes } of elementsAt(root, path)) {
    const found = attributes.find(({ name, namespace }) => namespace === "" && names.includes(name));
    if (found) return found.value;
  }
  return undefined;
}

/** A cell of a table: a dash for nothing. */
export function textOrDash(value: string | undefined): Shown {
  return { value: value ?? null, text: value ?? "-" };
}

/** An attribute without namespace. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((one) => one.name === name && one.namespace === "")?.value;
}
