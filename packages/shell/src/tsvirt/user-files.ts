import { mkdir, readFile } from "node:fs/promises";
import { ErrorCode, strerror, virtError } from "@tsvirt/base";
import { JsonError, type JsonValue, parseJson } from "@tsvirt/codec/options";

/** Reads a text that the user named. Throws a `VirtError` in libvirt's words when that cannot be. */
export async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const what = error.code === "EISDIR" ? "read" : "open";
    throw virtError(ErrorCode.systemError, `Failed to ${what} file '${file}': ${strerror(error)}`);
  }
}

/** Makes the directory that results go to, unless it is there. Throws a `VirtError` in libvirt's words when that cannot be. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw virtError(ErrorCode.systemError, `cannot create directory '${path}': ${strerror(error)}`);
  }
}

/** Reads JSON that `where` has. Throws a `VirtError` with the place for what is none. */
export function jsonOf(text: string, where: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw virtError(ErrorCode.invalidArg, `${where}: ${error.message}`);
  }
}
