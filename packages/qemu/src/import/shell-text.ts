import { isOption, isQemuProgram, takesValue } from "./option-syntax.ts";
import { type Place, Places } from "./place.ts";

/** A word of a command line and where it begins. */
export interface Word extends Place {
  readonly text: string;
  /** Something of it stood in quotes: it is no operator, assignment or comment. */
  readonly quoted: boolean;
}

/** What a reader should know of a text although it was read. */
export interface TextNote extends Place {
  readonly text: string;
}

/** A text taken apart as a shell would do it. */
export interface ShellText {
  /** One list of words a command, in order. Line breaks end a command only where the next line cannot belong to it. */
  readonly commands: readonly (readonly Word[])[];
  readonly notes: readonly TextNote[];
}

/** A character of a word under construction: characters that came from an unquoted variable separate words. */
interface Draft {
  text: string;
  quoted: boolean;
  start: number;
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const SPACE = /[ \t\r\n]*/y;
/** How much variables may add to a text: they could double it over and over. */
const MAX_EXPANDED = 1 << 20;
/** Longest `${…}` that is looked for the end of. */
const MAX_PARAMETER = 4096;
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/;

/**
 * Takes a shell text apart: quotes, backslashes, continued lines, comments, operators, redirections. Variables that the text
 * itself sets are put in; others stay as they are, with a note. Nothing is run. Never throws: what is no shell is words.
 */
export function readShellText(text: string): ShellText {
  return new Lexer(text).read();
}

class Lexer {
  readonly #text: string;
  readonly #places: Places;
  #at = 0;
  #expanded = 0;
  #draft: Draft | undefined;
  #words: Word[] = [];
  #inArray = false;
  readonly #commands: Word[][] = [];
  readonly #notes: TextNote[] = [];
  readonly #variables = new Map<string, readonly string[]>();
  #continued = 0;

  constructor(text: string) {
    this.#text = text;
    this.#places = new Places(text);
  }

  read(): ShellText {
    while (this.#at < this.#text.length) this.#step();
    this.#endCommand();
    if (this.#continued > 0) {
      this.#note(0, `${this.#continued} line${this.#continued === 1 ? "" : "s"} continued by a backslash`);
    }
    return { commands: this.#commands, notes: this.#notes };
  }

  #note(offset: number, text: string): void {
    this.#notes.push({ text, ...this.#places.at(offset) });
  }

  #step(): void {
    const c = this.#text[this.#at] ?? "";
    const next = this.#text[this.#at + 1];
    switch (c) {
      case " ":
      case "\t":
      case "\r":
        this.#endWord();
        this.#at++;
        return;
      case "\n":
        this.#endWord();
        this.#at++;
        this.#lineBreak();
        return;
      case "\\":
        if (next === "\n" || (next === "\r" && this.#text[this.#at + 2] === "\n")) {
          this.#continued++;
          this.#at += next === "\n" ? 2 : 3;
          return;
        }
        this.#add(next ?? "\\", true);
        this.#at += 2;
        return;
      case "'":
        this.#singleQuotes();
        return;
      case '"':
        this.#doubleQuotes();
        return;
      case "$":
        this.#variable(false);
        return;
      case "#":
        if (this.#draft) break;
        this.#skipTo("\n");
        return;
      case "(":
        if (this.#array()) return;
        break;
      case ";":
      case "&":
      case "|":
        this.#operator(c);
        return;
      case "<":
      case ">":
        this.#redirection();
        return;
      default:
    }
    this.#add(c, false);
    this.#at++;
  }

  #add(text: string, quoted: boolean): void {
    this.#draft ??= { text: "", quoted: false, start: this.#at };
    this.#draft.text += text;
    if (quoted) this.#draft.quoted = true;
  }

  #endWord(): void {
    const draft = this.#draft;
    this.#draft = undefined;
    if (!draft) return;
    this.#words.push({ text: draft.text, quoted: draft.quoted, ...this.#places.at(draft.start) });
  }

  #endCommand(): void {
    this.#endWord();
    const words = this.#words;
    this.#words = [];
    if (words.length === 0) return;
    if (words[0]?.text === "export") for (const { text } of words.slice(1)) this.#assign(text);
    // Assignments alone set variables for what follows.
    if (words.every((word) => ASSIGNMENT.test(word.text))) {
      for (const { text } of words) this.#assign(text);
      // A whole text of assignments is for the caller to judge.
      if (this.#text.slice(this.#at).trim() !== "" || this.#commands.length > 0) return;
    }
    this.#commands.push(words);
  }

  #assign(text: string): void {
    const name = ASSIGNMENT.exec(text)?.[1];
    if (name !== undefined) this.#variables.set(name, [text.slice(text.indexOf("=") + 1)]);
  }

