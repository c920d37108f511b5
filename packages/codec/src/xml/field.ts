import type { ErrorCode } from "@tsvirt/base";
import type { RawElement } from "./raw.ts";
import type { Reader } from "./reader.ts";
import type { AnyScalar, Scalar } from "./scalar.ts";
import type { XmlElement } from "./tree.ts";
import type { XmlWriter } from "./writer.ts";

/** How often a declared field stands in its element, and what its absence means. */
export type Presence = "required" | "optional" | "default" | "list";

/** libvirt's own words where they differ from the usual ones. `%s` stands for the value found. */
export interface FieldTexts {
  /** Instead of "Invalid value for attribute …". */
  readonly invalid?: string | ((node: XmlElement, reader: Reader) => string);
  /** Instead of "Missing required attribute …". */
  readonly missing?: string | ((parent: XmlElement, reader: Reader) => string);
  /** Code of both; `xmlError` unless said otherwise. */
  readonly code?: ErrorCode;
  /** Code of `missing` alone. */
  readonly missingCode?: ErrorCode;
}

/** libvirt's words for an element that stands there twice. */
export interface Repeated {
  readonly text: string;
  readonly code?: ErrorCode;
}

/** How a field reads and writes; what kind it is decides which of the members are used. */
export interface FieldSpec {
  readonly kind: "attribute" | "text" | "flag" | "child";
  /** XML name where it is not the field's own. */
  readonly name?: string | undefined;
  readonly scalar?: AnyScalar;
  readonly codec?: (key: string) => AnyCodec;
  readonly fallback?: unknown;
  /** Most elements of a list. */
  readonly max?: number;
  /** The value that stands for absence is not written. */
  readonly implied?: boolean;
  readonly texts?: FieldTexts | undefined;
  /** Exists only while the object is active. */
  readonly live?: boolean;
  /** Not read from persistent forms, but always written. */
  readonly readLive?: boolean;
  /** Written only with the right to see secrets. */
  readonly secret?: boolean;
  /** Only in our own state files. */
  readonly state?: boolean;
  /** A value that is none is reported as odd and taken for absent. */
  readonly lenient?: boolean;
  /** An empty text counts as absent. */
  readonly unlessEmpty?: boolean;
  /** Zero counts as absent. */
  readonly unlessZero?: boolean;
  /** What libvirt says to a second element of it. */
  readonly repeated?: Repeated;
  /** Read, but never written: an old spelling that a check turns into the new one. */
  readonly readOnly?: boolean;
  /** Written only if this says so. */
  readonly when?: (value: never, writer: XmlWriter, element: Readonly<Record<string, unknown>>) => boolean;
}

declare const valueType: unique symbol;

/** A declared field of values of type `T`. */
export interface Field<T, P extends Presence = Presence> {
  readonly presence: P;
  readonly spec: FieldSpec;
  readonly [valueType]?: T;
}
/** A {@link Field} whose type does not matter. */
export interface AnyField {
  readonly presence: Presence;
  readonly spec: FieldSpec;
}
/** A table of fields; the order is the order of output. */
export type Fields = Readonly<Record<string, AnyField>>;

/** What reads and writes whole child elements: element classes, unions and leaves. */
export interface AnyCodec {
  /** Local names this codec reads; with `{uri}` in front if namespaced. */
  readonly elementNames: readonly string[];
  /** Undefined when the element could not be read; the reader has been told why. */
  readElement(node: XmlElement, reader: Reader): unknown;
  writeElement(value: never, writer: XmlWriter): void;
  /** What the codec is made of, for walking; element classes have `fields` instead. */
  readonly parts?: CodecParts;
}
/**
 * What a codec that is no element class is made of. A leaf's value stands in its text, or in `attribute`; which member of a union
 * a value belongs to says its `attribute`, or if there is none the attributes that the value has.
 */
export type CodecParts =
  | { readonly kind: "leaf"; readonly scalar: AnyScalar; readonly attribute?: string }
  | { readonly kind: "union"; readonly members: readonly AnyCodec[]; readonly attribute?: string }
  | { readonly kind: "choice"; readonly members: Readonly<Record<string, AnyCodec>> }
  | { readonly kind: "raw" };
