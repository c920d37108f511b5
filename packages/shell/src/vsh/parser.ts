import type { Command, CommandOption, CommandOptions, NumberOption, Values } from "./command.ts";
import { CommandFailed, ShellError } from "./errors.ts";
import { parseInteger, parseSize } from "./numbers.ts";
import type { Tokens } from "./tokenizer.ts";

/** How a command reports: text for people, or one JSON value for programs. */
export type OutputFormat = "text" | "json";

/** One command of a line with the words given for its options. */
export interface ParsedCommand {
  readonly command: Command;
  readonly values: Values<CommandOptions>;
  /** Given with `--output`, which every command takes unless it has an option of that name. */
  readonly output: OutputFormat | undefined;
}

/** Finds commands by name or alias; loads them when they are asked for. */
export interface CommandTable {
  find(name: string): Promise<Command | undefined>;
  /** The listed ones, without loading anything. */
  names(): readonly string[];
}

/** Takes note of what is wrong with a command line. */
export type Report = (message: string) => void;

/** The words that were given for a command. */
export interface GivenWords {
  readonly command: Command;
  readonly words: ReadonlyMap<string, readonly string[]>;
  readonly output: OutputFormat | undefined;
  /** `--help` was among them. */
  readonly help: boolean;
}

/**
 * Splits a command line into commands, as virsh does: all of it or nothing, for a mistake in any of them is reported (through
 * `report` or by throwing a `ShellError`) and makes the result `undefined`.
 */
export async function parseCommands(
  tokens: Tokens,
  table: CommandTable,
  report: Report,
): Promise<readonly ParsedCommand[] | undefined> {
  const commands: ParsedCommand[] = [];
  for (;;) {
    const first = tokens.next();
    if (!first) return commands;
    if (first.kind === "end") continue;
    const command = await table.find(first.text);
    if (!command) throw new ShellError(`unknown command: '${first.text}'`);
    const given = parseWords(command, tokens);
    const help = given.help ? await table.find("help") : undefined;
    if (help) {
      const words = new Map([["command", [command.name]]]);
      commands.push({ command: help, values: valuesOf(help, words), output: given.output });
      continue;
    }
    if (!checkRequired(given, report)) return undefined;
    commands.push({ command, values: valuesOf(command, given.words), output: given.output });
  }
}

/** The options of a command that take a value by its place, in order. */
export function placedOptions(command: Command): readonly string[] {
  return Object.entries(command.options)
    .filter(([, option]) => option.kind !== "flag" && option.kind !== "alias" && option.named !== true)
    .map(([name]) => name);
}

/** Takes the words of one command up to its end. Throws a `ShellError` for what does not fit. */
export function parseWords(command: Command, tokens: Tokens): GivenWords {
  const words = new Map<string, string[]>();
  const places = [...placedOptions(command)];
  const lenient = command.name === "help";
  let output: OutputFormat | undefined;
  let help = false;
  let onlyData = false;
  for (;;) {
    const token = tokens.next();
    if (!token || token.kind === "end") return { command, words, output, help };
    const { text } = token;
    if (!onlyData && text === "--") {
      onlyData = true;
      continue;
    }
    const named = onlyData ? null : /^--([a-zA-Z0-9][^=]*)(?:=([\s\S]*))?$/.exec(text);
    if (!named) {
      const place = places[0];
      if (place === undefined) {
        if (lenient) continue;
        throw new ShellError(`unexpected data '${text}'`);
      }
      if (command.options[place]?.kind !== "rest") places.shift();
      put(words, place, text);
      continue;
    }
    const [, spelling = "", inline] = named;
    if (spelling === "help") {
      help = true;
      continue;
    }
    if (spelling === "output" && !command.options.output) {
      output = outputFormat(takeValue(spelling, "string", inline, tokens));
      continue;
    }
    const found = resolve(command, spelling, inline);
    if (!found) {
      if (lenient) continue;
      throw new ShellError(`command '${command.name}' doesn't support option --${spelling}`);
    }
    const { name, option, value } = found;
    if (words.has(name) && option.kind !== "rest") throw new ShellError(`option --${name} already seen`);
    if (option.kind === "flag") {
      if (value !== undefined) throw new ShellError(`invalid '=' after option --${name}`);
      put(words, name, "");
      continue;
    }
    put(words, name, takeValue(name, option.kind === "number" ? "number" : "string", value, tokens));
    if (option.kind !== "rest" && places.includes(name)) places.splice(places.indexOf(name), 1);
  }
}

