// Constants of snapshots and checkpoints: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virDomainCheckpointCreateFlags`. */
export const DomainCheckpointCreateFlags = {
  redefine: 1,
  quiesce: 2,
  redefineValidate: 4,
} as const;
/** A value of {@link DomainCheckpointCreateFlags}. */
export type DomainCheckpointCreateFlags =
  (typeof DomainCheckpointCreateFlags)[keyof typeof DomainCheckpointCreateFlags];

/** The bits of libvirt's `virDomainCheckpointDeleteFlags`. */
export const DomainCheckpointDeleteFlags = {
  children: 1,
  metadataOnly: 2,
  childrenOnly: 4,
} as const;
/** A value of {@link DomainCheckpointDeleteFlags}. */
export type DomainCheckpointDeleteFlags =
  (typeof DomainCheckpointDeleteFlags)[keyof typeof DomainCheckpointDeleteFlags];

/** The bits of libvirt's `virDomainCheckpointListFlags`. */
export const DomainCheckpointListFlags = {
  roots: 1,
  descendants: 1,
  topological: 2,
  leaves: 4,
  noLeaves: 8,
} as const;
/** A value of {@link DomainCheckpointListFlags}. */
export type DomainCheckpointListFlags = (typeof DomainCheckpointListFlags)[keyof typeof DomainCheckpointListFlags];

/** The bits of libvirt's `virDomainCheckpointXMLFlags`. */
export const DomainCheckpointXmlFlags = {
  secure: 1,
  noDomain: 2,
  size: 4,
} as const;
/** A value of {@link DomainCheckpointXmlFlags}. */
export type DomainCheckpointXmlFlags = (typeof DomainCheckpointXmlFlags)[keyof typeof DomainCheckpointXmlFlags];

/** The bits of libvirt's `virDomainSnapshotCreateFlags`. */
export const DomainSnapshotCreateFlags = {
  redefine: 1,
  current: 2,
  noMetadata: 4,
  halt: 8,
  diskOnly: 16,
  reuseExt: 32,
  quiesce: 64,
  atomic: 128,
  live: 256,
  validate: 512,
} as const;
/** A value of {@link DomainSnapshotCreateFlags}. */
export type DomainSnapshotCreateFlags = (typeof DomainSnapshotCreateFlags)[keyof typeof DomainSnapshotCreateFlags];

/** The bits of libvirt's `virDomainSnapshotDeleteFlags`. */
export const DomainSnapshotDeleteFlags = {
  children: 1,
  metadataOnly: 2,
  childrenOnly: 4,
} as const;
/** A value of {@link DomainSnapshotDeleteFlags}. */
export type DomainSnapshotDeleteFlags = (typeof DomainSnapshotDeleteFlags)[keyof typeof DomainSnapshotDeleteFlags];

/** The bits of libvirt's `virDomainSnapshotListFlags`. */
export const DomainSnapshotListFlags = {
  roots: 1,
  descendants: 1,
  leaves: 4,
  noLeaves: 8,
  metadata: 2,
  noMetadata: 16,
  inactive: 32,
  active: 64,
  diskOnly: 128,
  internal: 256,
  external: 512,
  topological: 1024,
} as const;
/** A value of {@link DomainSnapshotListFlags}. */
export type DomainSnapshotListFlags = (typeof DomainSnapshotListFlags)[keyof typeof DomainSnapshotListFlags];

/** The bits of libvirt's `virDomainSnapshotRevertFlags`. */
export const DomainSnapshotRevertFlags = {
  running: 1,
  paused: 2,
  force: 4,
  resetNvram: 8,
} as const;
/** A value of {@link DomainSnapshotRevertFlags}. */
export type DomainSnapshotRevertFlags = (typeof DomainSnapshotRevertFlags)[keyof typeof DomainSnapshotRevertFlags];

/** The bits of libvirt's `virDomainSnapshotXMLFlags`. */
export const DomainSnapshotXmlFlags = {
  secure: 1,
} as const;
/** A value of {@link DomainSnapshotXmlFlags}. */
export type DomainSnapshotXmlFlags = (typeof DomainSnapshotXmlFlags)[keyof typeof DomainSnapshotXmlFlags];
