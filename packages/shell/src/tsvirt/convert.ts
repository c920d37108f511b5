import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { parseJson } from "@tsvirt/codec/options";
import { DocumentError } from "@tsvirt/codec/xml";
import { DomainCapabilities } from "@tsvirt/model/capabilities";
import { parseDomain } from "@tsvirt/model/domain";
import {
  buildCommandLine,
  type CommandLine,
  capabilitiesOfReplies,
  declaredCapabilities,
  domainCapabilities,
  prepareStart,
  QemuCapabilities,
  qemuHooks,
} from "@tsvirt/qemu";
import { type ConvertArguments, readConvertArguments } from "./convert-arguments.ts";
import { formatDocument } from "./convert-format.ts";
import { type HostProfile, readHostProfile } from "./host-profile.ts";
import { quoteShellWord } from "./shell-words.ts";

/** Where a conversion writes what has no file. */
export interface ConvertOutput {
  write(text: string): void;
  /** One line a failure. */
  fail(message: string): void;
}

/** Files that several conversions of one run share. */
class Inputs {
  readonly #capabilities = new Map<string, Promise<CapabilitySource>>();
  readonly #hosts = new Map<string, Promise<HostProfile>>();

  /** What `file` says of an emulator for `arch`. */
  async capabilities(file: string | undefined, arch: string): Promise<QemuCapabilities> {
    if (file === undefined) throw virtError(ErrorCode.invalidArg, "--capabilities is needed");
    let found = this.#capabilities.get(file);
    if (!found) {
      found = readCapabilities(file);
      this.#capabilities.set(file, found);
    }
    return (await found)(arch);
  }

  host(file: string | undefined): Promise<HostProfile> {
    const key = file ?? "";
    let found = this.#hosts.get(key);
    if (!found) {
      found = readHostProfile(file);
      this.#hosts.set(key, found);
    }
    return found;
  }
}

/** The capabilities of an emulator for an architecture; those of a real one are for its own. */
type CapabilitySource = (arch: string) => QemuCapabilities;

async function readCapabilities(file: string): Promise<CapabilitySource> {
  const text = await readFile(file, "utf8");
  const probed = file.endsWith(".replies") ? await capabilitiesOfReplies(text) : QemuCapabilities.parse(text);
  if (probed) return () => probed;
  const declared = parseJson(text);
  return (arch) => {
    const found = declaredCapabilities(declared, arch);
    if (!found)
      throw virtError(ErrorCode.invalidArg, `${file} is neither a recorded nor a written set of capabilities`);
    return found;
  };
}

/** The architecture that a domain document names, before anything else of it is read. */
function archOf(xml: string, host: HostProfile): string {
  return /<type\b[^>]*\barch\s*=\s*["']([^"']*)["']/.exec(xml)?.[1] ?? host.facts.arch;
}

/** `tsvirt convert ARGS…`. Gives the exit status: 0 if everything worked. */
export async function convert(args: readonly string[], output: ConvertOutput): Promise<number> {
  return run(args, output, new Inputs());
}

async function run(args: readonly string[], output: ConvertOutput, inputs: Inputs): Promise<number> {
  try {
    const options = readConvertArguments(args);
    switch (options.command) {
      case "to-argv":
        return await eachFile(options, output, "args", (file) => toArgv(file, options, inputs));
      case "format":
        return await eachFile(options, output, "xml", (file) => format(file, options, inputs));
      case "domcapabilities":
        output.write(await domcapabilities(options, inputs));
        return 0;
      case "batch":
        return await batch(options, output, inputs);
      default:
        throw virtError(ErrorCode.invalidArg, `unknown command '${options.command}' of tsvirt convert`);
    }
  } catch (error) {
    output.fail(messageOf(error));
    return 1;
  }
}

/** Every FILE gives STEM.EXT or STEM.err; one failure does not stop the others. */
async function eachFile(
  options: ConvertArguments,
  output: ConvertOutput,
  extension: string,
  work: (file: string) => Promise<string>,
): Promise<number> {
  const directory = options.value("--out-dir");
  if (directory === undefined) throw virtError(ErrorCode.invalidArg, "--out-dir is needed");
  await mkdir(directory, { recursive: true });
  let status = 0;
  for (const file of options.files) {
    const stem = join(directory, basename(file).replace(/\.[^.]*$/, ""));
    try {
      await writeFile(`${stem}.${extension}`, await work(file));
    } catch (error) {
      status = 1;
      const message = messageOf(error);
      await writeFile(`${stem}.err`, `${message}\n`);
      output.fail(`${file}: ${message}`);
    }
  }
  return status;
}

