// Kinds of domain events and their details: libvirt 9.0's public enumerations, each name without the common start.

/** The values of libvirt's `virConnectDomainEventAgentLifecycleReason`. */
export const ConnectDomainEventAgentLifecycleReason = {
  unknown: 0,
  domainStarted: 1,
  channel: 2,
} as const;
/** A value of {@link ConnectDomainEventAgentLifecycleReason}. */
export type ConnectDomainEventAgentLifecycleReason =
  (typeof ConnectDomainEventAgentLifecycleReason)[keyof typeof ConnectDomainEventAgentLifecycleReason];

/** The values of libvirt's `virConnectDomainEventAgentLifecycleState`. */
export const ConnectDomainEventAgentLifecycleState = {
  connected: 1,
  disconnected: 2,
} as const;
/** A value of {@link ConnectDomainEventAgentLifecycleState}. */
export type ConnectDomainEventAgentLifecycleState =
  (typeof ConnectDomainEventAgentLifecycleState)[keyof typeof ConnectDomainEventAgentLifecycleState];

/** The values of libvirt's `virConnectDomainEventBlockJobStatus`. */
export const ConnectDomainEventBlockJobStatus = {
  completed: 0,
  failed: 1,
  canceled: 2,
  ready: 3,
} as const;
/** A value of {@link ConnectDomainEventBlockJobStatus}. */
export type ConnectDomainEventBlockJobStatus =
  (typeof ConnectDomainEventBlockJobStatus)[keyof typeof ConnectDomainEventBlockJobStatus];

/** The values of libvirt's `virConnectDomainEventDiskChangeReason`. */
export const ConnectDomainEventDiskChangeReason = {
  changeMissingOnStart: 0,
  dropMissingOnStart: 1,
} as const;
/** A value of {@link ConnectDomainEventDiskChangeReason}. */
export type ConnectDomainEventDiskChangeReason =
  (typeof ConnectDomainEventDiskChangeReason)[keyof typeof ConnectDomainEventDiskChangeReason];

/** The values of libvirt's `virDomainEventCrashedDetailType`. */
export const DomainEventCrashedDetailType = {
  panicked: 0,
  crashloaded: 1,
} as const;
/** A value of {@link DomainEventCrashedDetailType}. */
export type DomainEventCrashedDetailType =
  (typeof DomainEventCrashedDetailType)[keyof typeof DomainEventCrashedDetailType];

/** The values of libvirt's `virDomainEventDefinedDetailType`. */
export const DomainEventDefinedDetailType = {
  added: 0,
  updated: 1,
  renamed: 2,
  fromSnapshot: 3,
} as const;
/** A value of {@link DomainEventDefinedDetailType}. */
export type DomainEventDefinedDetailType =
  (typeof DomainEventDefinedDetailType)[keyof typeof DomainEventDefinedDetailType];

/** The values of libvirt's `virDomainEventGraphicsAddressType`. */
export const DomainEventGraphicsAddressType = {
  ipv4: 0,
  ipv6: 1,
  unix: 2,
} as const;
/** A value of {@link DomainEventGraphicsAddressType}. */
export type DomainEventGraphicsAddressType =
  (typeof DomainEventGraphicsAddressType)[keyof typeof DomainEventGraphicsAddressType];

/** The values of libvirt's `virDomainEventGraphicsPhase`. */
export const DomainEventGraphicsPhase = {
  connect: 0,
  initialize: 1,
  disconnect: 2,
} as const;
/** A value of {@link DomainEventGraphicsPhase}. */
export type DomainEventGraphicsPhase = (typeof DomainEventGraphicsPhase)[keyof typeof DomainEventGraphicsPhase];

/** The values of libvirt's `virDomainEventID`. */
export const DomainEventId = {
  lifecycle: 0,
  reboot: 1,
  rtcChange: 2,
  watchdog: 3,
  ioError: 4,
  graphics: 5,
  ioErrorReason: 6,
  controlError: 7,
  blockJob: 8,
  diskChange: 9,
  trayChange: 10,
  pmwakeup: 11,
  pmsuspend: 12,
  balloonChange: 13,
  pmsuspendDisk: 14,
  deviceRemoved: 15,
  blockJob2: 16,
  tunable: 17,
  agentLifecycle: 18,
  deviceAdded: 19,
  migrationIteration: 20,
  jobCompleted: 21,
  deviceRemovalFailed: 22,
  metadataChange: 23,
  blockThreshold: 24,
  memoryFailure: 25,
  memoryDeviceSizeChange: 26,
} as const;
/** A value of {@link DomainEventId}. */
export type DomainEventId = (typeof DomainEventId)[keyof typeof DomainEventId];

/** The values of libvirt's `virDomainEventIOErrorAction`. */
export const DomainEventIoErrorAction = {
  none: 0,
  pause: 1,
  report: 2,
} as const;
/** A value of {@link DomainEventIoErrorAction}. */
export type DomainEventIoErrorAction = (typeof DomainEventIoErrorAction)[keyof typeof DomainEventIoErrorAction];

/** The values of libvirt's `virDomainEventPMSuspendedDetailType`. */
export const DomainEventPmsuspendedDetailType = {
  memory: 0,
  disk: 1,
} as const;
/** A value of {@link DomainEventPmsuspendedDetailType}. */
export type DomainEventPmsuspendedDetailType =
  (typeof DomainEventPmsuspendedDetailType)[keyof typeof DomainEventPmsuspendedDetailType];

