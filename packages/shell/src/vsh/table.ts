import { cell } from "./display-width.ts";

/**
 * A table as virsh prints it: each cell after one blank, columns two blanks apart beyond the widest cell, a rule of
 * dashes below the header, which may be missing; no blanks at the end of a line.
 */
export function formatTable(
  header: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
  utf8: boolean,
): string {
  const lines = [...(header ? [header] : []), ...rows].map((row) => row.map((text) => cell(text, utf8)));
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.width ?? 0)));
  const format = (line: (typeof lines)[number]): string =>
    line
      .map(({ text, width }, column) =>
        column === line.length - 1 ? ` ${text}` : ` ${text}${" ".repeat((widths[column] ?? 0) - width + 2)}`,
      )
      .join("");
  const text = lines.map(format);
  if (header) text.splice(1, 0, "-".repeat(widths.reduce((sum, width) => sum + width + 3, 0)));
  return text.map((line) => `${line}\n`).join("");
}
