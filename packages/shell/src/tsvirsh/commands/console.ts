import { type Command, command, data, flag, text } from "../../vsh/command.ts";
import { runConsole } from "../console-session.ts";

/** The guest's console. */
export const commands: readonly Command[] = [
  command({
    name: "console",
    help: "connect to the guest console",
    about: "Connect the virtual serial console for the guest",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      devname: text("character device name"),
      force: flag("force console connection (disconnect already connected sessions)"),
      safe: flag("only connect if safe console handling is supported"),
    },
    async run(shell, args) {
      const domain = await shell.domain(args.domain);
      const { devname: device } = args;
      await runConsole(shell, domain, {
        force: args.force,
        safe: args.safe,
        ...(device === undefined ? {} : { device }),
      });
    },
  }),
];
