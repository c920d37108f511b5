// Constants of connections and the host: libvirt 9.0's public enumerations, each name without the common start.

/** The values of libvirt's `virCPUCompareResult`. */
export const CpuCompareResult = {
  error: -1,
  incompatible: 0,
  identical: 1,
  superset: 2,
} as const;
/** A value of {@link CpuCompareResult}. */
export type CpuCompareResult = (typeof CpuCompareResult)[keyof typeof CpuCompareResult];

/** The bits of libvirt's `virConnectBaselineCPUFlags`. */
export const ConnectBaselineCpuFlags = {
  expandFeatures: 1,
  migratable: 2,
} as const;
/** A value of {@link ConnectBaselineCpuFlags}. */
export type ConnectBaselineCpuFlags = (typeof ConnectBaselineCpuFlags)[keyof typeof ConnectBaselineCpuFlags];

/** The values of libvirt's `virConnectCloseReason`. */
export const ConnectCloseReason = {
  error: 0,
  eof: 1,
  keepalive: 2,
  client: 3,
} as const;
/** A value of {@link ConnectCloseReason}. */
export type ConnectCloseReason = (typeof ConnectCloseReason)[keyof typeof ConnectCloseReason];

/** The bits of libvirt's `virConnectCompareCPUFlags`. */
export const ConnectCompareCpuFlags = {
  failIncompatible: 1,
  validateXml: 2,
} as const;
/** A value of {@link ConnectCompareCpuFlags}. */
export type ConnectCompareCpuFlags = (typeof ConnectCompareCpuFlags)[keyof typeof ConnectCompareCpuFlags];

/** The values of libvirt's `virConnectCredentialType`. */
export const ConnectCredentialType = {
  username: 1,
  authname: 2,
  language: 3,
  cnonce: 4,
  passphrase: 5,
  echoprompt: 6,
  noechoprompt: 7,
  realm: 8,
  external: 9,
} as const;
/** A value of {@link ConnectCredentialType}. */
export type ConnectCredentialType = (typeof ConnectCredentialType)[keyof typeof ConnectCredentialType];

/** The bits of libvirt's `virConnectFlags`. */
export const ConnectFlags = {
  ro: 1,
  noAliases: 2,
} as const;
/** A value of {@link ConnectFlags}. */
export type ConnectFlags = (typeof ConnectFlags)[keyof typeof ConnectFlags];

/** The bits of libvirt's `virNodeAllocPagesFlags`. */
export const NodeAllocPagesFlags = {
  add: 0,
  set: 1,
} as const;
/** A value of {@link NodeAllocPagesFlags}. */
export type NodeAllocPagesFlags = (typeof NodeAllocPagesFlags)[keyof typeof NodeAllocPagesFlags];

/** The values of libvirt's `virNodeGetCPUStatsAllCPUs`. */
export const NodeGetCpuStatsAllCpus = {
  allCpus: -1,
} as const;
/** A value of {@link NodeGetCpuStatsAllCpus}. */
export type NodeGetCpuStatsAllCpus = (typeof NodeGetCpuStatsAllCpus)[keyof typeof NodeGetCpuStatsAllCpus];

/** The values of libvirt's `virNodeGetMemoryStatsAllCells`. */
export const NodeGetMemoryStatsAllCells = {
  allCells: -1,
} as const;
/** A value of {@link NodeGetMemoryStatsAllCells}. */
export type NodeGetMemoryStatsAllCells = (typeof NodeGetMemoryStatsAllCells)[keyof typeof NodeGetMemoryStatsAllCells];

/** The values of libvirt's `virNodeSuspendTarget`. */
export const NodeSuspendTarget = {
  mem: 0,
  disk: 1,
  hybrid: 2,
} as const;
/** A value of {@link NodeSuspendTarget}. */
export type NodeSuspendTarget = (typeof NodeSuspendTarget)[keyof typeof NodeSuspendTarget];
