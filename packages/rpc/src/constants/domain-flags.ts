// Flags of domain calls: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectGetAllDomainStatsFlags`. */
export const ConnectGetAllDomainStatsFlags = {
  active: 1,
  inactive: 2,
  persistent: 4,
  transient: 8,
  running: 16,
  paused: 32,
  shutoff: 64,
  other: 128,
  nowait: 536870912,
  backing: 1073741824,
  enforceStats: 2147483648,
} as const;
/** A value of {@link ConnectGetAllDomainStatsFlags}. */
export type ConnectGetAllDomainStatsFlags =
  (typeof ConnectGetAllDomainStatsFlags)[keyof typeof ConnectGetAllDomainStatsFlags];

/** The bits of libvirt's `virConnectListAllDomainsFlags`. */
export const ConnectListAllDomainsFlags = {
  active: 1,
  inactive: 2,
  persistent: 4,
  transient: 8,
  running: 16,
  paused: 32,
  shutoff: 64,
  other: 128,
  managedsave: 256,
  noManagedsave: 512,
  autostart: 1024,
  noAutostart: 2048,
  hasSnapshot: 4096,
  noSnapshot: 8192,
  hasCheckpoint: 16384,
  noCheckpoint: 32768,
} as const;
/** A value of {@link ConnectListAllDomainsFlags}. */
export type ConnectListAllDomainsFlags = (typeof ConnectListAllDomainsFlags)[keyof typeof ConnectListAllDomainsFlags];

/** The bits of libvirt's `virDomainAbortJobFlagsValues`. */
export const DomainAbortJobFlags = {
  postcopy: 1,
} as const;
/** A value of {@link DomainAbortJobFlags}. */
export type DomainAbortJobFlags = (typeof DomainAbortJobFlags)[keyof typeof DomainAbortJobFlags];

/** The bits of libvirt's `virDomainAuthorizedSSHKeysSetFlags`. */
export const DomainAuthorizedSshKeysSetFlags = {
  append: 1,
  remove: 2,
} as const;
/** A value of {@link DomainAuthorizedSshKeysSetFlags}. */
export type DomainAuthorizedSshKeysSetFlags =
  (typeof DomainAuthorizedSshKeysSetFlags)[keyof typeof DomainAuthorizedSshKeysSetFlags];

/** The bits of libvirt's `virDomainBackupBeginFlags`. */
export const DomainBackupBeginFlags = {
  reuseExternal: 1,
} as const;
/** A value of {@link DomainBackupBeginFlags}. */
export type DomainBackupBeginFlags = (typeof DomainBackupBeginFlags)[keyof typeof DomainBackupBeginFlags];

/** The bits of libvirt's `virDomainChannelFlags`. */
export const DomainChannelFlags = {
  force: 1,
} as const;
/** A value of {@link DomainChannelFlags}. */
export type DomainChannelFlags = (typeof DomainChannelFlags)[keyof typeof DomainChannelFlags];

/** The bits of libvirt's `virDomainConsoleFlags`. */
export const DomainConsoleFlags = {
  force: 1,
  safe: 2,
} as const;
/** A value of {@link DomainConsoleFlags}. */
export type DomainConsoleFlags = (typeof DomainConsoleFlags)[keyof typeof DomainConsoleFlags];

/** The bits of libvirt's `virDomainCoreDumpFlags`. */
export const DomainCoreDumpFlags = {
  crash: 1,
  live: 2,
  bypassCache: 4,
  reset: 8,
  memoryOnly: 16,
} as const;
/** A value of {@link DomainCoreDumpFlags}. */
export type DomainCoreDumpFlags = (typeof DomainCoreDumpFlags)[keyof typeof DomainCoreDumpFlags];

/** The bits of libvirt's `virDomainCreateFlags`. */
export const DomainCreateFlags = {
  none: 0,
  startPaused: 1,
  startAutodestroy: 2,
  startBypassCache: 4,
  startForceBoot: 8,
  startValidate: 16,
  startResetNvram: 32,
} as const;
/** A value of {@link DomainCreateFlags}. */
export type DomainCreateFlags = (typeof DomainCreateFlags)[keyof typeof DomainCreateFlags];

