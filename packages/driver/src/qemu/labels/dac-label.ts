import { ErrorCode, virtError } from "@tsvirt/base";
import type { Credentials, Host, Owner } from "@tsvirt/host";
import type { Domain, Seclabel } from "@tsvirt/model/domain";
import type { QemuConf } from "@tsvirt/qemu";
import { credentialsOf, idOf } from "../settings/qemu-user.ts";
import { formatOwner } from "./remembered-owner.ts";

/** The label of a document that is for users and groups. */
export function dacLabelOf({ seclabels }: Pick<Domain, "seclabels">): Seclabel | undefined {
  return seclabels.find(({ model }) => model === "dac");
}

/**
 * The label that a guest starts with, from what its document says (libvirt's `virSecurityManagerGenLabel` and
 * `virSecurityDACGenLabel`): its own user and group, or QEMU's; none of its own where it is not to be confined. Throws
 * libvirt's refusals.
 */
export function startLabel(domain: Domain, user: Credentials, conf: QemuConf): Seclabel | undefined {
  const stated = dacLabelOf(domain);
  const type = stated?.type ?? (stated || conf.security_default_confined ? "dynamic" : "none");
  switch (type) {
    case "none":
      if (conf.security_require_confined) {
        throw virtError(ErrorCode.configUnsupported, "Unconfined guests are not allowed on this host");
      }
      return stated;
    case "static":
      if (stated?.label === undefined) {
        throw virtError(
          ErrorCode.configUnsupported,
          `missing label for static security driver in domain ${domain.name}`,
        );
      }
      return withImageLabel({ ...stated, relabel: stated.relabel ?? false });
    case "dynamic": {
      if (stated?.label !== undefined) {
        throw virtError(ErrorCode.internalError, `label already defined for domain ${domain.name}`);
      }
      return withImageLabel({
        ...stated,
        type: "dynamic",
        model: "dac",
        relabel: stated?.relabel ?? true,
        label: formatOwner(user),
      });
    }
  }
}

function withImageLabel(label: Seclabel): Seclabel {
  const { relabel, label: own, imagelabel } = label;
  return relabel && own !== undefined && imagelabel === undefined ? { ...label, imagelabel: own } : label;
}

/** User and group of a label: names, numbers, +numbers. Throws libvirt's words for what the host does not know. */
export async function ownerOf(host: Host, label: string): Promise<Owner> {
  const colon = label.indexOf(":");
  if (colon < 0) throw virtError(ErrorCode.invalidArg, `Failed to parse uid and gid from '${label}'`);
  const [user, group] = [label.slice(0, colon), label.slice(colon + 1)];
  const uid = forced(user) ?? (await host.users.findUser(user))?.uid ?? idOf(user);
  if (uid === undefined) throw virtError(ErrorCode.invalidArg, `Failed to parse user '${user}'`);
  const gid = forced(group) ?? (await host.users.findGroup(group))?.gid ?? idOf(group);
  if (gid === undefined) throw virtError(ErrorCode.invalidArg, `Failed to parse group '${group}'`);
  return { uid, gid };
}

function forced(text: string): number | undefined {
  return text.startsWith("+") ? idOf(text) : undefined;
}

/** Who a guest's QEMU is to be: the label's user with the groups that the host has that user in, or QEMU's user. */
export async function processUser(host: Host, domain: Domain, user: Credentials): Promise<Credentials> {
  const label = dacLabelOf(domain)?.label;
  if (label === undefined) return user;
  const { uid, gid } = await ownerOf(host, label);
  if (uid === user.uid && gid === user.gid) return user;
  return credentialsOf(host, (await host.users.findUser(`+${uid}`)) ?? { uid }, gid);
}
