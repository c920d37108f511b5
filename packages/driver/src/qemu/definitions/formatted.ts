/** How many documents are kept: enough for whoever asks for the same few over and over, little for thousands of guests. */
const KEPT = 64;

/**
 * Documents that were formatted lately. Clients ask for the same document again and again (one `vagrant up` 843 times), and
 * formatting a large one takes milliseconds. The key is the definition's own text, so that nothing can be stale.
 */
export class FormattedDocuments {
  readonly #kept = new Map<string, string>();

  /** The document made from `definition` in the form that `flags` tell, made anew if need be. */
  get(definition: string, flags: number, make: () => string): string {
    const key = `${flags}:${definition}`;
    const found = this.#kept.get(key);
    if (found !== undefined) {
      // The one used last is the last to go.
      this.#kept.delete(key);
      this.#kept.set(key, found);
      return found;
    }
    const made = make();
    this.#kept.set(key, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}
