// What domain calls choose from: libvirt 9.0's public enumerations, each name without the common start.

/** The values of libvirt's `virDomainAgentResponseTimeoutValues`. */
export const DomainAgentResponseTimeout = {
  block: -2,
  default: -1,
  nowait: 0,
} as const;
/** A value of {@link DomainAgentResponseTimeout}. */
export type DomainAgentResponseTimeout = (typeof DomainAgentResponseTimeout)[keyof typeof DomainAgentResponseTimeout];

/** The values of libvirt's `virDomainCoreDumpFormat`. */
export const DomainCoreDumpFormat = {
  raw: 0,
  kdumpZlib: 1,
  kdumpLzo: 2,
  kdumpSnappy: 3,
  winDmp: 4,
} as const;
/** A value of {@link DomainCoreDumpFormat}. */
export type DomainCoreDumpFormat = (typeof DomainCoreDumpFormat)[keyof typeof DomainCoreDumpFormat];

/** The values of libvirt's `virDomainDirtyRateStatus`. */
export const DomainDirtyRateStatus = {
  unstarted: 0,
  measuring: 1,
  measured: 2,
} as const;
/** A value of {@link DomainDirtyRateStatus}. */
export type DomainDirtyRateStatus = (typeof DomainDirtyRateStatus)[keyof typeof DomainDirtyRateStatus];

/** The bits of libvirt's `virDomainGuestInfoTypes`. */
export const DomainGuestInfoTypes = {
  users: 1,
  os: 2,
  timezone: 4,
  hostname: 8,
  filesystem: 16,
  disks: 32,
  interfaces: 64,
} as const;
/** A value of {@link DomainGuestInfoTypes}. */
export type DomainGuestInfoTypes = (typeof DomainGuestInfoTypes)[keyof typeof DomainGuestInfoTypes];

/** The values of libvirt's `virDomainInterfaceAddressesSource`. */
export const DomainInterfaceAddressesSource = {
  lease: 0,
  agent: 1,
  arp: 2,
} as const;
/** A value of {@link DomainInterfaceAddressesSource}. */
export type DomainInterfaceAddressesSource =
  (typeof DomainInterfaceAddressesSource)[keyof typeof DomainInterfaceAddressesSource];

/** The values of libvirt's `virDomainJobOperation`. */
export const DomainJobOperation = {
  unknown: 0,
  start: 1,
  save: 2,
  restore: 3,
  migrationIn: 4,
  migrationOut: 5,
  snapshot: 6,
  snapshotRevert: 7,
  dump: 8,
  backup: 9,
  snapshotDelete: 10,
} as const;
/** A value of {@link DomainJobOperation}. */
export type DomainJobOperation = (typeof DomainJobOperation)[keyof typeof DomainJobOperation];

/** The values of libvirt's `virDomainJobType`. */
export const DomainJobType = {
  none: 0,
  bounded: 1,
  unbounded: 2,
  completed: 3,
  failed: 4,
  cancelled: 5,
} as const;
/** A value of {@link DomainJobType}. */
export type DomainJobType = (typeof DomainJobType)[keyof typeof DomainJobType];

/** The values of libvirt's `virDomainLifecycle`. */
export const DomainLifecycle = {
  poweroff: 0,
  reboot: 1,
  crash: 2,
} as const;
/** A value of {@link DomainLifecycle}. */
export type DomainLifecycle = (typeof DomainLifecycle)[keyof typeof DomainLifecycle];

/** The values of libvirt's `virDomainLifecycleAction`. */
export const DomainLifecycleAction = {
  destroy: 0,
  restart: 1,
  restartRename: 2,
  preserve: 3,
  coredumpDestroy: 4,
  coredumpRestart: 5,
} as const;
/** A value of {@link DomainLifecycleAction}. */
export type DomainLifecycleAction = (typeof DomainLifecycleAction)[keyof typeof DomainLifecycleAction];

/** The values of libvirt's `virDomainMemoryStatTags`. */
export const DomainMemoryStatTags = {
  swapIn: 0,
  swapOut: 1,
  majorFault: 2,
  minorFault: 3,
  unused: 4,
  available: 5,
  actualBalloon: 6,
  rss: 7,
  usable: 8,
  lastUpdate: 9,
  diskCaches: 10,
  hugetlbPgalloc: 11,
  hugetlbPgfail: 12,
} as const;
/** A value of {@link DomainMemoryStatTags}. */
export type DomainMemoryStatTags = (typeof DomainMemoryStatTags)[keyof typeof DomainMemoryStatTags];

