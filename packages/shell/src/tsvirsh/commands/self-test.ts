import { type Command, command } from "../../vsh/command.ts";
import { CommandFailed } from "../../vsh/errors.ts";
import { checkCommands } from "../self-check.ts";

/** Checks the table of commands itself. */
export const commands: readonly Command[] = [
  command({
    name: "self-test",
    help: "internal command for testing virsh",
    about: "internal use only",
    offline: true,
    async run(shell) {
      const complaints = checkCommands(await shell.session.groups());
      for (const complaint of complaints) shell.error(complaint);
      if (complaints.length > 0) throw new CommandFailed("");
    },
  }),
];
