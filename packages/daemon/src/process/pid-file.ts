import type { Files } from "@tsvirt/host";
import { ExitStatus, StartError } from "../exit-status.ts";

/** A pid file that is ours: locked as long as we live, removed when we end in order. */
export interface PidFile extends AsyncDisposable {
  readonly path: string;
}

/** Claims a pid file and writes our pid. Throws a {@link StartError} when a living daemon holds it. */
export async function claimPidFile(
  path: string,
  files: Pick<Files, "lock" | "replaceLockText" | "unlink">,
  pid: number,
): Promise<PidFile> {
  let lock: Awaited<ReturnType<Files["lock"]>>;
  try {
    lock = await files.lock(path);
  } catch (error) {
    throw new StartError(ExitStatus.failure, `Failed to acquire pid file '${path}'`, { cause: error });
  }
  if (!lock) {
    throw new StartError(
      ExitStatus.failure,
      `Failed to acquire pid file '${path}': Resource temporarily unavailable (another daemon is running)`,
    );
  }
  await files.replaceLockText(lock, String(pid));
  return {
    path,
    async [Symbol.asyncDispose]() {
      // Removed while it is still locked, so that nobody's newer file is taken away.
      await files.unlink(path);
      lock.release();
    },
  };
}
