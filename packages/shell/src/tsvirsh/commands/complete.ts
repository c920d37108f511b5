import { type Command, command, rest } from "../../vsh/command.ts";
import { CommandFailed } from "../../vsh/errors.ts";
import { complete } from "../completion.ts";

/** For shells' completion: `tsvirsh complete -- WORDS` prints what the last word can become, as `virsh complete` does. */
export const commands: readonly Command[] = [
  command({
    name: "complete",
    help: "internal command for autocompletion",
    about: "internal use only",
    offline: true,
    options: { string: rest("partial string to autocomplete", { emptyOk: true }) },
    async run(shell, args) {
      const [first] = args.string;
      if (first === undefined) throw new CommandFailed("");
      // A connection is made for proposals only if it can be: an error text would end up in the user's command line.
      const proposals = await complete(shell.session, args.string).catch(() => []);
      shell.out.lines("proposals", proposals);
    },
  }),
];
