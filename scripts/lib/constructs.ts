import type { SourceFile } from "./files.ts";
import { withoutComments } from "./imports.ts";
import type { Finding } from "./rules.ts";

const isSource = ({ path }: SourceFile): boolean => /^packages\/[^/]+\/src\/.*\.ts$/.test(path);
const isProduct = (file: SourceFile): boolean => isSource(file) && !file.path.endsWith(".test.ts");
const isTypeScript = ({ path }: SourceFile): boolean => /\.m?ts$/.test(path) && !path.startsWith("scripts/lib/");

interface Construct {
  /** Global: every match is a finding. */
  readonly pattern: RegExp;
  readonly what: string;
  /** Whether the rule is for this file. */
  readonly applies: (file: SourceFile) => boolean;
  /** The rule is about comments too. */
  readonly inComments?: true;
}

/** What the code's rules exclude, by the name under which {@link EXCEPTIONS} lists what is allowed all the same. */
const CONSTRUCTS = {
  "plain error": {
    pattern: /\b(?:new|throw) Error\(/g,
    what: "a plain Error: use VirtError, InternalError or the codec's errors",
    applies: isProduct,
  },
  "any type": { pattern: /(?:\bas|:|<|\|) ?any\b(?! ?[:("'])/g, what: "any", applies: isTypeScript },
  "double cast": { pattern: /\bas (?:unknown|never) as\b/g, what: "a cast through another type", applies: isSource },
  "silenced tool": {
    pattern: /@ts-(?:ignore|expect-error|nocheck)\b|\bbiome-ignore/g,
    what: "a tool that was silenced",
    applies: isProduct,
    inComments: true,
  },
  "empty catch": {
    pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}|\.catch\(\(\w*\) => (?:\{\s*\}|null)\)/g,
    what: "an error that is swallowed",
    applies: isProduct,
  },
  "blocking call": {
    pattern: /\b[a-z]\w*Sync\(/g,
    what: "a blocking call in what may be a daemon",
    applies: isProduct,
  },
  unfinished: {
    pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/g,
    what: "unfinished work: an issue is the place for it",
    applies: isTypeScript,
    inComments: true,
  },
  "focused test": {
    pattern: /\b(?:test|it|describe)\.only\(/g,
    what: "a test that hides the others",
    applies: isTypeScript,
  },
} satisfies Readonly<Record<string, Construct>>;

/** A construct that one file may have, and why there is no other way. */
interface Exception {
  readonly path: string;
  readonly construct: keyof typeof CONSTRUCTS;
  readonly why: string;
}

const byStatics =
  "`this` in a static is the class that extends, whose fields differ; the linter does not know such classes";
const byMixin = "a class whose statics are generic in the fields: no expression of the language has that type";

/** All exceptions there are. One that is no longer needed is a finding. */
const EXCEPTIONS: readonly Exception[] = [
  { path: "packages/codec/src/options/option.ts", construct: "silenced tool", why: byStatics },
  { path: "packages/codec/src/xml/element.ts", construct: "silenced tool", why: byStatics },
  { path: "packages/codec/src/xdr/struct.ts", construct: "silenced tool", why: byStatics },
  { path: "packages/codec/src/conf/settings.ts", construct: "silenced tool", why: byStatics },
  { path: "packages/codec/src/options/option.ts", construct: "double cast", why: byMixin },
  { path: "packages/codec/src/xml/element.ts", construct: "double cast", why: byMixin },
  { path: "packages/codec/src/conf/settings.ts", construct: "double cast", why: byMixin },
  {
    path: "packages/codec/src/options/json.ts",
    construct: "silenced tool",
    why: "JSON's grammar names control characters: it excludes them",
  },
  {
    path: "packages/codec/src/xml/characters.ts",
    construct: "silenced tool",
    why: "XML's grammar names the control characters and surrogates that it excludes",
  },
];

/** Constructs that the code's rules exclude, apart from the exceptions. */
export function checkConstructs(file: SourceFile): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [name, construct] of Object.entries(CONSTRUCTS) as readonly [Exception["construct"], Construct][]) {
    if (isExcepted(file.path, name)) continue;
    for (const line of linesWith(construct, file)) findings.push({ path: file.path, line, what: construct.what });
  }
  return findings.sort((a, b) => a.line - b.line);
}

/** Exceptions of which nothing in these files makes use. */
export function checkExceptions(files: readonly SourceFile[]): readonly Finding[] {
  const unused = EXCEPTIONS.filter(({ path, construct }) => {
    const file = files.find((each) => each.path === path);
    return file === undefined || linesWith(CONSTRUCTS[construct], file).length === 0;
  });
  return unused.map(({ path, construct }) => ({
    path,
    line: 1,
    what: `the exception for '${construct}' is not needed`,
  }));
}

function isExcepted(path: string, construct: Exception["construct"]): boolean {
  return EXCEPTIONS.some((each) => each.path === path && each.construct === construct);
}

function linesWith({ pattern, applies, inComments }: Construct, file: SourceFile): readonly number[] {
  if (!applies(file)) return [];
  const text = inComments ? file.text : withoutComments(file.text);
  return [...text.matchAll(pattern)].map(({ index }) => text.slice(0, index).split("\n").length);
}
