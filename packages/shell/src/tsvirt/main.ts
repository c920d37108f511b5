/** `tsvirt COMMAND ARGS…`. Gives the exit status. Only what the command needs is loaded. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "convert": {
      const { convert } = await import("./convert.ts");
      return convert(rest, {
        write: (text) => process.stdout.write(text),
        fail: (message) => process.stderr.write(`error: ${message}\n`),
      });
    }
    case "demo": {
      const { runDemo } = await import("./demo.ts");
      const { processIo } = await import("../tsvirsh/process-io.ts");
      return runDemo(rest, processIo());
    }
    default:
      process.stderr.write(`usage: tsvirt convert COMMAND [OPTIONS] FILE...\n       tsvirt demo [OPTIONS]\n`);
      return 2;
  }
}
