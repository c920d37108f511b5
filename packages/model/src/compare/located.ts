import { type AnyCodec, type AnyField, type Fields, fieldsOf } from "@tsvirt/codec/xml";

/** A value together with what declares it, so that rules can ask for its parts by their XML names. */
export class Located {
  readonly codec: AnyCodec;
  readonly value: unknown;

  constructor(codec: AnyCodec, value: unknown) {
    this.codec = codec;
    this.value = value;
  }

  /** The text at a path such as `target/@dev`, `driver/@name` or `model` (the element's own text); undefined if it is not there. */
  text(path: string): string | undefined {
    const steps = path.split("/");
    const last = steps.at(-1) ?? "";
    const [holder] = last.startsWith("@") ? this.items(steps.slice(0, -1).join("/")) : this.items(path);
    return holder?.own(last.startsWith("@") ? last.slice(1) : undefined);
  }

  /** Whether an element or attribute is there. */
  has(path: string): boolean {
    return path.includes("@") ? this.text(path) !== undefined : this.items(path).length > 0;
  }

  /** The elements at a path such as `devices/disk`; the value itself for the empty path. */
  items(path: string): readonly Located[] {
    if (path === "") return [this];
    let found: readonly Located[] = [this];
    for (const step of path.split("/")) found = found.flatMap((each) => each.#children(step));
    return found;
  }

  /** The value of an attribute, or of the text if no name is given. */
  own(attribute: string | undefined): string | undefined {
    const { parts } = this.codec;
    if (parts?.kind === "leaf") {
      return parts.attribute === attribute ? parts.scalar.format(this.value as never) : undefined;
    }
    for (const [key, { spec }] of Object.entries(this.#fields())) {
      const asked = attribute === undefined ? spec.kind === "text" : isAttribute(spec, key, attribute);
      if (!asked || spec.scalar === undefined) continue;
      const value = this.#values()[key];
      return value === undefined ? undefined : spec.scalar.format(value as never);
    }
    return undefined;
  }

  #fields(): Fields {
    return fieldsOf(memberOf(this.codec, this.value)) ?? {};
  }

  #values(): Readonly<Record<string, unknown>> {
    return typeof this.value === "object" && this.value !== null ? (this.value as Record<string, unknown>) : {};
  }

  #children(name: string): readonly Located[] {
    const found: Located[] = [];
    for (const [key, { spec }] of Object.entries(this.#fields())) {
      const value = this.#values()[key];
      if (value === undefined || spec.kind === "attribute" || spec.kind === "text") continue;
      const codec = spec.codec?.(key);
      if (codec === undefined) {
        if ((spec.name ?? key) === name) found.push(new Located(flagCodec, value));
      } else if (codec.elementNames.some((each) => localName(each) === name)) {
        for (const item of Array.isArray(value) ? value : [value]) found.push(new Located(codec, item));
      }
    }
    return found;
  }
}

const flagCodec: AnyCodec = { elementNames: [], readElement: () => true, writeElement: () => undefined };

function isAttribute(spec: AnyField["spec"], key: string, name: string): boolean {
  return spec.kind === "attribute" && (spec.name ?? key) === name;
}

/** The member of a union that a value belongs to; any other codec itself. */
export function memberOf(codec: AnyCodec, value: unknown): AnyCodec {
  const { parts } = codec;
  if (parts?.kind !== "union" || typeof value !== "object" || value === null) return codec;
  const given = value as Readonly<Record<string, unknown>>;
  return parts.members.find((member) => isMember(member, parts.attribute, given)) ?? codec;
}

function isMember(member: AnyCodec, attribute: string | undefined, value: Readonly<Record<string, unknown>>): boolean {
  const fields = fieldsOf(member);
  if (fields === undefined) return false;
  if (attribute === undefined)
    return Object.keys(value).every((key) => key === "unknown" || Object.hasOwn(fields, key));
  const scalar = fields[attribute]?.spec.scalar;
  return scalar?.parse(String(value[attribute])) !== undefined;
}

/** An element's name without its namespace. */
export function localName(name: string): string {
  return name.slice(name.lastIndexOf("}") + 1);
}
