import {
  DomainQemuAgentCommandTimeout as AgentTimeout,
  ConnectDomainQemuMonitorEventRegisterFlags,
  DomainQemuMonitorCommandFlags,
} from "@tsvirt/client";
import { onQemuMonitorEvent, qemuAgentCommand, qemuAttach, qemuMonitorCommand } from "@tsvirt/client/qemu";
import { type Command, command, data, flag, int, restData, text, uint } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { parseInteger } from "../../vsh/numbers.ts";
import { attempt } from "../../vsh/shell.ts";
import { exclusive } from "../affects.ts";
import { type EventSource, positiveTimeout, watchEvents } from "../event-loop.ts";
import { bits } from "../flags.ts";
import { prettyJson, qmpCommand, returnValue } from "../json-text.ts";
import { refusePassedFds } from "../passed-fds.ts";

/** Commands that talk to QEMU itself. */
export const commands: readonly Command[] = [
  command({
    name: "qemu-attach",
    help: "QEMU Attach",
    about: "QEMU Attach",
    options: {
      pid: data("pid"),
    },
    async run(shell, args) {
      const { pid } = args;
      const number = parseInteger(pid, "uint");
      if (number === undefined)
        throw new ShellError(`Numeric value '${pid}' for <pid> option is malformed or out of range`);
      const domain = await attempt(qemuAttach(shell.connection, Number(number)), `Failed to attach to pid ${pid}`);
      shell.out.done(`Domain '${domain.name}' attached to pid ${pid}`, { domain: domain.name, uuid: domain.uuid });
    },
  }),
  command({
    name: "qemu-monitor-command",
    help: "QEMU Monitor Command",
    about: "QEMU Monitor Command",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      hmp: flag("command is in human monitor protocol"),
      pretty: flag("pretty-print any qemu monitor protocol output"),
      "return-value": flag("extract the value of the 'return' key from the returned string"),
      "pass-fds": text("pass file descriptors N,M,... along with the command", { named: true }),
      cmd: restData("command"),
    },
    async run(shell, args) {
      exclusive(args, ["hmp", "pretty"], ["hmp", "return-value"]);
      const domain = await shell.domain(args.domain);
      const flags = bits([args.hmp, DomainQemuMonitorCommandFlags.hmp]);
      refusePassedFds(args["pass-fds"]);
      const line = args.hmp ? args.cmd.join(" ") : qmpCommand(args.cmd);
      const answer = await qemuMonitorCommand(domain, line, { flags });
      const wanted = args["return-value"] ? returnValue(answer) : answer;
      if (shell.out.format === "json") {
        shell.out.json(args.hmp ? { answer: wanted } : { answer: JSON.parse(wanted) });
      } else if (args.pretty) {
        shell.out.print(prettyJson(wanted));
      } else {
        shell.out.print(args["return-value"] ? wanted : `${wanted}\n`);
      }
    },
  }),
  command({
    name: "qemu-monitor-event",
    help: "QEMU Monitor Events",
    about: "Listen for QEMU Monitor Events",
    options: {
      domain: text("filter by domain name, id or uuid", { complete: "domain" }),
      event: text("filter by event name"),
      pretty: flag("pretty-print any JSON output"),
      loop: flag("loop until timeout or interrupt, rather than one-shot"),
      timeout: uint("timeout seconds"),
      regex: flag("treat event as a regex rather than literal filter"),
      "no-case": flag("treat event case-insensitively"),
      timestamp: flag("show timestamp for each printed event"),
    },
    async run(shell, args) {
      if (args["no-case"] && !args.regex) throw new ShellError("Option --regex is required by option --no-case");
      const flags = bits(
        [args.regex, ConnectDomainQemuMonitorEventRegisterFlags.regex],
        [args["no-case"], ConnectDomainQemuMonitorEventRegisterFlags.nocase],
      );
      const timeout = positiveTimeout(args.timeout);
      const { event } = args;
      const domain = args.domain === undefined ? undefined : await shell.domain(args.domain);
      const source: EventSource = (report) =>
        onQemuMonitorEvent(
          shell.connection,
          (one) => {
            const { seconds, micros, details } = one;
            const shown = details === undefined ? "<null>" : args.pretty ? prettyJson(details) : details;
            const time = `${seconds}.${String(micros).padStart(6, "0")}`;
            report({
              text: `event ${one.event} at ${time} for domain '${one.domain.name}': ${shown}\n`,
              json: {
                event: one.event,
                seconds,
                micros,
                domain: one.domain.name,
                ...(details === undefined ? {} : { details: JSON.parse(details) }),
              },
            });
          },
          { flags, ...(domain ? { domain } : {}), ...(event === undefined ? {} : { event }) },
        );
      await watchEvents(shell, { loop: args.loop, timeout, timestamp: args.timestamp }, [source]);
    },
  }),
  command({
    name: "qemu-agent-command",
    help: "QEMU Guest Agent Command",
    about: "Run an arbitrary qemu guest agent command; use at your own risk",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      timeout: int("timeout seconds. must be positive.", { named: true }),
      async: flag("execute command without waiting for timeout"),
      block: flag("execute command without timeout"),
      pretty: flag("pretty-print the output"),
      cmd: restData("command"),
    },
    async run(shell, args) {
      exclusive(args, ["timeout", "async"], ["timeout", "block"], ["async", "block"]);
      const domain = await shell.domain(args.domain);
      const seconds = args.timeout;
      if (seconds !== undefined && seconds < 1) throw new ShellError("timeout must be positive");
      const wait = args.async ? AgentTimeout.nowait : args.block ? AgentTimeout.block : (seconds ?? AgentTimeout.block);
      const answer = await qemuAgentCommand(domain, args.cmd.join(" "), { wait });
      if (shell.out.format === "json") shell.out.json({ answer: answer === undefined ? null : JSON.parse(answer) });
      else if (answer !== undefined) shell.out.print(args.pretty ? prettyJson(answer) : `${answer}\n`);
    },
  }),
];
