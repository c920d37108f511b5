import type { AnyCodec, AnyElement, Codec, FieldTexts, TypeOf } from "./field.ts";
import { missingText, reportInvalid } from "./reader.ts";
import { oneOf } from "./scalar.ts";

/**
 * Elements of one name whose attribute says which they are: `union("type", { pci: PciAddress, usb: UsbAddress })`. Each
 * member declares that attribute with its own word, which makes the values a discriminated union.
 */
export function union<const M extends Readonly<Record<string, AnyElement & { readonly elementName: string }>>>(
  attribute: string,
  members: M,
  options: UnionOptions<keyof M & string> = {},
): Codec<TypeOf<M[keyof M]>> {
  const byWord = new Map<string, AnyCodec>(Object.entries(members));
  const first = Object.values(members)[0];
  const elementName = first?.elementName ?? "";
  const scalar = oneOf(...byWord.keys());
  return {
    elementNames: first?.elementNames ?? [],
    parts: { kind: "union", members: Object.values(members), attribute },
    readElement(node, reader) {
      const word = node.attribute(attribute) ?? options.fallback;
      if (word === undefined) {
        reader.report(
          node,
          missingText(options, node, reader) ?? `Missing required attribute '${attribute}' in element '${elementName}'`,
          {
            code: options.missingCode ?? options.code,
            hint: `expected ${scalar.expects}`,
          },
        );
        return undefined;
      }
      const member = byWord.get(word);
      if (member === undefined) {
        reportInvalid(reader, node, { attribute, scalar, found: word, texts: options });
      }
      return member?.readElement(node, reader);
    },
    writeElement(value: Readonly<Record<string, unknown>>, writer) {
      byWord.get(String(value[attribute]))?.writeElement(value as never, writer);
    },
  };
}

/** What a missing or unknown word of a {@link union} means. */
export interface UnionOptions<W extends string> extends FieldTexts {
  /** The word that an absent attribute stands for. */
  readonly fallback?: W;
}

type Member<M> = { [K in keyof M]: { [N in K]: TypeOf<M[K]> } }[keyof M];

/**
 * Elements of several names whose order among each other matters: `anyOf({ rule: Rule, filterref: FilterRef })`. A value
 * is `{ rule: … }` or `{ filterref: … }`.
 */
export function anyOf<const M extends Readonly<Record<string, AnyCodec>>>(members: M): Codec<Member<M>> {
  const byElement = new Map<string, readonly [key: string, codec: AnyCodec]>();
  for (const [key, codec] of Object.entries(members)) {
    for (const name of codec.elementNames) byElement.set(name, [key, codec]);
  }
  return {
    elementNames: [...byElement.keys()],
    parts: { kind: "choice", members },
    readElement(node, reader) {
      const found = byElement.get(node.name);
      const value = found?.[1].readElement(node, reader);
      return found === undefined || value === undefined ? undefined : { [found[0]]: value };
    },
    writeElement(value: Readonly<Record<string, unknown>>, writer) {
      for (const [key, codec] of Object.entries(members)) {
        const item = value[key];
        if (item !== undefined) codec.writeElement(item as never, writer);
      }
    },
  };
}
