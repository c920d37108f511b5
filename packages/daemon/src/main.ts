import { basename } from "node:path";
import { parseCommandLine, type RunOptions, usage } from "./command-line.ts";
import { ExitStatus } from "./exit-status.ts";
import { backgroundReport, type ReportStart, runInBackground } from "./process/background.ts";
import { cleanProcess } from "./process/environment.ts";
import { version } from "./version.ts";

/** The program: reads the command line, runs, and returns the exit status. */
export async function main(argv: readonly string[], program = basename(process.argv[1] ?? "tsvirtd")): Promise<number> {
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
    case "mistake":
      process.stderr.write(`${parsed.message}\n${parsed.usage ? usage(program, privileged) : ""}`);
      return ExitStatus.failure;
    case "run":
      if (parsed.options.daemon && !report) return runInBackground(program, argv);
      return loadAndRun(parsed.options, privileged, report);
  }
}

/**
 * The code of the driver, which is most of it, is loaded while the configuration is read and the sockets are made. What
 * only prints a text loads none of it.
 */
async function loadAndRun(
  options: RunOptions,
  privileged: boolean,
  report: ReportStart | undefined,
): Promise<ExitStatus> {
  const driver = import("@tsvirt/driver");
  // A failure is reported where the driver is opened.
  driver.catch(() => undefined);
  const { run } = await import("./run.ts");
  return run(options, privileged, report, async (driverOptions) => (await driver).openDriver(driverOptions));
}
