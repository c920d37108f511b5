// A program with the options of libvirt's virt-aa-helper: for administrators, and for a libvirtd that is told to use it.
import { ErrorCode, VirtError } from "@tsvirt/base";
import type { Host } from "@tsvirt/host";
import { type Domain, parseDomain } from "@tsvirt/model/domain";
import { type Access, isProfileName, profileName } from "@tsvirt/qemu/apparmor";
import { AppArmorProfiles, PROFILES } from "./profiles.ts";

/** What the program has of its surroundings. */
export interface HelperIo {
  readonly host: Pick<Host, "files" | "processes">;
  /** All of standard input; asked for by the commands that take a document. */
  readonly input: () => Promise<string>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** What it is called in messages. */
  readonly program: string;
}

type Command = "a" | "c" | "D" | "r" | "R";

interface Request {
  readonly command: Command;
  readonly name: string;
  readonly isDryRun: boolean;
  readonly file: { readonly path: string; readonly isAddition: boolean } | undefined;
}

const flags: Readonly<Record<string, string>> = {
  add: "a",
  create: "c",
  dryrun: "d",
  delete: "D",
  "add-file": "f",
  "append-file": "F",
  help: "h",
  replace: "r",
  remove: "R",
  uuid: "u",
};
const withValue = new Set(["f", "F", "u"]);

const usage = (program: string): string => `
${program} MODE -u libvirt-UUID [OPTIONS] [< DOMAIN.xml]

  Modes:
    -a | --add                  load the profile that is there
    -c | --create               make a profile from the template, and load it
    -r | --replace              write the guest's rules anew, and reload its profile
    -R | --remove               unload the profile
    -D | --delete               unload the profile, and remove the guest's rules
  Options:
    -u | --uuid libvirt-UUID    the profile
    -d | --dryrun               show what would be written, and do nothing
    -f | --add-file FILE        also allow this file
    -F | --append-file FILE     allow this file in addition to the rules there are
    -h | --help

-c and -r read the guest's document from standard input.
`;

/** Runs the program; resolves with its exit status. */
export async function helperMain(argv: readonly string[], io: HelperIo): Promise<number> {
  try {
    const request = readArguments(argv);
    if (request === "help") {
      io.out(usage(io.program));
      return 0;
    }
    await perform(request, io);
    return 0;
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    for (const line of [error.message, ...error.details, ...(error.hint === undefined ? [] : [error.hint])]) {
      io.err(`${io.program}: error: ${line}\n`);
    }
    return 1;
  }
}

/** Reads arguments as `getopt_long(3)` does: clusters of letters (`-dr`), values in the same word or the next. */
function readArguments(argv: readonly string[]): Request | "help" {
  const words = [...argv];
  let command: Command | undefined;
  let name = "";
  let isDryRun = false;
  let file: Request["file"];
  const take = (flag: string, value: string): void => {
    if (flag === "u") name = value;
    else if (flag === "f" || flag === "F") file = { path: value, isAddition: flag === "F" };
    else if (flag === "d") isDryRun = true;
    else if (flag === "a" || flag === "c" || flag === "D" || flag === "r" || flag === "R") command = flag;
    else throw wrong("unsupported option");
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") break;
    for (const [flag, value] of flagsIn(word, words)) {
      if (flag === "h") return "help";
      take(flag, value);
    }
  }
  if (command === undefined) throw wrong("bad command");
  if (!isProfileName(name)) throw wrong("invalid UUID");
  return { command, name, isDryRun, file };
}

/** The options in one word, which may take the next one as a value. */
function flagsIn(word: string, rest: string[]): (readonly [flag: string, value: string])[] {
  const next = (): string => {
    const value = rest.shift();
    if (value === undefined) throw wrong(`option '${word}' requires an argument`);
    return value;
  };
  if (word.startsWith("--")) {
    const [given = "", value] = word.slice(2).split(/=(.*)/s, 2);
    const found = Object.entries(flags).filter(([long]) => long === given || (given !== "" && long.startsWith(given)));
    const [, flag] = found.find(([long]) => long === given) ?? (found.length === 1 ? found : [])[0] ?? [];
    if (flag === undefined) throw wrong("unsupported option");
    return [[flag, withValue.has(flag) ? (value ?? next()) : ""]];
  }
  if (!word.startsWith("-") || word === "-") return [];
  const found: (readonly [string, string])[] = [];
  for (let at = 1; at < word.length; at++) {
    const flag = word.charAt(at);
    if (!withValue.has(flag)) {
      found.push([flag, ""]);
      continue;
    }
    found.push([flag, at + 1 < word.length ? word.slice(at + 1) : next()]);
    break;
  }
  return found;
}

const wrong = (text: string): VirtError => new VirtError(ErrorCode.invalidArg, text);

async function perform({ command, name, isDryRun, file }: Request, io: HelperIo): Promise<void> {
  const profiles = new AppArmorProfiles(io.host);
  const exists = await profiles.exists(name);
  if (command === "c" || command === "r") {
    const domain = readDocument(await io.input(), name);
    const options = file && { extra: [extraAccess(file.path)], isAddition: file.isAddition };
    if (command === "c" && exists) throw wrong("profile exists");
    if (isDryRun) {
      io.err(`${io.program}:\n${PROFILES}/${name}.files\n`);
      io.err(`${io.program}:\n${await profiles.rules(domain, { ...options, isDry: true })}\n`);
      if (command === "c") io.err(`${io.program}:\n${PROFILES}/${name}\n${io.program}:\n${name}\n`);
      return;
    }
    if (command === "r" && !exists) throw missing(name);
    await profiles.renew(domain, options);
    return;
  }
  if (isDryRun) return;
  if (!exists && command !== "D") throw missing(name);
  if (command === "a") await profiles.load(name, "add");
  else if (command === "R") await profiles.unload(name);
  else await profiles.release(name);
}

function missing(name: string): VirtError {
  return new VirtError(ErrorCode.invalidArg, `profile does not exist: '${PROFILES}/${name}'`);
}

/** The guest, if it is the one that the profile is of. */
function readDocument(xml: string, name: string): Domain {
  // As libvirt's program, this one reads what may have been written for another version: nothing is checked but what counts.
  const domain = parseDomain(xml, { hooks: {}, skipValidation: true });
  if (profileName(domain.uuid ?? "") !== name.toLowerCase()) throw wrong("given uuid does not match XML uuid");
  return domain;
}

/** One more path; libvirtd names directories with all in them by a pattern behind them. */
function extraAccess(path: string): Access {
  const [, directory] = /^(.*)\/\{,\*\*\}$/.exec(path) ?? [];
  if (directory === undefined) return { kind: "path", path, permissions: "rwk" };
  return { kind: "path", path: directory, permissions: "rwk", pattern: "/{,**}" };
}
