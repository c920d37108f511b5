// Names of typed parameters, as libvirt 9.0's public headers define them.

/** A job's figures (`VIR_DOMAIN_JOB_*`). */
export const DomainJobParameter = {
  operation: "operation",
  timeElapsed: "time_elapsed",
  timeElapsedNet: "time_elapsed_net",
  timeRemaining: "time_remaining",
  downtime: "downtime",
  downtimeNet: "downtime_net",
  setupTime: "setup_time",
  dataTotal: "data_total",
  dataProcessed: "data_processed",
  dataRemaining: "data_remaining",
  memoryTotal: "memory_total",
  memoryProcessed: "memory_processed",
  memoryRemaining: "memory_remaining",
  memoryConstant: "memory_constant",
  memoryNormal: "memory_normal",
  memoryNormalBytes: "memory_normal_bytes",
  memoryBps: "memory_bps",
  memoryDirtyRate: "memory_dirty_rate",
  memoryPageSize: "memory_page_size",
  memoryIteration: "memory_iteration",
  memoryPostcopyReqs: "memory_postcopy_requests",
  diskTotal: "disk_total",
  diskProcessed: "disk_processed",
  diskRemaining: "disk_remaining",
  diskBps: "disk_bps",
  compressionCache: "compression_cache",
  compressionBytes: "compression_bytes",
  compressionPages: "compression_pages",
  compressionCacheMisses: "compression_cache_misses",
  compressionOverflow: "compression_overflow",
  autoConvergeThrottle: "auto_converge_throttle",
  success: "success",
  errmsg: "errmsg",
  diskTempUsed: "disk_temp_used",
  diskTempTotal: "disk_temp_total",
} as const;
/** A name of {@link DomainJobParameter}. */
export type DomainJobParameter = (typeof DomainJobParameter)[keyof typeof DomainJobParameter];

/** What the tunable event reports (`VIR_DOMAIN_TUNABLE_*`). */
export const DomainTunableParameter = {
  cpuVcpupin: "cputune.vcpupin%u",
  cpuEmulatorpin: "cputune.emulatorpin",
  cpuIothreadspin: "cputune.iothreadpin%u",
  cpuCpuShares: "cputune.cpu_shares",
  cpuGlobalPeriod: "cputune.global_period",
  cpuGlobalQuota: "cputune.global_quota",
  cpuVcpuPeriod: "cputune.vcpu_period",
  cpuVcpuQuota: "cputune.vcpu_quota",
  cpuEmulatorPeriod: "cputune.emulator_period",
  cpuEmulatorQuota: "cputune.emulator_quota",
  cpuIothreadPeriod: "cputune.iothread_period",
  cpuIothreadQuota: "cputune.iothread_quota",
  blkdevDisk: "blkdeviotune.disk",
  blkdevTotalBytesSec: "blkdeviotune.total_bytes_sec",
  blkdevReadBytesSec: "blkdeviotune.read_bytes_sec",
  blkdevWriteBytesSec: "blkdeviotune.write_bytes_sec",
  blkdevTotalIopsSec: "blkdeviotune.total_iops_sec",
  blkdevReadIopsSec: "blkdeviotune.read_iops_sec",
  blkdevWriteIopsSec: "blkdeviotune.write_iops_sec",
  blkdevTotalBytesSecMax: "blkdeviotune.total_bytes_sec_max",
  blkdevReadBytesSecMax: "blkdeviotune.read_bytes_sec_max",
  blkdevWriteBytesSecMax: "blkdeviotune.write_bytes_sec_max",
  blkdevTotalIopsSecMax: "blkdeviotune.total_iops_sec_max",
  blkdevReadIopsSecMax: "blkdeviotune.read_iops_sec_max",
  blkdevWriteIopsSecMax: "blkdeviotune.write_iops_sec_max",
  blkdevSizeIopsSec: "blkdeviotune.size_iops_sec",
  blkdevGroupName: "blkdeviotune.group_name",
  blkdevTotalBytesSecMaxLength: "blkdeviotune.total_bytes_sec_max_length",
  blkdevReadBytesSecMaxLength: "blkdeviotune.read_bytes_sec_max_length",
  blkdevWriteBytesSecMaxLength: "blkdeviotune.write_bytes_sec_max_length",
  blkdevTotalIopsSecMaxLength: "blkdeviotune.total_iops_sec_max_length",
  blkdevReadIopsSecMaxLength: "blkdeviotune.read_iops_sec_max_length",
  blkdevWriteIopsSecMaxLength: "blkdeviotune.write_iops_sec_max_length",
} as const;
/** A name of {@link DomainTunableParameter}. */
export type DomainTunableParameter = (typeof DomainTunableParameter)[keyof typeof DomainTunableParameter];

