import type { AnyCodec, AnyField, Fields, FieldTexts, Repeated } from "./field.ts";
import type { AnyScalar } from "./scalar.ts";
import type { XmlElement } from "./tree.ts";
import type { XmlWriter } from "./writer.ts";

/** A namespace and the prefix that libvirt writes for it. */
export interface XmlNamespace {
  readonly prefix: string;
  readonly uri: string;
  /** Other spellings that are understood, with a warning. */
  readonly misspelt?: readonly string[];
}

/**
 * A field made ready for reading and writing. All slots have the same members in the same order, which the declarations' own objects
 * have not: engines read those much faster.
 */
export class Slot {
  readonly key: string;
  readonly kind: AnyField["spec"]["kind"];
  readonly presence: AnyField["presence"];
  /** Its absence says something: it is an error, or stands for a value. */
  readonly mindsAbsence: boolean;
  readonly name: string;
  readonly scalar: AnyScalar | undefined;
  readonly codec: AnyCodec | undefined;
  readonly texts: FieldTexts | undefined;
  readonly namespace: XmlNamespace | undefined;
  readonly fallback: unknown;
  readonly max: number;
  readonly lenient: boolean;
  /** Not read from persistent forms. */
  readonly skipsInactive: boolean;
  /** Neither read nor written but in our own state files. */
  readonly stateOnly: boolean;
  /** Not written into persistent forms. */
  readonly liveOnly: boolean;
  readonly secret: boolean;
  readonly readOnly: boolean;
  readonly unlessZero: boolean;
  readonly unlessEmpty: boolean;
  readonly repeated: Repeated | undefined;
  /** Not written when it has the value that stands for absence. */
  readonly implied: boolean;
  readonly when: ((value: never, writer: XmlWriter, element: Readonly<Record<string, unknown>>) => boolean) | undefined;

  constructor(key: string, { presence, spec }: AnyField) {
    this.key = key;
    this.kind = spec.kind;
    this.presence = presence;
    this.mindsAbsence = presence !== "optional";
    this.name = spec.name ?? key;
    this.scalar = spec.scalar;
    this.codec = spec.codec?.(key);
    this.texts = spec.texts;
    this.namespace = namespaceOf(this.codec);
    this.fallback = spec.fallback;
    this.max = spec.max ?? Number.POSITIVE_INFINITY;
    this.lenient = spec.lenient === true;
    this.skipsInactive = spec.live === true || spec.readLive === true;
    this.stateOnly = spec.state === true;
    this.liveOnly = spec.live === true;
    this.secret = spec.secret === true;
    this.readOnly = spec.readOnly === true;
    this.unlessZero = spec.unlessZero === true;
    this.unlessEmpty = spec.unlessEmpty === true;
    this.repeated = spec.repeated;
    this.implied = spec.implied === true;
    this.when = spec.when;
  }
}

/** The fields of an element, made ready when it is first used, so that loading the declarations costs nothing. */
export class Plan {
  readonly slots: readonly Slot[];
  readonly attributes: ReadonlyMap<string, number>;
  readonly elements: ReadonlyMap<string, number>;
  /** Index of the slot that holds the element's text; -1 if none does. */
  readonly text: number;
  readonly namespaced: readonly Slot[];
  /** What is written, in two passes. */
  readonly written: { readonly attributes: readonly Slot[]; readonly content: readonly Slot[] };

  constructor(fields: Fields) {
    const slots = Object.entries(fields).map(([key, field]) => new Slot(key, field));
    const attributes = new Map<string, number>();
    const elements = new Map<string, number>();
    let text = -1;
    for (const [index, { kind, name, codec }] of slots.entries()) {
      if (kind === "attribute") attributes.set(name, index);
      else if (kind === "text") text = index;
      else if (kind === "flag") elements.set(name, index);
      else for (const elementName of codec?.elementNames ?? []) elements.set(elementName, index);
    }
    this.slots = slots;
    this.attributes = attributes;
    this.elements = elements;
    this.text = text;
    this.namespaced = slots.filter(({ namespace }) => namespace !== undefined);
    const written = slots.filter(({ readOnly }) => !readOnly);
    this.written = {
      attributes: written.filter(({ kind }) => kind === "attribute"),
      content: written.filter(({ kind }) => kind !== "attribute"),
    };
  }

  /** Where an element of the content goes. One in a default namespace may also be meant without any. */
  indexOf({ name, namespace, prefix }: XmlElement): number | undefined {
    if (namespace === "") return this.elements.get(name);
    const index = this.elements.get(`{${namespace}}${name}`);
    return index === undefined && prefix === "" ? this.elements.get(name) : index;
  }
}

function namespaceOf(codec: AnyCodec | undefined): XmlNamespace | undefined {
  if (codec === undefined || !("options" in codec)) return undefined;
  const options = codec.options;
  return typeof options === "object" && options !== null && "namespace" in options
    ? (options.namespace as XmlNamespace)
    : undefined;
}
