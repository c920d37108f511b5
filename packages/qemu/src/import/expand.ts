import { Argument } from "./argument.ts";
import type { ImportHost } from "./draft.ts";

/** Puts the options of configuration files that `-readconfig` names in its place. Those that cannot be read are handed on. */
export function expandConfig(args: readonly Argument[], host: ImportHost): Argument[] {
  return args.flatMap((argument) => {
    if (argument.option !== "readconfig") return [argument];
    const text = host.readFile?.(argument.value);
    if (text === undefined) {
      argument.pass("the file was not read: what it says is not in the document");
      return [argument];
    }
    argument.place("the options of the file");
    return [argument, ...configArguments(text, argument)];
  });
}

/** The options in a file of QEMU's `-writeconfig` form: `[device "id"]` and then `key = "value"`. */
function configArguments(text: string, { line, column }: Argument): Argument[] {
  const result: Argument[] = [];
  let group: string | undefined;
  let pairs: string[] = [];
  const flush = (): void => {
    if (group === undefined) return;
    const words = [`-${group}`, pairs.join(",")].map((word) => ({ text: word, quoted: false, line, column }));
    result.push(new Argument(words));
  };
  for (const row of text.split("\n")) {
    const head = /^\s*\[([\w-]+)(?:\s+"([^"]*)")?\]\s*$/.exec(row);
    const pair = /^\s*([\w.-]+)\s*=\s*"([^"]*)"\s*$/.exec(row);
    if (head) {
      flush();
      group = optionOfGroup(head[1] ?? "");
      pairs = head[2] === undefined ? [] : [`id=${head[2]}`];
    } else if (pair) pairs.push(`${pair[1] ?? ""}=${(pair[2] ?? "").replaceAll(",", ",,")}`);
  }
  flush();
  return result;
}

/** Groups of options that are not called like their option. */
const groups: Readonly<Record<string, string>> = { "smp-opts": "smp", "boot-opts": "boot", memory: "m" };

function optionOfGroup(group: string): string {
  return Object.hasOwn(groups, group) ? (groups[group] ?? group) : group;
}

/** Joins `-set GROUP.ID.KEY=VALUE` to the option it is about; those that are about none stay. */
export function joinSettings(args: readonly Argument[]): Argument[] {
  return args.map((argument) => {
    const settings = args.filter((each) => each.option === "set" && isAbout(each, argument));
    if (settings.length === 0 || argument.value.startsWith("{")) return argument;
    const extra = settings.map(({ value }) => {
      const [path = "", ...text] = value.split("=");
      return `${path.split(".").slice(2).join(".")}=${text.join("=").replaceAll(",", ",,")}`;
    });
    for (const setting of settings) setting.place(`the option ${argument.words[0] ?? ""} it is about`);
    const words = [argument.words[0] ?? "", [argument.value, ...extra].join(",")];
    return new Argument(words.map((text) => ({ text, quoted: false, line: argument.line, column: argument.column })));
  });
}

function isAbout({ value }: Argument, { option, value: text }: Argument): boolean {
  const [group, id] = value.split("=", 1)[0]?.split(".") ?? [];
  return group !== undefined && optionOfGroup(group) === option && text.split(",").includes(`id=${id ?? ""}`);
}
