import type { Disk, Domain, Hostdev } from "@tsvirt/model/domain";

type Source = NonNullable<Disk["source"]>;
type PrivateData = NonNullable<Source["privateData"]>;

/**
 * Names of QEMU's objects for secrets, TLS and passed-through SCSI devices, which older versions of libvirt did not write
 * into status files: they were made of the device's alias.
 */
export function restoreAliases({ devices }: Domain): void {
  for (const disk of devices?.disks ?? []) {
    const { alias, source, type } = disk;
    if (alias === undefined || source === undefined) continue;
    const auth = disk.auth ?? source.auth;
    const encryption = disk.encryption ?? source.encryption;
    const network = type === "network" && (source.protocol === "rbd" || source.protocol === "iscsi");
    if (auth !== undefined && network) addSecret(source, "auth", `${alias}-secret0`);
    if (encryption?.format === "luks") addSecret(source, "encryption", `${alias}-luks-secret0`);
    if (source.tls === true && source.privateData?.objects?.tls === undefined) {
      const { objects, ...rest } = source.privateData ?? {};
      source.privateData = { ...rest, objects: { secrets: [], ...objects, tls: { alias: `obj${alias}_tls0` } } };
    }
  }
  for (const hostdev of devices?.hostdevs ?? []) restoreHostdev(hostdev);
}

function restoreHostdev({ alias, source, type, mode }: Hostdev): void {
  if (alias === undefined || source === undefined || type !== "scsi" || mode === "capabilities") return;
  if (source.protocol === "iscsi" && source.auth !== undefined) addSecret(source, "auth", `${alias}-secret0`);
  const { nodenames: { nodenames = [] } = {}, ...rest } = source.privateData ?? {};
  if (nodenames.some((node) => node.type === "storage")) return;
  const storage = { type: "storage" as const, name: `libvirt-${alias}-backend` };
  source.privateData = { ...rest, nodenames: { nodenames: [storage, ...nodenames] } };
}

function addSecret(source: { privateData?: PrivateData }, type: string, alias: string): void {
  const { objects, ...rest } = source.privateData ?? {};
  const secrets = objects?.secrets ?? [];
  if (secrets.some((known) => known.type === type)) return;
  source.privateData = { ...rest, objects: { ...objects, secrets: inOrder([...secrets, { type, alias }]) } };
}

const secretOrder = ["auth", "encryption", "httpcookie", "tlskey"];

function inOrder<T extends { readonly type: string }>(secrets: readonly T[]): T[] {
  return [...secrets].sort((a, b) => secretOrder.indexOf(a.type) - secretOrder.indexOf(b.type));
}
