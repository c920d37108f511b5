import { array, bytes, i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { DomainVcpuFlags } from "../constants/domain-flags.ts";
import { procedure } from "../program.ts";
import { modifiesDomain } from "./access.ts";
import {
  REMOTE_CPUMAP_MAX,
  REMOTE_CPUMAPS_MAX,
  REMOTE_DOMAIN_BLKIO_PARAMETERS_MAX,
  REMOTE_DOMAIN_GET_CPU_STATS_MAX,
  REMOTE_DOMAIN_IOTHREAD_PARAMS_MAX,
  REMOTE_DOMAIN_MEMORY_PARAMETERS_MAX,
  REMOTE_DOMAIN_MEMORY_STATS_MAX,
  REMOTE_DOMAIN_NUMA_PARAMETERS_MAX,
  REMOTE_DOMAIN_PERF_EVENTS_MAX,
  REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX,
  REMOTE_IOTHREAD_INFO_MAX,
  REMOTE_VCPUINFO_MAX,
} from "./limits.ts";
import { DomainRef, TypedParam, text } from "./refs.ts";

/** Arguments of `domainGetMaxMemory`. */
export class DomainGetMaxMemoryArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetMaxMemory`. */
export class DomainGetMaxMemoryRet extends struct({ memory: u64 }) {}

/** Arguments of `domainGetMaxVcpus`. */
export class DomainGetMaxVcpusArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetMaxVcpus`. */
export class DomainGetMaxVcpusRet extends struct({ num: i32 }) {}

/** Arguments of `domainGetVcpus`. */
export class DomainGetVcpusArgs extends struct({ dom: DomainRef, maxinfo: i32, maplen: i32 }) {}

/** One virtual processor: state (`VcpuState`), time in nanoseconds, and the host processor it is on. */
export class VcpuInfo extends struct({ number: u32, state: i32, cpuTime: u64, cpu: i32 }) {}

/** Result of `domainGetVcpus`. */
export class DomainGetVcpusRet extends struct({
  info: array(VcpuInfo, REMOTE_VCPUINFO_MAX),
  cpumaps: bytes(REMOTE_CPUMAPS_MAX),
}) {}

/** Arguments of `domainPinVcpu`. */
export class DomainPinVcpuArgs extends struct({ dom: DomainRef, vcpu: u32, cpumap: bytes(REMOTE_CPUMAP_MAX) }) {}

/** Arguments of `domainSetMaxMemory`. */
export class DomainSetMaxMemoryArgs extends struct({ dom: DomainRef, memory: u64 }) {}

/** Arguments of `domainSetMemory`. */
export class DomainSetMemoryArgs extends struct({ dom: DomainRef, memory: u64 }) {}

/** Arguments of `domainSetVcpus`. */
export class DomainSetVcpusArgs extends struct({ dom: DomainRef, nvcpus: u32 }) {}

/** Arguments of `domainGetSchedulerType`. */
export class DomainGetSchedulerTypeArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetSchedulerType`. */
export class DomainGetSchedulerTypeRet extends struct({ type: text, nparams: i32 }) {}

/** Arguments of `domainGetSchedulerParameters`. */
export class DomainGetSchedulerParametersArgs extends struct({ dom: DomainRef, nparams: i32 }) {}

/** Result of `domainGetSchedulerParameters`. */
export class DomainGetSchedulerParametersRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX),
}) {}

/** Arguments of `domainSetSchedulerParameters`. */
export class DomainSetSchedulerParametersArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX),
}) {}

/** Arguments of `domainMemoryStats`. */
export class DomainMemoryStatsArgs extends struct({ dom: DomainRef, maxStats: u32, flags: u32 }) {}

/** One figure of a guest's memory (`DomainMemoryStatTags`). */
export class DomainMemoryStat extends struct({ tag: i32, val: u64 }) {}

/** Result of `domainMemoryStats`. */
export class DomainMemoryStatsRet extends struct({ stats: array(DomainMemoryStat, REMOTE_DOMAIN_MEMORY_STATS_MAX) }) {}

/** Arguments of `domainSetMemoryParameters`. */
export class DomainSetMemoryParametersArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_MEMORY_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetMemoryParameters`. */
export class DomainGetMemoryParametersArgs extends struct({ dom: DomainRef, nparams: i32, flags: u32 }) {}

/** Result of `domainGetMemoryParameters`. */
export class DomainGetMemoryParametersRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_MEMORY_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainSetVcpusFlags`. */
export class DomainSetVcpusFlagsArgs extends struct({ dom: DomainRef, nvcpus: u32, flags: u32 }) {}

/** Arguments of `domainGetVcpusFlags`. */
export class DomainGetVcpusFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetVcpusFlags`. */
export class DomainGetVcpusFlagsRet extends struct({ num: i32 }) {}

/** Arguments of `domainSetMemoryFlags`. */
export class DomainSetMemoryFlagsArgs extends struct({ dom: DomainRef, memory: u64, flags: u32 }) {}

/** Arguments of `domainSetBlkioParameters`. */
export class DomainSetBlkioParametersArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_BLKIO_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetBlkioParameters`. */
export class DomainGetBlkioParametersArgs extends struct({ dom: DomainRef, nparams: i32, flags: u32 }) {}

/** Result of `domainGetBlkioParameters`. */
export class DomainGetBlkioParametersRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_BLKIO_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainSetSchedulerParametersFlags`. */
export class DomainSetSchedulerParametersFlagsArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetSchedulerParametersFlags`. */
export class DomainGetSchedulerParametersFlagsArgs extends struct({ dom: DomainRef, nparams: i32, flags: u32 }) {}

/** Result of `domainGetSchedulerParametersFlags`. */
export class DomainGetSchedulerParametersFlagsRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_SCHEDULER_PARAMETERS_MAX),
}) {}

/** Arguments of `domainPinVcpuFlags`. */
export class DomainPinVcpuFlagsArgs extends struct({
  dom: DomainRef,
  vcpu: u32,
  cpumap: bytes(REMOTE_CPUMAP_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetVcpuPinInfo`. */
export class DomainGetVcpuPinInfoArgs extends struct({ dom: DomainRef, ncpumaps: i32, maplen: i32, flags: u32 }) {}

/** Result of `domainGetVcpuPinInfo`. */
export class DomainGetVcpuPinInfoRet extends struct({ cpumaps: bytes(REMOTE_CPUMAPS_MAX), num: i32 }) {}

/** Arguments of `domainSetNumaParameters`. */
export class DomainSetNumaParametersArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_NUMA_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetNumaParameters`. */
export class DomainGetNumaParametersArgs extends struct({ dom: DomainRef, nparams: i32, flags: u32 }) {}

/** Result of `domainGetNumaParameters`. */
export class DomainGetNumaParametersRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_NUMA_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainGetCpuStats`. */
export class DomainGetCpuStatsArgs extends struct({
  dom: DomainRef,
  nparams: u32,
  startCpu: i32,
  ncpus: u32,
  flags: u32,
}) {}

/** Result of `domainGetCpuStats`. */
export class DomainGetCpuStatsRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_GET_CPU_STATS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainPinEmulator`. */
export class DomainPinEmulatorArgs extends struct({ dom: DomainRef, cpumap: bytes(REMOTE_CPUMAP_MAX), flags: u32 }) {}

/** Arguments of `domainGetEmulatorPinInfo`. */
export class DomainGetEmulatorPinInfoArgs extends struct({ dom: DomainRef, maplen: i32, flags: u32 }) {}

/** Result of `domainGetEmulatorPinInfo`. */
export class DomainGetEmulatorPinInfoRet extends struct({ cpumaps: bytes(REMOTE_CPUMAPS_MAX), ret: i32 }) {}

/** Arguments of `domainSetMemoryStatsPeriod`. */
export class DomainSetMemoryStatsPeriodArgs extends struct({ dom: DomainRef, period: i32, flags: u32 }) {}

/** Arguments of `domainGetIothreadInfo`. */
export class DomainGetIothreadInfoArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** An I/O thread and the host processors it may use, a bit each. */
export class DomainIothreadInfo extends struct({ iothreadId: u32, cpumap: bytes(REMOTE_CPUMAP_MAX) }) {}

/** Result of `domainGetIothreadInfo`. */
export class DomainGetIothreadInfoRet extends struct({
  info: array(DomainIothreadInfo, REMOTE_IOTHREAD_INFO_MAX),
  ret: u32,
}) {}

/** Arguments of `domainPinIothread`. */
export class DomainPinIothreadArgs extends struct({
  dom: DomainRef,
  iothreadsId: u32,
  cpumap: bytes(REMOTE_CPUMAP_MAX),
  flags: u32,
}) {}

/** Arguments of `domainAddIothread`. */
export class DomainAddIothreadArgs extends struct({ dom: DomainRef, iothreadId: u32, flags: u32 }) {}

/** Arguments of `domainDelIothread`. */
export class DomainDelIothreadArgs extends struct({ dom: DomainRef, iothreadId: u32, flags: u32 }) {}

/** Arguments of `domainGetPerfEvents`. */
export class DomainGetPerfEventsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetPerfEvents`. */
export class DomainGetPerfEventsRet extends struct({ params: array(TypedParam, REMOTE_DOMAIN_PERF_EVENTS_MAX) }) {}

/** Arguments of `domainSetPerfEvents`. */
export class DomainSetPerfEventsArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_PERF_EVENTS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainSetVcpu`. */
export class DomainSetVcpuArgs extends struct({ dom: DomainRef, cpumap: text, state: i32, flags: u32 }) {}

/** Arguments of `domainSetIothreadParams`. */
export class DomainSetIothreadParamsArgs extends struct({
  dom: DomainRef,
  iothreadId: u32,
  params: array(TypedParam, REMOTE_DOMAIN_IOTHREAD_PARAMS_MAX),
  flags: u32,
}) {}

/** Calls about a guest's processors, memory and limits. */
export const domainTuningProcedures = {
  /** The most memory the guest may have, in KiB. `virDomainGetMaxMemory`. */
  domainGetMaxMemory: procedure(17, {
    args: DomainGetMaxMemoryArgs,
    ret: DomainGetMaxMemoryRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetMaxMemory",
  }),

  /** The most virtual processors the guest may have. `virDomainGetMaxVcpus`. */
  domainGetMaxVcpus: procedure(18, {
    args: DomainGetMaxVcpusArgs,
    ret: DomainGetMaxVcpusRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetMaxVcpus",
  }),

  /** State, time, and affinity of each virtual processor; `cpumaps` is `maplen` bytes for each. `virDomainGetVcpus`. */
  domainGetVcpus: procedure(20, {
    args: DomainGetVcpusArgs,
    ret: DomainGetVcpusRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetVcpus",
  }),

  /** Ties a virtual processor of a running guest to host processors, a bit each. `virDomainPinVcpu`. */
  domainPinVcpu: procedure(26, { args: DomainPinVcpuArgs, ret: nothing, acl: "domain:write", api: "virDomainPinVcpu" }),

  /** Sets the most memory the guest may have, in KiB. `virDomainSetMaxMemory`. */
  domainSetMaxMemory: procedure(30, {
    args: DomainSetMaxMemoryArgs,
    ret: nothing,
    acl: "domain:write",
    priority: "high",
    api: "virDomainSetMaxMemory",
  }),

  /** Sets the memory of a running guest through its balloon, in KiB. `virDomainSetMemory`. */
  domainSetMemory: procedure(31, {
    args: DomainSetMemoryArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetMemory",
  }),

  /** Sets the number of virtual processors of a running guest. `virDomainSetVcpus`. */
  domainSetVcpus: procedure(32, {
    args: DomainSetVcpusArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetVcpus",
  }),

  /** The scheduler's name and how many parameters it has. `virDomainGetSchedulerType`. */
  domainGetSchedulerType: procedure(56, {
    args: DomainGetSchedulerTypeArgs,
    ret: DomainGetSchedulerTypeRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetSchedulerType",
  }),

  /** The scheduler's parameters (`DomainSchedulerParameter`) in effect. `virDomainGetSchedulerParameters`. */
  domainGetSchedulerParameters: procedure(57, {
    args: DomainGetSchedulerParametersArgs,
    ret: DomainGetSchedulerParametersRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetSchedulerParameters",
  }),

  /** Changes the scheduler's parameters (`DomainSchedulerParameter`). `virDomainSetSchedulerParameters`. */
  domainSetSchedulerParameters: procedure(58, {
    args: DomainSetSchedulerParametersArgs,
    ret: nothing,
    acl: "domain:read",
    api: "virDomainSetSchedulerParameters",
  }),

  /** Figures of the guest's memory by tag (`DomainMemoryStatTags`), KiB or counts. `virDomainMemoryStats`. */
  domainMemoryStats: procedure(159, {
    args: DomainMemoryStatsArgs,
    ret: DomainMemoryStatsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainMemoryStats",
  }),

  /** Changes the guest's memory limits in KiB (`DomainMemoryParameter`). `virDomainSetMemoryParameters`. */
  domainSetMemoryParameters: procedure(197, {
    args: DomainSetMemoryParametersArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetMemoryParameters",
  }),

  /**
   * The guest's memory limits in KiB (`DomainMemoryParameter`); with `nparams` 0 only the count.
   * `virDomainGetMemoryParameters`.
   */
  domainGetMemoryParameters: procedure(198, {
    args: DomainGetMemoryParametersArgs,
    ret: DomainGetMemoryParametersRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetMemoryParameters",
  }),

  /**
   * Sets the current or the greatest number of virtual processors, live or in the definition (`DomainVcpuFlags`).
   * `virDomainSetVcpusFlags`.
   */
  domainSetVcpusFlags: procedure(199, {
    args: DomainSetVcpusFlagsArgs,
    ret: nothing,
    acl: [...modifiesDomain, { permission: "domain:write", when: { argument: "flags", anyOf: DomainVcpuFlags.guest } }],
    api: "virDomainSetVcpusFlags",
  }),

  /**
   * The current or the greatest number of virtual processors, live or in the definition (`DomainVcpuFlags`).
   * `virDomainGetVcpusFlags`.
   */
  domainGetVcpusFlags: procedure(200, {
    args: DomainGetVcpusFlagsArgs,
    ret: DomainGetVcpusFlagsRet,
    readonly: { unless: { argument: "flags", anyOf: DomainVcpuFlags.guest } },
    acl: ["domain:read", { permission: "domain:write", when: { argument: "flags", anyOf: DomainVcpuFlags.guest } }],
    api: "virDomainGetVcpusFlags",
  }),

  /**
   * Sets the current or the maximum memory in KiB, live or in the definition (`DomainMemoryModFlags`).
   * `virDomainSetMemoryFlags`.
   */
  domainSetMemoryFlags: procedure(204, {
    args: DomainSetMemoryFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetMemoryFlags",
  }),

  /** Changes weights and limits of block I/O (`DomainBlkioParameter`). `virDomainSetBlkioParameters`. */
  domainSetBlkioParameters: procedure(205, {
    args: DomainSetBlkioParametersArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetBlkioParameters",
  }),

  /**
   * Weights and limits of block I/O (`DomainBlkioParameter`); with `nparams` 0 only the count.
   * `virDomainGetBlkioParameters`.
   */
  domainGetBlkioParameters: procedure(206, {
    args: DomainGetBlkioParametersArgs,
    ret: DomainGetBlkioParametersRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetBlkioParameters",
  }),

  /**
   * Changes the scheduler's parameters, live or in the definition (`DomainModificationImpact`).
   * `virDomainSetSchedulerParametersFlags`.
   */
  domainSetSchedulerParametersFlags: procedure(219, {
    args: DomainSetSchedulerParametersFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetSchedulerParametersFlags",
  }),

  /**
   * The scheduler's parameters, live or in the definition (`DomainModificationImpact`).
   * `virDomainGetSchedulerParametersFlags`.
   */
  domainGetSchedulerParametersFlags: procedure(223, {
    args: DomainGetSchedulerParametersFlagsArgs,
    ret: DomainGetSchedulerParametersFlagsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetSchedulerParametersFlags",
  }),

  /** Ties a virtual processor to host processors, live or in the definition. `virDomainPinVcpuFlags`. */
  domainPinVcpuFlags: procedure(225, {
    args: DomainPinVcpuFlagsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainPinVcpuFlags",
  }),

  /**
   * The host processors each virtual processor may use; `cpumaps` is `maplen` bytes for each, `num` of them.
   * `virDomainGetVcpuPinInfo`.
   */
  domainGetVcpuPinInfo: procedure(230, {
    args: DomainGetVcpuPinInfoArgs,
    ret: DomainGetVcpuPinInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetVcpuPinInfo",
  }),

  /** Changes from which NUMA nodes the guest's memory comes (`DomainNumaParameter`). `virDomainSetNumaParameters`. */
  domainSetNumaParameters: procedure(254, {
    args: DomainSetNumaParametersArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetNumaParameters",
  }),

  /**
   * From which NUMA nodes the guest's memory comes (`DomainNumaParameter`); with `nparams` 0 only the count.
   * `virDomainGetNumaParameters`.
   */
  domainGetNumaParameters: procedure(255, {
    args: DomainGetNumaParametersArgs,
    ret: DomainGetNumaParametersRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetNumaParameters",
  }),

  /**
   * Processor time by host processor (`DomainCpuStatsParameter`), or of all when `startCpu` is -1.
   * `virDomainGetCPUStats`.
   */
  domainGetCpuStats: procedure(262, {
    args: DomainGetCpuStatsArgs,
    ret: DomainGetCpuStatsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetCPUStats",
  }),

  /** Ties the emulator's own threads to host processors. `virDomainPinEmulator`. */
  domainPinEmulator: procedure(279, {
    args: DomainPinEmulatorArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainPinEmulator",
  }),

  /** The host processors the emulator's own threads may use. `virDomainGetEmulatorPinInfo`. */
  domainGetEmulatorPinInfo: procedure(280, {
    args: DomainGetEmulatorPinInfoArgs,
    ret: DomainGetEmulatorPinInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetEmulatorPinInfo",
  }),

  /** Sets how many seconds lie between two reports of the balloon. `virDomainSetMemoryStatsPeriod`. */
  domainSetMemoryStatsPeriod: procedure(308, {
    args: DomainSetMemoryStatsPeriodArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetMemoryStatsPeriod",
  }),

  /** The I/O threads and the host processors each may use. `virDomainGetIOThreadInfo`. */
  domainGetIothreadInfo: procedure(351, {
    args: DomainGetIothreadInfoArgs,
    ret: DomainGetIothreadInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetIOThreadInfo",
  }),

  /** Ties an I/O thread to host processors. `virDomainPinIOThread`. */
  domainPinIothread: procedure(352, {
    args: DomainPinIothreadArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainPinIOThread",
  }),

  /** Adds an I/O thread. `virDomainAddIOThread`. */
  domainAddIothread: procedure(355, {
    args: DomainAddIothreadArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainAddIOThread",
  }),

  /** Removes an I/O thread. `virDomainDelIOThread`. */
  domainDelIothread: procedure(356, {
    args: DomainDelIothreadArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainDelIOThread",
  }),

  /** Which performance events are counted (`DomainPerfEvent`). `virDomainGetPerfEvents`. */
  domainGetPerfEvents: procedure(365, {
    args: DomainGetPerfEventsArgs,
    ret: DomainGetPerfEventsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetPerfEvents",
  }),

  /** Starts or stops counting performance events (`DomainPerfEvent`). `virDomainSetPerfEvents`. */
  domainSetPerfEvents: procedure(366, {
    args: DomainSetPerfEventsArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetPerfEvents",
  }),

  /** Plugs in or unplugs individual virtual processors. `virDomainSetVcpu`. */
  domainSetVcpu: procedure(384, {
    args: DomainSetVcpuArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetVcpu",
  }),

  /** Changes an I/O thread's polling and pool (`DomainIothreadParameter`). `virDomainSetIOThreadParams`. */
  domainSetIothreadParams: procedure(402, {
    args: DomainSetIothreadParamsArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetIOThreadParams",
  }),
};
