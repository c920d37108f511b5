import { ShellError } from "../vsh/errors.ts";

/** Pieces of a JSON text. Numbers stay as they are written: QEMU's are of 64 bits. */
const piece = /\s+|"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gy;

function pieces(text: string): readonly string[] {
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ShellError(`internal error: cannot parse json ${text}: ${error.message}`);
  }
  return (text.match(piece) ?? []).filter((one) => one.trim() !== "");
}

/** A JSON text with a line for each value, as libvirt lays it out; ends with a new line. */
export function prettyJson(text: string): string {
  let depth = 0;
  let out = "";
  const tokens = pieces(text);
  const newLine = (): string => `\n${"  ".repeat(depth)}`;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token === "{" || token === "[") {
      depth++;
      out += token;
      if (next === "}" || next === "]") depth--;
      if (next !== "}") out += newLine();
    } else if (token === "}" || token === "]") {
      const before = tokens[at - 1];
      if (before !== "{" && before !== "[") {
        depth--;
        out += newLine();
      } else if (before === "[") {
        out += newLine();
      }
      out += token;
    } else if (token === ",") {
      out += `,${newLine()}`;
    } else if (token === ":") {
      out += ": ";
    } else {
      out += token;
    }
  }
  return `${out}\n`;
}

/** The value of `return` in QEMU's answer, as text without blanks. Throws a `ShellError` when there is none. */
export function returnValue(answer: string): string {
  const tokens = pieces(answer);
  let depth = 0;
  for (const [at, token] of tokens.entries()) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && token === '"return"' && tokens[at + 1] === ":") return valueFrom(tokens, at + 2);
  }
  throw new ShellError("'return' member missing");
}

function valueFrom(tokens: readonly string[], start: number): string {
  let depth = 0;
  let out = "";
  for (const token of tokens.slice(start)) {
    if (depth === 0 && (token === "," || token === "}")) break;
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    out += token;
  }
  return out;
}