/** The values of libvirt's `virDomainMessageType`. */
export const DomainMessageType = {
  deprecation: 1,
  tainting: 2,
} as const;
/** A value of {@link DomainMessageType}. */
export type DomainMessageType = (typeof DomainMessageType)[keyof typeof DomainMessageType];

/** The values of libvirt's `virDomainMetadataType`. */
export const DomainMetadataType = {
  description: 0,
  title: 1,
  element: 2,
} as const;
/** A value of {@link DomainMetadataType}. */
export type DomainMetadataType = (typeof DomainMetadataType)[keyof typeof DomainMetadataType];

/** The values of libvirt's `virDomainModificationImpact`. */
export const DomainModificationImpact = {
  current: 0,
  live: 1,
  config: 2,
} as const;
/** A value of {@link DomainModificationImpact}. */
export type DomainModificationImpact = (typeof DomainModificationImpact)[keyof typeof DomainModificationImpact];

/** The values of libvirt's `virDomainNumatuneMemMode`. */
export const DomainNumatuneMemMode = {
  strict: 0,
  preferred: 1,
  interleave: 2,
  restrictive: 3,
} as const;
/** A value of {@link DomainNumatuneMemMode}. */
export type DomainNumatuneMemMode = (typeof DomainNumatuneMemMode)[keyof typeof DomainNumatuneMemMode];

/** The values of libvirt's `virDomainProcessSignal`. */
export const DomainProcessSignal = {
  nop: 0,
  hup: 1,
  int: 2,
  quit: 3,
  ill: 4,
  trap: 5,
  abrt: 6,
  bus: 7,
  fpe: 8,
  kill: 9,
  usr1: 10,
  segv: 11,
  usr2: 12,
  pipe: 13,
  alrm: 14,
  term: 15,
  stkflt: 16,
  chld: 17,
  cont: 18,
  stop: 19,
  tstp: 20,
  ttin: 21,
  ttou: 22,
  urg: 23,
  xcpu: 24,
  xfsz: 25,
  vtalrm: 26,
  prof: 27,
  winch: 28,
  poll: 29,
  pwr: 30,
  sys: 31,
  rt0: 32,
  rt1: 33,
  rt2: 34,
  rt3: 35,
  rt4: 36,
  rt5: 37,
  rt6: 38,
  rt7: 39,
  rt8: 40,
  rt9: 41,
  rt10: 42,
  rt11: 43,
  rt12: 44,
  rt13: 45,
  rt14: 46,
  rt15: 47,
  rt16: 48,
  rt17: 49,
  rt18: 50,
  rt19: 51,
  rt20: 52,
  rt21: 53,
  rt22: 54,
  rt23: 55,
  rt24: 56,
  rt25: 57,
  rt26: 58,
  rt27: 59,
  rt28: 60,
  rt29: 61,
  rt30: 62,
  rt31: 63,
  rt32: 64,
} as const;
/** A value of {@link DomainProcessSignal}. */
export type DomainProcessSignal = (typeof DomainProcessSignal)[keyof typeof DomainProcessSignal];

/** The bits of libvirt's `virDomainStatsTypes`. */
export const DomainStatsTypes = {
  state: 1,
  cpuTotal: 2,
  balloon: 4,
  vcpu: 8,
  interface: 16,
  block: 32,
  perf: 64,
  iothread: 128,
  memory: 256,
  dirtyrate: 512,
  vm: 1024,
} as const;
/** A value of {@link DomainStatsTypes}. */
export type DomainStatsTypes = (typeof DomainStatsTypes)[keyof typeof DomainStatsTypes];

/** The values of libvirt's `virKeycodeSet`. */
export const KeycodeSet = {
  linux: 0,
  xt: 1,
  atset1: 2,
  atset2: 3,
  atset3: 4,
  osx: 5,
  xtKbd: 6,
  usb: 7,
  win32: 8,
  qnum: 9,
} as const;
/** A value of {@link KeycodeSet}. */
export type KeycodeSet = (typeof KeycodeSet)[keyof typeof KeycodeSet];
