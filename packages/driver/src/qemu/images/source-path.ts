import type { StorageSource } from "@tsvirt/model/domain";

/** The file or device of this host that a source is; `undefined` for what is elsewhere, or no medium at all. */
export function localPath(source: StorageSource | undefined): string | undefined {
  return source?.file ?? source?.dev;
}
