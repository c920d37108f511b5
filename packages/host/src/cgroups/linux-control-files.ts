import { mkdir, open, readdir, readFile, rmdir } from "node:fs/promises";
import { asSystemError, hasErrno } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import type { ControlFiles } from "./control-files.ts";

/** Control groups of this machine. */
export class LinuxControlFiles implements ControlFiles {
  async read(path: string): Promise<string | undefined> {
    return unlessMissing(() => readFile(path, "utf8"), undefined, `Unable to read from '${path}'`);
  }

  async write(path: string, text: string): Promise<void> {
    try {
      // Not created when it is missing: the kernel alone makes these files.
      const file = await open(path, "r+").catch(async (error: unknown) => {
        if (hasErrno(error, "EACCES")) return open(path, 1);
        throw error;
      });
      try {
        await file.write(text);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw asSystemError(error, `Unable to write to '${path}'`);
    }
  }

  async makeDirectory(path: string): Promise<boolean> {
    try {
      await mkdir(path, 0o755);
      return true;
    } catch (error) {
      if (hasErrno(error, "EEXIST")) return false;
      throw asSystemError(error, `Failed to create controller directory ${path}`);
    }
  }

  async removeDirectory(path: string): Promise<boolean> {
    return unlessMissing(() => rmdir(path).then(() => true), false, `Unable to remove ${path}`);
  }

  async directories(path: string): Promise<readonly string[]> {
    const entries = await unlessMissing(() => readdir(path, { withFileTypes: true }), [], `Unable to open ${path}`);
    return entries.filter((each) => each.isDirectory()).map(({ name }) => name);
  }

  attachDeviceProgram(path: string, program: Uint8Array): void {
    libc().attachDeviceProgram(path, program);
  }
}

async function unlessMissing<T>(act: () => Promise<T>, instead: T, what: string): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return instead;
    throw asSystemError(error, what);
  }
}
