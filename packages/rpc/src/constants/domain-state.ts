// States of guests and the reasons for them: libvirt 9.0's public enumerations, each name without the common start.

/** The values of libvirt's `virDomainBlockedReason`. */
export const DomainBlockedReason = {
  unknown: 0,
} as const;
/** A value of {@link DomainBlockedReason}. */
export type DomainBlockedReason = (typeof DomainBlockedReason)[keyof typeof DomainBlockedReason];

/** The values of libvirt's `virDomainControlErrorReason`. */
export const DomainControlErrorReason = {
  none: 0,
  unknown: 1,
  monitor: 2,
  internal: 3,
} as const;
/** A value of {@link DomainControlErrorReason}. */
export type DomainControlErrorReason = (typeof DomainControlErrorReason)[keyof typeof DomainControlErrorReason];

/** The values of libvirt's `virDomainControlState`. */
export const DomainControlState = {
  ok: 0,
  job: 1,
  occupied: 2,
  error: 3,
} as const;
/** A value of {@link DomainControlState}. */
export type DomainControlState = (typeof DomainControlState)[keyof typeof DomainControlState];

/** The values of libvirt's `virDomainCrashedReason`. */
export const DomainCrashedReason = {
  unknown: 0,
  panicked: 1,
} as const;
/** A value of {@link DomainCrashedReason}. */
export type DomainCrashedReason = (typeof DomainCrashedReason)[keyof typeof DomainCrashedReason];

/** The values of libvirt's `virDomainNostateReason`. */
export const DomainNostateReason = {
  unknown: 0,
} as const;
/** A value of {@link DomainNostateReason}. */
export type DomainNostateReason = (typeof DomainNostateReason)[keyof typeof DomainNostateReason];

/** The values of libvirt's `virDomainPMSuspendedDiskReason`. */
export const DomainPmsuspendedDiskReason = {
  unknown: 0,
} as const;
/** A value of {@link DomainPmsuspendedDiskReason}. */
export type DomainPmsuspendedDiskReason =
  (typeof DomainPmsuspendedDiskReason)[keyof typeof DomainPmsuspendedDiskReason];

/** The values of libvirt's `virDomainPMSuspendedReason`. */
export const DomainPmsuspendedReason = {
  unknown: 0,
} as const;
/** A value of {@link DomainPmsuspendedReason}. */
export type DomainPmsuspendedReason = (typeof DomainPmsuspendedReason)[keyof typeof DomainPmsuspendedReason];

/** The values of libvirt's `virDomainPausedReason`. */
export const DomainPausedReason = {
  unknown: 0,
  user: 1,
  migration: 2,
  save: 3,
  dump: 4,
  ioerror: 5,
  watchdog: 6,
  fromSnapshot: 7,
  shuttingDown: 8,
  snapshot: 9,
  crashed: 10,
  startingUp: 11,
  postcopy: 12,
  postcopyFailed: 13,
} as const;
/** A value of {@link DomainPausedReason}. */
export type DomainPausedReason = (typeof DomainPausedReason)[keyof typeof DomainPausedReason];

/** The values of libvirt's `virDomainRunningReason`. */
export const DomainRunningReason = {
  unknown: 0,
  booted: 1,
  migrated: 2,
  restored: 3,
  fromSnapshot: 4,
  unpaused: 5,
  migrationCanceled: 6,
  saveCanceled: 7,
  wakeup: 8,
  crashed: 9,
  postcopy: 10,
  postcopyFailed: 11,
} as const;
/** A value of {@link DomainRunningReason}. */
export type DomainRunningReason = (typeof DomainRunningReason)[keyof typeof DomainRunningReason];

/** The values of libvirt's `virDomainShutdownReason`. */
export const DomainShutdownReason = {
  unknown: 0,
  user: 1,
} as const;
/** A value of {@link DomainShutdownReason}. */
export type DomainShutdownReason = (typeof DomainShutdownReason)[keyof typeof DomainShutdownReason];

/** The values of libvirt's `virDomainShutoffReason`. */
export const DomainShutoffReason = {
  unknown: 0,
  shutdown: 1,
  destroyed: 2,
  crashed: 3,
  migrated: 4,
  saved: 5,
  failed: 6,
  fromSnapshot: 7,
  daemon: 8,
} as const;
/** A value of {@link DomainShutoffReason}. */
export type DomainShutoffReason = (typeof DomainShutoffReason)[keyof typeof DomainShutoffReason];

/** The values of libvirt's `virDomainState`. */
export const DomainState = {
  nostate: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmsuspended: 7,
} as const;
/** A value of {@link DomainState}. */
export type DomainState = (typeof DomainState)[keyof typeof DomainState];

/** The values of libvirt's `virVcpuHostCpuState`. */
export const VcpuHostCpuState = {
  offline: -1,
  unavailable: -2,
} as const;
/** A value of {@link VcpuHostCpuState}. */
export type VcpuHostCpuState = (typeof VcpuHostCpuState)[keyof typeof VcpuHostCpuState];

/** The values of libvirt's `virVcpuState`. */
export const VcpuState = {
  offline: 0,
  running: 1,
  blocked: 2,
} as const;
/** A value of {@link VcpuState}. */
export type VcpuState = (typeof VcpuState)[keyof typeof VcpuState];
