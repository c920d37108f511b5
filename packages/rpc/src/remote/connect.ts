import { array, i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { event, procedure } from "../program.ts";
import {
  REMOTE_CONNECT_CPU_MODELS_MAX,
  REMOTE_CONNECT_IDENTITY_PARAMS_MAX,
  REMOTE_CPU_BASELINE_MAX,
} from "./limits.ts";
import { optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `connectOpen`. */
export class ConnectOpenArgs extends struct({ name: optionalText, flags: u32 }) {}

/** Result of `connectGetType`. */
export class ConnectGetTypeRet extends struct({ type: text }) {}

/** Result of `connectGetVersion`. */
export class ConnectGetVersionRet extends struct({ hvVer: u64 }) {}

/** Arguments of `connectGetMaxVcpus`. */
export class ConnectGetMaxVcpusArgs extends struct({ type: optionalText }) {}

/** Result of `connectGetMaxVcpus`. */
export class ConnectGetMaxVcpusRet extends struct({ maxVcpus: i32 }) {}

/** Result of `connectGetCapabilities`. */
export class ConnectGetCapabilitiesRet extends struct({ capabilities: text }) {}

/** Result of `connectGetHostname`. */
export class ConnectGetHostnameRet extends struct({ hostname: text }) {}

/** Arguments of `connectSupportsFeature`. */
export class ConnectSupportsFeatureArgs extends struct({ feature: i32 }) {}

/** Result of `connectSupportsFeature`. */
export class ConnectSupportsFeatureRet extends struct({ supported: i32 }) {}

/** Result of `connectGetUri`. */
export class ConnectGetUriRet extends struct({ uri: text }) {}

/** Arguments of `connectDomainXmlFromNative`. */
export class ConnectDomainXmlFromNativeArgs extends struct({ nativeFormat: text, nativeConfig: text, flags: u32 }) {}

/** Result of `connectDomainXmlFromNative`. */
export class ConnectDomainXmlFromNativeRet extends struct({ domainXml: text }) {}

/** Arguments of `connectDomainXmlToNative`. */
export class ConnectDomainXmlToNativeArgs extends struct({ nativeFormat: text, domainXml: text, flags: u32 }) {}

/** Result of `connectDomainXmlToNative`. */
export class ConnectDomainXmlToNativeRet extends struct({ nativeConfig: text }) {}

/** Result of `connectIsSecure`. */
export class ConnectIsSecureRet extends struct({ secure: i32 }) {}

/** Result of `connectGetLibVersion`. */
export class ConnectGetLibVersionRet extends struct({ libVer: u64 }) {}

/** Arguments of `connectCompareCpu`. */
export class ConnectCompareCpuArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `connectCompareCpu`. */
export class ConnectCompareCpuRet extends struct({ result: i32 }) {}

/** Arguments of `connectBaselineCpu`. */
export class ConnectBaselineCpuArgs extends struct({ xmlCpus: array(text, REMOTE_CPU_BASELINE_MAX), flags: u32 }) {}

/** Result of `connectBaselineCpu`. */
export class ConnectBaselineCpuRet extends struct({ cpu: text }) {}

/** Arguments of `connectGetSysinfo`. */
export class ConnectGetSysinfoArgs extends struct({ flags: u32 }) {}

/** Result of `connectGetSysinfo`. */
export class ConnectGetSysinfoRet extends struct({ sysinfo: text }) {}

/** Arguments of `connectGetCpuModelNames`. */
export class ConnectGetCpuModelNamesArgs extends struct({ arch: text, needResults: i32, flags: u32 }) {}

/** Result of `connectGetCpuModelNames`. */
export class ConnectGetCpuModelNamesRet extends struct({
  models: array(text, REMOTE_CONNECT_CPU_MODELS_MAX),
  ret: i32,
}) {}

/** Arguments of `connectGetDomainCapabilities`. */
export class ConnectGetDomainCapabilitiesArgs extends struct({
  emulatorbin: optionalText,
  arch: optionalText,
  machine: optionalText,
  virttype: optionalText,
  flags: u32,
}) {}

/** Result of `connectGetDomainCapabilities`. */
export class ConnectGetDomainCapabilitiesRet extends struct({ capabilities: text }) {}

/** Content of `connectEventConnectionClosed`. */
export class ConnectEventConnectionClosedMsg extends struct({ reason: i32 }) {}

/** Arguments of `connectCompareHypervisorCpu`. */
export class ConnectCompareHypervisorCpuArgs extends struct({
  emulator: optionalText,
  arch: optionalText,
  machine: optionalText,
  virttype: optionalText,
  xmlCpu: text,
  flags: u32,
}) {}

/** Result of `connectCompareHypervisorCpu`. */
export class ConnectCompareHypervisorCpuRet extends struct({ result: i32 }) {}

/** Arguments of `connectBaselineHypervisorCpu`. */
export class ConnectBaselineHypervisorCpuArgs extends struct({
  emulator: optionalText,
  arch: optionalText,
  machine: optionalText,
  virttype: optionalText,
  xmlCpus: array(text, REMOTE_CPU_BASELINE_MAX),
  flags: u32,
}) {}

/** Result of `connectBaselineHypervisorCpu`. */
export class ConnectBaselineHypervisorCpuRet extends struct({ cpu: text }) {}

/** Arguments of `connectSetIdentity`. */
export class ConnectSetIdentityArgs extends struct({
  params: array(TypedParam, REMOTE_CONNECT_IDENTITY_PARAMS_MAX),
  flags: u32,
}) {}

/** Calls about the connection, its hypervisor and processor models. */
export const connectProcedures = {
  /**
   * Opens the hypervisor connection of this session; `name` is the URI without its transport. Once per connection.
   * `virConnectOpen`.
   */
  connectOpen: procedure(1, {
    args: ConnectOpenArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectOpen",
  }),

  /** Ends the hypervisor connection; closing the socket does the same. `virConnectClose`. */
  connectClose: procedure(2, {
    args: nothing,
    ret: nothing,
    readonly: "allow",
    acl: "none",
    priority: "high",
    api: "virConnectClose",
  }),

  /** The driver's name, `QEMU`. `virConnectGetType`. */
  connectGetType: procedure(3, {
    args: nothing,
    ret: ConnectGetTypeRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectGetType",
  }),

  /** The default emulator's version as major * 1,000,000 + minor * 1,000 + release. `virConnectGetVersion`. */
  connectGetVersion: procedure(4, {
    args: nothing,
    ret: ConnectGetVersionRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectGetVersion",
  }),

  /** The most virtual processors a guest of this virtualization type may have. `virConnectGetMaxVcpus`. */
  connectGetMaxVcpus: procedure(5, {
    args: ConnectGetMaxVcpusArgs,
    ret: ConnectGetMaxVcpusRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectGetMaxVcpus",
  }),

  /** The capabilities document of the host and its emulators. `virConnectGetCapabilities`. */
  connectGetCapabilities: procedure(7, {
    args: nothing,
    ret: ConnectGetCapabilitiesRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virConnectGetCapabilities",
  }),

  /** The host's name as it knows it itself. `virConnectGetHostname`. */
  connectGetHostname: procedure(59, {
    args: nothing,
    ret: ConnectGetHostnameRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectGetHostname",
  }),

  /** Whether an internal feature is there (`InternalFeature`); asking for keepalive also starts it. */
  connectSupportsFeature: procedure(60, {
    args: ConnectSupportsFeatureArgs,
    ret: ConnectSupportsFeatureRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
  }),

  /** The canonical URI of the open connection. `virConnectGetURI`. */
  connectGetUri: procedure(110, {
    args: nothing,
    ret: ConnectGetUriRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectGetURI",
  }),

  /** Turns a native configuration, e.g. a QEMU command line, into domain XML. `virConnectDomainXMLFromNative`. */
  connectDomainXmlFromNative: procedure(135, {
    args: ConnectDomainXmlFromNativeArgs,
    ret: ConnectDomainXmlFromNativeRet,
    acl: "connect:write",
    api: "virConnectDomainXMLFromNative",
  }),

  /**
   * Turns domain XML into a native configuration, e.g. a QEMU command line, without starting anything.
   * `virConnectDomainXMLToNative`.
   */
  connectDomainXmlToNative: procedure(136, {
    args: ConnectDomainXmlToNativeArgs,
    ret: ConnectDomainXmlToNativeRet,
    acl: "connect:write",
    api: "virConnectDomainXMLToNative",
  }),

  /** 1 when nobody can read the traffic: a UNIX socket or encryption. `virConnectIsEncrypted`. */
  connectIsSecure: procedure(149, {
    args: nothing,
    ret: ConnectIsSecureRet,
    readonly: "allow",
    acl: "none",
    priority: "high",
    api: "virConnectIsEncrypted",
  }),

  /** The daemon's libvirt version as major * 1,000,000 + minor * 1,000 + release. `virConnectGetLibVersion`. */
  connectGetLibVersion: procedure(157, {
    args: nothing,
    ret: ConnectGetLibVersionRet,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectGetLibVersion",
  }),

  /**
   * Compares a processor document with the host's processor; the result is a `CpuCompareResult`.
   * `virConnectCompareCPU`.
   */
  connectCompareCpu: procedure(158, {
    args: ConnectCompareCpuArgs,
    ret: ConnectCompareCpuRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectCompareCPU",
  }),

  /** The most capable processor document that all the given ones can provide. `virConnectBaselineCPU`. */
  connectBaselineCpu: procedure(162, {
    args: ConnectBaselineCpuArgs,
    ret: ConnectBaselineCpuRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virConnectBaselineCPU",
  }),

  /** The host's SMBIOS data as a `<sysinfo>` document. `virConnectGetSysinfo`. */
  connectGetSysinfo: procedure(203, {
    args: ConnectGetSysinfoArgs,
    ret: ConnectGetSysinfoRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectGetSysinfo",
  }),

  /** The processor models known for an architecture. `virConnectGetCPUModelNames`. */
  connectGetCpuModelNames: procedure(312, {
    args: ConnectGetCpuModelNamesArgs,
    ret: ConnectGetCpuModelNamesRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virConnectGetCPUModelNames",
  }),

  /**
   * What guests of one emulator, architecture, machine and virtualization type can have, as a document.
   * `virConnectGetDomainCapabilities`.
   */
  connectGetDomainCapabilities: procedure(342, {
    args: ConnectGetDomainCapabilitiesArgs,
    ret: ConnectGetDomainCapabilitiesRet,
    acl: "connect:write",
    api: "virConnectGetDomainCapabilities",
  }),

  /**
   * Asks for `connectEventConnectionClosed` when the driver loses its hypervisor. `virConnectRegisterCloseCallback`.
   */
  connectRegisterCloseCallback: procedure(360, {
    args: nothing,
    ret: nothing,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectRegisterCloseCallback",
  }),

  /** Stops what `connectRegisterCloseCallback` started. `virConnectUnregisterCloseCallback`. */
  connectUnregisterCloseCallback: procedure(361, {
    args: nothing,
    ret: nothing,
    readonly: "allow",
    acl: "connect:getattr",
    priority: "high",
    api: "virConnectUnregisterCloseCallback",
  }),

  /**
   * Compares a processor document with what the hypervisor can provide on this host. `virConnectCompareHypervisorCPU`.
   */
  connectCompareHypervisorCpu: procedure(393, {
    args: ConnectCompareHypervisorCpuArgs,
    ret: ConnectCompareHypervisorCpuRet,
    acl: "connect:write",
    api: "virConnectCompareHypervisorCPU",
  }),

  /**
   * The most capable processor document that the hypervisor can provide on all the hosts given.
   * `virConnectBaselineHypervisorCPU`.
   */
  connectBaselineHypervisorCpu: procedure(394, {
    args: ConnectBaselineHypervisorCpuArgs,
    ret: ConnectBaselineHypervisorCpuRet,
    acl: "connect:write",
    api: "virConnectBaselineHypervisorCPU",
  }),

  /** Replaces the caller's identity, for proxies that forward another client's calls. `virConnectSetIdentity`. */
  connectSetIdentity: procedure(419, {
    args: ConnectSetIdentityArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:write",
    api: "virConnectSetIdentity",
  }),
};

/** Events of the connection. */
export const connectEvents = {
  /** The driver lost its hypervisor; `reason` is a `ConnectCloseReason`. */
  connectEventConnectionClosed: event(362, ConnectEventConnectionClosedMsg),
};
