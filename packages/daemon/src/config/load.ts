import { formatNotice, type ReadSettings } from "@tsvirt/codec/conf";
import { type Files, hasErrno } from "@tsvirt/host";
import { ExitStatus, StartError } from "../exit-status.ts";
import { LibvirtdConf } from "./libvirtd-conf.ts";

/** The daemon's configuration and what its author should hear of. */
export interface LoadedConf {
  readonly conf: LibvirtdConf;
  readonly notices: readonly string[];
}

/** Reads `libvirtd.conf`; one that is missing means defaults, unless it was asked for by name. Throws a {@link StartError}. */
export async function loadConf(
  file: { readonly path: string; readonly optional: boolean },
  files: Pick<Files, "readText">,
): Promise<LoadedConf> {
  let read: ReadSettings<LibvirtdConf>;
  try {
    read = LibvirtdConf.parse(await textOf(file, files), file.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(ExitStatus.failure, `Can't load config file: ${reason}: ${file.path}`, { cause: error });
  }
  if (read.values.max_workers < 1) {
    throw new StartError(
      ExitStatus.failure,
      `Can't load config file: internal error: 'max_workers' must be greater than 0: ${file.path}`,
    );
  }
  return { conf: read.values, notices: read.notices.map(formatNotice) };
}

async function textOf(
  { path, optional }: { readonly path: string; readonly optional: boolean },
  files: Pick<Files, "readText">,
): Promise<string> {
  try {
    return await files.readText(path);
  } catch (error) {
    if (optional && hasErrno(error, "ENOENT")) return "";
    throw error;
  }
}