/** A codec that is not a class: a union, a leaf. */
export interface Codec<T> extends AnyCodec {
  readonly [valueType]?: T;
}
/** An element class, as parameters ask for it. */
export interface AnyElement extends AnyCodec {
  new (_: never): object;
}
/** An element class or codec of `T`; the written return type of a {@link lazyChild}. */
export type ElementOf<T> = AnyCodec & { new (_: never): T };

/** The declared fields of an element class; undefined for any other codec. */
export function fieldsOf(codec: AnyCodec): Fields | undefined {
  return "fields" in codec ? (codec.fields as Fields) : undefined;
}

/** The value of a codec: the class's instance type, which keeps its name, or the codec's. */
export type TypeOf<C> = C extends abstract new (_: never) => infer T ? T : C extends Codec<infer T> ? T : never;

type ValueOf<F> = F extends Field<infer T, infer P> ? (P extends "list" ? T[] : T) : never;
type OptionalKeys<F> = {
  [K in keyof F]: F[K] extends { readonly presence: "optional" } ? K : never;
}[keyof F];

/** The plain object an element stands for. */
export type Shape<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]> } & {
  [K in OptionalKeys<F>]?: ValueOf<F[K]>;
} & HasUnknown;

/** What an element had that its declaration does not know. */
export interface UnknownContent {
  readonly attributes?: readonly (readonly [name: string, value: string])[];
  readonly elements?: readonly RawElement[];
  /** Text where only elements belong. */
  readonly text?: string;
}
/** Part of every element's value. */
export interface HasUnknown {
  unknown?: UnknownContent;
}

function make<T, P extends Presence>(presence: P, spec: FieldSpec): Field<T, P> {
  return { presence, spec };
}

/** An attribute that must be there. Its XML name is the field's unless `name` is given. */
export function attribute<T>(scalar: Scalar<T>, name?: string, texts?: FieldTexts): Field<T, "required"> {
  return make("required", { kind: "attribute", scalar, name, texts });
}
/** An attribute that may be absent. */
attribute.optional = <T>(scalar: Scalar<T>, name?: string, texts?: FieldTexts): Field<T, "optional"> =>
  make("optional", { kind: "attribute", scalar, name, texts });
/** An attribute that is filled in when absent, and always written. */
attribute.withDefault = <T>(
  scalar: Scalar<T>,
  fallback: NoInfer<T>,
  name?: string,
  texts?: FieldTexts,
): Field<T, "default"> => make("default", { kind: "attribute", scalar, fallback, name, texts });
/** An attribute with a default that libvirt leaves out when it writes. */
attribute.implied = <T>(
  scalar: Scalar<T>,
  fallback: NoInfer<T>,
  name?: string,
  texts?: FieldTexts,
): Field<T, "default"> => make("default", { kind: "attribute", scalar, fallback, implied: true, name, texts });

/** The text of the element itself. Only for elements without child elements. */
export function content<T>(scalar: Scalar<T>, texts?: FieldTexts): Field<T, "required"> {
  return make("required", { kind: "text", scalar, texts });
}
/** {@link content} that may be empty: the field is absent then. */
content.optional = <T>(scalar: Scalar<T>, texts?: FieldTexts): Field<T, "optional"> =>
  make("optional", { kind: "text", scalar, texts });

/** `true` when an empty element of that name stands there; absent otherwise. */
export function flag(name?: string): Field<true, "optional"> {
  return make("optional", { kind: "flag", name });
}

/** Most elements of a list whose declaration says nothing else. */
const MAX_CHILDREN = 16_384;

/** A child element that must be there once. */
export function child<C extends AnyCodec>(codec: C, texts?: FieldTexts): Field<TypeOf<C>, "required"> {
  return make("required", { kind: "child", codec: () => codec, texts });
}
/** A child element that may be absent. */
child.optional = <C extends AnyCodec>(codec: C): Field<TypeOf<C>, "optional"> =>
  make("optional", { kind: "child", codec: () => codec });

