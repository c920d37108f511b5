import { ErrorCode, virtError } from "@tsvirt/base";
import { isJsonArray, JsonError, type JsonValue, parseJson } from "@tsvirt/codec/options";
import { baseName, isQemuProgram } from "./option-syntax.ts";
import { readShellText, type TextNote, type Word } from "./shell-text.ts";

/** One command that starts QEMU, in its parts. */
export interface NativeCommand {
  /** Variables set for it. */
  readonly environment: readonly { readonly name: string; readonly value: string; readonly word: Word }[];
  /** Programs that would have started it, each with its own arguments. */
  readonly wrappers: readonly (readonly Word[])[];
  readonly program: Word;
  readonly args: readonly Word[];
  readonly notes: readonly TextNote[];
}

/** Programs that start the program behind their options; the value lists their options that have a value. */
const wrappers: ReadonlyMap<string, { readonly valued: string; readonly operands?: number }> = new Map([
  ["sudo", { valued: "u g h p C r t T U D R" }],
  ["doas", { valued: "u C" }],
  ["pkexec", { valued: "user" }],
  ["exec", { valued: "a" }],
  ["command", { valued: "" }],
  ["env", { valued: "u C S" }],
  ["nohup", { valued: "" }],
  ["setsid", { valued: "" }],
  ["time", { valued: "f o" }],
  ["nice", { valued: "n adjustment" }],
  ["ionice", { valued: "c n t p" }],
  ["taskset", { valued: "", operands: 1 }],
  ["numactl", { valued: "i interleave p preferred m membind C physcpubind N cpunodebind" }],
  ["chrt", { valued: "T P D", operands: 1 }],
  ["prlimit", { valued: "" }],
  ["timeout", { valued: "k s", operands: 1 }],
  ["stdbuf", { valued: "i o e" }],
  ["strace", { valued: "e o p s u" }],
  ["ltrace", { valued: "e o" }],
  ["perf", { valued: "" }],
  ["gdb", { valued: "ex x" }],
  ["valgrind", { valued: "" }],
  ["setarch", { valued: "", operands: 1 }],
  ["linux64", { valued: "" }],
  ["cgexec", { valued: "g" }],
  ["systemd-run", { valued: "p u property unit slice" }],
  ["firejail", { valued: "" }],
  ["gamemoderun", { valued: "" }],
  ["dbus-run-session", { valued: "" }],
  ["xvfb-run", { valued: "s e f n w" }],
  ["unshare", { valued: "" }],
  ["setpriv", { valued: "reuid regid groups" }],
  ["catchsegv", { valued: "" }],
]);

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=/;

/**
 * Finds the command that starts QEMU in a text: shell syntax with its environment and the programs in front, or a JSON array of
 * strings. Throws a `VirtError` if there is none.
 */
export function readNativeCommand(text: string): NativeCommand {
  const json = text.trim().startsWith("[") ? readJson(text) : undefined;
  const { commands, notes } = json ? { commands: [json], notes: [] } : readShellText(text);
  const read = commands.map((words) => splitCommand(words));
  const found = read.find((command) => command !== undefined && isQemuProgram(command.program.text)) ?? only(read);
  if (!found) throw virtError(ErrorCode.invalidArg, "there is no command line of QEMU in this text");
  const exported = read.flatMap((command) => (command && command !== found ? exportsOf(command) : []));
  const others = read.filter(
    (command) => command !== undefined && command !== found && exportsOf(command).length === 0,
  );
  return {
    ...found,
    environment: [...exported, ...found.environment],
    notes: [
      ...notes,
      ...others.map((command): TextNote => {
        const { text: program = "", line = 1, column = 1 } = command?.program ?? {};
        return { text: `the command '${program}' is no part of the guest`, line, column };
      }),
    ],
  };
}

/** Variables that QEMU and its libraries heed; a process has many others from whoever started it. */
const heeded = /^(?:QEMU_|SDL_|PULSE_|PIPEWIRE_|ALSA_|JACK_|SPICE_|G_MESSAGES_DEBUG$|TZ$|DISPLAY$|XAUTHORITY$)/;

