import { array, chars, i32, nothing, struct, u32, u64, uchar, ushort } from "@tsvirt/codec/xdr";
import { DomainXmlFlags } from "../constants/domain-flags.ts";
import { procedure } from "../program.ts";
import { modifiesDomain } from "./access.ts";
import {
  REMOTE_DOMAIN_JOB_STATS_MAX,
  REMOTE_DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX,
  REMOTE_DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX,
  REMOTE_DOMAIN_MESSAGES_MAX,
  REMOTE_SECURITY_LABEL_LIST_MAX,
  REMOTE_SECURITY_LABEL_MAX,
} from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainGetXmlDesc`. */
export class DomainGetXmlDescArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetXmlDesc`. */
export class DomainGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `domainGetInfo`. */
export class DomainGetInfoArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetInfo`. */
export class DomainGetInfoRet extends struct({
  state: uchar,
  maxMem: u64,
  memory: u64,
  nrVirtCpu: ushort,
  cpuTime: u64,
}) {}

/** Arguments of `domainGetOsType`. */
export class DomainGetOsTypeArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetOsType`. */
export class DomainGetOsTypeRet extends struct({ type: text }) {}

/** Arguments of `domainGetSecurityLabel`. */
export class DomainGetSecurityLabelArgs extends struct({ dom: DomainRef }) {}

/** A label with its final NUL. */
export class DomainGetSecurityLabelRet extends struct({ label: chars(REMOTE_SECURITY_LABEL_MAX), enforcing: i32 }) {}

/** Arguments of `domainIsActive`. */
export class DomainIsActiveArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainIsActive`. */
export class DomainIsActiveRet extends struct({ active: i32 }) {}

/** Arguments of `domainIsPersistent`. */
export class DomainIsPersistentArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainIsPersistent`. */
export class DomainIsPersistentRet extends struct({ persistent: i32 }) {}

/** Arguments of `domainGetJobInfo`. */
export class DomainGetJobInfoArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetJobInfo`. */
export class DomainGetJobInfoRet extends struct({
  type: i32,
  timeElapsed: u64,
  timeRemaining: u64,
  dataTotal: u64,
  dataProcessed: u64,
  dataRemaining: u64,
  memTotal: u64,
  memProcessed: u64,
  memRemaining: u64,
  fileTotal: u64,
  fileProcessed: u64,
  fileRemaining: u64,
}) {}

/** Arguments of `domainAbortJob`. */
export class DomainAbortJobArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainIsUpdated`. */
export class DomainIsUpdatedArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainIsUpdated`. */
export class DomainIsUpdatedRet extends struct({ updated: i32 }) {}

/** Arguments of `domainGetState`. */
export class DomainGetStateArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetState`. */
export class DomainGetStateRet extends struct({ state: i32, reason: i32 }) {}

/** Arguments of `domainGetControlInfo`. */
export class DomainGetControlInfoArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetControlInfo`. */
export class DomainGetControlInfoRet extends struct({ state: u32, details: u32, stateTime: u64 }) {}

/** Arguments of `domainSetMetadata`. */
export class DomainSetMetadataArgs extends struct({
  dom: DomainRef,
  type: i32,
  metadata: optionalText,
  key: optionalText,
  uri: optionalText,
  flags: u32,
}) {}

/** Arguments of `domainGetMetadata`. */
export class DomainGetMetadataArgs extends struct({ dom: DomainRef, type: i32, uri: optionalText, flags: u32 }) {}

/** Result of `domainGetMetadata`. */
export class DomainGetMetadataRet extends struct({ metadata: text }) {}

/** Arguments of `domainGetSecurityLabelList`. */
export class DomainGetSecurityLabelListArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetSecurityLabelList`. */
export class DomainGetSecurityLabelListRet extends struct({
  labels: array(DomainGetSecurityLabelRet, REMOTE_SECURITY_LABEL_LIST_MAX),
  ret: i32,
}) {}

/** Arguments of `domainGetJobStats`. */
export class DomainGetJobStatsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetJobStats`. */
export class DomainGetJobStatsRet extends struct({
  type: i32,
  params: array(TypedParam, REMOTE_DOMAIN_JOB_STATS_MAX),
}) {}

/** Arguments of `domainGetLaunchSecurityInfo`. */
export class DomainGetLaunchSecurityInfoArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetLaunchSecurityInfo`. */
export class DomainGetLaunchSecurityInfoRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_LAUNCH_SECURITY_INFO_PARAMS_MAX),
}) {}

