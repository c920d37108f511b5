import { readFile } from "node:fs/promises";
import { parseDomain } from "@tsvirt/model/domain";
import { buildCommandLine, type CommandLine, prepareStart, type QemuCapabilities, qemuHooks } from "@tsvirt/qemu";
import { quoteShellWord } from "../shell-words.ts";
import { fileCommand } from "./command.ts";
import { archOf, qemuOptions } from "./inputs.ts";

/** `tsvirt convert to-argv`: the command line that a start of the domain would use. */
export const toArgv = fileCommand({
  help: "a domain document to the emulator's command line",
  options: {
    ...qemuOptions,
    "--incoming": { takes: "URI", help: "as for a guest that is migrated here or restored" },
  },
  async convert(file, options, inputs) {
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
    return { args: formatCommandLine(buildCommandLine(domain, caps, context)) };
  },
});

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