/** The command of a process that runs. Throws a `VirtError` if it has none. */
export function commandOfProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): NativeCommand {
  const [program, ...args] = argv.map((text, index): Word => ({ text, quoted: true, line: 1, column: index + 1 }));
  if (!program) throw virtError(ErrorCode.invalidArg, "the process has no command line");
  const word: Word = { text: "", quoted: true, line: 1, column: 1 };
  return {
    environment: Object.entries(environment)
      .filter(([name]) => heeded.test(name))
      .map(([name, value]) => ({ name, value, word: { ...word, text: `${name}=${value}` } })),
    wrappers: [],
    program,
    args,
    notes: [],
  };
}

type Split = Omit<NativeCommand, "notes">;

/** A program of another name may be a QEMU too, if it is the only one. */
function only(read: readonly (Split | undefined)[]): Split | undefined {
  const candidates = read.filter((command) => command !== undefined && exportsOf(command).length === 0);
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** What `export NAME=VALUE` sets. */
function exportsOf({ program, args }: Split): Split["environment"] {
  if (program.text !== "export") return [];
  return args.flatMap((word) => assignment(word) ?? []);
}

function assignment(word: Word): Split["environment"][number] | undefined {
  const name = ASSIGNMENT.exec(word.text)?.[1];
  return name === undefined ? undefined : { name, value: word.text.slice(name.length + 1), word };
}

function readJson(text: string): Word[] {
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof JsonError)
      throw virtError(ErrorCode.invalidArg, `not a JSON list of arguments: ${error.message}`);
    throw error;
  }
  if (!isJsonArray(value) || !value.every((item) => typeof item === "string")) {
    throw virtError(ErrorCode.invalidArg, "a JSON list of arguments has strings only");
  }
  return value.map((item, index) => ({ text: String(item), quoted: true, line: 1, column: index + 1 }));
}

/** Environment, programs in front, program and arguments; `undefined` for a command that has no program. */
function splitCommand(words: readonly Word[]): Split | undefined {
  const environment: Split["environment"][number][] = [];
  const before: Word[][] = [];
  let at = 0;
  for (;;) {
    for (
      let found = words[at] && assignment(words[at] as Word);
      found;
      found = words[at] && assignment(words[at] as Word)
    ) {
      environment.push(found);
      at++;
    }
    const word = words[at];
    if (!word) return undefined;
    const wrapper = wrappers.get(baseName(word.text));
    const end = wrapper ? endOfWrapper(words, at, wrapper) : at;
    if (!wrapper || end >= words.length)
      return { environment, wrappers: before, program: word, args: words.slice(at + 1) };
    before.push(words.slice(at, end));
    at = end;
  }
}

/** Where the program that a wrapper starts begins. */
function endOfWrapper(
  words: readonly Word[],
  start: number,
  { valued, operands = 0 }: { readonly valued: string; readonly operands?: number },
): number {
  // Whatever its options mean: QEMU's own name is not one of them.
  const qemu = words.findIndex((word, index) => index > start && isQemuProgram(word.text));
  const names = new Set(valued.split(" "));
  let at = start + 1;
  let left = operands;
  for (; at < words.length; at++) {
    const text = words[at]?.text ?? "";
    if (text === "--") {
      at++;
      break;
    }
    if (text.startsWith("-") && text !== "-") {
      const name = text.replace(/^--?/, "");
      if (names.has(name)) at++;
    } else if (ASSIGNMENT.test(text) && qemu > at) continue;
    else if (left > 0) left--;
    else break;
  }
  // `env A=b program`: the assignments are the program's.
  if (baseName(words[start]?.text ?? "") === "env" || baseName(words[start]?.text ?? "") === "sudo") {
    let first = at;
    while (first - 1 > start && ASSIGNMENT.test(words[first - 1]?.text ?? "")) first--;
    return first;
  }
  return qemu > start && qemu < at ? qemu : at;
}