/** The values of libvirt's `virDomainEventResumedDetailType`. */
export const DomainEventResumedDetailType = {
  unpaused: 0,
  migrated: 1,
  fromSnapshot: 2,
  postcopy: 3,
  postcopyFailed: 4,
} as const;
/** A value of {@link DomainEventResumedDetailType}. */
export type DomainEventResumedDetailType =
  (typeof DomainEventResumedDetailType)[keyof typeof DomainEventResumedDetailType];

/** The values of libvirt's `virDomainEventShutdownDetailType`. */
export const DomainEventShutdownDetailType = {
  finished: 0,
  guest: 1,
  host: 2,
} as const;
/** A value of {@link DomainEventShutdownDetailType}. */
export type DomainEventShutdownDetailType =
  (typeof DomainEventShutdownDetailType)[keyof typeof DomainEventShutdownDetailType];

/** The values of libvirt's `virDomainEventStartedDetailType`. */
export const DomainEventStartedDetailType = {
  booted: 0,
  migrated: 1,
  restored: 2,
  fromSnapshot: 3,
  wakeup: 4,
} as const;
/** A value of {@link DomainEventStartedDetailType}. */
export type DomainEventStartedDetailType =
  (typeof DomainEventStartedDetailType)[keyof typeof DomainEventStartedDetailType];

/** The values of libvirt's `virDomainEventStoppedDetailType`. */
export const DomainEventStoppedDetailType = {
  shutdown: 0,
  destroyed: 1,
  crashed: 2,
  migrated: 3,
  saved: 4,
  failed: 5,
  fromSnapshot: 6,
} as const;
/** A value of {@link DomainEventStoppedDetailType}. */
export type DomainEventStoppedDetailType =
  (typeof DomainEventStoppedDetailType)[keyof typeof DomainEventStoppedDetailType];

/** The values of libvirt's `virDomainEventSuspendedDetailType`. */
export const DomainEventSuspendedDetailType = {
  paused: 0,
  migrated: 1,
  ioerror: 2,
  watchdog: 3,
  restored: 4,
  fromSnapshot: 5,
  apiError: 6,
  postcopy: 7,
  postcopyFailed: 8,
} as const;
/** A value of {@link DomainEventSuspendedDetailType}. */
export type DomainEventSuspendedDetailType =
  (typeof DomainEventSuspendedDetailType)[keyof typeof DomainEventSuspendedDetailType];

/** The values of libvirt's `virDomainEventTrayChangeReason`. */
export const DomainEventTrayChangeReason = {
  open: 0,
  close: 1,
} as const;
/** A value of {@link DomainEventTrayChangeReason}. */
export type DomainEventTrayChangeReason =
  (typeof DomainEventTrayChangeReason)[keyof typeof DomainEventTrayChangeReason];

/** The values of libvirt's `virDomainEventType`. */
export const DomainEventType = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  pmsuspended: 7,
  crashed: 8,
} as const;
/** A value of {@link DomainEventType}. */
export type DomainEventType = (typeof DomainEventType)[keyof typeof DomainEventType];

/** The values of libvirt's `virDomainEventUndefinedDetailType`. */
export const DomainEventUndefinedDetailType = {
  removed: 0,
  renamed: 1,
} as const;
/** A value of {@link DomainEventUndefinedDetailType}. */
export type DomainEventUndefinedDetailType =
  (typeof DomainEventUndefinedDetailType)[keyof typeof DomainEventUndefinedDetailType];

/** The values of libvirt's `virDomainEventWatchdogAction`. */
export const DomainEventWatchdogAction = {
  none: 0,
  pause: 1,
  reset: 2,
  poweroff: 3,
  shutdown: 4,
  debug: 5,
  injectnmi: 6,
} as const;
/** A value of {@link DomainEventWatchdogAction}. */
export type DomainEventWatchdogAction = (typeof DomainEventWatchdogAction)[keyof typeof DomainEventWatchdogAction];

/** The values of libvirt's `virDomainMemoryFailureActionType`. */
export const DomainMemoryFailureActionType = {
  ignore: 0,
  inject: 1,
  fatal: 2,
  reset: 3,
} as const;
/** A value of {@link DomainMemoryFailureActionType}. */
export type DomainMemoryFailureActionType =
  (typeof DomainMemoryFailureActionType)[keyof typeof DomainMemoryFailureActionType];

/** The bits of libvirt's `virDomainMemoryFailureFlags`. */
export const DomainMemoryFailureFlags = {
  actionRequired: 1,
  recursive: 2,
} as const;
/** A value of {@link DomainMemoryFailureFlags}. */
export type DomainMemoryFailureFlags = (typeof DomainMemoryFailureFlags)[keyof typeof DomainMemoryFailureFlags];

/** The values of libvirt's `virDomainMemoryFailureRecipientType`. */
export const DomainMemoryFailureRecipientType = {
  hypervisor: 0,
  guest: 1,
} as const;
/** A value of {@link DomainMemoryFailureRecipientType}. */
export type DomainMemoryFailureRecipientType =
  (typeof DomainMemoryFailureRecipientType)[keyof typeof DomainMemoryFailureRecipientType];
