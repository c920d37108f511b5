import { ErrorCode, virtError } from "@tsvirt/base";
import type { Parsed } from "@tsvirt/codec/xml";
import { type Domain, readDomain } from "@tsvirt/model/domain";
import {
  buildCommandLine,
  type CommandLine,
  explainCommandLine,
  prepareStart,
  type QemuCapabilities,
  qemuHooks,
  quoteShellWord,
  shellLines,
  standaloneCommandLine,
} from "@tsvirt/qemu";
import type { HostProfile } from "../host-profile.ts";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";
import { archOf, qemuOptions } from "./inputs.ts";

/** `tsvirt convert to-argv`: the command line that a start of the domain would use. */
export const toArgv = fileCommand({
  help: "a domain document to the emulator's command line",
  options: {
    ...qemuOptions,
    "--incoming": { takes: "URI", help: "as for a guest that is migrated here or restored" },
    "--standalone": { help: "a command line to be run by hand: nothing inherited, nothing waited for" },
    "--explain": { help: "each option with the place in the document that caused it" },
  },
  async convert(file, options, inputs, noted) {
    const standalone = options.flag("--standalone");
    const host = await inputs.host(options);
    // By hand, the guest's files are where its sockets are.
    const facts = standalone ? { ...host.facts, nvramDir: "." } : host.facts;
    const xml = await readInput(file);
    const probed = await inputs.capabilities(options, archOf(xml, host));
    const abiUpdate = options.flag("--abi-update");
    const hooks = qemuHooks(probed, facts, { abiUpdate });
    const document = readDomain(xml, { file, inactive: true, hooks, abiUpdate });
    const domain = noted(document.value);
    const override = domain.qemuCapabilities;
    const caps = override ? withOverrides(probed, override) : probed;
    prepareStart(domain, caps, facts);
    host.prepare(domain);
    const incoming = options.value("--incoming");
    if (standalone && incoming !== undefined) {
      throw virtError(ErrorCode.invalidArg, "--incoming needs a daemon: it does not go with --standalone");
    }
    const { notes, ...line } = standalone
      ? standaloneCommandLine(domain, caps, host.context(domain.name))
      : { notes: [], ...buildCommandLine(domain, caps, contextOf(host, domain, incoming)) };
    if (options.flag("--explain")) return { explain: explanation(line, document, file) };
    return { args: `${notes.map((note) => `# ${note}\n`).join("")}${shellLines(line).join(" \\\n")}\n` };
  },
});

function contextOf(
  host: HostProfile,
  { name }: Domain,
  incoming: string | undefined,
): ReturnType<HostProfile["context"]> {
  return { ...host.context(name), ...(incoming !== undefined && { incoming }) };
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

/** Two lines an option: what it is, and why. */
function explanation(line: CommandLine, { reader }: Parsed<Domain>, file: string): string {
  return explainCommandLine(line, reader.places)
    .map(({ words, reason }) => {
      const why =
        reason.kind === "element"
          ? `${file}:${reason.line}:${reason.column} ${reason.path}`
          : reason.kind === "always"
            ? "the same for every guest"
            : `not in the document: a default${reason.of === "" ? "" : ` (${reason.of})`}`;
      return `${words.map(quoteShellWord).join(" ")}\n    ${why}\n`;
    })
    .join("");
}
