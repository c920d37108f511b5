import type { JsonObject } from "@tsvirt/codec/options";

/** Cache modes of a disk's `<driver>`. */
export type CacheMode = "default" | "none" | "writethrough" | "writeback" | "directsync" | "unsafe";

/** What a cache mode means for the nodes, and for the device's `write-cache`. */
export function cacheOf(
  mode: CacheMode | undefined,
): { readonly direct: boolean; readonly noFlush: boolean; readonly writeCache: boolean } | undefined {
  switch (mode) {
    case "none":
      return { direct: true, noFlush: false, writeCache: true };
    case "writethrough":
      return { direct: false, noFlush: false, writeCache: false };
    case "writeback":
      return { direct: false, noFlush: false, writeCache: true };
    case "directsync":
      return { direct: true, noFlush: false, writeCache: false };
    case "unsafe":
      return { direct: false, noFlush: true, writeCache: true };
    default:
      return undefined;
  }
}

/** The `cache` member of a node. */
export function cacheOptions(mode: CacheMode | undefined): JsonObject {
  const cache = cacheOf(mode);
  return cache ? { cache: { direct: cache.direct, "no-flush": cache.noFlush } } : {};
}

/** QEMU's driver for an image format; `undefined` if it has none. */
export function formatDriver(format: string): string | undefined {
  switch (format) {
    case "raw":
    case "iso":
    case "none":
    case "fat":
    case "dir":
      return "raw";
    case "vhd":
      return "vhdx";
    case "ploop":
      return "parallels";
    case "bochs":
    case "cloop":
    case "dmg":
    case "vpc":
    case "vdi":
    case "qcow":
    case "qcow2":
    case "qed":
    case "vmdk":
      return format;
    default:
      return undefined;
  }
}

/** True for formats in which an image can lie over another one. */
export function hasBacking(format: string): boolean {
  return format === "qcow2" || format === "qcow" || format === "qed" || format === "vmdk";
}
