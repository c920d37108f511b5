import type { XmlElement } from "@tsvirt/codec/xml";
import type { Cause, CommandLine } from "./context.ts";

/** An option of a command line with its value, and why it is there. */
export interface ExplainedOption {
  /** The option and its value, or one word of the user's own. */
  readonly words: readonly string[];
  readonly reason:
    | { readonly kind: "element"; readonly path: string; readonly line: number; readonly column: number }
    /** A device or setting that the document does not name and every such guest has. */
    | { readonly kind: "default"; readonly of: string }
    /** The same for all guests. */
    | { readonly kind: "always" };
}

/**
 * What caused each option of a command line. `places` are where the document's values were read from
 * (`readDomain(…).reader.places`).
 */
export function explainCommandLine(
  { args, causes }: Pick<CommandLine, "args" | "causes">,
  places: ReadonlyMap<object, XmlElement>,
): ExplainedOption[] {
  const options: ExplainedOption[] = [];
  let words: string[] = [];
  for (const [index, word] of args.entries()) {
    words.push(word);
    const next = args[index + 1];
    // An option's value follows it, written for the same reason.
    if (next !== undefined && words.length === 1 && !next.startsWith("-") && causes[index] === causes[index + 1])
      continue;
    options.push({ words, reason: reasonOf(causes[index], places) });
    words = [];
  }
  return options;
}

function reasonOf(cause: Cause | undefined, places: ReadonlyMap<object, XmlElement>): ExplainedOption["reason"] {
  if (cause === undefined) return { kind: "always" };
  const { value, element } = cause;
  const owner = places.get(value);
  const place = element === undefined ? owner : owner?.element(element);
  if (place) return { kind: "element", path: place.path, ...place.position };
  return { kind: "default", of: element ?? describe(value) };
}

/** What a value without a place is: its alias tells devices apart. */
function describe(value: object): string {
  return "alias" in value && typeof value.alias === "string" ? value.alias : "";
}