function put(words: Map<string, string[]>, name: string, text: string): void {
  const list = words.get(name);
  if (list) list.push(text);
  else words.set(name, [text]);
}

function takeValue(name: string, what: "number" | "string", inline: string | undefined, tokens: Tokens): string {
  if (inline !== undefined) return inline;
  const token = tokens.next();
  if (token?.kind !== "word") throw new ShellError(`expected syntax: --${name} <${what}>`);
  return token.text;
}

/** Reads the value of `--output`. */
export function outputFormat(text: string): OutputFormat {
  if (text === "text" || text === "json") return text;
  throw new ShellError(`Unknown output format '${text}', expecting 'text' or 'json'`);
}

interface Resolved {
  readonly name: string;
  readonly option: Exclude<CommandOption, { kind: "alias" }>;
  readonly value: string | undefined;
}

function resolve(command: Command, spelling: string, inline: string | undefined): Resolved | undefined {
  const option = command.options[spelling];
  if (!option) return undefined;
  if (option.kind !== "alias") return { name: spelling, option, value: inline };
  if (option.value !== undefined && inline !== undefined) {
    throw new ShellError(`invalid '=' after option --${spelling}`);
  }
  return resolve(command, option.of, option.value ?? inline);
}

function checkRequired({ command, words }: GivenWords, report: Report): boolean {
  let complete = true;
  for (const [name, option] of Object.entries(command.options)) {
    if (option.kind === "flag" || option.kind === "alias" || !option.required || words.has(name)) continue;
    const shown = option.kind === "number" || option.named === true ? `--${name}` : `<${name}>`;
    report(`command '${command.name}' requires ${shown} option`);
    complete = false;
  }
  return complete;
}

/** The values a command sees: each is read and checked when the command asks for it, so that errors come in virsh's order. */
function valuesOf(command: Command, words: ReadonlyMap<string, readonly string[]>): Values<CommandOptions> {
  const values = {};
  for (const [name, option] of Object.entries(command.options)) {
    if (option.kind === "alias") continue;
    Object.defineProperty(values, name, { enumerable: true, get: () => read(name, option, words.get(name)) });
  }
  return values;
}

function read(
  name: string,
  option: Exclude<CommandOption, { kind: "alias" }>,
  words: readonly string[] | undefined,
): boolean | string | number | bigint | readonly string[] | undefined {
  if (option.kind === "flag") return words !== undefined;
  if (option.kind === "rest") return words ?? [];
  const word = words?.[0];
  if (word === undefined) return undefined;
  if (option.kind === "number") return readNumber(name, option, word);
  if (word === "" && option.emptyOk !== true) {
    throw new ShellError(`Failed to get option '${name}': Option argument is empty`);
  }
  return word;
}

function readNumber(name: string, option: NumberOption, word: string): number | bigint {
  if (option.form !== "scaled") {
    const value = parseInteger(word, option.form);
    if (value === undefined) {
      throw new ShellError(`Numeric value '${word}' for <${name}> option is malformed or out of range`);
    }
    return option.form === "int" || option.form === "uint" ? Number(value) : value;
  }
  const value = parseSize(word, option.scale);
  if (typeof value === "bigint") return value;
  const message = `Scaled numeric value '${word}' for <${name}> option is malformed or out of range`;
  throw value === undefined
    ? new ShellError(message)
    : new ShellError(message, { cause: new CommandFailed(value.wrong) });
}
