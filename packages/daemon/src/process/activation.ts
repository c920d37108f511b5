import { readFile, readlink } from "node:fs/promises";
import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { ActivatedDescriptor } from "@tsvirt/host";

import type { SocketRole } from "../config/access.ts";
import { ExitStatus, StartError } from "../exit-status.ts";

/** A socket that a service manager made for us. */
export interface ActivatedSocket extends ActivatedDescriptor {
  readonly role: SocketRole;
  /** Where it listens, when that is known. */
  readonly path: string | undefined;
}

const roleByName = new Map<string, SocketRole>(
  ["tsvirtd", "libvirtd", "virtqemud"].flatMap((daemon): [string, SocketRole][] => [
    [`${daemon}.socket`, "rw"],
    [`${daemon}-ro.socket`, "ro"],
    [`${daemon}-admin.socket`, "admin"],
  ]),
);

/**
 * Says what each socket is for, by the name of its unit or by its path, as libvirtd does. Throws when one is neither, as
 * serving it with the wrong rights would be worse than not starting.
 */
export async function assignActivated(
  given: readonly ActivatedDescriptor[],
  pathOf: (fd: number) => Promise<string | undefined> = boundPath,
): Promise<ActivatedSocket[]> {
  const assigned: ActivatedSocket[] = [];
  for (const { name, descriptor } of given) {
    const path = await pathOf(descriptor.fd);
    const role = roleByName.get(name) ?? (path === undefined ? undefined : roleOfPath(path));
    if (!role) {
      const what = `Unexpected socket '${name}' at ${path ?? "an unknown address"} from the service manager`;
      throw new StartError(ExitStatus.network, what, {
        cause: virtError(ErrorCode.internalError, what, { domain: ErrorDomain.systemd }),
      });
    }
    assigned.push({ name, descriptor, role, path });
  }
  return assigned;
}

function roleOfPath(path: string): SocketRole | undefined {
  if (path.endsWith("-admin-sock")) return "admin";
  if (path.endsWith("-sock-ro")) return "ro";
  return path.endsWith("-sock") ? "rw" : undefined;
}

/** The path a socket of ours is bound to, by the kernel's table of unix sockets. */
async function boundPath(fd: number): Promise<string | undefined> {
  const link = await readlink(`/proc/self/fd/${fd}`);
  const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
  if (inode === undefined) return undefined;
  for (const line of (await readFile("/proc/net/unix", "utf8")).split("\n")) {
    // Num RefCount Protocol Flags Type St Inode Path
    const found = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (\/.*)$/.exec(line);
    if (found?.[1] === inode) return found[2];
  }
  return undefined;
}
