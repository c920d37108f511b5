/** What the command line asks for. */
export type CommandLine =
  | { readonly kind: "run"; readonly options: RunOptions }
  | { readonly kind: "version" }
  | { readonly kind: "help" }
  /** The documented sample of a configuration file. */
  | { readonly kind: "sample"; readonly file: SampleFile }
  /** `message` goes to standard error; `usage`: the usage text follows. */
  | { readonly kind: "mistake"; readonly message: string; readonly usage: boolean };

/** Configuration files that have a sample. */
export const sampleFiles = ["libvirtd", "qemu"] as const;
/** One of {@link sampleFiles}. */
export type SampleFile = (typeof sampleFiles)[number];

/** libvirtd's options. */
export interface RunOptions {
  readonly verbose: boolean;
  /** Go to the background once clients can connect. */
  readonly daemon: boolean;
  readonly listen: boolean;
  /** Seconds without clients, guests and networks after which the daemon ends; 0 for never. */
  readonly timeout: number;
  readonly config?: string;
  readonly pidFile?: string;
}

interface Flag {
  /** Absent for what libvirtd does not have. */
  readonly short?: string;
  readonly long: string;
  readonly argument?: string;
  readonly help: string;
}

const flags = [
  { short: "h", long: "help", help: "Display program help" },
  { short: "v", long: "verbose", help: "Verbose messages" },
  { short: "d", long: "daemon", help: "Run as a daemon & write PID file" },
  { short: "l", long: "listen", help: "Listen for TCP/IP connections" },
  { short: "t", long: "timeout", argument: "secs", help: "Exit after timeout period" },
  { short: "f", long: "config", argument: "file", help: "Configuration file" },
  { short: "V", long: "version", help: "Display version information" },
  { short: "p", long: "pid-file", argument: "file", help: "Change name of PID file" },
  { long: "print-sample-config", argument: "name", help: "Print libvirtd.conf or qemu.conf with all its keys" },
] as const satisfies readonly Flag[];
const allFlags: readonly Flag[] = flags;

/** So that a second fits into a 32-bit number of milliseconds. */
const maxTimeout = Math.floor(0x7fff_ffff / 1000);

/**
 * Reads arguments as `getopt_long(3)` does for libvirtd: clusters (`-dv`), `--config FILE`, `--config=FILE`, unambiguous
 * abbreviations, `--`. The first `--help`, `--version` or mistake ends the reading.
 */
export function parseCommandLine(argv: readonly string[], program: string): CommandLine {
  const given = new Map<string, string>();
  const words = [...argv];
  const operands: string[] = [];
  const mistake = (message: string, usage = true): CommandLine => ({
    kind: "mistake",
    message: `${program}: ${message}`,
    usage,
  });
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") {
      operands.push(...words);
      break;
    }
    const found = readWord(word, words);
    if (found === undefined) {
      operands.push(word);
      continue;
    }
    if (typeof found === "string") return mistake(found);
    for (const { flag, value } of found) {
      if (flag.long === "help") return { kind: "help" };
      if (flag.long === "version") return { kind: "version" };
      if (flag.long === "print-sample-config") {
        const file = sampleFiles.find((name) => name === value.replace(/\.conf$/, ""));
        if (file) return { kind: "sample", file };
        return mistake(`there is no sample of '${value}': one of ${sampleFiles.join(", ")}`, false);
      }
      if (flag.long === "timeout" && !(/^[ \t]*[+]?[0-9]+$/.test(value) && Number(value) <= maxTimeout)) {
        return mistake("Invalid value for timeout", false);
      }
      given.set(flag.long, value);
    }
  }
  if (operands.length > 0) return mistake("unexpected, non-option, command line arguments", false);
  const config = given.get("config");
  const pidFile = given.get("pid-file");
  return {
    kind: "run",
    options: {
      verbose: given.has("verbose"),
      daemon: given.has("daemon"),
      listen: given.has("listen"),
      timeout: Number(given.get("timeout") ?? 0),
      ...(config === undefined ? {} : { config }),
      ...(pidFile === undefined ? {} : { pidFile }),
    },
  };
}

interface FoundFlag {
  readonly flag: Flag;
  readonly value: string;
}

/** The flags in a word, the text of a mistake, or `undefined` for a word that is no flag. Takes values from `rest`. */
function readWord(word: string, rest: string[]): FoundFlag[] | string | undefined {
  if (word.startsWith("--")) return readLong(word.slice(2), rest);
  if (!word.startsWith("-") || word === "-") return undefined;
  const found: FoundFlag[] = [];
  for (let at = 1; at < word.length; at++) {
    const short = word.charAt(at);
    const flag = allFlags.find((each) => each.short === short);
    if (!flag) return `invalid option -- '${short}'`;
    if (flag.argument === undefined) {
      found.push({ flag, value: "" });
      continue;
    }
    const value = at + 1 < word.length ? word.slice(at + 1) : rest.shift();
    if (value === undefined) return `option requires an argument -- '${short}'`;
    found.push({ flag, value });
    break;
  }
  return found;
}

function readLong(text: string, rest: string[]): FoundFlag[] | string {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  const fitting = allFlags.filter(({ long }) => long.startsWith(name));
  const flag = fitting.find(({ long }) => long === name) ?? fitting[0];
  if (!flag) return `unrecognized option '--${name}'`;
  if (fitting.length > 1 && flag.long !== name) {
    return `option '--${name}' is ambiguous; possibilities: ${fitting.map(({ long }) => `'--${long}'`).join(" ")}`;
  }
  if (flag.argument === undefined) {
    return equals === -1 ? [{ flag, value: "" }] : `option '--${flag.long}' doesn't allow an argument`;
  }
  const value = equals === -1 ? rest.shift() : text.slice(equals + 1);
  return value === undefined ? `option '--${flag.long}' requires an argument` : [{ flag, value }];
}

/** libvirtd's usage text, under our name. It goes to standard error. */
export function usage(program: string, privileged: boolean): string {
  const options = allFlags.map(({ short, long, argument, help }) => {
    const form = `${short === undefined ? "    " : `-${short} |`} --${long}${argument === undefined ? "" : ` <${argument}>`}`;
    return `  ${form.padEnd(22)} ${help}\n`;
  });
  const run = privileged ? "/run/libvirt" : "$XDG_RUNTIME_DIR/libvirt";
  const pki = privileged
    ? ["/etc/pki/CA/cacert.pem", "/etc/pki/libvirt/servercert.pem", "/etc/pki/libvirt/private/serverkey.pem"]
    : ["cacert", "servercert", "serverkey"].map((name) => `$HOME/.pki/libvirt/${name}.pem`);
  return `
Usage:
  ${program} [options]

Options:
${options.join("")}
libvirt management daemon:

  Default paths:

    Configuration file (unless overridden by -f):
      ${privileged ? "/etc" : "$XDG_CONFIG_HOME"}/libvirt/libvirtd.conf

    Sockets:
      ${run}/libvirt-sock
${privileged ? `      ${run}/libvirt-sock-ro\n` : ""}
    TLS:
      CA certificate: ${pki[0]}
      Server certificate: ${pki[1]}
      Server private key: ${pki[2]}

    PID file (unless overridden by -p):
      ${privileged ? "/run" : run}/libvirtd.pid

`;
}
