import type { SourceFile } from "./files.ts";
import type { Finding } from "./rules.ts";

/** A test as documents name it: its file, and words of its name, up to the end of the sentence, the cell or the line. */
const REFERENCE = /`((?:packages|test|scripts)\/[^`*]+\.test\.ts)`(?:: ([^<|\n]+?)(?=\. |<br>| \||\n|$))?/g;

/** Tests that Markdown files name and that are not there (any more). */
export function checkTestReferences(files: readonly SourceFile[]): readonly Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const findings: Finding[] = [];
  for (const { path, text } of files.filter((file) => file.path.endsWith(".md"))) {
    for (const [index, line] of text.split("\n").entries()) {
      for (const [, file = "", name] of line.matchAll(REFERENCE)) {
        const source = texts.get(file);
        const complain = (what: string) => findings.push({ path, line: index + 1, what });
        if (source === undefined) complain(`'${file}' is not there`);
        else if (name !== undefined && !source.includes(name.trim()))
          complain(`'${file}' has no test '${name.trim()}'`);
      }
    }
  }
  return findings;
}
