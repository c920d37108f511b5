import { ErrorCode, virtError } from "@tsvirt/base";
import { type ConvertCommand, type ConvertOutput, describeCommand, messageOf, noteDetails } from "./command.ts";
import { Inputs } from "./inputs.ts";

/** The commands of `tsvirt convert`. Only what the command needs is loaded. */
const commands: Readonly<Record<string, () => Promise<ConvertCommand>>> = {
  "to-argv": async () => (await import("./to-argv.ts")).toArgv,
  "to-xml": async () => (await import("./to-xml.ts")).toXml,
  format: async () => (await import("./format.ts")).format,
  domcapabilities: async () => (await import("./domcapabilities.ts")).domcapabilities,
  "network-to-dnsmasq": async () => (await import("./network-to-dnsmasq.ts")).networkToDnsmasq,
  "network-to-firewall": async () => (await import("./network-to-firewall.ts")).networkToFirewall,
  "nwfilter-to-firewall": async () => (await import("./nwfilter-to-firewall.ts")).nwfilterToFirewall,
  "pool-to-argv": async () => (await import("./pool-to-argv.ts")).poolToArgv,
  "vol-to-argv": async () => (await import("./vol-to-argv.ts")).volToArgv,
  batch: async () => (await import("./batch.ts")).batchOf(run),
};

/** `tsvirt convert ARGS…`. Gives the exit status: 0 if everything worked. */
export async function convert(args: readonly string[], output: ConvertOutput): Promise<number> {
  return run(args, output, new Inputs());
}

async function run(args: readonly string[], output: ConvertOutput, inputs: Inputs): Promise<number> {
  try {
    const [name = "", ...rest] = args;
    if (isHelp(name)) {
      output.write(await usage());
      return 0;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!load) {
      const what = name === "" ? "expected a command" : `unknown command '${name}'`;
      throw virtError(ErrorCode.invalidArg, `${what} of tsvirt convert: ${Object.keys(commands).join(", ")}`);
    }
    const command = await load();
    if (rest.some(isHelp)) {
      output.write(describeCommand(name, command));
      return 0;
    }
    return await command.run(rest, { output, inputs });
  } catch (error) {
    output.fail(messageOf(error));
    noteDetails(error, output);
    return 1;
  }
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

async function usage(): Promise<string> {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(width)}  ${(await load()).help}\n`),
  );
  return `usage: tsvirt convert COMMAND [OPTIONS] [FILE…]\n\n${lines.join("")}\ntsvirt convert COMMAND --help tells of a command's options.\n`;
}
