import { strerror } from "@tsvirt/base";
import { alias, type Command, command, flag, rest, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { allHelp, commandHelp, groupHelp } from "../../vsh/help.ts";
import type { Shell } from "../../vsh/shell.ts";

const quoteForShell = (word: string): string =>
  word !== "" && /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

const quoteForXml = (word: string): string =>
  word.replace(/[&<>"']/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char] ?? "&apos;");

async function end(shell: Shell): Promise<void> {
  shell.session.ending = true;
  shell.session.interactive = false;
}

/** Commands about the shell, none of which needs a connection. */
export const commands: readonly Command[] = [
  command({
    name: "cd",
    help: "change the current directory",
    about: "Change the current directory.",
    offline: true,
    options: { dir: text("directory to switch to (default: home or else root)", { complete: "file", emptyOk: true }) },
    async run(shell, { dir }) {
      if (!shell.session.interactive) throw new ShellError("cd: command valid only in interactive mode");
      const target = dir ?? (shell.io.env.HOME || "/");
      try {
        shell.io.chdir(target);
      } catch (error) {
        if (!(error instanceof Error && "code" in error)) throw error;
        throw new ShellError(`cd: ${target}: ${strerror(error)}`);
      }
    },
  }),
  command({
    name: "echo",
    help: "echo arguments. Used for internal testing.",
    about: "Echo back arguments, possibly with quoting. Used for internal testing.",
    offline: true,
    options: {
      shell: flag("escape for shell use"),
      xml: flag("escape for XML use"),
      split: flag("split each argument on ','; ',,' is an escape sequence"),
      err: flag("output to stderr"),
      str: alias("string"),
      hi: alias("string", "hello"),
      string: rest("arguments to echo"),
    },
    async run(shell, args) {
      const words = args.string.map((word) => {
        const escaped = args.xml ? quoteForXml(word) : word;
        return args.shell ? quoteForShell(escaped) : escaped;
      });
      const said = args.split
        ? words.flatMap((word) => word.split(/(?<!,),(?!,)/).map((part) => `${part.replaceAll(",,", ",")}\n`)).join("")
        : words.join(" ");
      if (args.err) {
        for (const line of said === "" ? [] : [said]) shell.error(line);
        return;
      }
      shell.out.print(said);
      shell.out.json({ arguments: args.string });
    },
  }),
  command({
    name: "exit",
    help: "quit this interactive terminal",
    offline: true,
    run: end,
  }),
  command({
    name: "help",
    help: "print help",
    about: "Prints global help, command specific help, or help for a\ngroup of related commands",
    offline: true,
    options: {
      command: text("Prints global help, command specific help, or help for a group of related commands", {
        complete: "command",
      }),
    },
    async run(shell, { command: topic }) {
      const { session, out } = shell;
      if (topic === undefined) {
        const groups = await session.groups();
        out.print(allHelp(groups));
        out.json(
          groups.map((group) => ({
            title: group.title,
            keyword: group.keyword,
            commands: group.commands.map(({ name, help }) => ({ name, help })),
          })),
        );
        return;
      }
      const found = await session.table.find(topic);
      if (found) {
        out.document("help", commandHelp(found));
        return;
      }
      const group = (await session.groups()).find(({ keyword, title }) => keyword === topic || title === topic);
      if (!group) throw new ShellError(`command or command group '${topic}' doesn't exist`);
      out.document("help", groupHelp(group));
    },
  }),
  command({
    name: "pwd",
    help: "print the current directory",
    about: "Print the current directory.",
    offline: true,
    async run(shell) {
      shell.out.value("directory", shell.io.cwd());
    },
  }),
  command({
    name: "quit",
    help: "quit this interactive terminal",
    offline: true,
    run: end,
  }),
  command({
    name: "connect",
    help: "(re)connect to hypervisor",
    about: "Connect to local hypervisor. This is built-in command after shell start up.",
    offline: true,
    options: {
      name: text("hypervisor connection URI", { emptyOk: true }),
      readonly: flag("read-only connection"),
    },
    async run(shell, args) {
      const { session } = shell;
      session.uri = args.name ?? session.uri;
      session.readOnly = args.readonly;
      const { uri } = await session.reconnect();
      shell.out.json({ uri });
    },
  }),
];