/** Child elements, up to `max`; an empty array if there is none. */
export function children<C extends AnyCodec>(codec: C, max: number = MAX_CHILDREN): Field<TypeOf<C>, "list"> {
  return make("list", { kind: "child", codec: () => codec, max });
}

/** A child of a class that is declared later or refers to itself: write the arrow's return type. */
export function lazyChild<T>(codec: () => ElementOf<T>): Field<T, "optional"> {
  return make("optional", { kind: "child", codec });
}

/** Several of a {@link lazyChild}. */
export function lazyChildren<T>(codec: () => ElementOf<T>): Field<T, "list"> {
  return make("list", { kind: "child", codec });
}

/** A mark on a field: it exists only while the object is active; persistent forms neither read nor write it. */
export function live<T, P extends Presence>(field: Field<T, P>): Field<T, P> {
  return make(field.presence, { ...field.spec, live: true });
}

/** A mark on a field: persistent forms are read without it, but what is there is always written. */
export function readLive<T, P extends Presence>(field: Field<T, P>): Field<T, P> {
  return make(field.presence, { ...field.spec, readLive: true });
}

/** A mark on a field: it is written only with the right to see secrets. */
export function secret<T, P extends Presence>(field: Field<T, P>): Field<T, P> {
  return make(field.presence, { ...field.spec, secret: true });
}

/** A mark on a field: it stands only in our own state files; other forms neither read nor write it. */
export function stateOnly<T, P extends Presence>(field: Field<T, P>): Field<T, P> {
  return make(field.presence, { ...field.spec, state: true });
}

/** A mark on an attribute, leaf or single: a value that is none or missing counts as absent, with a warning. */
export function lenient<T>(field: Field<T, "optional">): Field<T, "optional"> {
  const { codec } = field.spec;
  if (codec === undefined) return make(field.presence, { ...field.spec, lenient: true });
  return make(field.presence, { ...field.spec, codec: (key) => lenientCodec(codec(key)) });
}

function lenientCodec(codec: AnyCodec): AnyCodec {
  return {
    ...codec,
    readElement: (node, reader) => reader.leniently(() => codec.readElement(node, reader)),
    writeElement: (value, writer) => codec.writeElement(value, writer),
  };
}

/** A mark on an optional field: zero counts as absent, as where libvirt keeps no difference. */
export function unlessZero<T>(field: Field<T, "optional">): Field<T, "optional"> {
  return make(field.presence, { ...field.spec, unlessZero: true });
}

/** A mark on an attribute or {@link single}: an empty text counts as absent, as where libvirt keeps no difference. */
export function unlessEmpty<T, P extends "required" | "optional">(field: Field<T, P>): Field<T, P> {
  const { codec } = field.spec;
  if (codec === undefined) return make(field.presence, { ...field.spec, unlessEmpty: true });
  return make(field.presence, { ...field.spec, codec: (key) => emptyIsAbsent(codec(key)) });
}

function emptyIsAbsent(codec: AnyCodec): AnyCodec {
  const name = codec.parts?.kind === "leaf" ? codec.parts.attribute : undefined;
  return {
    ...codec,
    readElement: (node, reader) =>
      name !== undefined && node.attribute(name) === "" ? undefined : codec.readElement(node, reader),
    writeElement: (value, writer) => codec.writeElement(value, writer),
  };
}

/** A mark on a field: a second element of it is an error in libvirt's words; without the mark it is only odd. */
export function once<T, P extends Presence>(field: Field<T, P>, text: string, code?: ErrorCode): Field<T, P> {
  const repeated = code === undefined ? { text } : { text, code };
  return make(field.presence, { ...field.spec, repeated });
}

/** A mark on a field: an old spelling that is understood and never written. */
export function obsolete<T, P extends Presence>(field: Field<T, P>): Field<T, P> {
  return make(field.presence, { ...field.spec, readOnly: true });
}

/** A mark on a field: it is written only if `rule` says so; the rule sees the whole element's value too. */
export function writtenIf<T, P extends Presence>(
  field: Field<T, P>,
  rule: (value: T, writer: XmlWriter, element: Readonly<Record<string, unknown>>) => boolean,
): Field<T, P> {
  return make(field.presence, { ...field.spec, when: rule });
}
