import { array, bytes, chars, fixedChars, i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import {
  REMOTE_CPUMAP_MAX,
  REMOTE_NODE_CPU_STATS_MAX,
  REMOTE_NODE_MAX_CELLS,
  REMOTE_NODE_MEMORY_PARAMETERS_MAX,
  REMOTE_NODE_MEMORY_STATS_MAX,
  REMOTE_NODE_SEV_INFO_MAX,
  REMOTE_SECURITY_DOI_MAX,
  REMOTE_SECURITY_MODEL_MAX,
} from "./limits.ts";
import { TypedParam, text } from "./refs.ts";

/** Result of `nodeGetInfo`. */
export class NodeGetInfoRet extends struct({
  model: fixedChars(32),
  memory: u64,
  cpus: i32,
  mhz: i32,
  nodes: i32,
  sockets: i32,
  cores: i32,
  threads: i32,
}) {}

/** Arguments of `nodeGetCellsFreeMemory`. */
export class NodeGetCellsFreeMemoryArgs extends struct({ startCell: i32, maxcells: i32 }) {}

/** Result of `nodeGetCellsFreeMemory`. */
export class NodeGetCellsFreeMemoryRet extends struct({ cells: array(u64, REMOTE_NODE_MAX_CELLS) }) {}

/** Result of `nodeGetFreeMemory`. */
export class NodeGetFreeMemoryRet extends struct({ freeMem: u64 }) {}

/** Result of `nodeGetSecurityModel`. */
export class NodeGetSecurityModelRet extends struct({
  model: chars(REMOTE_SECURITY_MODEL_MAX),
  doi: chars(REMOTE_SECURITY_DOI_MAX),
}) {}

/** Arguments of `nodeGetCpuStats`. */
export class NodeGetCpuStatsArgs extends struct({ cpuNum: i32, nparams: i32, flags: u32 }) {}

/** Time in nanoseconds spent in one mode. */
export class NodeGetCpuStats extends struct({ field: text, value: u64 }) {}

/** Result of `nodeGetCpuStats`. */
export class NodeGetCpuStatsRet extends struct({
  params: array(NodeGetCpuStats, REMOTE_NODE_CPU_STATS_MAX),
  nparams: i32,
}) {}

/** Arguments of `nodeGetMemoryStats`. */
export class NodeGetMemoryStatsArgs extends struct({ nparams: i32, cellNum: i32, flags: u32 }) {}

/** Memory in KiB of one use. */
export class NodeGetMemoryStats extends struct({ field: text, value: u64 }) {}

/** Result of `nodeGetMemoryStats`. */
export class NodeGetMemoryStatsRet extends struct({
  params: array(NodeGetMemoryStats, REMOTE_NODE_MEMORY_STATS_MAX),
  nparams: i32,
}) {}

/** Arguments of `nodeSuspendForDuration`. */
export class NodeSuspendForDurationArgs extends struct({ target: u32, duration: u64, flags: u32 }) {}

/** Arguments of `nodeSetMemoryParameters`. */
export class NodeSetMemoryParametersArgs extends struct({
  params: array(TypedParam, REMOTE_NODE_MEMORY_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `nodeGetMemoryParameters`. */
export class NodeGetMemoryParametersArgs extends struct({ nparams: i32, flags: u32 }) {}

/** Result of `nodeGetMemoryParameters`. */
export class NodeGetMemoryParametersRet extends struct({
  params: array(TypedParam, REMOTE_NODE_MEMORY_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `nodeGetCpuMap`. */
export class NodeGetCpuMapArgs extends struct({ needMap: i32, needOnline: i32, flags: u32 }) {}

/** Result of `nodeGetCpuMap`. */
export class NodeGetCpuMapRet extends struct({ cpumap: bytes(REMOTE_CPUMAP_MAX), online: u32, ret: i32 }) {}

/** Arguments of `nodeGetFreePages`. */
export class NodeGetFreePagesArgs extends struct({
  pages: array(u32, REMOTE_NODE_MAX_CELLS),
  startCell: i32,
  cellCount: u32,
  flags: u32,
}) {}

/** Result of `nodeGetFreePages`. */
export class NodeGetFreePagesRet extends struct({ counts: array(u64, REMOTE_NODE_MAX_CELLS) }) {}

/** Arguments of `nodeAllocPages`. */
export class NodeAllocPagesArgs extends struct({
  pageSizes: array(u32, REMOTE_NODE_MAX_CELLS),
  pageCounts: array(u64, REMOTE_NODE_MAX_CELLS),
  startCell: i32,
  cellCount: u32,
  flags: u32,
}) {}

/** Result of `nodeAllocPages`. */
export class NodeAllocPagesRet extends struct({ ret: i32 }) {}

/** Arguments of `nodeGetSevInfo`. */
export class NodeGetSevInfoArgs extends struct({ nparams: i32, flags: u32 }) {}

/** Result of `nodeGetSevInfo`. */
export class NodeGetSevInfoRet extends struct({ params: array(TypedParam, REMOTE_NODE_SEV_INFO_MAX), nparams: i32 }) {}

/** Calls about the host. */
export const nodeProcedures = {
  /** The host's processor model, memory in KiB, and processor topology. `virNodeGetInfo`. */
  nodeGetInfo: procedure(6, {
    args: nothing,
    ret: NodeGetInfoRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetInfo",
  }),

  /** Free memory in bytes of each NUMA cell from `startCell` on. `virNodeGetCellsFreeMemory`. */
  nodeGetCellsFreeMemory: procedure(101, {
    args: NodeGetCellsFreeMemoryArgs,
    ret: NodeGetCellsFreeMemoryRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetCellsFreeMemory",
  }),

  /** Free memory of the host in bytes. `virNodeGetFreeMemory`. */
  nodeGetFreeMemory: procedure(102, {
    args: nothing,
    ret: NodeGetFreeMemoryRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetFreeMemory",
  }),

  /** The first security model in use and its domain of interpretation; both end in a NUL. `virNodeGetSecurityModel`. */
  nodeGetSecurityModel: procedure(122, {
    args: nothing,
    ret: NodeGetSecurityModelRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetSecurityModel",
  }),

  /**
   * Time in nanoseconds a processor (-1: all) spent in each mode; with `nparams` 0 only the count.
   * `virNodeGetCPUStats`.
   */
  nodeGetCpuStats: procedure(227, {
    args: NodeGetCpuStatsArgs,
    ret: NodeGetCpuStatsRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetCPUStats",
  }),

  /** Memory in KiB of a NUMA cell (-1: all) by use; with `nparams` 0 only the count. `virNodeGetMemoryStats`. */
  nodeGetMemoryStats: procedure(228, {
    args: NodeGetMemoryStatsArgs,
    ret: NodeGetMemoryStatsRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetMemoryStats",
  }),

  /** Suspends the host (`NodeSuspendTarget`) and wakes it after so many seconds. `virNodeSuspendForDuration`. */
  nodeSuspendForDuration: procedure(250, {
    args: NodeSuspendForDurationArgs,
    ret: nothing,
    acl: "connect:pm_control",
    api: "virNodeSuspendForDuration",
  }),

  /**
   * Changes the host's memory parameters (`NodeMemoryParameter`), those of page sharing. `virNodeSetMemoryParameters`.
   */
  nodeSetMemoryParameters: procedure(288, {
    args: NodeSetMemoryParametersArgs,
    ret: nothing,
    acl: "connect:write",
    api: "virNodeSetMemoryParameters",
  }),

  /**
   * The host's memory parameters (`NodeMemoryParameter`); with `nparams` 0 only the count.
   * `virNodeGetMemoryParameters`.
   */
  nodeGetMemoryParameters: procedure(289, {
    args: NodeGetMemoryParametersArgs,
    ret: NodeGetMemoryParametersRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virNodeGetMemoryParameters",
  }),

  /** Which processors are there and which are online: `ret` processors, a bit each. `virNodeGetCPUMap`. */
  nodeGetCpuMap: procedure(293, {
    args: NodeGetCpuMapArgs,
    ret: NodeGetCpuMapRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virNodeGetCPUMap",
  }),

  /** Free pages of each size on each NUMA cell asked for, cell by cell. `virNodeGetFreePages`. */
  nodeGetFreePages: procedure(340, {
    args: NodeGetFreePagesArgs,
    ret: NodeGetFreePagesRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virNodeGetFreePages",
  }),

  /** Adds to or sets the pool of huge pages; `ret` counts the cells changed. `virNodeAllocPages`. */
  nodeAllocPages: procedure(347, {
    args: NodeAllocPagesArgs,
    ret: NodeAllocPagesRet,
    acl: "connect:write",
    api: "virNodeAllocPages",
  }),

  /** The platform's AMD SEV parameters (`NodeSevParameter`); with `nparams` 0 only the count. `virNodeGetSEVInfo`. */
  nodeGetSevInfo: procedure(395, {
    args: NodeGetSevInfoArgs,
    ret: NodeGetSevInfoRet,
    acl: "connect:read",
    api: "virNodeGetSEVInfo",
  }),
};
