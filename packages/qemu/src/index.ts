export {
  type Architecture,
  architectures,
  areRelated,
  emulatorPrograms,
  findArchitecture,
  runsGuest,
} from "./architectures.ts";
export { acceleratorOf } from "./argv/accelerator.ts";
export { buildCommandLine } from "./argv/build.ts";
export type {
  BuildContext,
  ByHand,
  Cause,
  CommandLine,
  FirmwareDescriptor,
  HostCpu,
  HostFacts,
  HostPciDevice,
  HugePageMount,
  QemuConfig,
  TapDescriptors,
} from "./argv/context.ts";
export { type ExplainedOption, explainCommandLine } from "./argv/explain.ts";
export { buildDiskPlug, type PlugStep } from "./argv/plug.ts";
export { quoteShellWord, shellLines } from "./argv/shell.ts";
export { type PoolVolume, useVolume } from "./argv/volume-disks.ts";
export {
  type Accelerator,
  type AcceleratorCapabilities,
  type CpuModel,
  type HostCpuModel,
  type LegacyProfile,
  type MachineType,
  QemuCapabilities,
  type QemuCapabilitiesData,
} from "./capabilities/capabilities.ts";
export { declaredCapabilities } from "./capabilities/declared.ts";
export { type CapabilityFlag, capabilityFlags, isCapabilityFlag } from "./capabilities/flags.ts";
export { type Conversation, type ProbeOptions, probeArguments, probeCapabilities } from "./capabilities/probe.ts";
export { capabilitiesOfReplies, parseReplies } from "./capabilities/replies.ts";
export { assignAliases } from "./complete/aliases.ts";
export {
  type CompleteOptions,
  chooseEmulator,
  completeDomain,
  type EmulatorChoice,
  prepareStart,
  qemuHooks,
} from "./complete/complete.ts";
export {
  baselineX86Cpu,
  type ComparedCpu,
  type CpuComparison,
  compareX86Cpu,
  featuresOfAccelerator,
  hostModelCpu,
} from "./cpu/compare.ts";
export { describeCpu, featureOfQemu, type X86Cpu, type X86Description, x86Map } from "./cpu/x86.ts";
export { cpuModelNames } from "./documents/cpu-modes.ts";
export { type DomainCapabilitiesRequest, domainCapabilities } from "./documents/domain-capabilities.ts";
export { type GuestKind, guestCapabilities, type KnownEmulator } from "./documents/guests.ts";
export { migratableForm } from "./documents/migratable.ts";
export * as hmp from "./hmp/commands.ts";
export { TextMonitorSession } from "./hmp/text-monitor.ts";
export { type KeycodeSet, keycodeOfName, keycodeSets, translateKeycode } from "./keyboard/keycodes.ts";
export { isParavirtual, KVM_MISSING } from "./legacy/complete.ts";
export { type LegacyProbe, type Printed, probeEither, probeLegacy } from "./legacy/probe.ts";
export * as qmp from "./qmp/commands.ts";
export { command, type NoArgs, type QmpCommand, query, rawCommand } from "./qmp/declare.ts";
export { QmpClosedError, QmpError, QmpProtocolError } from "./qmp/errors.ts";
export { parseEvent, type QmpEvent, qmpEvents } from "./qmp/events.ts";
export type { MonitorSession } from "./qmp/monitor-session.ts";
export {
  type ExecuteOptions,
  type QmpCounters,
  type QmpGreeting,
  QmpSession,
  type QmpSessionOptions,
  type RawQmpEvent,
} from "./qmp/session.ts";
export { DEFAULT_DEVICES, QemuConf } from "./settings/qemu-conf.ts";
export { type StandaloneCommandLine, type StandaloneOptions, standaloneCommandLine } from "./standalone/standalone.ts";
