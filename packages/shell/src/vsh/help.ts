import type { Command, CommandGroup, CommandOption } from "./command.ts";

type Shown = Exclude<CommandOption, { kind: "alias" }>;

/** The help of one command: name, synopsis, description, options. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).filter(
    (entry): entry is [string, Shown] => entry[1].kind !== "alias",
  );
  let text = `  NAME\n    ${command.name} - ${command.help}\n\n  SYNOPSIS\n    ${synopsis(command.name, options)}\n`;
  if (command.about !== undefined) text += `\n  DESCRIPTION\n${indent(command.about)}\n`;
  if (options.length > 0) {
    text += "\n  OPTIONS\n";
    for (const [name, option] of options)
      text += `    ${optionSyntax(name, option, options).padEnd(15)}  ${option.help}\n`;
  }
  return `${text}\n`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `    ${line}`))
    .join("\n");
}

/** Whether a word alone may be one: some option before takes values by place. */
function wordsHavePlaces(options: readonly (readonly [string, Shown])[], until: string): boolean {
  for (const [name, option] of options) {
    if (name === until) return false;
    if (option.kind !== "flag" && option.kind !== "rest" && option.named !== true) return true;
  }
  return false;
}

function synopsis(name: string, options: readonly (readonly [string, Shown])[]): string {
  return [name, ...options.map(([option, spec]) => optionSynopsis(option, spec, options))].join(" ");
}

function optionSynopsis(name: string, option: Shown, all: readonly (readonly [string, Shown])[]): string {
  switch (option.kind) {
    case "flag":
      return `[--${name}]`;
    case "text":
      return option.required ? `<${name}>` : `[--${name} <string>]`;
    case "number":
      return option.required ? `<${name}>` : `[--${name} <number>]`;
    case "rest": {
      const one = wordsHavePlaces(all, name) ? `[--${name}] <string>` : `<${name}>`;
      if (!option.required) return `[${one}]...`;
      return one.startsWith("[") ? `{${one}}...` : `${one}...`;
    }
  }
}

function optionSyntax(name: string, option: Shown, all: readonly (readonly [string, Shown])[]): string {
  switch (option.kind) {
    case "flag":
      return `--${name}`;
    case "text":
      return option.required ? `[--${name}] <string>` : `--${name} <string>`;
    case "number":
      return option.required ? `[--${name}] <number>` : `--${name} <number>`;
    case "rest":
      return wordsHavePlaces(all, name) ? `[--${name}] <string>` : `<${name}>`;
  }
}

/** One line per command of a group. */
function listCommands(group: CommandGroup): string {
  return group.commands.map(({ name, help }) => `    ${name.padEnd(30)} ${help}\n`).join("");
}

/** Help for a group: its title and its commands. */
export function groupHelp(group: CommandGroup): string {
  return ` ${group.title} (help keyword '${group.keyword}'):\n${listCommands(group)}`;
}

/** All groups, as `help` lists them. */
export function allHelp(groups: readonly CommandGroup[]): string {
  return `Grouped commands:\n\n${groups.map((group) => `${groupHelp(group)}\n`).join("")}`;
}

/** All groups, as `--help` lists them. */
export function usageCommands(groups: readonly CommandGroup[]): string {
  return groups.map((group) => ` ${group.title} (help keyword '${group.keyword}')\n${listCommands(group)}\n`).join("");
}
