import type { XmlElement } from "@tsvirt/codec/xml";

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

/** An attribute without namespace. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((one) => one.name === name && one.namespace === "")?.value;
}
