import type { Fate } from "./argument.ts";
import type { Place } from "./place.ts";

/** What became of one argument. */
export interface ArgumentReport extends Place {
  readonly words: readonly string[];
  readonly fate: Fate;
  /** Where it stands in the document, as XPaths. */
  readonly where: readonly string[];
  readonly notes: readonly string[];
}

/** What became of everything in a command line, in its order. */
export interface ImportReport {
  readonly arguments: readonly ArgumentReport[];
  /** What is to be said of the text itself, and of the document as a whole. */
  readonly notes: readonly (Place & { readonly text: string })[];
}

const words: Readonly<Record<Fate, string>> = {
  document: "",
  commandline: "handed on as it is",
  implied: "goes without saying",
  omitted: "left out",
};

/** The report as lines of text: `FILE:LINE:COLUMN: words -> place`. */
export function formatImportReport(report: ImportReport, file: string): string {
  const lines = report.arguments.map(({ line, column, words: given, fate, where, notes }) => {
    const result = [...(words[fate] === "" ? [] : [words[fate]]), ...where].join(", ");
    const more = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
    return `${file}:${line}:${column}: ${given.map(shown).join(" ")} -> ${result}${more}\n`;
  });
  const notes = report.notes.map(({ line, column, text }) => `${file}:${line}:${column}: note: ${text}\n`);
  return [...lines, ...notes].join("");
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
