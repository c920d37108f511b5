import { type AnyCodec, type AnyField, type Fields, fieldsOf } from "@tsvirt/codec/xml";
import type { DocComments } from "./doc-comments.ts";

/** The reference of one kind of document. */
export interface XmlPage {
  readonly title: string;
  /** Root elements. */
  readonly roots: readonly AnyCodec[];
  /** Folder of the declarations, relative to the repository. */
  readonly folder: string;
  /** Contents of elements that have a page of their own: its file. */
  readonly elsewhere: ReadonlyMap<Fields, string>;
}

interface Section {
  readonly codec: AnyCodec;
  readonly fields: Fields;
  readonly className: string;
  readonly element: string;
  readonly places: string[];
}

interface Sections {
  readonly here: Map<AnyCodec, Section>;
  readonly elsewhere: ReadonlyMap<Fields, string>;
}

const MAX_PLACES = 4;
/** A limit this high only guards against abuse. */
const MANY = 4096;

/** Markdown of a page: a section for each element, in the order in which a document has them. */
export function xmlPage({ title, roots, folder, elsewhere }: XmlPage, docs: DocComments): string {
  const sections: Sections = { here: new Map(), elsewhere };
  for (const root of roots) collect(root, "", sections);
  const lines = [`# ${title}`, "", note, ""];
  for (const section of sections.here.values()) lines.push(...describe(section, sections, docs, folder));
  return `${lines.join("\n").trimEnd()}\n`;
}

const note =
  "Made from the declarations by `npm run reference`; do not edit. `@name` is an attribute, `<name>` a child element; what is not marked " +
  "as required may be absent.";

function nameOf(codec: AnyCodec): string {
  const options = "options" in codec ? (codec.options as { namespace?: { prefix: string } } | undefined) : undefined;
  const name = (codec.elementNames[0] ?? "").replace(/^\{.*\}/, "");
  return options?.namespace === undefined ? name : `${options.namespace.prefix}:${name}`;
}

function collect(codec: AnyCodec, above: string, sections: Sections): void {
  const { parts } = codec;
  if (parts?.kind === "union") for (const member of parts.members) collect(member, above, sections);
  else if (parts?.kind === "choice")
    for (const member of Object.values(parts.members)) collect(member, above, sections);
  const fields = fieldsOf(codec);
  if (fields === undefined || sections.elsewhere.has(fields)) return;
  const element = nameOf(codec);
  const place = `${above}/${element}`;
  const known = sections.here.get(codec);
  if (known !== undefined) {
    if (!known.places.includes(place)) known.places.push(place);
    return;
  }
  sections.here.set(codec, { codec, fields, className: classNameOf(codec), element, places: [place] });
  for (const [key, { spec }] of Object.entries(fields)) {
    const inner = spec.codec?.(key);
    if (inner !== undefined) collect(inner, place, sections);
  }
}

function classNameOf(codec: AnyCodec): string {
  return "name" in codec && typeof codec.name === "string" ? codec.name : "";
}

function describe(
  { fields, className, element, places }: Section,
  sections: Sections,
  docs: DocComments,
  folder: string,
): string[] {
  const doc = docs.of(className, folder);
  const more = places.length - MAX_PLACES;
  const where = places
    .slice(0, MAX_PLACES)
    .map((place) => `\`${place}\``)
    .join(", ");
  const lines = [`## \`<${element}>\` (${className})`, ""];
  if (doc !== undefined && doc.text !== "") lines.push(doc.text, "");
  lines.push(`At ${where}${more > 0 ? ` and ${more} more places` : ""}.`, "");
  const rows = Object.entries(fields).map(([key, field]) => row(key, field, sections, doc?.fields.get(key) ?? ""));
  if (rows.length > 0) lines.push("| | value | | meaning |", "| --- | --- | --- | --- |", ...rows, "");
  return lines;
}

function row(key: string, field: AnyField, sections: Sections, meaning: string): string {
  const { spec } = field;
  const codec = spec.codec?.(key);
  const name = spec.name ?? key;
  if (spec.scalar !== undefined) {
    const label = spec.kind === "attribute" ? `\`@${name}\`` : "text";
    return cells(label, spec.scalar.expects, presence(field), meaning);
  }
  if (codec === undefined) return cells(`\`<${name}/>\``, "there or not", presence(field), meaning);
  const { parts } = codec;
  const element = nameOf(codec);
  if (parts?.kind === "leaf") {
    const label = parts.attribute === undefined ? `\`<${element}>\`` : `\`<${element} ${parts.attribute}=''>\``;
    return cells(label, parts.scalar.expects, presence(field), meaning);
  }
  const label =
    parts?.kind === "choice" ? codec.elementNames.map((each) => `\`<${each}>\``).join(", ") : `\`<${element}>\``;
  return cells(label, contentOf(codec, sections), presence(field), meaning);
}

function contentOf(codec: AnyCodec, sections: Sections): string {
  const file = sections.elsewhere.get(fieldsOf(codec) ?? {});
  if (file !== undefined) return `[${classNameOf(codec)}](${file})`;
  const section = sections.here.get(codec);
  if (section !== undefined) return `[${section.className}](#${anchor(section)})`;
  const { parts } = codec;
  if (parts?.kind === "raw") return "any XML, kept as it is";
  const members =
    parts?.kind === "union" ? parts.members : parts?.kind === "choice" ? Object.values(parts.members) : [];
  const links = members.map((member) => contentOf(member, sections));
  return links.length === 0 ? "" : links.join(" or ");
}

/** As GitHub makes them of headings. */
function anchor({ element, className }: Section): string {
  return `${element} ${className}`
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replace(/ /g, "-");
}

function presence({ presence: kind, spec }: AnyField): string {
  const notes: string[] = [];
  if (kind === "required") notes.push("required");
  if (kind === "list") notes.push(spec.max === undefined || spec.max >= MANY ? "any number" : `up to ${spec.max}`);
  if (kind === "default")
    notes.push(`default ${defaultText(spec)}${spec.implied === true ? ", not written then" : ""}`);
  if (spec.live === true) notes.push("running guests only");
  if (spec.readLive === true) notes.push("not read from definitions");
  if (spec.state === true) notes.push("state files only");
  if (spec.secret === true) notes.push("written with the right to see secrets");
  if (spec.readOnly === true) notes.push("old spelling, read only");
  if (spec.lenient === true) notes.push("a wrong value counts as none");
  return notes.join("; ");
}

function defaultText(spec: AnyField["spec"]): string {
  const codec = spec.codec?.("");
  const scalar = spec.scalar ?? (codec?.parts?.kind === "leaf" ? codec.parts.scalar : undefined);
  return `\`${scalar?.format(spec.fallback as never) ?? String(spec.fallback)}\``;
}

function cells(...texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}