  /** A line break ends a command unless the next line goes on with options or a value: people forget their backslashes. */
  #lineBreak(): void {
    SPACE.lastIndex = this.#at;
    const next = this.#text[this.#at + (SPACE.exec(this.#text)?.[0].length ?? 0)];
    if (next === undefined || (next === "-" && this.#words.length > 0)) return;
    const last = this.#words.at(-1)?.text ?? "";
    const isQemu = this.#words.some((word) => isQemuProgram(word.text));
    if (isQemu && last.startsWith("-") && takesValue(last)) return;
    this.#endCommand();
  }

  #skipTo(end: string): void {
    const at = this.#text.indexOf(end, this.#at);
    this.#at = at === -1 ? this.#text.length : at;
  }

  #singleQuotes(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) {
      this.#note(this.#at, "a single quote is not closed");
      this.#add(this.#text.slice(this.#at + 1), true);
      this.#at = this.#text.length;
      return;
    }
    this.#add(this.#text.slice(this.#at + 1, end), true);
    this.#at = end + 1;
  }

  #doubleQuotes(): void {
    const start = this.#at++;
    this.#add("", true);
    for (;;) {
      const c = this.#text[this.#at];
      if (c === undefined) {
        this.#note(start, "a double quote is not closed");
        return;
      }
      if (c === '"') {
        this.#at++;
        return;
      }
      if (c === "$") this.#variable(true);
      else if (c === "\\") this.#escapeInQuotes();
      else {
        this.#add(c, true);
        this.#at++;
      }
    }
  }

  /** Within double quotes a backslash only counts before what is special there. */
  #escapeInQuotes(): void {
    const next = this.#text[this.#at + 1];
    this.#at += 2;
    if (next === "\n") this.#continued++;
    else if (next === '"' || next === "\\" || next === "$" || next === "`") this.#add(next, true);
    else this.#add(`\\${next ?? ""}`, true);
  }

  #variable(quoted: boolean): void {
    const start = this.#at;
    if (this.#text[start + 1] === "{") {
      const inner = this.#text.slice(start + 2, start + MAX_PARAMETER).split("}", 1)[0] ?? "";
      const end = start + 2 + inner.length;
      const match = /^([A-Za-z_][A-Za-z0-9_]*)(\[@\]|\[\*\])?(?::?[-=](.*))?$/s.exec(inner);
      if (match) {
        const [, name = "", all, fallback] = match;
        this.#at = end + 1;
        this.#expand(all === undefined ? name : `${name}[]`, {
          quoted,
          start,
          all: all !== undefined,
          ...(fallback !== undefined && { fallback: fallback.replace(/^"(.*)"$/s, "$1") }),
        });
        return;
      }
    } else {
      NAME.lastIndex = start + 1;
      const name = NAME.exec(this.#text)?.[0];
      if (name !== undefined) {
        this.#at = start + 1 + name.length;
        this.#expand(name, { quoted, start, all: false });
        return;
      }
    }
    const special = /^\$(?:[@*#?$!0-9-]|\{[@*#0-9]\})/.exec(this.#text.slice(start, start + 4))?.[0];
    if (special !== undefined) {
      this.#at = start + special.length;
      this.#unknown(special, start, special.endsWith("@") || special.endsWith("@}") ? false : quoted);
      return;
    }
    if (this.#text[start + 1] === "(") {
      this.#note(start, "a command substitution is not run");
      this.#add("$(", quoted);
      this.#at = start + 2;
      let depth = 1;
      while (depth > 0 && this.#at < this.#text.length) {
        const c = this.#text[this.#at++] ?? "";
        if (c === "(") depth++;
        else if (c === ")") depth--;
        this.#add(c, quoted);
      }
      return;
    }
    this.#add("$", quoted);
    this.#at++;
  }

  #expand(
    name: string,
    how: { readonly quoted: boolean; readonly start: number; readonly all: boolean; readonly fallback?: string },
  ): void {
    let values = this.#variables.get(name) ?? (how.fallback === undefined ? undefined : [how.fallback]);
    this.#expanded += values?.reduce((sum, { length }) => sum + length + 1, 0) ?? 0;
    if (this.#expanded > MAX_EXPANDED) values = undefined;
    if (!values) {
      this.#unknown(this.#text.slice(how.start, this.#at), how.start, how.quoted);
      return;
    }
    if (how.quoted && !how.all) {
      this.#add(values.join(" "), true);
      return;
    }
    // Every element is a word of its own; outside of quotes blanks part words too.
    const parts = how.quoted
      ? values
      : values.flatMap((value) => value.split(/[ \t\n]+/).filter((part) => part !== ""));
    for (const [index, part] of parts.entries()) {
      if (index > 0) this.#endWord();
      this.#add(part, how.quoted);
    }
  }

  /** A variable without a value: nothing, as in a shell, unless a part of a word or an option's value would be missing. */
  #unknown(raw: string, start: number, quoted: boolean): void {
    this.#note(start, `the variable ${raw} has no value here`);
    const before = this.#words.at(-1)?.text ?? "";
    const wanted = isOption(before) && takesValue(before);
    if (quoted || this.#draft || wanted) this.#add(raw, quoted);
  }

  /** `NAME=(…)` and `NAME+=(…)`: a list of words under a name. */
  #array(): boolean {
    const draft = this.#draft;
    // A list within a list is no shell's: its parenthesis is a letter like any other.
    const match = draft && !draft.quoted && !this.#inArray ? /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=$/.exec(draft.text) : null;
    if (!match) return false;
    const outer = this.#words;
    this.#draft = undefined;
    this.#words = [];
    this.#inArray = true;
    this.#at++;
    // Quotes are read whole by a step: this parenthesis is the list's own.
    while (this.#at < this.#text.length && this.#text[this.#at] !== ")") {
      const c = this.#text[this.#at];
      if (c === "\n") {
        this.#endWord();
        this.#at++;
      } else this.#step();
    }
    this.#endWord();
    this.#inArray = false;
    this.#at++;
    const key = `${match[1]}[]`;
    const before = match[2] === "+" ? (this.#variables.get(key) ?? []) : [];
    this.#variables.set(key, [...before, ...this.#words.map(({ text }) => text)]);
    this.#words = outer;
    return true;
  }

  #operator(c: string): void {
    const start = this.#at;
    const double = this.#text[this.#at + 1] === c;
    this.#at += double ? 2 : 1;
    const background = c === "&" && !double;
    this.#endWord();
    if (background) this.#note(start, "`&` is the shell's: a guest runs in the background anyway");
    this.#endCommand();
  }

  #redirection(): void {
    const start = this.#at;
    const draft = this.#draft;
    // The number of a descriptor in front belongs to it.
    if (draft && /^\d$/.test(draft.text)) this.#draft = undefined;
    else this.#endWord();
    const match = /^(?:<<<|<<-?|<>|>>|>\||[<>]&?)[ \t]*/.exec(this.#text.slice(this.#at));
    this.#at += match?.[0].length ?? 1;
    const target = /^(?:"[^"]*"|'[^']*'|[^\s;&|<>])*/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += target.length;
    this.#note(start, `the redirection \`${this.#text.slice(start, this.#at)}\` is the shell's`);
  }
}
