import type { ShellIo } from "../vsh/io.ts";

interface Subcommand {
  readonly help: string;
  readonly run: (argv: readonly string[], io: ShellIo) => Promise<number>;
}

/** The commands of `tsvirt`. Only what the command needs is loaded. */
const commands: Readonly<Record<string, Subcommand>> = {
  adopt: {
    help: "QEMU processes that nobody manages: what attaching to them would do, and doing it",
    run: async (argv, io) => (await import("./adopt.ts")).adopt(argv, io),
  },
  convert: {
    help: "QEMU command lines to domain documents and back, without a daemon",
    async run(argv, io) {
      const { convert } = await import("./convert/convert.ts");
      return convert(argv, {
        write: (text) => io.out(text),
        fail: (message) => io.err(`error: ${message}\n`),
        note: (line) => io.err(`${line}\n`),
      });
    },
  },
  demo: {
    help: "boot a guest within this process and show its life",
    run: async (argv, io) => (await import("./demo.ts")).runDemo(argv, io),
  },
  doctor: {
    help: "look whether guests can run on this machine",
    run: async (argv, io) => (await import("./doctor.ts")).doctor(argv, io),
  },
  plan: {
    help: "what a domain document would change of a guest that is defined, and when",
    run: async (argv, io) => (await import("./plan.ts")).plan(argv, io),
  },
  probe: {
    help: "ask an emulator what it can do",
    run: async (argv, io) => (await import("./probe.ts")).probe(argv, io),
  },
};

function usage(): string {
  const lines = Object.entries(commands).map(([name, { help }]) => `  ${name.padEnd(10)} ${help}\n`);
  return `usage: tsvirt COMMAND [OPTIONS]\n\n${lines.join("")}\ntsvirt COMMAND --help tells of a command's options.\n`;
}

/** `tsvirt COMMAND ARGS…`. Gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { processIo } = await import("../tsvirsh/process-io.ts");
  const io = processIo();
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) return command.run(rest, io);
  const help = name === "--help" || name === "-h" || name === "help";
  if (help) io.out(usage());
  else io.err(name === "" ? usage() : `error: unknown command '${name}'\n${usage()}`);
  return help ? 0 : 2;
}
