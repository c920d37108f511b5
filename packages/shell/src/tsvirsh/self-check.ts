import type { Command, CommandGroup } from "../vsh/command.ts";

/** What is wrong with the declarations of commands: missing help, options that cannot be reached, aliases of nothing. */
export function checkCommands(groups: readonly CommandGroup[]): readonly string[] {
  const seen = new Set<string>();
  return groups.flatMap((group) =>
    group.commands.flatMap((command) => {
      const complaints = checkCommand(command);
      for (const name of [command.name, ...command.aliases]) {
        if (seen.has(name)) complaints.push(`command '${name}' is declared twice`);
        seen.add(name);
      }
      return complaints;
    }),
  );
}

function checkCommand({ name, help, about, options }: Command): string[] {
  const complaints: string[] = [];
  const complain = (what: string): void => {
    complaints.push(`command '${name}' ${what}`);
  };
  if (help === "" || help.includes("\n")) complain("needs one line of help");
  if (about === "") complain("has an empty description");
  let optionalSeen = false;
  let restSeen = false;
  for (const [key, option] of Object.entries(options)) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(key)) complain(`has a badly named option '${key}'`);
    if (key === "help") complain("takes --help for itself");
    if (restSeen) complain(`has option '${key}' after one that takes all words`);
    if (option.kind === "alias") {
      const target = options[option.of];
      if (!target || target.kind === "alias") complain(`has an alias '${key}' of nothing`);
      else if (target.kind === "flag" && option.value !== undefined) complain(`has a value for flag '${option.of}'`);
      continue;
    }
    if (option.help === "") complain(`needs help for option '${key}'`);
    if (option.kind === "flag") continue;
    if (option.kind === "rest") {
      restSeen = true;
      continue;
    }
    if (option.required && option.named === true) complain(`has option '${key}' both required and without a place`);
    if (option.required && optionalSeen) complain(`has required option '${key}' after optional ones`);
    if (!option.required && option.named !== true) optionalSeen = true;
  }
  return complaints;
}
