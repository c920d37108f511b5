import { basename } from "node:path";
import { parseCommandLine, type RunOptions, usage } from "./command-line.ts";
import { ExitStatus } from "./exit-status.ts";
import { backgroundReport, type ReportStart, runInBackground } from "./process/background.ts";
import { cleanProcess } from "./process/environment.ts";
import { version } from "./version.ts";

/** The code of the driver. */
type DriverModule = typeof import("@tsvirt/driver");

/**
 * The program: reads the command line, runs, and returns the exit status. `loadDriver` loads the driver's code, which is
 * most of all code; what only prints a text does without.
 */
export async function main(
  argv: readonly string[],
  loadDriver: () => DriverModule | Promise<DriverModule> = () => import("@tsvirt/driver"),
): Promise<number> {
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
    case "mistake":
      process.stderr.write(`${parsed.message}\n${parsed.usage ? usage(program, privileged) : ""}`);
      return ExitStatus.failure;
    case "run":
      if (parsed.options.daemon && !report) return runInBackground(program, argv);
      return runWith(loadDriver, parsed.options, privileged, report);
  }
}

/** Loads the driver's code while the configuration is read and the sockets are made, if it can be done meanwhile. */
async function runWith(
  loadDriver: () => DriverModule | Promise<DriverModule>,
  options: RunOptions,
  privileged: boolean,
  report: ReportStart | undefined,
): Promise<ExitStatus> {
  const driver = (async () => loadDriver())();
  // A failure is reported where the driver is opened.
  driver.catch(() => undefined);
  const { run } = await import("./run.ts");
  return run(options, privileged, report, async (driverOptions) => (await driver).openDriver(driverOptions));
}
