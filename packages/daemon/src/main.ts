import { basename } from "node:path";
import { parseCommandLine, type RunOptions, type SampleFile, usage } from "./command-line.ts";
import { ExitStatus } from "./exit-status.ts";
import { backgroundReport, type ReportStart, runInBackground } from "./process/background.ts";
import { cleanProcess } from "./process/environment.ts";
import { version } from "./version.ts";

/**
 * The program: reads the command line, runs, and returns the exit status. What only prints a text does without most of
 * the code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = basename(process.argv[1] ?? "tsvirtd");
  const report = backgroundReport(process.env);
  cleanProcess(process.env);
  process.umask(0o077);
  const privileged = process.geteuid?.() === 0;
  const parsed = parseCommandLine(argv, program);
  switch (parsed.kind) {
    case "version":
      process.stdout.write(`${program} (tsvirt) ${version}\n`);
      return ExitStatus.ok;
    case "help":
      process.stderr.write(usage(program, privileged));
      return ExitStatus.ok;
    case "sample":
      process.stdout.write(await sampleOf(parsed.file));
      return ExitStatus.ok;
    case "mistake":
      process.stderr.write(`${parsed.message}\n${parsed.usage ? usage(program, privileged) : ""}`);
      return ExitStatus.failure;
    case "run":
      if (parsed.options.daemon && !report) return runInBackground(program, argv);
      return runWithDriver(parsed.options, privileged, report);
  }
}

async function sampleOf(file: SampleFile): Promise<string> {
  if (file === "qemu") return (await import("@tsvirt/driver")).QemuConf.sample();
  return (await import("./config/libvirtd-conf.ts")).LibvirtdConf.sample();
}

/** The driver's code is loaded when the sockets are there. */
async function runWithDriver(
  options: RunOptions,
  privileged: boolean,
  report: ReportStart | undefined,
): Promise<ExitStatus> {
  const { run } = await import("./run.ts");
  return run(options, privileged, report, async (parts) => (await import("@tsvirt/driver")).openDriver(parts));
}
