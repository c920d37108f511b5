import { ShellError } from "../vsh/errors.ts";

/** Whether a text is a JSON object. */
function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/**
 * A QMP command of the words a user gave: JSON as it is, else the first word is the command and the others are its
 * arguments, one JSON object or its members. Throws a `ShellError` when they are not.
 */
export function qmpCommand(words: readonly string[]): string {
  const whole = words.join(" ");
  if (isJsonObject(whole)) return whole;
  const [name = "", ...given] = words;
  const execute = JSON.stringify(name);
  if (given.length === 0) return `{"execute":${execute}}`;
  for (const text of [given.join(" "), `{${given.join(",")}}`]) {
    if (isJsonObject(text)) return `{"execute":${execute},"arguments":${text}}`;
  }
  throw new ShellError(`failed to wrap arguments '${given.join(" ")}' into a QMP command wrapper`);
}

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

/** A JSON text with a line for each value, as libvirt lays it out. */
export function prettyJson(text: string): string {
  let depth = 0;
  let out = "";
  const tokens = pieces(text);
  const newLine = (): string => `\n${"  ".repeat(depth)}`;
  for (const [at, token] of tokens.entries()) {
    if (token === "{" || token === "[") {
      depth++;
      const empty = tokens[at + 1] === "}" || tokens[at + 1] === "]";
      // As yajl has it, an empty line stands for nothing.
      out += empty ? `${token}\n` : `${token}${newLine()}`;
    } else if (token === "}" || token === "]") {
      depth--;
      out += `${newLine()}${token}`;
    } else if (token === ",") {
      out += `,${newLine()}`;
    } else if (token === ":") {
      out += ": ";
    } else {
      out += token;
    }
  }
  return out;
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
