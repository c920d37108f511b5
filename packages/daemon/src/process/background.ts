import { spawn } from "node:child_process";
import { once } from "node:events";
import { close, write } from "node:fs";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { ExitStatus } from "../exit-status.ts";

/** Tells a background process the descriptor on which its starter waits for one byte: its exit status, 0 for success. */
const readyVariable = "TSVIRTD_READY_FD";

const reasons = new Map<number, string>([
  [ExitStatus.failure, "Unable to obtain pidfile or to read the configuration"],
  [ExitStatus.runDirectory, "Unable to create rundir"],
  [ExitStatus.init, "Unable to initialize"],
  [ExitStatus.network, "Unable to setup network sockets"],
  [ExitStatus.driver, "Unable to initialize the driver"],
]);

/**
 * Starts this program again in a session of its own and waits until it serves clients or has failed. Node cannot fork,
 * so the second process reads the command line anew. Returns the exit status for the first.
 */
export async function runInBackground(program: string, argv: readonly string[]): Promise<number> {
  const script = process.argv[1] ?? "";
  const child = spawn(process.execPath, [...process.execArgv, script, ...argv], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    env: { ...process.env, UV_THREADPOOL_SIZE: "16", [readyVariable]: "3" },
  });
  const ready = child.stdio[3];
  let status: number = ExitStatus.failure;
  if (ready instanceof Socket) {
    ready.on("data", (bytes: Buffer) => {
      status = bytes[0] ?? status;
    });
    await once(ready, "close");
  }
  child.unref();
  if (status !== ExitStatus.ok) {
    const reason = reasons.get(status) ?? "Unable to start";
    process.stderr.write(`${program}: error: ${reason}. Check the log or run without --daemon for more info.\n`);
  }
  return status;
}

/** Reports to a starter that waits. Call once. */
export type ReportStart = (status: number) => Promise<void>;

/** How this process reports that it serves, when {@link runInBackground} started it; `undefined` when not. */
export function backgroundReport(env: NodeJS.ProcessEnv): ReportStart | undefined {
  const text = env[readyVariable];
  delete env[readyVariable];
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const fd = Number(text);
  return async (status) => {
    await promisify(write)(fd, Uint8Array.of(status));
    await promisify(close)(fd);
  };
}