function messageOf(error: unknown): string {
  if (error instanceof VirtError || error instanceof DocumentError) return error.message.replaceAll("\n", " ");
  if (error instanceof Error) return `internal error: ${error.message.replaceAll("\n", " ")}`;
  return String(error);
}

async function toArgv(file: string, options: ConvertArguments, inputs: Inputs): Promise<string> {
  const host = await inputs.host(options.value("--host"));
  const xml = await readFile(file, "utf8");
  const probed = await inputs.capabilities(options.value("--capabilities"), archOf(xml, host));
  const abiUpdate = options.flag("--abi-update");
  const hooks = qemuHooks(probed, host.facts, { abiUpdate });
  const domain = parseDomain(xml, { file, inactive: true, hooks, abiUpdate });
  const override = domain.qemuCapabilities;
  const caps = override ? withOverrides(probed, override) : probed;
  prepareStart(domain, host.facts);
  host.prepare(domain);
  const incoming = options.value("--incoming");
  const context = { ...host.context(domain.name), ...(incoming !== undefined && { incoming }) };
  return formatCommandLine(buildCommandLine(domain, caps, context));
}

function withOverrides(
  caps: QemuCapabilities,
  {
    adds,
    dels,
  }: { readonly adds: readonly { capability: string }[]; readonly dels: readonly { capability: string }[] },
): QemuCapabilities {
  return caps.withNames(
    adds.map(({ capability }) => capability),
    dels.map(({ capability }) => capability),
  );
}

/** One option a line, quoted for a shell, the environment in front. */
function formatCommandLine({ emulator, args, env }: CommandLine): string {
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoteShellWord(value)}`);
  lines.push(quoteShellWord(emulator));
  for (const word of args) {
    const quoted = quoteShellWord(word);
    const last = lines.length - 1;
    if (word.startsWith("-") || !lines[last]?.startsWith("-")) lines.push(quoted);
    else lines[last] += ` ${quoted}`;
  }
  return `${lines.join(" \\\n")}\n`;
}

async function format(file: string, options: ConvertArguments, inputs: Inputs): Promise<string> {
  return formatDocument(file, {
    options,
    async hooks(xml) {
      const host = await inputs.host(options.value("--host"));
      const caps = await inputs.capabilities(options.value("--capabilities"), archOf(xml, host));
      return qemuHooks(caps, host.facts, { abiUpdate: options.flag("--abi-update") });
    },
  });
}

async function domcapabilities(options: ConvertArguments, inputs: Inputs): Promise<string> {
  const host = await inputs.host(options.value("--host"));
  const arch = options.value("--arch");
  const caps = await inputs.capabilities(options.value("--capabilities"), arch ?? host.facts.arch);
  const virtType = options.value("--virttype");
  if (virtType !== "kvm" && virtType !== "qemu") {
    throw virtError(ErrorCode.invalidArg, `unknown virttype '${virtType ?? ""}'`);
  }
  const emulator = options.value("--emulator") ?? host.facts.emulatorFor(arch ?? caps.arch) ?? "";
  const document = domainCapabilities(caps, {
    ...host.capabilities,
    emulator,
    virtType,
    arch,
    machine: options.value("--machine"),
  });
  return DomainCapabilities.format(document);
}

/** Every line of the file is `{"args": […], "stdout": FILE}`. Always 0: failures are in the files. */
async function batch(options: ConvertArguments, output: ConvertOutput, inputs: Inputs): Promise<number> {
  for (const file of options.files) {
    for (const line of (await readFile(file, "utf8")).split("\n")) {
      if (line.trim() === "") continue;
      const job = parseJson(line);
      if (typeof job !== "object" || job === null || !("args" in job) || !Array.isArray(job.args)) {
        throw virtError(ErrorCode.invalidArg, `${file}: a line is no job`);
      }
      const args = job.args.map(String);
      const stdout = typeof job.stdout === "string" ? job.stdout : undefined;
      let text = "";
      const failures: string[] = [];
      await run(args, { write: (part) => (text += part), fail: (message) => failures.push(message) }, inputs);
      if (stdout === undefined) output.write(text);
      else if (failures.length > 0) await writeFile(`${stdout}.err`, `${failures.join("\n")}\n`);
      else await writeFile(stdout, text);
    }
  }
  return 0;
}
