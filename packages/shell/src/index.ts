/**
 * Runs the program of that name with the process's arguments, input and output; resolves with its exit status.
 * Only what the program needs is loaded.
 */
export async function main(program: "tsvirsh" | "tsvirt"): Promise<number> {
  const { processIo } = await import("./tsvirsh/process-io.ts");
  const argv = process.argv.slice(2);
  if (program === "tsvirsh") {
    const { runTsvirsh } = await import("./tsvirsh/program.ts");
    return runTsvirsh(argv, processIo(), programName(process.argv[1] ?? program));
  }
  const { main: runTsvirt } = await import("./tsvirt/main.ts");
  return runTsvirt(argv);
}

function programName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
