import { ShellError } from "./errors.ts";
import { parseInteger } from "./numbers.ts";
import { type OutputFormat, outputFormat } from "./parser.ts";

/** What the options before the command say. */
export interface GlobalOptions {
  connect: string | undefined;
  readOnly: boolean;
  quiet: boolean;
  timing: boolean;
  /** Messages of this level and above are shown: 0 debug … 4 error. */
  debug: number;
  /** The byte that ends a console. */
  escape: number;
  /** What was written for it. */
  escapeText: string;
  /** Seconds; 0 for no keepalive, -1 if not given. */
  keepaliveInterval: number;
  keepaliveCount: number;
  log: string | undefined;
  output: OutputFormat;
  show: "help" | "version" | "longVersion" | undefined;
  /** What is wrong but no reason to stop. */
  warnings: string[];
}

interface GlobalOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly argument: "none" | "required" | "optional";
}

const known: readonly GlobalOption[] = [
  { long: "connect", short: "c", argument: "required" },
  { long: "debug", short: "d", argument: "required" },
  { long: "escape", short: "e", argument: "required" },
  { long: "help", short: "h", argument: "none" },
  { long: "keepalive-interval", short: "k", argument: "required" },
  { long: "keepalive-count", short: "K", argument: "required" },
  { long: "log", short: "l", argument: "required" },
  { long: "no-pkttyagent", short: undefined, argument: "none" },
  { long: "output", short: undefined, argument: "required" },
  { long: "quiet", short: "q", argument: "none" },
  { long: "readonly", short: "r", argument: "none" },
  { long: "timing", short: "t", argument: "none" },
  { long: "version", short: "v", argument: "optional" },
];

/** Options and the rest, as `getopt_long` parts them: up to the first word that is no option, or `--`. */
export function parseGlobals(argv: readonly string[]): {
  readonly options: GlobalOptions;
  readonly rest: readonly string[];
} {
  const options: GlobalOptions = {
    connect: undefined,
    readOnly: false,
    quiet: false,
    timing: false,
    debug: 4,
    escape: 0x1d,
    escapeText: "^]",
    keepaliveInterval: -1,
    keepaliveCount: -1,
    log: undefined,
    output: "text",
    show: undefined,
    warnings: [],
  };
  let at = 0;
  for (; at < argv.length && options.show === undefined; at++) {
    const word = argv[at] ?? "";
    if (word === "--") return { options, rest: argv.slice(at + 1) };
    if (!word.startsWith("-") || word === "-") break;
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      const option = findLong(name, word);
      let value = equals < 0 ? undefined : word.slice(equals + 1);
      if (option.argument === "required" && value === undefined) value = requireArgument(option, argv[++at]);
      if (option.argument === "none" && value !== undefined) throw unsupported(word);
      apply(options, option.long, value ?? "", `--${option.long}`);
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const short = word.charAt(letter);
      if (short === "V") {
        options.show = "longVersion";
        break;
      }
      const option = known.find((one) => one.short === short);
      if (!option) throw unsupported(`-${short}`);
      if (option.argument !== "required") {
        apply(options, option.long, "", `-${short}`);
        continue;
      }
      const inline = word.slice(letter + 1);
      apply(options, option.long, inline !== "" ? inline : requireArgument(option, argv[++at]), `-${short}`);
      break;
    }
  }
  return { options, rest: argv.slice(at) };
}

function unsupported(shown: string): ShellError {
  return new ShellError(`unsupported option '${shown}'. See --help.`);
}

function findLong(name: string, word: string): GlobalOption {
  const exact = known.find(({ long }) => long === name);
  if (exact) return exact;
  const started = known.filter(({ long }) => long.startsWith(name));
  const [only, other] = started;
  if (!only || other) throw unsupported(word);
  return only;
}

function requireArgument(option: GlobalOption, next: string | undefined): string {
  if (next !== undefined) return next;
  throw new ShellError(
    option.short === undefined
      ? `option '--${option.long}' requires an argument`
      : `option '-${option.short}'/'--${option.long}' requires an argument`,
  );
}

function apply(options: GlobalOptions, name: string, value: string, shown: string): void {
  switch (name) {
    case "connect":
      options.connect = value;
      return;
    case "debug": {
      const level = parseInteger(value, "int");
      if (level === undefined) throw new ShellError(`option ${shown} takes a numeric argument`);
      if (level < 0n || level > 4n) options.warnings.push(`ignoring debug level ${level} out of range [0-4]`);
      else options.debug = Number(level);
      return;
    }
    case "escape": {
      const caret = /^\^[ -~]$/.test(value);
      if (!caret && !/^[^^]$/.test(value)) throw new ShellError(`Invalid string '${value}' for escape sequence`);
      options.escapeText = value;
      options.escape = caret ? value.charCodeAt(1) & 0x1f : value.charCodeAt(0);
      return;
    }
    case "help":
      options.show = "help";
      return;
    case "keepalive-interval":
      options.keepaliveInterval = keepaliveNumber(value, shown);
      return;
    case "keepalive-count":
      options.keepaliveCount = keepaliveNumber(value, shown);
      return;
    case "log":
      options.log = value;
      return;
    case "output":
      options.output = outputFormat(value);
      return;
    case "quiet":
      options.quiet = true;
      return;
    case "readonly":
      options.readOnly = true;
      return;
    case "timing":
      options.timing = true;
      return;
    case "version":
      options.show = value === "long" ? "longVersion" : "version";
      return;
    default:
      // Nothing of ours asks for a password on the terminal.
      return;
  }
}

function keepaliveNumber(value: string, shown: string): number {
  const number = parseInteger(value, "int");
  if (number === undefined) throw new ShellError(`Invalid value for option ${shown}`);
  if (number < 0n) throw new ShellError(`option ${shown} requires a positive integer argument`);
  return Number(number);
}
