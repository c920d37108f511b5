// `tsvirt probe`: what an emulator can do, asked from it by QMP, or read from the help of one that has none.
import { parseArgs } from "node:util";
import type { QemuCapabilities } from "@tsvirt/qemu";
import { ShellError } from "../vsh/errors.ts";
import type { ShellIo } from "../vsh/io.ts";
import { Output } from "../vsh/output.ts";
import { errorLines } from "../vsh/shell.ts";
import { askEmulator } from "./ask-emulator.ts";

/** What the command takes. */
export const PROBE_USAGE = `usage: tsvirt probe [--report] [--flags] [--json] [EMULATOR]

Asks an emulator what it can do. On a terminal, or with --report, it tells of version, machine types and CPU models, with
--flags also of every capability by libvirt's name, with --json as JSON. Into a file or a pipe it writes all of it in the
form that 'tsvirt convert --capabilities FILE' reads.
EMULATOR is a program or its path; qemu-system-x86_64 unless given.
`;

/** Runs the command; resolves with the exit status. */
export async function probe(argv: readonly string[], io: ShellIo): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        report: { type: "boolean" },
        json: { type: "boolean" },
        flags: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help) {
      io.out(PROBE_USAGE);
      return 0;
    }
    const [emulator = "qemu-system-x86_64", ...rest] = positionals;
    if (rest.length > 0) throw new ShellError("expected one EMULATOR; see tsvirt probe --help");
    const capabilities = await askEmulator(emulator);
    if (!io.terminal && !values.report && !values.json && !values.flags) {
      io.out(`${capabilities.format()}\n`);
      return 0;
    }
    const out = new Output(io, values.json ? "json" : "text", true);
    report(out, emulator, capabilities, values.flags === true);
    out.finish();
    return 0;
  } catch (error) {
    for (const line of errorLines(error)) io.err(`error: ${line}\n`);
    return 1;
  }
}

function report(out: Output, emulator: string, { data }: QemuCapabilities, flags: boolean): void {
  const version = Number(data.version);
  const number = `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}.${version % 1000}`;
  const kinds = ["kvm", "tcg"] as const;
  const offered = kinds.filter((kind) => data[kind] !== undefined);
  const best = data.kvm ?? data.tcg;
  const machines = best?.machines ?? [];
  const defaultMachine = machines.find(({ isDefault }) => isDefault)?.name;
  const usable = best?.cpus.filter((cpu) => cpu.usable === "yes") ?? [];
  out.facts(
    [
      { key: "emulator", label: "Emulator:", value: emulator },
      { key: "version", label: "Version:", value: data.package === "" ? number : `${number} (${data.package})` },
      { key: "architecture", label: "Architecture:", value: data.arch },
      { key: "accelerators", label: "Accelerators:", value: { value: offered, text: offered.join(", ") } },
      { key: "machineCount", label: "Machines:", value: machines.length },
      { key: "defaultMachine", label: "Default machine:", value: defaultMachine },
      { key: "usableCpuCount", label: "Usable CPUs:", value: usable.length },
      { key: "capabilityCount", label: "Capabilities:", value: data.flags.length },
      { key: "machines", value: { value: machines.map(({ name }) => name), text: "" } },
      { key: "usableCpus", value: { value: usable.map(({ name }) => name), text: "" } },
    ],
    18,
  );
  if (flags) out.lines("capabilities", data.flags);
}
