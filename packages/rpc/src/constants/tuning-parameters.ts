// Names of typed parameters, as libvirt 9.0's public headers define them.

/** A guest's scheduler (`VIR_DOMAIN_SCHEDULER_*`). */
export const DomainSchedulerParameter = {
  cpuShares: "cpu_shares",
  globalPeriod: "global_period",
  globalQuota: "global_quota",
  vcpuPeriod: "vcpu_period",
  vcpuQuota: "vcpu_quota",
  emulatorPeriod: "emulator_period",
  emulatorQuota: "emulator_quota",
  iothreadPeriod: "iothread_period",
  iothreadQuota: "iothread_quota",
  weight: "weight",
  cap: "cap",
  reservation: "reservation",
  limit: "limit",
  shares: "shares",
} as const;
/** A name of {@link DomainSchedulerParameter}. */
export type DomainSchedulerParameter = (typeof DomainSchedulerParameter)[keyof typeof DomainSchedulerParameter];

/** Figures of a disk (`VIR_DOMAIN_BLOCK_STATS_*`). */
export const DomainBlockStatsParameter = {
  readBytes: "rd_bytes",
  readReq: "rd_operations",
  readTotalTimes: "rd_total_times",
  writeBytes: "wr_bytes",
  writeReq: "wr_operations",
  writeTotalTimes: "wr_total_times",
  flushReq: "flush_operations",
  flushTotalTimes: "flush_total_times",
  errs: "errs",
} as const;
/** A name of {@link DomainBlockStatsParameter}. */
export type DomainBlockStatsParameter = (typeof DomainBlockStatsParameter)[keyof typeof DomainBlockStatsParameter];

/** A migration (`VIR_MIGRATE_PARAM_*`). */
export const MigrateParameter = {
  uri: "migrate_uri",
  destName: "destination_name",
  destXml: "destination_xml",
  persistXml: "persistent_xml",
  bandwidth: "bandwidth",
  bandwidthPostcopy: "bandwidth.postcopy",
  graphicsUri: "graphics_uri",
  listenAddress: "listen_address",
  migrateDisks: "migrate_disks",
  disksPort: "disks_port",
  disksUri: "disks_uri",
  compression: "compression",
  compressionMtLevel: "compression.mt.level",
  compressionMtThreads: "compression.mt.threads",
  compressionMtDthreads: "compression.mt.dthreads",
  compressionXbzrleCache: "compression.xbzrle.cache",
  autoConvergeInitial: "auto_converge.initial",
  autoConvergeIncrement: "auto_converge.increment",
  parallelConnections: "parallel.connections",
  tlsDestination: "tls.destination",
} as const;
/** A name of {@link MigrateParameter}. */
export type MigrateParameter = (typeof MigrateParameter)[keyof typeof MigrateParameter];

/** Saving and restoring (`VIR_DOMAIN_SAVE_PARAM_*`). */
export const DomainSaveParameter = {
  file: "file",
  dxml: "dxml",
} as const;
/** A name of {@link DomainSaveParameter}. */
export type DomainSaveParameter = (typeof DomainSaveParameter)[keyof typeof DomainSaveParameter];

/** Processor time of a guest, nanoseconds (`VIR_DOMAIN_CPU_STATS_*`). */
export const DomainCpuStatsParameter = {
  cputime: "cpu_time",
  usertime: "user_time",
  systemtime: "system_time",
  vcputime: "vcpu_time",
} as const;
/** A name of {@link DomainCpuStatsParameter}. */
export type DomainCpuStatsParameter = (typeof DomainCpuStatsParameter)[keyof typeof DomainCpuStatsParameter];

/** Block I/O of a guest (`VIR_DOMAIN_BLKIO_*`). */
export const DomainBlkioParameter = {
  weight: "weight",
  deviceWeight: "device_weight",
  deviceReadIops: "device_read_iops_sec",
  deviceWriteIops: "device_write_iops_sec",
  deviceReadBps: "device_read_bytes_sec",
  deviceWriteBps: "device_write_bytes_sec",
} as const;
/** A name of {@link DomainBlkioParameter}. */
export type DomainBlkioParameter = (typeof DomainBlkioParameter)[keyof typeof DomainBlkioParameter];

/** Memory limits of a guest, KiB (`VIR_DOMAIN_MEMORY_*`). */
export const DomainMemoryParameter = {
  hardLimit: "hard_limit",
  softLimit: "soft_limit",
  minGuarantee: "min_guarantee",
  swapHardLimit: "swap_hard_limit",
} as const;
/** A name of {@link DomainMemoryParameter}. */
export type DomainMemoryParameter = (typeof DomainMemoryParameter)[keyof typeof DomainMemoryParameter];