/** Confidential guests (`VIR_DOMAIN_LAUNCH_SECURITY_*`). */
export const DomainLaunchSecurityParameter = {
  sevMeasurement: "sev-measurement",
  sevApiMajor: "sev-api-major",
  sevApiMinor: "sev-api-minor",
  sevBuildId: "sev-build-id",
  sevPolicy: "sev-policy",
  sevSecretHeader: "sev-secret-header",
  sevSecret: "sev-secret",
  sevSecretSetAddress: "sev-secret-set-address",
} as const;
/** A name of {@link DomainLaunchSecurityParameter}. */
export type DomainLaunchSecurityParameter =
  (typeof DomainLaunchSecurityParameter)[keyof typeof DomainLaunchSecurityParameter];

/** Processor time of the host, nanoseconds (`VIR_NODE_CPU_STATS_*`). */
export const NodeCpuStatsParameter = {
  kernel: "kernel",
  user: "user",
  idle: "idle",
  iowait: "iowait",
  intr: "intr",
  utilization: "utilization",
} as const;
/** A name of {@link NodeCpuStatsParameter}. */
export type NodeCpuStatsParameter = (typeof NodeCpuStatsParameter)[keyof typeof NodeCpuStatsParameter];

/** Memory of the host, KiB (`VIR_NODE_MEMORY_STATS_*`). */
export const NodeMemoryStatsParameter = {
  total: "total",
  free: "free",
  buffers: "buffers",
  cached: "cached",
} as const;
/** A name of {@link NodeMemoryStatsParameter}. */
export type NodeMemoryStatsParameter = (typeof NodeMemoryStatsParameter)[keyof typeof NodeMemoryStatsParameter];

/** Page sharing of the host (`VIR_NODE_MEMORY_*`). */
export const NodeMemoryParameter = {
  sharedPagesToScan: "shm_pages_to_scan",
  sharedSleepMillisecs: "shm_sleep_millisecs",
  sharedPagesShared: "shm_pages_shared",
  sharedPagesSharing: "shm_pages_sharing",
  sharedPagesUnshared: "shm_pages_unshared",
  sharedPagesVolatile: "shm_pages_volatile",
  sharedFullScans: "shm_full_scans",
  sharedMergeAcrossNodes: "shm_merge_across_nodes",
} as const;
/** A name of {@link NodeMemoryParameter}. */
export type NodeMemoryParameter = (typeof NodeMemoryParameter)[keyof typeof NodeMemoryParameter];

/** AMD SEV of the host (`VIR_NODE_SEV_*`). */
export const NodeSevParameter = {
  pdh: "pdh",
  certChain: "cert-chain",
  cpu0Id: "cpu0-id",
  cbitpos: "cbitpos",
  reducedPhysBits: "reduced-phys-bits",
  maxGuests: "max-guests",
  maxEsGuests: "max-es-guests",
} as const;
/** A name of {@link NodeSevParameter}. */
export type NodeSevParameter = (typeof NodeSevParameter)[keyof typeof NodeSevParameter];

/** A forwarded identity (`VIR_CONNECT_IDENTITY_*`). */
export const ConnectIdentityParameter = {
  userName: "user-name",
  unixUserId: "unix-user-id",
  groupName: "group-name",
  unixGroupId: "unix-group-id",
  processId: "process-id",
  processTime: "process-time",
  saslUserName: "sasl-user-name",
  x509DistinguishedName: "x509-distinguished-name",
  selinuxContext: "selinux-context",
} as const;
/** A name of {@link ConnectIdentityParameter}. */
export type ConnectIdentityParameter = (typeof ConnectIdentityParameter)[keyof typeof ConnectIdentityParameter];

/** Bandwidth of a network's port, KiB a second (`VIR_NETWORK_PORT_*`). */
export const NetworkPortParameter = {
  bandwidthInAverage: "inbound.average",
  bandwidthInPeak: "inbound.peak",
  bandwidthInBurst: "inbound.burst",
  bandwidthInFloor: "inbound.floor",
  bandwidthOutAverage: "outbound.average",
  bandwidthOutPeak: "outbound.peak",
  bandwidthOutBurst: "outbound.burst",
} as const;
/** A name of {@link NetworkPortParameter}. */
export type NetworkPortParameter = (typeof NetworkPortParameter)[keyof typeof NetworkPortParameter];
