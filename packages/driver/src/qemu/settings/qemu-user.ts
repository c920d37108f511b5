import { ErrorCode, virtError } from "@tsvirt/base";
import type { Credentials, Host } from "@tsvirt/host";
import type { InstanceKind } from "../../driver.ts";
import type { QemuConf } from "./qemu-conf.ts";

/**
 * Who guests run as: the user and group of `qemu.conf` in the system instance; `undefined` where there is no choice, in
 * an instance that is not root's. Nothing configured is root:root, without any capability. Throws for names that the
 * host does not know.
 */
export async function qemuUser(host: Host, settings: QemuConf, kind: InstanceKind): Promise<Credentials | undefined> {
  if (kind === "session" || host.users.self.uid !== 0) return undefined;
  const user = await host.users.findUser(settings.user ?? "+0");
  if (!user)
    throw virtError(ErrorCode.confSyntax, `qemu.conf: user: no user '${settings.user ?? "root"}' on this host`);
  const group = settings.group === undefined ? undefined : await host.users.findGroup(settings.group);
  if (settings.group !== undefined && !group) {
    throw virtError(ErrorCode.confSyntax, `qemu.conf: group: no group '${settings.group}' on this host`);
  }
  const gid = group?.gid ?? user.gid;
  const groups = user.uid === 0 ? [gid] : await host.users.groupsOf(user);
  return { uid: user.uid, gid, groups: [...new Set([gid, ...groups])] };
}
