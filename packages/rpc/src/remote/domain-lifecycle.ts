import { i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { DomainRebootFlags, DomainShutdownFlags } from "../constants/domain-flags.ts";
import { procedure } from "../program.ts";
import { DomainRef, optionalText, text } from "./refs.ts";

/** Arguments of `domainCreate`. */
export class DomainCreateArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainCreateXml`. */
export class DomainCreateXmlArgs extends struct({ xmlDesc: text, flags: u32 }) {}

/** Result of `domainCreateXml`. */
export class DomainCreateXmlRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainDefineXml`. */
export class DomainDefineXmlArgs extends struct({ xml: text }) {}

/** Result of `domainDefineXml`. */
export class DomainDefineXmlRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainDestroy`. */
export class DomainDestroyArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainGetAutostart`. */
export class DomainGetAutostartArgs extends struct({ dom: DomainRef }) {}

/** Result of `domainGetAutostart`. */
export class DomainGetAutostartRet extends struct({ autostart: i32 }) {}

/** Arguments of `domainReboot`. */
export class DomainRebootArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainResume`. */
export class DomainResumeArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainSetAutostart`. */
export class DomainSetAutostartArgs extends struct({ dom: DomainRef, autostart: i32 }) {}

/** Arguments of `domainShutdown`. */
export class DomainShutdownArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainSuspend`. */
export class DomainSuspendArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainUndefine`. */
export class DomainUndefineArgs extends struct({ dom: DomainRef }) {}

/** Arguments of `domainCreateWithFlags`. */
export class DomainCreateWithFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainCreateWithFlags`. */
export class DomainCreateWithFlagsRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainUndefineFlags`. */
export class DomainUndefineFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainDestroyFlags`. */
export class DomainDestroyFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainReset`. */
export class DomainResetArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainShutdownFlags`. */
export class DomainShutdownFlagsArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainPmSuspendForDuration`. */
export class DomainPmSuspendForDurationArgs extends struct({
  dom: DomainRef,
  target: u32,
  duration: u64,
  flags: u32,
}) {}

/** Arguments of `domainPmWakeup`. */
export class DomainPmWakeupArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainCreateXmlWithFiles`. */
export class DomainCreateXmlWithFilesArgs extends struct({ xmlDesc: text, flags: u32 }) {}

/** Result of `domainCreateXmlWithFiles`. */
export class DomainCreateXmlWithFilesRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainCreateWithFiles`. */
export class DomainCreateWithFilesArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainCreateWithFiles`. */
export class DomainCreateWithFilesRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainDefineXmlFlags`. */
export class DomainDefineXmlFlagsArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `domainDefineXmlFlags`. */
export class DomainDefineXmlFlagsRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainRename`. */
export class DomainRenameArgs extends struct({ dom: DomainRef, newName: optionalText, flags: u32 }) {}

/** Result of `domainRename`. */
export class DomainRenameRet extends struct({ retcode: i32 }) {}

/** Arguments of `domainSetLifecycleAction`. */
export class DomainSetLifecycleActionArgs extends struct({ dom: DomainRef, type: u32, action: u32, flags: u32 }) {}

/** Calls that define, start and end guests. */
export const domainLifecycleProcedures = {
  /** Starts a defined guest. `virDomainCreate`. */
  domainCreate: procedure(9, { args: DomainCreateArgs, ret: nothing, acl: "domain:start", api: "virDomainCreate" }),

  /** Defines and starts a transient guest. `virDomainCreateXML`. */
  domainCreateXml: procedure(10, {
    args: DomainCreateXmlArgs,
    ret: DomainCreateXmlRet,
    acl: ["domain:write", "domain:start"],
    api: "virDomainCreateXML",
  }),

  /** Stores a guest's definition, replacing that of the same name and UUID. `virDomainDefineXML`. */
  domainDefineXml: procedure(11, {
    args: DomainDefineXmlArgs,
    ret: DomainDefineXmlRet,
    acl: ["domain:write", "domain:save"],
    priority: "high",
    api: "virDomainDefineXML",
  }),

  /** Ends a guest at once, without asking it. `virDomainDestroy`. */
  domainDestroy: procedure(12, {
    args: DomainDestroyArgs,
    ret: nothing,
    acl: "domain:stop",
    priority: "high",
    api: "virDomainDestroy",
  }),

  /** Whether the guest starts with the host. `virDomainGetAutostart`. */
  domainGetAutostart: procedure(15, {
    args: DomainGetAutostartArgs,
    ret: DomainGetAutostartRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainGetAutostart",
  }),

  /** Asks a guest to reboot (`DomainRebootFlags`). `virDomainReboot`. */
  domainReboot: procedure(27, {
    args: DomainRebootArgs,
    ret: nothing,
    acl: [
      "domain:init_control",
      { permission: "domain:write", when: { argument: "flags", anyOf: DomainRebootFlags.guestAgent } },
    ],
    api: "virDomainReboot",
  }),

  /** Lets a paused guest run on. `virDomainResume`. */
  domainResume: procedure(28, { args: DomainResumeArgs, ret: nothing, acl: "domain:suspend", api: "virDomainResume" }),

  /** Sets whether the guest starts with the host. `virDomainSetAutostart`. */
  domainSetAutostart: procedure(29, {
    args: DomainSetAutostartArgs,
    ret: nothing,
    acl: "domain:write",
    priority: "high",
    api: "virDomainSetAutostart",
  }),

  /** Asks a guest to shut down; the reply does not wait for it to happen. `virDomainShutdown`. */
  domainShutdown: procedure(33, {
    args: DomainShutdownArgs,
    ret: nothing,
    acl: "domain:init_control",
    api: "virDomainShutdown",
  }),

  /** Stops a guest's processors, keeping its memory. `virDomainSuspend`. */
  domainSuspend: procedure(34, {
    args: DomainSuspendArgs,
    ret: nothing,
    acl: "domain:suspend",
    api: "virDomainSuspend",
  }),

  /** Removes a guest's definition; a running guest becomes transient. `virDomainUndefine`. */
  domainUndefine: procedure(35, {
    args: DomainUndefineArgs,
    ret: nothing,
    acl: "domain:delete",
    priority: "high",
    api: "virDomainUndefine",
  }),

  /** Starts a defined guest (`DomainCreateFlags`) and returns it with its id. `virDomainCreateWithFlags`. */
  domainCreateWithFlags: procedure(196, {
    args: DomainCreateWithFlagsArgs,
    ret: DomainCreateWithFlagsRet,
    acl: "domain:start",
    api: "virDomainCreateWithFlags",
  }),

  /**
   * Removes a guest's definition with or without what belongs to it (`DomainUndefineFlags`). `virDomainUndefineFlags`.
   */
  domainUndefineFlags: procedure(231, {
    args: DomainUndefineFlagsArgs,
    ret: nothing,
    acl: "domain:delete",
    priority: "high",
    api: "virDomainUndefineFlags",
  }),

  /** Ends a guest (`DomainDestroyFlags`). `virDomainDestroyFlags`. */
  domainDestroyFlags: procedure(234, {
    args: DomainDestroyFlagsArgs,
    ret: nothing,
    acl: "domain:stop",
    priority: "high",
    api: "virDomainDestroyFlags",
  }),

  /** Resets a guest as its reset button would. `virDomainReset`. */
  domainReset: procedure(245, { args: DomainResetArgs, ret: nothing, acl: "domain:reset", api: "virDomainReset" }),

  /** Asks a guest to shut down in one of the given ways (`DomainShutdownFlags`). `virDomainShutdownFlags`. */
  domainShutdownFlags: procedure(258, {
    args: DomainShutdownFlagsArgs,
    ret: nothing,
    acl: [
      "domain:init_control",
      { permission: "domain:write", when: { argument: "flags", anyOf: DomainShutdownFlags.guestAgent } },
    ],
    api: "virDomainShutdownFlags",
  }),

  /** Has the guest's agent suspend it (`NodeSuspendTarget`). `virDomainPMSuspendForDuration`. */
  domainPmSuspendForDuration: procedure(261, {
    args: DomainPmSuspendForDurationArgs,
    ret: nothing,
    acl: "domain:pm_control",
    api: "virDomainPMSuspendForDuration",
  }),

  /** Wakes a guest that suspended itself. `virDomainPMWakeup`. */
  domainPmWakeup: procedure(267, {
    args: DomainPmWakeupArgs,
    ret: nothing,
    acl: "domain:pm_control",
    api: "virDomainPMWakeup",
  }),

  /**
   * Defines and starts a transient guest that gets the descriptors which come with the call.
   * `virDomainCreateXMLWithFiles`.
   */
  domainCreateXmlWithFiles: procedure(309, {
    args: DomainCreateXmlWithFilesArgs,
    ret: DomainCreateXmlWithFilesRet,
    acl: ["domain:write", "domain:start"],
    fds: "call",
    api: "virDomainCreateXMLWithFiles",
  }),

  /** Starts a defined guest that gets the descriptors which come with the call. `virDomainCreateWithFiles`. */
  domainCreateWithFiles: procedure(310, {
    args: DomainCreateWithFilesArgs,
    ret: DomainCreateWithFilesRet,
    acl: "domain:start",
    fds: "call",
    api: "virDomainCreateWithFiles",
  }),

  /** Stores a guest's definition (`DomainDefineFlags`). `virDomainDefineXMLFlags`. */
  domainDefineXmlFlags: procedure(350, {
    args: DomainDefineXmlFlagsArgs,
    ret: DomainDefineXmlFlagsRet,
    acl: ["domain:write", "domain:save"],
    priority: "high",
    api: "virDomainDefineXMLFlags",
  }),

  /** Gives a defined guest that is not running another name. `virDomainRename`. */
  domainRename: procedure(358, {
    args: DomainRenameArgs,
    ret: DomainRenameRet,
    acl: ["domain:write", "domain:save"],
    api: "virDomainRename",
  }),

  /**
   * Sets what follows when the guest powers off, reboots or crashes (`DomainLifecycleAction`).
   * `virDomainSetLifecycleAction`.
   */
  domainSetLifecycleAction: procedure(390, {
    args: DomainSetLifecycleActionArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetLifecycleAction",
  }),
};
