import { type Command, command, flag, text, uint } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { domainEventSource, eventKinds } from "../domain-event-texts.ts";
import { positiveTimeout, watchEvents } from "../event-loop.ts";

/** Guests' events. */
export const commands: readonly Command[] = [
  command({
    name: "event",
    help: "Domain Events",
    about: "List event types, or wait for domain events to occur",
    options: {
      domain: text("filter by domain name, id or uuid", { complete: "domain" }),
      event: text("which event type to wait for", { complete: Object.keys(eventKinds) }),
      all: flag("wait for all events instead of just one type"),
      loop: flag("loop until timeout or interrupt, rather than one-shot"),
      timeout: uint("timeout seconds"),
      list: flag("list valid event types"),
      timestamp: flag("show timestamp for each printed event"),
    },
    async run(shell, args) {
      if (args.list) {
        shell.out.lines("events", Object.keys(eventKinds));
        return;
      }
      const names = args.all ? Object.keys(eventKinds) : args.event === undefined ? [] : [args.event];
      const [first] = names;
      if (first === undefined) throw new ShellError("one of --list, --all, or --event <type> is required");
      for (const name of names) {
        if (!Object.hasOwn(eventKinds, name)) throw new ShellError(`unknown event type ${name}`);
      }
      const timeout = positiveTimeout(args.timeout);
      const domain = args.domain === undefined ? undefined : await shell.domain(args.domain);
      const sources = names.map((name) => domainEventSource(shell, name, domain));
      await watchEvents(shell, { loop: args.loop, timeout, timestamp: args.timestamp }, sources);
    },
  }),
];
