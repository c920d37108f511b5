import type { DocComments } from "./doc-comments.ts";

/** An option class, as far as the reference looks at it. */
export interface DocumentedOption {
  readonly name: string;
  readonly flag: string;
  readonly implied: string | undefined;
  readonly fields: Readonly<Record<string, { readonly scalar: { readonly expects: string }; readonly kind: string }>>;
}

/** Whether something that a module exports is an option class. */
export function isOption(value: unknown): value is DocumentedOption {
  return typeof value === "function" && "flag" in value && "fields" in value && "implied" in value;
}

const kinds: Readonly<Record<string, string>> = {
  one: "required",
  optional: "",
  list: "list: `key.0=`, `key.1=`, …",
  repeat: "may be repeated",
  ranges: "numbers and ranges",
  strings: "may be repeated",
  rest: "whatever else is there",
};

/** Markdown of QEMU's options: a section for each declaration, by flag. */
export function optionsPage(options: readonly DocumentedOption[], docs: DocComments, folder: string): string {
  const lines = [
    "# QEMU's options and devices",
    "",
    "Made from the declarations by `npm run reference`; do not edit. The keys stand in the order in which they are written; what is not marked as " +
      "required may be absent. Keys that are not here are read and written as they are.",
    "",
  ];
  const flags = [...new Set(options.map(({ flag }) => flag))].sort();
  for (const flag of flags) {
    lines.push(`## \`${flag}\``, "");
    for (const option of options.filter((each) => each.flag === flag)) lines.push(...describe(option, docs, folder));
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function describe({ name, implied, fields }: DocumentedOption, docs: DocComments, folder: string): string[] {
  const doc = docs.of(name, folder);
  const rows = Object.entries(fields).map(([key, { scalar, kind }]) => {
    const notes = [kinds[kind] ?? kind, key === implied ? "its name may be left out" : ""].filter(
      (note) => note !== "",
    );
    return `| \`${key}\` | ${scalar.expects.replaceAll("|", "\\|")} | ${notes.join("; ")} | ${doc?.fields.get(key) ?? ""} |`;
  });
  return [
    `### ${name}`,
    "",
    ...(doc === undefined || doc.text === "" ? [] : [doc.text, ""]),
    "| key | value | | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ];
}
