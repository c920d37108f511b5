import { ConnectListAllDomainsFlags, ConnectListAllNetworksFlags } from "@tsvirt/client";
import type { Command, Completer } from "../vsh/command.ts";
import { ShellError } from "../vsh/errors.ts";
import { parseWords, placedOptions } from "../vsh/parser.ts";
import type { ShellSession } from "../vsh/shell.ts";
import { argumentTokens, lineTokens, quoteWord } from "../vsh/tokenizer.ts";

/** Proposals for the last of the words of one command. */
export async function complete(session: ShellSession, words: readonly string[]): Promise<readonly string[]> {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  const [name, ...given] = before;
  const all = name === undefined ? session.table.names() : await completeArgument(session, name, given, last);
  return [...new Set(all)].filter((proposal) => proposal.startsWith(last));
}

/** For readline: what a line could go on with, and the part of it that the proposals replace. */
export async function completeLine(session: ShellSession, line: string): Promise<[string[], string]> {
  const words: string[] = [];
  let start = 0;
  try {
    const tokens = lineTokens(line);
    for (let token = tokens.next(); token; token = tokens.next()) {
      if (token.kind === "word") words.push(token.text);
      else words.length = 0;
    }
  } catch (error) {
    if (error instanceof ShellError) return [[], line];
    throw error;
  }
  if (line === "" || /[\s;]$/.test(line)) {
    words.push("");
    start = line.length;
  } else {
    start = Math.max(...[" ", "\t", ";"].map((blank) => line.lastIndexOf(blank))) + 1;
  }
  const proposals = await complete(session, words).catch(() => []);
  return [proposals.map((proposal) => `${quoteWord(proposal)} `), line.slice(start)];
}

async function completeArgument(
  session: ShellSession,
  name: string,
  given: readonly string[],
  last: string,
): Promise<readonly string[]> {
  const command = await session.table.find(name);
  if (!command) return [];
  const previous = given.at(-1);
  const option = previous?.startsWith("--") ? command.options[previous.slice(2)] : undefined;
  if (option && option.kind !== "flag" && option.kind !== "alias" && !previous?.includes("=")) {
    return proposalsFor(session, option.complete, last);
  }
  const used = usedOptions(command, given);
  const free = Object.entries(command.options).filter(
    ([key, one]) => one.kind !== "alias" && (one.kind === "rest" || !used.has(key)),
  );
  const options = free.map(([key]) => `--${key}`);
  if (last.startsWith("-")) return options;
  const place = placedOptions(command).find((key) => !used.has(key) || command.options[key]?.kind === "rest");
  const spec = place === undefined ? undefined : command.options[place];
  const proposed =
    spec && spec.kind !== "flag" && spec.kind !== "alias" ? await proposalsFor(session, spec.complete, last) : [];
  return last === "" ? [...proposed, ...options] : proposed;
}

function usedOptions(command: Command, given: readonly string[]): ReadonlySet<string> {
  try {
    return new Set(parseWords(command, argumentTokens(given)).words.keys());
  } catch (error) {
    if (error instanceof ShellError) return new Set();
    throw error;
  }
}

async function proposalsFor(
  session: ShellSession,
  completer: Completer | undefined,
  last: string,
): Promise<readonly string[]> {
  if (completer === undefined) return [];
  if (typeof completer !== "string") return completer;
  if (completer === "command") {
    return [...session.table.names(), ...(await session.groups()).map(({ keyword }) => keyword)];
  }
  if (completer === "file") return files(session, last);
  const connection = session.connection ?? (await session.reconnect());
  const domains = (flags: number) => connection.listAllDomains({ flags });
  const networks = (flags: number) => connection.listAllNetworks({ flags });
  const objects = {
    domain: () => domains(0),
    activeDomain: () => domains(ConnectListAllDomainsFlags.active),
    inactiveDomain: () => domains(ConnectListAllDomainsFlags.inactive),
    network: () => networks(0),
    activeNetwork: () => networks(ConnectListAllNetworksFlags.active),
    inactiveNetwork: () => networks(ConnectListAllNetworksFlags.inactive),
  };
  return (await objects[completer]()).map(({ name }) => name);
}

async function files(session: ShellSession, last: string): Promise<readonly string[]> {
  const slash = last.lastIndexOf("/") + 1;
  const directory = last.slice(0, slash);
  return (await session.io.list(directory || ".")).map((name) => `${directory}${name}`);
}
