import type { SourceFile } from "./files.ts";
import type { Finding } from "./rules.ts";

const DECLARATION =
  /^export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:(?:class|function\*?|interface|type)\s+(\w+)|(?:const|let)\s+(\w+|\{))/;

/** Words that say nothing by themselves. */
const FILLERS: ReadonlySet<string> = new Set(
  "a an and as by for from in is it its of on one the this that to with".split(" "),
);

/** Exported symbols of a package without a doc comment, or with one that only says the name again. */
export function checkDocumented(file: SourceFile): readonly Finding[] {
  if (!/^packages\/[^/]+\/src\/.*\.ts$/.test(file.path) || file.path.endsWith(".test.ts")) return [];
  const lines = file.text.split("\n");
  // A type and its value, or the signatures of one function, share the comment of the first.
  const documented = new Set<string>();
  const findings: Finding[] = [];
  for (const [index, line] of lines.entries()) {
    const match = DECLARATION.exec(line);
    const name = match?.[1] ?? match?.[2];
    if (name === undefined || documented.has(name)) continue;
    const comment = commentAbove(lines, index);
    const complain = (what: string) => findings.push({ path: file.path, line: index + 1, what });
    if (comment === undefined) complain(`'${name}' is exported without a doc comment`);
    else if (restates(comment, name)) complain(`the comment of '${name}' only says its name again`);
    documented.add(name);
  }
  return findings;
}

/** The text of the doc comment that ends right above a line; line comments in between are for the linter. */
function commentAbove(lines: readonly string[], index: number): string | undefined {
  let last = index - 1;
  while (lines[last]?.startsWith("//")) last--;
  if (!lines[last]?.endsWith("*/")) return undefined;
  let first = last;
  while (first >= 0 && !/^\s*\/\*/.test(lines[first] ?? "")) first--;
  if (!lines[first]?.startsWith("/**")) return undefined;
  return lines
    .slice(first, last + 1)
    .join(" ")
    .replace(/\/\*\*|\*\/|\s\*\s/g, " ")
    .trim();
}

function restates(comment: string, name: string): boolean {
  const own = new Set(words(name.replace(/([a-z0-9])([A-Z])/g, "$1 $2")));
  return words(comment).every((word) => own.has(word) || FILLERS.has(word));
}

function words(text: string): string[] {
  return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map((word) => word.replace(/s$/, ""));
}