/** The bits of libvirt's `virDomainDefineFlags`. */
export const DomainDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link DomainDefineFlags}. */
export type DomainDefineFlags = (typeof DomainDefineFlags)[keyof typeof DomainDefineFlags];

/** The bits of libvirt's `virDomainDestroyFlagsValues`. */
export const DomainDestroyFlags = {
  default: 0,
  graceful: 1,
  removeLogs: 2,
} as const;
/** A value of {@link DomainDestroyFlags}. */
export type DomainDestroyFlags = (typeof DomainDestroyFlags)[keyof typeof DomainDestroyFlags];

/** The bits of libvirt's `virDomainDeviceModifyFlags`. */
export const DomainDeviceModifyFlags = {
  current: 0,
  live: 1,
  config: 2,
  force: 4,
} as const;
/** A value of {@link DomainDeviceModifyFlags}. */
export type DomainDeviceModifyFlags = (typeof DomainDeviceModifyFlags)[keyof typeof DomainDeviceModifyFlags];

/** The bits of libvirt's `virDomainDirtyRateCalcFlags`. */
export const DomainDirtyRateCalcFlags = {
  pageSampling: 0,
  dirtyBitmap: 1,
  dirtyRing: 2,
} as const;
/** A value of {@link DomainDirtyRateCalcFlags}. */
export type DomainDirtyRateCalcFlags = (typeof DomainDirtyRateCalcFlags)[keyof typeof DomainDirtyRateCalcFlags];

/** The bits of libvirt's `virDomainFDAssociateFlags`. */
export const DomainFdAssociateFlags = {
  restore: 1,
  writable: 2,
} as const;
/** A value of {@link DomainFdAssociateFlags}. */
export type DomainFdAssociateFlags = (typeof DomainFdAssociateFlags)[keyof typeof DomainFdAssociateFlags];

/** The bits of libvirt's `virDomainGetHostnameFlags`. */
export const DomainGetHostnameFlags = {
  lease: 1,
  agent: 2,
} as const;
/** A value of {@link DomainGetHostnameFlags}. */
export type DomainGetHostnameFlags = (typeof DomainGetHostnameFlags)[keyof typeof DomainGetHostnameFlags];

/** The bits of libvirt's `virDomainGetJobStatsFlags`. */
export const DomainGetJobStatsFlags = {
  completed: 1,
  keepCompleted: 2,
} as const;
/** A value of {@link DomainGetJobStatsFlags}. */
export type DomainGetJobStatsFlags = (typeof DomainGetJobStatsFlags)[keyof typeof DomainGetJobStatsFlags];

/** The bits of libvirt's `virDomainMemoryFlags`. */
export const DomainMemoryFlags = {
  virtual: 1,
  physical: 2,
} as const;
/** A value of {@link DomainMemoryFlags}. */
export type DomainMemoryFlags = (typeof DomainMemoryFlags)[keyof typeof DomainMemoryFlags];

/** The bits of libvirt's `virDomainMemoryModFlags`. */
export const DomainMemoryModFlags = {
  current: 0,
  live: 1,
  config: 2,
  maximum: 4,
} as const;
/** A value of {@link DomainMemoryModFlags}. */
export type DomainMemoryModFlags = (typeof DomainMemoryModFlags)[keyof typeof DomainMemoryModFlags];

/** The bits of libvirt's `virDomainMigrateFlags`. */
export const DomainMigrateFlags = {
  live: 1,
  peer2peer: 2,
  tunnelled: 4,
  persistDest: 8,
  undefineSource: 16,
  paused: 32,
  nonSharedDisk: 64,
  nonSharedInc: 128,
  changeProtection: 256,
  unsafe: 512,
  offline: 1024,
  compressed: 2048,
  abortOnError: 4096,
  autoConverge: 8192,
  rdmaPinAll: 16384,
  postcopy: 32768,
  tls: 65536,
  parallel: 131072,
  nonSharedSynchronousWrites: 262144,
  postcopyResume: 524288,
  zerocopy: 1048576,
} as const;
/** A value of {@link DomainMigrateFlags}. */
export type DomainMigrateFlags = (typeof DomainMigrateFlags)[keyof typeof DomainMigrateFlags];

