import type { Credentials, Host, User } from "@tsvirt/host";
import type { QemuConf } from "@tsvirt/qemu";
import type { InstanceKind } from "../../driver.ts";
import type { Complain } from "./read-settings.ts";

/**
 * Who guests run as: the user and group of `qemu.conf` in the system instance; `undefined` where there is no choice, in
 * an instance that is not root's. Nothing configured is root:root, without any capability. Throws for names that the
 * host does not know.
 */
export async function qemuUser(
  host: Host,
  settings: QemuConf,
  kind: InstanceKind,
  complain: Complain,
): Promise<Credentials | undefined> {
  if (kind === "session" || host.users.self.uid !== 0) return undefined;
  const user = (await host.users.findUser(settings.user ?? "+0")) ?? numbered(settings.user);
  if (!user) throw complain("user", `Failed to parse user '${settings.user ?? "root"}': no such user on this host`);
  const { group } = settings;
  const gid = group === undefined ? user.gid : ((await host.users.findGroup(group))?.gid ?? idOf(group));
  // A number without an entry has no group of its own, and root's is none to fall back to.
  if (group === undefined && gid === undefined) {
    throw complain(
      "user",
      `user '${settings.user ?? ""}' has no entry on this host that names a group: set 'group' too`,
    );
  }
  if (gid === undefined) {
    throw complain("group", `Failed to parse group '${group ?? ""}': no such group on this host`);
  }
  return credentialsOf(host, user, gid);
}

/** A process of this user and group, with the groups that the host's databases have the user in. */
export async function credentialsOf(
  host: Host,
  user: Pick<User, "uid"> & Partial<User>,
  gid: number,
): Promise<Credentials> {
  const { uid, name } = user;
  const groups = uid === 0 || name === undefined ? [] : await host.users.groupsOf({ home: "/", gid, ...user, name });
  return { uid, gid, groups: [...new Set([gid, ...groups])] };
}

/** Ids need no entry in a database. */
export function idOf(text: string | undefined): number | undefined {
  const digits = /^\+?(\d{1,10})$/.exec(text ?? "")?.[1];
  // The highest one means "none" to the kernel.
  return digits === undefined || Number(digits) >= 0xffff_ffff ? undefined : Number(digits);
}

function numbered(text: string | undefined): { readonly uid: number; readonly gid?: number } | undefined {
  const uid = idOf(text);
  return uid === undefined ? undefined : { uid };
}