/** NUMA placement of a guest (`VIR_DOMAIN_NUMA_*`). */
export const DomainNumaParameter = {
  nodeset: "numa_nodeset",
  mode: "numa_mode",
} as const;
/** A name of {@link DomainNumaParameter}. */
export type DomainNumaParameter = (typeof DomainNumaParameter)[keyof typeof DomainNumaParameter];

/** Bandwidth of a guest's interface, KiB a second (`VIR_DOMAIN_BANDWIDTH_*`). */
export const DomainBandwidthParameter = {
  inAverage: "inbound.average",
  inPeak: "inbound.peak",
  inBurst: "inbound.burst",
  inFloor: "inbound.floor",
  outAverage: "outbound.average",
  outPeak: "outbound.peak",
  outBurst: "outbound.burst",
} as const;
/** A name of {@link DomainBandwidthParameter}. */
export type DomainBandwidthParameter = (typeof DomainBandwidthParameter)[keyof typeof DomainBandwidthParameter];

/** An I/O thread (`VIR_DOMAIN_IOTHREAD_*`). */
export const DomainIothreadParameter = {
  pollMaxNs: "poll_max_ns",
  pollGrow: "poll_grow",
  pollShrink: "poll_shrink",
  threadPoolMin: "thread_pool_min",
  threadPoolMax: "thread_pool_max",
} as const;
/** A name of {@link DomainIothreadParameter}. */
export type DomainIothreadParameter = (typeof DomainIothreadParameter)[keyof typeof DomainIothreadParameter];

/** Performance events (`VIR_PERF_PARAM_*`). */
export const DomainPerfEvent = {
  cmt: "cmt",
  mbmt: "mbmt",
  mbml: "mbml",
  cpuCycles: "cpu_cycles",
  instructions: "instructions",
  cacheReferences: "cache_references",
  cacheMisses: "cache_misses",
  branchInstructions: "branch_instructions",
  branchMisses: "branch_misses",
  busCycles: "bus_cycles",
  stalledCyclesFrontend: "stalled_cycles_frontend",
  stalledCyclesBackend: "stalled_cycles_backend",
  refCpuCycles: "ref_cpu_cycles",
  cpuClock: "cpu_clock",
  taskClock: "task_clock",
  pageFaults: "page_faults",
  contextSwitches: "context_switches",
  cpuMigrations: "cpu_migrations",
  pageFaultsMin: "page_faults_min",
  pageFaultsMaj: "page_faults_maj",
  alignmentFaults: "alignment_faults",
  emulationFaults: "emulation_faults",
} as const;
/** A name of {@link DomainPerfEvent}. */
export type DomainPerfEvent = (typeof DomainPerfEvent)[keyof typeof DomainPerfEvent];

/** Copying a disk (`VIR_DOMAIN_BLOCK_COPY_*`). */
export const DomainBlockCopyParameter = {
  bandwidth: "bandwidth",
  granularity: "granularity",
  bufSize: "buf-size",
} as const;
/** A name of {@link DomainBlockCopyParameter}. */
export type DomainBlockCopyParameter = (typeof DomainBlockCopyParameter)[keyof typeof DomainBlockCopyParameter];

/** Throttling of a disk (`VIR_DOMAIN_BLOCK_IOTUNE_*`). */
export const DomainBlockIotuneParameter = {
  totalBytesSec: "total_bytes_sec",
  readBytesSec: "read_bytes_sec",
  writeBytesSec: "write_bytes_sec",
  totalIopsSec: "total_iops_sec",
  readIopsSec: "read_iops_sec",
  writeIopsSec: "write_iops_sec",
  totalBytesSecMax: "total_bytes_sec_max",
  readBytesSecMax: "read_bytes_sec_max",
  writeBytesSecMax: "write_bytes_sec_max",
  totalIopsSecMax: "total_iops_sec_max",
  readIopsSecMax: "read_iops_sec_max",
  writeIopsSecMax: "write_iops_sec_max",
  totalBytesSecMaxLength: "total_bytes_sec_max_length",
  readBytesSecMaxLength: "read_bytes_sec_max_length",
  writeBytesSecMaxLength: "write_bytes_sec_max_length",
  totalIopsSecMaxLength: "total_iops_sec_max_length",
  readIopsSecMaxLength: "read_iops_sec_max_length",
  writeIopsSecMaxLength: "write_iops_sec_max_length",
  sizeIopsSec: "size_iops_sec",
  groupName: "group_name",
} as const;
/** A name of {@link DomainBlockIotuneParameter}. */
export type DomainBlockIotuneParameter = (typeof DomainBlockIotuneParameter)[keyof typeof DomainBlockIotuneParameter];
