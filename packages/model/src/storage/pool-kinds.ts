import { storageFormat } from "../domain/index.ts";
import type { PoolType } from "./pool.ts";

/** Parts of a pool's source. */
export type SourcePart = "host" | "device" | "dir" | "adapter" | "name" | "initiator";

/** What a type of pool has, as `virStoragePoolTypeInfo` of libvirt tells it. */
export interface PoolKind {
  /** Parts of the source that count; others are not kept. */
  readonly source: readonly SourcePart[];
  /** It is reached over the network and has no place of its own on the host. */
  readonly network?: true;
  /** Formats of the source in libvirt's order. */
  readonly formats?: readonly string[];
  /** The format of a source that states none. */
  readonly defaultFormat?: string;
  /** Formats of volumes; without any, volumes have none. */
  readonly volumeFormats?: readonly string[];
  readonly defaultVolumeFormat?: string;
  /** Which options of its own the document may have. */
  readonly options?: "mount" | "rbd";
}

/** Formats of network file systems (`virStoragePoolFormatFileSystemNet`). */
export const netfsFormats = ["auto", "nfs", "glusterfs", "cifs"] as const;

const imageFormats = storageFormat.domain.kind === "words" ? storageFormat.domain.words.slice(1) : [];
const files = { volumeFormats: imageFormats, defaultVolumeFormat: "raw" } as const;

/** All types of pools. */
export const poolKinds: Readonly<Record<PoolType, PoolKind>> = {
  dir: { source: [], ...files },
  fs: {
    source: ["device"],
    formats: [
      "auto",
      "ext2",
      "ext3",
      "ext4",
      "ufs",
      "iso9660",
      "udf",
      "gfs",
      "gfs2",
      "vfat",
      "hfs+",
      "xfs",
      "ocfs2",
      "vmfs",
    ],
    defaultFormat: "auto",
    ...files,
    options: "mount",
  },
  netfs: { source: ["host", "dir"], formats: netfsFormats, defaultFormat: "auto", ...files, options: "mount" },
  logical: { source: ["name", "device"], formats: ["unknown", "lvm2"], defaultFormat: "lvm2" },
  disk: {
    source: ["device"],
    formats: ["unknown", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", "lvm2"],
    defaultFormat: "unknown",
    volumeFormats: ["none", "linux", "fat16", "fat32", "linux-swap", "linux-lvm", "linux-raid", "extended"],
    defaultVolumeFormat: "none",
  },
  iscsi: { source: ["host", "device", "initiator"] },
  "iscsi-direct": { source: ["host", "device", "initiator"], network: true },
  scsi: { source: ["adapter"] },
  mpath: { source: [] },
  rbd: { source: ["host", "name"], network: true, ...files, options: "rbd" },
  sheepdog: { source: ["host", "name"], network: true },
  gluster: { source: ["host", "name", "dir"], network: true, ...files },
  zfs: { source: ["name", "device"] },
  vstorage: { source: ["name"], ...files },
};
