import { isOption, optionName, takesValue } from "./option-syntax.ts";
import type { Place } from "./place.ts";
import type { Word } from "./shell-text.ts";

/**
 * What became of an argument: it stands in the document; it is handed to QEMU as it is; libvirt does the same of its own
 * accord; or it is left out, for a reason that is noted.
 */
export type Fate = "document" | "commandline" | "implied" | "omitted";

/** One option of the command line, with its value if it has one; or an image that stands alone. */
export class Argument implements Place {
  readonly line: number;
  readonly column: number;
  /** Name without dashes; empty for an image that stands alone. */
  readonly option: string;
  /** The value, or the image. */
  readonly value: string;
  /** The words as they are handed on. */
  readonly words: readonly string[];
  readonly notes: string[] = [];
  /** Objects of the document that came from it. */
  readonly made: object[] = [];
  /** Places of the document besides those. */
  readonly places: string[] = [];
  #fate: Fate | undefined;

  constructor(words: readonly Word[]) {
    const [first, second] = words;
    this.line = first?.line ?? 1;
    this.column = first?.column ?? 1;
    this.words = words.map(({ text }) => text);
    const name = first?.text ?? "";
    this.option = isOption(name) ? optionName(name) : "";
    this.value = this.option === "" ? name : (second?.text ?? "");
  }

  /** What became of it; `undefined` while nobody has dealt with it. */
  get fate(): Fate | undefined {
    return this.#fate;
  }

  /** It stands in the document, as this object or at this place. */
  place(...where: (object | string)[]): void {
    this.#fate = "document";
    for (const each of where) {
      if (typeof each !== "string") this.made.push(each);
      else if (!this.places.includes(each)) this.places.push(each);
    }
  }

  /** libvirt does it of its own accord. */
  imply(reason?: string): void {
    this.#fate ??= "implied";
    if (reason !== undefined) this.note(reason);
  }

  /** It would be wrong in a document, or cannot be there. */
  omit(reason: string): void {
    this.#fate ??= "omitted";
    this.note(reason);
  }

  /** It is handed to QEMU as it is. */
  pass(reason?: string): void {
    this.#fate = "commandline";
    if (reason !== undefined) this.note(reason);
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}

/**
 * Groups words: an option takes the word behind it unless it is one that stands alone. One that is not `known` has no value if
 * another option stands behind it.
 */
export function readArguments(words: readonly Word[], known: (option: string) => boolean): Argument[] {
  const result: Argument[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (!word) break;
    const value = words[at + 1];
    const valued =
      isOption(word.text) &&
      takesValue(word.text) &&
      value !== undefined &&
      (known(optionName(word.text)) || !isOption(value.text));
    result.push(new Argument(valued ? [word, value] : [word]));
    if (valued) at++;
  }
  return result;
}
