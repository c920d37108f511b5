export type { ControlFiles } from "./cgroups/control-files.ts";
export { ControlGroup, findControlGroup, type MadeGroup, makeControlGroup } from "./cgroups/control-group.ts";
export {
  type Controller,
  type ControllerPlace,
  type ControlMounts,
  controllers,
  findControlMounts,
  type GroupLayout,
  unifiedMount,
} from "./cgroups/controllers.ts";
export {
  type BlkioLimit,
  blkioWeight,
  type CpuBandwidth,
  type CpuUsage,
  changeDevices,
  cpuBandwidth,
  cpuShares,
  cpuUsage,
  cpuUsagePerCpu,
  type MemoryLimit,
  memoryLimit,
  readBandwidth,
  restrictDevices,
  setBandwidth,
  setBlkioDevice,
  setBlkioWeight,
  setCpuShares,
  setMemoryLimit,
  UNLIMITED_KIB,
} from "./cgroups/controls.ts";
export type { DeviceRule } from "./cgroups/device-program.ts";
export { type Descriptor, OwnedDescriptor } from "./descriptor.ts";
export { asSystemError, errnoName, errnoNumber, errnoText, hasErrno, SystemError } from "./errors.ts";
export type { FileFacts, FileLock, Files, HeldFile, LoadedFile, OpenOptions, Owner, Suspect } from "./files/files.ts";
export { checkSocketPath, Layout, type LayoutKind, type SessionEnvironment } from "./files/layout.ts";
export { checkFileName } from "./files/names.ts";
export { type FileChange, isTemporary, Store, type WriteOptions } from "./files/store.ts";
export type { Host } from "./host.ts";
export type {
  BandwidthLimits,
  BridgeSpec,
  Firewall,
  FirewallRule,
  HostNetwork,
  InterfaceAddress,
  Link,
  LinkCounters,
  Neighbour,
  Tap,
  TapSpec,
  TrafficLimit,
} from "./network/host-network.ts";
export { checkInterfaceName } from "./network/linux-network.ts";
export type {
  CacheBank,
  CpuDescription,
  CpuPlace,
  CpuTimes,
  MemoryAmounts,
  NodeInformation,
  NodeSummary,
  NumaCell,
  SmbiosInformation,
} from "./node/node-information.ts";
export { openHost } from "./open-host.ts";
export { parseProcStat } from "./processes/proc.ts";
export {
  type Child,
  type Credentials,
  type ExitStatus,
  type LaunchSpec,
  type Processes,
  type ProcessFacts,
  type ProcessIdentity,
  type ProcessRef,
  type ProcessSurroundings,
  type ProcStat,
  type ResourceLimits,
  type RunOptions,
  type RunResult,
  type SchedulerPolicy,
  Signal,
} from "./processes/processes.ts";
export type {
  ActivatedDescriptor,
  Connection,
  ConnectionHandler,
  Listener,
  ListenOptions,
  PeerCredentials,
  Receiver,
  Sockets,
} from "./sockets/sockets.ts";
export type { ByteChannel, Streams } from "./streams/streams.ts";
export type { Group, User, Users } from "./users/users.ts";
