import { spawn } from "node:child_process";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import type { ShellIo } from "../vsh/io.ts";

/** The process's own input, output, files and signals. */
export function processIo(): ShellIo {
  const { stdin, stdout, stderr } = process;
  // A reader that has gone ends the program, as SIGPIPE would.
  const onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EPIPE") process.exit(141);
    throw error;
  };
  stdout.on("error", onPipe);
  stderr.on("error", onPipe);
  return {
    env: process.env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    get terminal() {
      return stdin.isTTY && stdout.isTTY ? { input: stdin, output: stdout } : undefined;
    },
    get input() {
      return stdin;
    },
    cwd: () => process.cwd(),
    chdir: (path) => process.chdir(path),
    readFile: (path) => readFile(path),
    async create(path, { exclusive = false, append = false, secret = false } = {}) {
      const file = await open(path, exclusive ? "wx" : append ? "a" : "w", secret ? 0o600 : 0o666);
      return {
        write: async (bytes) => {
          await file.writeFile(bytes);
        },
        close: () => file.close(),
      };
    },
    remove: (path) => rm(path, { force: true }),
    makeDirectory: async (path) => {
      await mkdir(path, { recursive: true, mode: 0o700 });
    },
    list: (path) => readdir(path).catch(() => []),
    onInterrupt(handler) {
      process.on("SIGINT", handler);
      return () => process.off("SIGINT", handler);
    },
    run: (command, args) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: "inherit" });
        child.on("error", reject);
        child.on("exit", (code) => resolve(code ?? 1));
      }),
    monotonic: () => performance.now(),
    now: () => Date.now(),
    pid: process.pid,
  };
}
