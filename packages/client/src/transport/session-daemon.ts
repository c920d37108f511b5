import { spawn } from "node:child_process";
import { type FSWatcher, watch } from "node:fs";
import { access, constants, mkdir } from "node:fs/promises";
import type { Socket } from "node:net";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deferred, type Logger } from "@tsvirt/base";
import type { Environment } from "../environment.ts";
import { openSocket, socketError } from "./unix.ts";

/** Milliseconds a daemon has to come up. */
const START_LIMIT = 30_000;

/** Our daemon in a checkout, seen from this file's place in `dist` and in `src` alike. */
const CHECKOUT_DAEMON = fileURLToPath(new URL("../../../../bin/tsvirtd", import.meta.url));

/**
 * Which program to start for `qemu:///session`: `VIRTD_PATH`, `LIBVIRTD_PATH`, tsvirtd beside the running program, in the
 * checkout or on the path, else libvirtd. `undefined` when there is none.
 */
async function findDaemon({ variables }: Environment): Promise<string | undefined> {
  const named = variables["VIRTD_PATH"] || variables["LIBVIRTD_PATH"];
  if (named) return named;
  const directories = (variables["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
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
  let attempts = Promise.resolve();
  const attempt = (final: boolean): void => {
    attempts = attempts
      .then(() => openSocket(path, signal))
      .then(outcome.resolve, (error: unknown) => {
        last = error;
        if (final || !nobodyListens(error)) outcome.reject(socketError(path, error));
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
    watcher?.close();
    signal?.removeEventListener("abort", stop);
    deadline.removeEventListener("abort", stop);
  }
}
