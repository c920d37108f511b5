import { type ConfEntry, ConfError, type ConfValue } from "./value.ts";

/** An entry to be written: places do not matter. */
export type ConfLine =
  | Pick<Extract<ConfEntry, { kind: "setting" }>, "kind" | "name" | "value" | "comment">
  | Pick<Extract<ConfEntry, { kind: "comment" }>, "kind" | "text">;

/** Writes entries as libvirt's own writer does: one a line, ended by a newline. Throws {@link ConfError}. */
export function formatConf(entries: readonly ConfLine[]): string {
  return entries.map((entry) => `${formatEntry(entry)}\n`).join("");
}

function formatEntry(entry: ConfLine): string {
  if (entry.kind === "comment") return `#${oneLine(entry.text)}`;
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(entry.name))
    throw new ConfError(`'${entry.name}' is no name of a setting`, "(new)");
  const line = `${entry.name} = ${formatConfValue(entry.value)}`;
  return entry.comment === undefined ? line : `${line} #${oneLine(entry.comment)}`;
}

/** Writes one value. Throws {@link ConfError} for a string that no kind of quotes can hold. */
export function formatConfValue(value: ConfValue): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "string") return value.length === 0 ? "[  ]" : `[ ${value.map(formatConfValue).join(", ")} ]`;
  if (!/[\r\n]/.test(value)) {
    if (!value.includes('"')) return `"${value}"`;
    if (!value.includes("'")) return `'${value}'`;
  }
  // The grammar knows no escapes.
  if (value.includes('"""') || value.endsWith('"')) throw new ConfError("no quotes can hold this string", "(new)");
  return `"""${value}"""`;
}

function oneLine(comment: string): string {
  if (/[\r\n]/.test(comment)) throw new ConfError("a comment is one line", "(new)");
  return comment;
}
