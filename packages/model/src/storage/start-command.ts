import { ErrorCode, virtError } from "@tsvirt/base";
import type { Pool } from "./pool.ts";

/** What libvirt gives every mount of a pool on Linux: nothing in there is run or trusted by the host. */
const DEFAULT_MOUNT_OPTIONS = "nodev,nosuid,noexec";

/**
 * The command that makes a pool's storage available on the host: `mount` for file systems, `vgchange` for volume groups.
 * Every value is one word of its own. Throws a `VirtError` for pools that need no command.
 */
export function startPoolCommand(pool: Pool): readonly string[] {
  switch (pool.type) {
    case "fs":
    case "netfs":
      return mount(pool);
    case "logical":
      return ["vgchange", "-aly", pool.source?.name ?? ""];
    default:
      throw virtError(ErrorCode.configUnsupported, `a pool of type '${pool.type}' is not started by a command`);
  }
}

function mount(pool: Pool): readonly string[] {
  const { source, target } = pool;
  const format = source?.format ?? "auto";
  const own = ownOptions(pool, format);
  const options = [DEFAULT_MOUNT_OPTIONS, ...own, ...(pool.mountOptions?.options ?? []).map(({ name }) => name)];
  // `mount -t auto` finds no network file systems, plain `mount` does.
  const type = pool.type === "netfs" && format === "auto" ? [] : ["-t", format];
  return ["mount", "-o", options.join(","), ...type, mountSource(pool, format), target?.path ?? ""];
}

function ownOptions({ type, source }: Pool, format: string): readonly string[] {
  if (type !== "netfs") return [];
  if (format === "glusterfs") return ["direct-io-mode=1"];
  if (format === "cifs") return ["guest"];
  return source?.protocolVersion === undefined ? [] : [`nfsvers=${source.protocolVersion}`];
}

function mountSource({ type, source }: Pool, format: string): string {
  if (type !== "netfs") return source?.devices[0]?.path ?? "";
  const host = source?.hosts[0]?.name ?? "";
  const dir = source?.dir ?? "";
  return format === "cifs" ? `//${host}/${dir}` : `${host}:${dir}`;
}
