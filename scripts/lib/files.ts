import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The top directory of this checkout. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A file of the repository and its text. */
export interface SourceFile {
  /** Relative to `root`, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Paths of all files git tracks or would track (new files that are not ignored), relative to `root`. */
export async function repositoryPaths(): Promise<readonly string[]> {
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  return stdout.split("\0").filter((path) => path !== "");
}

/** The text of each path that exists and is text (no NUL byte). */
export async function readAll(paths: readonly string[]): Promise<readonly SourceFile[]> {
  const files = await Promise.all(
    paths.map(async (path) => {
      try {
        return { path, text: await readFile(join(root, path), "utf8") };
      } catch (error) {
        // Listed by git but deleted in the work tree.
        if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR")) {
          return undefined;
        }
        throw error;
      }
    }),
  );
  return files.filter((file) => file !== undefined && !file.text.includes("\0")) as readonly SourceFile[];
}