/** The bits of libvirt's `virDomainMigrateMaxSpeedFlags`. */
export const DomainMigrateMaxSpeedFlags = {
  postcopy: 1,
} as const;
/** A value of {@link DomainMigrateMaxSpeedFlags}. */
export type DomainMigrateMaxSpeedFlags = (typeof DomainMigrateMaxSpeedFlags)[keyof typeof DomainMigrateMaxSpeedFlags];

/** The bits of libvirt's `virDomainOpenGraphicsFlags`. */
export const DomainOpenGraphicsFlags = {
  skipauth: 1,
} as const;
/** A value of {@link DomainOpenGraphicsFlags}. */
export type DomainOpenGraphicsFlags = (typeof DomainOpenGraphicsFlags)[keyof typeof DomainOpenGraphicsFlags];

/** The bits of libvirt's `virDomainRebootFlagValues`. */
export const DomainRebootFlags = {
  default: 0,
  acpiPowerBtn: 1,
  guestAgent: 2,
  initctl: 4,
  signal: 8,
  paravirt: 16,
} as const;
/** A value of {@link DomainRebootFlags}. */
export type DomainRebootFlags = (typeof DomainRebootFlags)[keyof typeof DomainRebootFlags];

/** The bits of libvirt's `virDomainSaveImageXMLFlags`. */
export const DomainSaveImageXmlFlags = {
  secure: 1,
} as const;
/** A value of {@link DomainSaveImageXmlFlags}. */
export type DomainSaveImageXmlFlags = (typeof DomainSaveImageXmlFlags)[keyof typeof DomainSaveImageXmlFlags];

/** The bits of libvirt's `virDomainSaveRestoreFlags`. */
export const DomainSaveRestoreFlags = {
  bypassCache: 1,
  running: 2,
  paused: 4,
  resetNvram: 8,
} as const;
/** A value of {@link DomainSaveRestoreFlags}. */
export type DomainSaveRestoreFlags = (typeof DomainSaveRestoreFlags)[keyof typeof DomainSaveRestoreFlags];

/** The bits of libvirt's `virDomainSetTimeFlags`. */
export const DomainSetTimeFlags = {
  sync: 1,
} as const;
/** A value of {@link DomainSetTimeFlags}. */
export type DomainSetTimeFlags = (typeof DomainSetTimeFlags)[keyof typeof DomainSetTimeFlags];

/** The bits of libvirt's `virDomainSetUserPasswordFlags`. */
export const DomainSetUserPasswordFlags = {
  passwordEncrypted: 1,
} as const;
/** A value of {@link DomainSetUserPasswordFlags}. */
export type DomainSetUserPasswordFlags = (typeof DomainSetUserPasswordFlags)[keyof typeof DomainSetUserPasswordFlags];

/** The bits of libvirt's `virDomainShutdownFlagValues`. */
export const DomainShutdownFlags = {
  default: 0,
  acpiPowerBtn: 1,
  guestAgent: 2,
  initctl: 4,
  signal: 8,
  paravirt: 16,
} as const;
/** A value of {@link DomainShutdownFlags}. */
export type DomainShutdownFlags = (typeof DomainShutdownFlags)[keyof typeof DomainShutdownFlags];

/** The bits of libvirt's `virDomainUndefineFlagsValues`. */
export const DomainUndefineFlags = {
  managedSave: 1,
  snapshotsMetadata: 2,
  nvram: 4,
  keepNvram: 8,
  checkpointsMetadata: 16,
  tpm: 32,
  keepTpm: 64,
} as const;
/** A value of {@link DomainUndefineFlags}. */
export type DomainUndefineFlags = (typeof DomainUndefineFlags)[keyof typeof DomainUndefineFlags];

/** The bits of libvirt's `virDomainVcpuFlags`. */
export const DomainVcpuFlags = {
  current: 0,
  live: 1,
  config: 2,
  maximum: 4,
  guest: 8,
  hotpluggable: 16,
} as const;
/** A value of {@link DomainVcpuFlags}. */
export type DomainVcpuFlags = (typeof DomainVcpuFlags)[keyof typeof DomainVcpuFlags];

/** The bits of libvirt's `virDomainXMLFlags`. */
export const DomainXmlFlags = {
  secure: 1,
  inactive: 2,
  updateCpu: 4,
  migratable: 8,
} as const;
/** A value of {@link DomainXmlFlags}. */
export type DomainXmlFlags = (typeof DomainXmlFlags)[keyof typeof DomainXmlFlags];
