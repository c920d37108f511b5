// Constants of storage pools and volumes: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectListAllStoragePoolsFlags`. */
export const ConnectListAllStoragePoolsFlags = {
  inactive: 1,
  active: 2,
  persistent: 4,
  transient: 8,
  autostart: 16,
  noAutostart: 32,
  dir: 64,
  fs: 128,
  netfs: 256,
  logical: 512,
  disk: 1024,
  iscsi: 2048,
  scsi: 4096,
  mpath: 8192,
  rbd: 16384,
  sheepdog: 32768,
  gluster: 65536,
  zfs: 131072,
  vstorage: 262144,
  iscsiDirect: 524288,
} as const;
/** A value of {@link ConnectListAllStoragePoolsFlags}. */
export type ConnectListAllStoragePoolsFlags =
  (typeof ConnectListAllStoragePoolsFlags)[keyof typeof ConnectListAllStoragePoolsFlags];

/** The bits of libvirt's `virStoragePoolBuildFlags`. */
export const StoragePoolBuildFlags = {
  new: 0,
  repair: 1,
  resize: 2,
  noOverwrite: 4,
  overwrite: 8,
} as const;
/** A value of {@link StoragePoolBuildFlags}. */
export type StoragePoolBuildFlags = (typeof StoragePoolBuildFlags)[keyof typeof StoragePoolBuildFlags];

/** The bits of libvirt's `virStoragePoolCreateFlags`. */
export const StoragePoolCreateFlags = {
  normal: 0,
  withBuild: 1,
  withBuildOverwrite: 2,
  withBuildNoOverwrite: 4,
} as const;
/** A value of {@link StoragePoolCreateFlags}. */
export type StoragePoolCreateFlags = (typeof StoragePoolCreateFlags)[keyof typeof StoragePoolCreateFlags];

/** The bits of libvirt's `virStoragePoolDefineFlags`. */
export const StoragePoolDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link StoragePoolDefineFlags}. */
export type StoragePoolDefineFlags = (typeof StoragePoolDefineFlags)[keyof typeof StoragePoolDefineFlags];

/** The bits of libvirt's `virStoragePoolDeleteFlags`. */
export const StoragePoolDeleteFlags = {
  normal: 0,
  zeroed: 1,
} as const;
/** A value of {@link StoragePoolDeleteFlags}. */
export type StoragePoolDeleteFlags = (typeof StoragePoolDeleteFlags)[keyof typeof StoragePoolDeleteFlags];

/** The values of libvirt's `virStoragePoolEventID`. */
export const StoragePoolEventId = {
  lifecycle: 0,
  refresh: 1,
} as const;
/** A value of {@link StoragePoolEventId}. */
export type StoragePoolEventId = (typeof StoragePoolEventId)[keyof typeof StoragePoolEventId];

/** The values of libvirt's `virStoragePoolEventLifecycleType`. */
export const StoragePoolEventLifecycleType = {
  defined: 0,
  undefined: 1,
  started: 2,
  stopped: 3,
  created: 4,
  deleted: 5,
} as const;
/** A value of {@link StoragePoolEventLifecycleType}. */
export type StoragePoolEventLifecycleType =
  (typeof StoragePoolEventLifecycleType)[keyof typeof StoragePoolEventLifecycleType];

/** The values of libvirt's `virStoragePoolState`. */
export const StoragePoolState = {
  inactive: 0,
  building: 1,
  running: 2,
  degraded: 3,
  inaccessible: 4,
} as const;
/** A value of {@link StoragePoolState}. */
export type StoragePoolState = (typeof StoragePoolState)[keyof typeof StoragePoolState];

/** The bits of libvirt's `virStorageVolCreateFlags`. */
export const StorageVolCreateFlags = {
  preallocMetadata: 1,
  reflink: 2,
  validate: 4,
} as const;
/** A value of {@link StorageVolCreateFlags}. */
export type StorageVolCreateFlags = (typeof StorageVolCreateFlags)[keyof typeof StorageVolCreateFlags];

/** The bits of libvirt's `virStorageVolDeleteFlags`. */
export const StorageVolDeleteFlags = {
  normal: 0,
  zeroed: 1,
  withSnapshots: 2,
} as const;
/** A value of {@link StorageVolDeleteFlags}. */
export type StorageVolDeleteFlags = (typeof StorageVolDeleteFlags)[keyof typeof StorageVolDeleteFlags];

/** The bits of libvirt's `virStorageVolDownloadFlags`. */
export const StorageVolDownloadFlags = {
  sparseStream: 1,
} as const;
/** A value of {@link StorageVolDownloadFlags}. */
export type StorageVolDownloadFlags = (typeof StorageVolDownloadFlags)[keyof typeof StorageVolDownloadFlags];

/** The bits of libvirt's `virStorageVolInfoFlags`. */
export const StorageVolInfoFlags = {
  useAllocation: 0,
  getPhysical: 1,
} as const;
/** A value of {@link StorageVolInfoFlags}. */
export type StorageVolInfoFlags = (typeof StorageVolInfoFlags)[keyof typeof StorageVolInfoFlags];

/** The bits of libvirt's `virStorageVolResizeFlags`. */
export const StorageVolResizeFlags = {
  allocate: 1,
  delta: 2,
  shrink: 4,
} as const;
/** A value of {@link StorageVolResizeFlags}. */
export type StorageVolResizeFlags = (typeof StorageVolResizeFlags)[keyof typeof StorageVolResizeFlags];

/** The values of libvirt's `virStorageVolType`. */
export const StorageVolType = {
  file: 0,
  block: 1,
  dir: 2,
  network: 3,
  netdir: 4,
  ploop: 5,
} as const;
/** A value of {@link StorageVolType}. */
export type StorageVolType = (typeof StorageVolType)[keyof typeof StorageVolType];

/** The bits of libvirt's `virStorageVolUploadFlags`. */
export const StorageVolUploadFlags = {
  sparseStream: 1,
} as const;
/** A value of {@link StorageVolUploadFlags}. */
export type StorageVolUploadFlags = (typeof StorageVolUploadFlags)[keyof typeof StorageVolUploadFlags];

/** The values of libvirt's `virStorageVolWipeAlgorithm`. */
export const StorageVolWipeAlgorithm = {
  zero: 0,
  nnsa: 1,
  dod: 2,
  bsi: 3,
  gutmann: 4,
  schneier: 5,
  pfitzner7: 6,
  pfitzner33: 7,
  random: 8,
  trim: 9,
} as const;
/** A value of {@link StorageVolWipeAlgorithm}. */
export type StorageVolWipeAlgorithm = (typeof StorageVolWipeAlgorithm)[keyof typeof StorageVolWipeAlgorithm];

/** The bits of libvirt's `virStorageXMLFlags`. */
export const StorageXmlFlags = {
  inactive: 1,
} as const;
/** A value of {@link StorageXmlFlags}. */
export type StorageXmlFlags = (typeof StorageXmlFlags)[keyof typeof StorageXmlFlags];
