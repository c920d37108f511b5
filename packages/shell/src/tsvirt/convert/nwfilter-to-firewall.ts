import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ErrorCode, virtError } from "@tsvirt/base";
import {
  type Filter,
  filterCommands,
  parseFilter,
  type Variables,
  variableName,
  variableValue,
} from "@tsvirt/model/nwfilter";
import { readInput } from "../user-files.ts";
import { fileCommand } from "./command.ts";
import { formatCommands } from "./commands.ts";

/** `tsvirt convert nwfilter-to-firewall`: the commands that put a filter in force on an interface, in order. */
export const nwfilterToFirewall = fileCommand({
  help: "a network filter to the packet filter rules of an interface",
  options: {
    "--filter-dir": { takes: "DIR", help: "where the filters are that others refer to, as NAME.xml" },
    "--ifname": { takes: "NAME", help: "the interface" },
    "--var": { takes: "NAME=VALUE", help: "a value of a variable; several of one name are a list" },
  },
  async convert(file, options) {
    const filter = parseFilter(await readInput(file), { file });
    const name = options.value("--ifname");
    if (name === undefined) throw virtError(ErrorCode.invalidArg, "--ifname is needed");
    const others = await readOthers(filter, options.value("--filter-dir"));
    const commands = filterCommands(filter, {
      interface: name,
      variables: readVariables(options.values("--var")),
      find: (other) => others.get(other),
    });
    return { args: formatCommands(commands.map(({ program, args }) => [program, ...args])) };
  },
});

/** Throws a `VirtError` for what is no variable or what no variable may hold. */
function readVariables(given: readonly string[]): Variables {
  const variables = new Map<string, string[]>();
  for (const text of given) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined || !variableName.test(name)) {
      throw virtError(ErrorCode.invalidArg, `'${text}' is not NAME=VALUE`);
    }
    if (!variableValue.test(value)) {
      throw virtError(ErrorCode.invalidArg, "Variable value contains invalid character");
    }
    const known = variables.get(name);
    if (known) known.push(value);
    else variables.set(name, [value]);
  }
  return variables;
}

/** All filters that a filter refers to, and those that they refer to; what has no file is left out. */
async function readOthers(filter: Filter, directory: string | undefined): Promise<ReadonlyMap<string, Filter>> {
  const found = new Map<string, Filter>();
  const wanted = [...namesIn(filter)];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (directory === undefined || found.has(name) || name.includes("/")) continue;
    const path = join(directory, `${name}.xml`);
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    });
    if (text === undefined) continue;
    const other = parseFilter(text, { file: path });
    found.set(name, other);
    wanted.push(...namesIn(other));
  }
  return found;
}

function namesIn({ entries }: Filter): readonly string[] {
  return entries.flatMap((entry) => ("filterref" in entry ? [entry.filterref.filter] : []));
}
