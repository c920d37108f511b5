import { readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type { ImportHost } from "@tsvirt/qemu/import";

/** What this host knows of a command line's text: files it names with `-readconfig`, and SCSI devices by `/dev/sgN`. */
export async function hostFor(text: string): Promise<ImportHost> {
  const files = new Map<string, string>();
  for (const [, path = ""] of text.matchAll(/--?readconfig[\s\\]+["']?([^\s"']+)/g)) {
    const content = await ifThere(readFile(path, "utf8"));
    if (content !== undefined) files.set(path, content);
  }
  const devices = new Map<string, Awaited<ReturnType<typeof scsiAddress>>>();
  for (const [path, name = ""] of text.matchAll(/\/dev\/(sg\d+)/g)) devices.set(path, await scsiAddress(name));
  return { readFile: (path) => files.get(path), scsiAddress: (path) => devices.get(path) };
}

/** The result, or nothing if the file is not there or not for us. */
async function ifThere(result: Promise<string>): Promise<string | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/** The place of `/dev/sgN` on this host's SCSI buses. */
async function scsiAddress(
  name: string,
): Promise<
  { readonly host: number; readonly bus: number; readonly target: number; readonly unit: number } | undefined
> {
  const link = await ifThere(readlink(`/sys/class/scsi_generic/${name}/device`));
  const match = /^(\d+):(\d+):(\d+):(\d+)$/.exec(basename(link ?? ""));
  if (!match) return undefined;
  const [host = 0, bus = 0, target = 0, unit = 0] = match.slice(1).map(Number);
  return { host, bus, target, unit };
}
