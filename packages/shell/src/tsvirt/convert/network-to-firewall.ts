import { iptablesArguments, networkRules, parseNetwork } from "@tsvirt/model/network";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";
import { formatCommands } from "./commands.ts";

/** `tsvirt convert network-to-firewall`: the commands that a start of the network would run, in order. */
export const networkToFirewall = fileCommand({
  help: "a network to the packet filter rules of its bridge",
  options: {},
  async convert(file) {
    const rules = networkRules(parseNetwork(await readInput(file), { file }));
    const commands = rules.map((rule) => [
      rule.family === "ipv4" ? "iptables" : "ip6tables",
      ...iptablesArguments(rule, "insert"),
    ]);
    return { args: formatCommands(commands) };
  },
});
