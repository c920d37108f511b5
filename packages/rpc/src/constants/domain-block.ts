// Constants of disks and their jobs: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virDomainBlockCommitFlags`. */
export const DomainBlockCommitFlags = {
  shallow: 1,
  delete: 2,
  active: 4,
  relative: 8,
  bandwidthBytes: 16,
} as const;
/** A value of {@link DomainBlockCommitFlags}. */
export type DomainBlockCommitFlags = (typeof DomainBlockCommitFlags)[keyof typeof DomainBlockCommitFlags];

/** The bits of libvirt's `virDomainBlockCopyFlags`. */
export const DomainBlockCopyFlags = {
  shallow: 1,
  reuseExt: 2,
  transientJob: 4,
  synchronousWrites: 8,
} as const;
/** A value of {@link DomainBlockCopyFlags}. */
export type DomainBlockCopyFlags = (typeof DomainBlockCopyFlags)[keyof typeof DomainBlockCopyFlags];

/** The bits of libvirt's `virDomainBlockJobAbortFlags`. */
export const DomainBlockJobAbortFlags = {
  async: 1,
  pivot: 2,
} as const;
/** A value of {@link DomainBlockJobAbortFlags}. */
export type DomainBlockJobAbortFlags = (typeof DomainBlockJobAbortFlags)[keyof typeof DomainBlockJobAbortFlags];

/** The bits of libvirt's `virDomainBlockJobInfoFlags`. */
export const DomainBlockJobInfoFlags = {
  bandwidthBytes: 1,
} as const;
/** A value of {@link DomainBlockJobInfoFlags}. */
export type DomainBlockJobInfoFlags = (typeof DomainBlockJobInfoFlags)[keyof typeof DomainBlockJobInfoFlags];

/** The bits of libvirt's `virDomainBlockJobSetSpeedFlags`. */
export const DomainBlockJobSetSpeedFlags = {
  bandwidthBytes: 1,
} as const;
/** A value of {@link DomainBlockJobSetSpeedFlags}. */
export type DomainBlockJobSetSpeedFlags =
  (typeof DomainBlockJobSetSpeedFlags)[keyof typeof DomainBlockJobSetSpeedFlags];

/** The values of libvirt's `virDomainBlockJobType`. */
export const DomainBlockJobType = {
  unknown: 0,
  pull: 1,
  copy: 2,
  commit: 3,
  activeCommit: 4,
  backup: 5,
} as const;
/** A value of {@link DomainBlockJobType}. */
export type DomainBlockJobType = (typeof DomainBlockJobType)[keyof typeof DomainBlockJobType];

/** The bits of libvirt's `virDomainBlockPullFlags`. */
export const DomainBlockPullFlags = {
  bandwidthBytes: 64,
} as const;
/** A value of {@link DomainBlockPullFlags}. */
export type DomainBlockPullFlags = (typeof DomainBlockPullFlags)[keyof typeof DomainBlockPullFlags];

/** The bits of libvirt's `virDomainBlockRebaseFlags`. */
export const DomainBlockRebaseFlags = {
  shallow: 1,
  reuseExt: 2,
  copyRaw: 4,
  copy: 8,
  relative: 16,
  copyDev: 32,
  bandwidthBytes: 64,
} as const;
/** A value of {@link DomainBlockRebaseFlags}. */
export type DomainBlockRebaseFlags = (typeof DomainBlockRebaseFlags)[keyof typeof DomainBlockRebaseFlags];

/** The bits of libvirt's `virDomainBlockResizeFlags`. */
export const DomainBlockResizeFlags = {
  bytes: 1,
} as const;
/** A value of {@link DomainBlockResizeFlags}. */
export type DomainBlockResizeFlags = (typeof DomainBlockResizeFlags)[keyof typeof DomainBlockResizeFlags];

/** The values of libvirt's `virDomainDiskErrorCode`. */
export const DomainDiskErrorCode = {
  none: 0,
  unspec: 1,
  noSpace: 2,
} as const;
/** A value of {@link DomainDiskErrorCode}. */
export type DomainDiskErrorCode = (typeof DomainDiskErrorCode)[keyof typeof DomainDiskErrorCode];
