import { ShellError } from "./errors.ts";

/** One piece of a command line. `end` is the end of one command: `;` or a new line. */
export type Token = { readonly kind: "word"; readonly text: string } | { readonly kind: "end" };

/** Gives the words of a command line one after the other; `undefined` at its end. Throws {@link ShellError}. */
export interface Tokens {
  next(): Token | undefined;
}

/** Arguments of a process: each is a word as it is, and all are one command. */
export function argumentTokens(words: readonly string[]): Tokens {
  let at = 0;
  return {
    next(): Token | undefined {
      const text = words[at++];
      return text === undefined ? undefined : { kind: "word", text };
    },
  };
}

const isBlank = (char: string): boolean => char === " " || char === "\t";

/**
 * The words of a line as virsh splits it: blanks part them, `;` and new lines end a command, `#` at the start of a word
 * is a comment to the end of the line, `'…'` is literal, in `"…"` and outside of quotes a backslash takes the next
 * character literally (a new line after it disappears). A quote `"` that is not closed and a backslash at the end are
 * errors; a quote `'` that is not closed is not.
 */
export function lineTokens(line: string): Tokens {
  let at = 0;
  return {
    next(): Token | undefined {
      while (isBlank(line.charAt(at))) at++;
      if (at >= line.length) return undefined;
      if (line[at] === "#") {
        while (at < line.length && line[at] !== "\n") at++;
        if (at >= line.length) return undefined;
        at++;
        return { kind: "end" };
      }
      if (line[at] === ";" || line[at] === "\n") {
        at++;
        return { kind: "end" };
      }
      let text = "";
      let quote: "'" | '"' | undefined;
      for (; at < line.length; at++) {
        let char = line.charAt(at);
        if (quote === undefined && (isBlank(char) || char === ";" || char === "\n")) break;
        if (char === "'" && quote !== '"') {
          quote = quote === undefined ? "'" : undefined;
          continue;
        }
        if (char === '"' && quote !== "'") {
          quote = quote === undefined ? '"' : undefined;
          continue;
        }
        if (char === "\\" && quote !== "'") {
          char = line.charAt(++at);
          if (char === "") throw new ShellError("dangling \\");
          if (char === "\n") continue;
        }
        text += char;
      }
      if (quote === '"') throw new ShellError('missing "');
      return { kind: "word", text };
    },
  };
}

/** A word written so that {@link lineTokens} reads it back: for the history and for completion. */
export function quoteWord(word: string): string {
  if (word !== "" && !/[\s;#'"\\]/.test(word)) return word;
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
