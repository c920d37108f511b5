import type { AnyCodec, Field, FieldTexts } from "./field.ts";
import { formatRaw, type RawElement, rawOf } from "./raw.ts";
import { missingText, reportInvalid } from "./reader.ts";
import type { AnyScalar, Scalar } from "./scalar.ts";

function leafCodec(name: string, scalar: AnyScalar, texts: FieldTexts | undefined): AnyCodec {
  return {
    elementNames: [name],
    parts: { kind: "leaf", scalar },
    readElement(node, reader) {
      for (const attribute of node.attributes) reader.unknownAttribute(node, attribute);
      for (const element of node.elements) reader.unknownElement(element);
      // libvirt takes an empty element for an absent one.
      if (node.text === "" && scalar.emptyIsValue !== true) return undefined;
      const value = scalar.parse(node.text);
      if (value === undefined) reportInvalid(reader, node, { scalar, found: node.text, texts });
      return value;
    },
    writeElement(value, writer) {
      writer.start(name);
      const formatted = scalar.format(value);
      if (formatted !== "") writer.text(formatted);
      writer.end(name);
    },
  };
}

/** A child element that is nothing but a value: `<name>vm</name>`. An empty text counts as absence, as in libvirt. */
export function leaf<T>(scalar: Scalar<T>, name?: string, texts?: FieldTexts): Field<T, "required"> {
  return {
    presence: "required",
    spec: { kind: "child", codec: (key) => leafCodec(name ?? key, scalar, texts), texts },
  };
}
/** A {@link leaf} that may be absent. */
leaf.optional = <T>(scalar: Scalar<T>, name?: string, texts?: FieldTexts): Field<T, "optional"> => ({
  presence: "optional",
  spec: { kind: "child", codec: (key) => leafCodec(name ?? key, scalar, texts), texts },
});
/** A {@link leaf} that is filled in when absent, and always written. */
leaf.withDefault = <T>(
  scalar: Scalar<T>,
  fallback: NoInfer<T>,
  name?: string,
  texts?: FieldTexts,
): Field<T, "default"> => ({
  presence: "default",
  spec: { kind: "child", codec: (key) => leafCodec(name ?? key, scalar, texts), fallback, texts },
});
/** Several leaves of one name. */
leaf.list = <T>(scalar: Scalar<T>, name: string, texts?: FieldTexts): Field<T, "list"> => ({
  presence: "list",
  spec: { kind: "child", codec: () => leafCodec(name, scalar, texts), texts },
});

function singleCodec(
  name: string,
  attribute: string,
  scalar: AnyScalar,
  texts: FieldTexts | undefined,
  fallback?: unknown,
  needed = texts?.missing !== undefined,
): AnyCodec {
  return {
    elementNames: [name],
    parts: { kind: "leaf", scalar, attribute },
    readElement(node, reader) {
      let found: string | undefined;
      for (const item of node.attributes) {
        if (item.name === attribute && item.namespace === "") found = item.value;
        else reader.unknownAttribute(node, item, [attribute]);
      }
      for (const element of node.elements) reader.unknownElement(element);
      if (found === undefined && fallback !== undefined) return fallback;
      if (found === undefined) {
        reader.report(
          node,
          missingText(texts, node, reader) ?? `Missing required attribute '${attribute}' in element '${name}'`,
          {
            code: texts?.missingCode ?? texts?.code,
            severity: needed ? "error" : "warning",
          },
        );
        return undefined;
      }
      const value = scalar.parse(found);
      if (value === undefined) reportInvalid(reader, node, { scalar, found, attribute, texts });
      return value;
    },
    writeElement(value, writer) {
      writer.start(name);
      writer.attribute(attribute, scalar.format(value));
      writer.end(name);
    },
  };
}

/**
 * A child element that carries one attribute and stands for its value: `<boot order='1'/>`. May be absent. Without the
 * attribute it counts as absent, with a warning, unless `texts.missing` says what libvirt says then.
 */
export function single<T>(
  attribute: string,
  scalar: Scalar<T>,
  name?: string,
  texts?: FieldTexts,
): Field<T, "optional"> {
  return {
    presence: "optional",
    spec: { kind: "child", codec: (key) => singleCodec(name ?? key, attribute, scalar, texts), texts },
  };
}
/** A {@link single} whose attribute may be absent: the element alone stands for `fallback`. */
single.withDefault = <T>(
  attribute: string,
  scalar: Scalar<T>,
  fallback: NoInfer<T>,
  name?: string,
): Field<T, "optional"> => ({
  presence: "optional",
  spec: { kind: "child", codec: (key) => singleCodec(name ?? key, attribute, scalar, undefined, fallback) },
});
/** Several {@link single} elements of one name. */
single.list = <T>(attribute: string, scalar: Scalar<T>, name: string, texts?: FieldTexts): Field<T, "list"> => ({
  presence: "list",
  spec: { kind: "child", codec: () => singleCodec(name, attribute, scalar, texts, undefined, true), texts },
});

/** A child element kept as it is. May be absent. */
export function verbatim(name?: string): Field<RawElement, "optional"> {
  return {
    presence: "optional",
    spec: {
      kind: "child",
      codec: (key) => ({
        elementNames: [name ?? key],
        parts: { kind: "raw" },
        readElement: (node) => rawOf(node),
        writeElement(value: RawElement, writer) {
          writer.raw(formatRaw(value, writer.depth));
        },
      }),
    },
  };
}
