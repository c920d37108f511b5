/** One import of a source file. */
export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** `import()`, as opposed to a static import or re-export. */
  readonly dynamic: boolean;
  /** `import type` or `export type`: gone when it runs. */
  readonly typeOnly: boolean;
}

/** `text` with comments blanked out (newlines kept), good enough for formatted sources. */
export function withoutComments(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|(^|[\s;{}(,])\/\/[^\n]*/g,
    (match, before: string | undefined) => (before ?? "") + match.slice((before ?? "").length).replace(/[^\n]/g, " "),
  );
}

/** The imports of a TypeScript source as the formatter lays them out: static, re-exporting, side-effect and `import()`. */
export function importsOf(text: string): readonly Import[] {
  const source = withoutComments(text);
  const found: Import[] = [];
  const pattern =
    /^(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|^import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  for (const match of source.matchAll(pattern)) {
    const specifier = match[1] ?? match[2] ?? match[3];
    if (specifier === undefined) continue;
    const line = source.slice(0, match.index).split("\n").length;
    found.push({
      specifier,
      line,
      dynamic: match[3] !== undefined,
      typeOnly: /^(?:import|export)\s+type\b/.test(match[0]),
    });
  }
  return found;
}