/** Arguments of `domainGetMessages`. */
export class DomainGetMessagesArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainGetMessages`. */
export class DomainGetMessagesRet extends struct({ msgs: array(text, REMOTE_DOMAIN_MESSAGES_MAX) }) {}

/** Arguments of `domainStartDirtyRateCalc`. */
export class DomainStartDirtyRateCalcArgs extends struct({ dom: DomainRef, seconds: i32, flags: u32 }) {}

/** Arguments of `domainSetLaunchSecurityState`. */
export class DomainSetLaunchSecurityStateArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_LAUNCH_SECURITY_STATE_PARAMS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainAbortJobFlags`. */
export class DomainAbortJobFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Calls that ask about a guest, its jobs and its labels. */
export const domainInfoProcedures = {
  /**
   * The guest's document (`DomainXmlFlags`): live when it runs, unless the inactive one is asked for.
   * `virDomainGetXMLDesc`.
   */
  domainGetXmlDesc: procedure(14, {
    args: DomainGetXmlDescArgs,
    ret: DomainGetXmlDescRet,
    readonly: {
      unless: { argument: "flags", anyOf: DomainXmlFlags.secure | DomainXmlFlags.migratable },
      says: "with secure flag",
    },
    acl: [
      "domain:read",
      { permission: "domain:read_secure", when: { argument: "flags", anyOf: DomainXmlFlags.secure } },
      { permission: "domain:read_secure", when: { argument: "flags", anyOf: DomainXmlFlags.migratable } },
    ],
    api: "virDomainGetXMLDesc",
  }),

  /**
   * State, maximum and current memory in KiB, number of virtual processors, processor time in nanoseconds.
   * `virDomainGetInfo`.
   */
  domainGetInfo: procedure(16, {
    args: DomainGetInfoArgs,
    ret: DomainGetInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetInfo",
  }),

  /** The kind of guest: `hvm`. `virDomainGetOSType`. */
  domainGetOsType: procedure(19, {
    args: DomainGetOsTypeArgs,
    ret: DomainGetOsTypeRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetOSType",
  }),

  /**
   * The security label of a running guest's process, with its final NUL, and whether it is enforced.
   * `virDomainGetSecurityLabel`.
   */
  domainGetSecurityLabel: procedure(121, {
    args: DomainGetSecurityLabelArgs,
    ret: DomainGetSecurityLabelRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetSecurityLabel",
  }),

  /** Whether the guest is running (1) or not (0). `virDomainIsActive`. */
  domainIsActive: procedure(150, {
    args: DomainIsActiveArgs,
    ret: DomainIsActiveRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainIsActive",
  }),

  /** Whether the guest has a stored definition (1) or not (0). `virDomainIsPersistent`. */
  domainIsPersistent: procedure(151, {
    args: DomainIsPersistentArgs,
    ret: DomainIsPersistentRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainIsPersistent",
  }),

  /** Progress of the guest's job: times in milliseconds, amounts in bytes. `virDomainGetJobInfo`. */
  domainGetJobInfo: procedure(163, {
    args: DomainGetJobInfoArgs,
    ret: DomainGetJobInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetJobInfo",
  }),

  /** Cancels the guest's job. `virDomainAbortJob`. */
  domainAbortJob: procedure(164, {
    args: DomainAbortJobArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainAbortJob",
  }),

  /** Whether the definition was changed since it was stored; QEMU's driver always says 0. `virDomainIsUpdated`. */
  domainIsUpdated: procedure(202, {
    args: DomainIsUpdatedArgs,
    ret: DomainIsUpdatedRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainIsUpdated",
  }),

  /** State and the reason for it. `virDomainGetState`. */
  domainGetState: procedure(212, {
    args: DomainGetStateArgs,
    ret: DomainGetStateRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetState",
  }),

  /**
   * Whether the guest can be controlled now (`DomainControlState`) and for how many milliseconds it has been so.
   * `virDomainGetControlInfo`.
   */
  domainGetControlInfo: procedure(229, {
    args: DomainGetControlInfoArgs,
    ret: DomainGetControlInfoRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetControlInfo",
  }),

  /** Sets or removes the title, the description or a custom element of a namespace. `virDomainSetMetadata`. */
  domainSetMetadata: procedure(264, {
    args: DomainSetMetadataArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetMetadata",
  }),

  /** The title, the description or a custom element of a namespace (`DomainMetadataType`). `virDomainGetMetadata`. */
  domainGetMetadata: procedure(265, {
    args: DomainGetMetadataArgs,
    ret: DomainGetMetadataRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetMetadata",
  }),

  /** The labels of a running guest's process under each security model. `virDomainGetSecurityLabelList`. */
  domainGetSecurityLabelList: procedure(278, {
    args: DomainGetSecurityLabelListArgs,
    ret: DomainGetSecurityLabelListRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetSecurityLabelList",
  }),

  /** Type and figures (`DomainJobParameter`) of the job under way or the one completed last. `virDomainGetJobStats`. */
  domainGetJobStats: procedure(298, {
    args: DomainGetJobStatsArgs,
    ret: DomainGetJobStatsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetJobStats",
  }),

  /**
   * What a confidential guest says for its attestation (`DomainLaunchSecurityParameter`).
   * `virDomainGetLaunchSecurityInfo`.
   */
  domainGetLaunchSecurityInfo: procedure(396, {
    args: DomainGetLaunchSecurityInfoArgs,
    ret: DomainGetLaunchSecurityInfoRet,
    acl: "domain:read",
    api: "virDomainGetLaunchSecurityInfo",
  }),

  /** Remarks on a guest, such as deprecations and taints (`DomainMessageType`). `virDomainGetMessages`. */
  domainGetMessages: procedure(426, {
    args: DomainGetMessagesArgs,
    ret: DomainGetMessagesRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetMessages",
  }),

  /**
   * Measures for some seconds how fast the guest dirties memory; domain statistics have the result.
   * `virDomainStartDirtyRateCalc`.
   */
  domainStartDirtyRateCalc: procedure(427, {
    args: DomainStartDirtyRateCalcArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainStartDirtyRateCalc",
  }),

  /** Injects a secret into a confidential guest before it runs. `virDomainSetLaunchSecurityState`. */
  domainSetLaunchSecurityState: procedure(439, {
    args: DomainSetLaunchSecurityStateArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetLaunchSecurityState",
  }),

  /**
   * Cancels the guest's job, or switches a post-copy migration to recovery (`DomainAbortJobFlags`).
   * `virDomainAbortJobFlags`.
   */
  domainAbortJobFlags: procedure(442, {
    args: DomainAbortJobFlagsArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainAbortJobFlags",
  }),
};
