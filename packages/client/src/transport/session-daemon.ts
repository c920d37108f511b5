import { spawn } from "node:child_process";
import { type FSWatcher, watch } from "node:fs";
import { access, constants, mkdir, readFile, stat } from "node:fs/promises";
import type { Socket } from "node:net";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deferred, type Logger } from "@tsvirt/base";
import type { Environment } from "../environment.ts";
import { openSocket, socketError } from "./unix.ts";

/** Milliseconds a daemon has to come up. */
const START_LIMIT = 30_000;

/** Milliseconds between attempts on a socket that is there and has no listener yet. */
const RETRY = 5;

/** Our daemon in a checkout, seen from this file's place in `dist` and in `src` alike. */
const CHECKOUT_DAEMON = fileURLToPath(new URL("../../../../bin/tsvirtd", import.meta.url));

/**
 * Which program to start for `qemu:///session`: what `VIRTD_PATH` or `LIBVIRTD_PATH` names (a program, or as for libvirt's own
 * client the directory of one), tsvirtd beside the running program, in the checkout or on the path, else libvirtd. `undefined`
 * when there is none.
 */
async function findDaemon({ variables }: Environment): Promise<string | undefined> {
  for (const [name, program] of [
    ["VIRTD_PATH", "virtqemud"],
    ["LIBVIRTD_PATH", "libvirtd"],
  ] as const) {
    const named = variables[name];
    if (named) return (await isDirectory(named)) ? join(named, program) : named;
  }
  const directories = (variables.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  const candidates = [
    join(dirname(process.argv[1] ?? ""), "tsvirtd"),
    CHECKOUT_DAEMON,
    ...directories.map((directory) => join(directory, "tsvirtd")),
    "/usr/sbin/libvirtd",
    ...directories.map((directory) => join(directory, "libvirtd")),
  ];
  for (const candidate of candidates) {
    const runs = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return candidate;
  }
  return undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/**
 * Connects to the user's own daemon, and starts it when nobody listens. The daemon ends by itself when it is not used.
 * Several clients may do so at once: only one daemon stays.
 */
export async function openSessionSocket(
  path: string,
  environment: Environment,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  try {
    return await openSocket(path, signal);
  } catch (error) {
    if (!nobodyListens(error)) throw socketError(path, error);
    const daemon = await findDaemon(environment);
    if (daemon === undefined) throw socketError(path, error);
    log.info("starting the session daemon", { daemon });
    return await startDaemon(daemon, path, environment, signal);
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}

/** Whether some other daemon holds the directory: ours ended because that one was faster. */
async function anotherStarts(directory: string): Promise<boolean> {
  for (const name of ["libvirtd.pid", "virtqemud.pid"]) {
    const pid = Number(await readFile(join(directory, name), "utf8").catch(() => "NaN"));
    if (Number.isInteger(pid) && pid > 0 && (await isDirectory(`/proc/${pid}`))) return true;
  }
  return false;
}

function nobodyListens(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ECONNREFUSED");
}

async function startDaemon(
  daemon: string,
  path: string,
  environment: Environment,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const outcome = deferred<Socket>();
  const deadline = AbortSignal.timeout(START_LIMIT);
  let last: unknown;
  let over = false;
  let again: NodeJS.Timeout | undefined;
  let attempts = Promise.resolve();
  // One after the other, and none once one was enough: a socket too many would keep the process alive.
  const attempt = (final: boolean): void => {
    attempts = attempts.then(async () => {
      if (over) return;
      try {
        outcome.resolve(await openSocket(path, signal));
        over = true;
      } catch (error) {
        last = error;
        if (!nobodyListens(error) || (final && !(await anotherStarts(directory)))) {
          outcome.reject(socketError(path, error));
        } else if (isRefused(error)) {
          // The socket is there but nobody listens yet: nothing in the directory tells when that changes.
          clearTimeout(again);
          again = setTimeout(() => attempt(final), RETRY);
        }
      }
    });
  };
  let watcher: FSWatcher | undefined;
  const stop = (): void => outcome.reject(signal?.aborted ? signal.reason : socketError(path, last));
  try {
    // Watched from before the start on: the moment the socket appears cannot be missed. An attempt between its appearance
    // and the daemon's listening is refused, and the daemon's next change of mode or name wakes us again.
    watcher = watch(directory, (_, name) => {
      if (name === null || name === basename(path)) attempt(false);
    });
    signal?.addEventListener("abort", stop, { once: true });
    deadline.addEventListener("abort", stop, { once: true });
    const child = spawn(daemon, ["--timeout=30"], {
      detached: true,
      stdio: "ignore",
      env: { ...environment.variables },
      cwd: "/",
    });
    child.on("error", (error) => outcome.reject(socketError(path, error)));
    // It may end because another one was faster, whose socket is there then.
    child.on("exit", () => attempt(true));
    child.unref();
    return await outcome.promise;
  } finally {
    over = true;
    clearTimeout(again);
    watcher?.close();
    signal?.removeEventListener("abort", stop);
    deadline.removeEventListener("abort", stop);
  }
}
