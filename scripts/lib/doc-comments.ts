import type { SourceFile } from "./files.ts";

/** What the doc comments of some sources say about classes and about the fields declared in them. */
export class DocComments {
  /** By class name; classes of one name in several files are told apart by the folder. */
  readonly #classes = new Map<string, Map<string, ClassDoc>>();

  constructor(files: readonly SourceFile[]) {
    for (const { path, text } of files) {
      const folder = path.slice(0, path.lastIndexOf("/"));
      for (const [name, doc] of classesIn(text)) {
        const byFolder = this.#classes.get(name) ?? new Map<string, ClassDoc>();
        byFolder.set(folder, doc);
        this.#classes.set(name, byFolder);
      }
    }
  }

  /** Of the class of that name in `folder` or, if it has none, in any other. */
  of(name: string, folder: string): ClassDoc | undefined {
    const byFolder = this.#classes.get(name);
    return byFolder?.get(folder) ?? byFolder?.values().next().value;
  }
}

/** The comments of one class. */
export interface ClassDoc {
  /** One paragraph; links are plain names. */
  readonly text: string;
  readonly fields: ReadonlyMap<string, string>;
}

const declaration = /(?:\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*)?(?:export )?class (\w+) extends [a-z]\w*\(/g;
const field = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*(?:"([^"]+)"|(\w+)):/g;

function* classesIn(text: string): Generator<[string, ClassDoc]> {
  const starts = [...text.matchAll(declaration)];
  for (const [index, match] of starts.entries()) {
    const [whole, comment = "", name = ""] = match;
    const body = text.slice(match.index + whole.length, starts[index + 1]?.index ?? text.length);
    const fields = new Map<string, string>();
    // The class ends where its body does.
    const end = body.indexOf(") {}");
    for (const [, doc = "", quoted, plain] of body.slice(0, end < 0 ? body.length : end).matchAll(field)) {
      fields.set(quoted ?? plain ?? "", plainText(doc));
    }
    yield [name, { text: plainText(comment), fields }];
  }
}

function plainText(comment: string): string {
  return comment
    .replace(/^\s*\*\s?/gm, "")
    .replace(/\{@link ([^}]*)\}/g, "`$1`")
    .replace(/\s+/g, " ")
    .trim();
}
