import { i32, i64, nothing, optional, struct, u32 } from "@tsvirt/codec/xdr";
import { event, type Program, procedure, program } from "./program.ts";
import { DomainRef, optionalText, text } from "./remote/refs.ts";

/** Arguments of `domainMonitorCommand`. */
export class QemuDomainMonitorCommandArgs extends struct({ dom: DomainRef, cmd: text, flags: u32 }) {}

/** Result of `domainMonitorCommand`. */
export class QemuDomainMonitorCommandRet extends struct({ result: text }) {}

/** Arguments of `domainAttach`. */
export class QemuDomainAttachArgs extends struct({ pidValue: u32, flags: u32 }) {}

/** Result of `domainAttach`. */
export class QemuDomainAttachRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainAgentCommand`. */
export class QemuDomainAgentCommandArgs extends struct({ dom: DomainRef, cmd: text, timeout: i32, flags: u32 }) {}

/** Result of `domainAgentCommand`. */
export class QemuDomainAgentCommandRet extends struct({ result: optionalText }) {}

/** Arguments of `connectDomainMonitorEventRegister`. */
export class QemuConnectDomainMonitorEventRegisterArgs extends struct({
  dom: optional(DomainRef),
  event: optionalText,
  flags: u32,
}) {}

/** Result of `connectDomainMonitorEventRegister`. */
export class QemuConnectDomainMonitorEventRegisterRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectDomainMonitorEventDeregister`. */
export class QemuConnectDomainMonitorEventDeregisterArgs extends struct({ callbackId: i32 }) {}

/** Content of `domainMonitorEvent`. */
export class QemuDomainMonitorEventMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  event: text,
  seconds: i64,
  micros: u32,
  details: optionalText,
}) {}

/** Arguments of `domainMonitorCommandWithFiles`. */
export class QemuDomainMonitorCommandWithFilesArgs extends struct({ dom: DomainRef, cmd: text, flags: u32 }) {}

/** Result of `domainMonitorCommandWithFiles`. */
export class QemuDomainMonitorCommandWithFilesRet extends struct({ result: text }) {}

/** The calls of the QEMU program. */
export const qemuProcedures = {
  /**
   * Sends a command to the guest's monitor, QMP or, if asked for, HMP; taints the guest.
   * `virDomainQemuMonitorCommand`.
   */
  domainMonitorCommand: procedure(1, {
    args: QemuDomainMonitorCommandArgs,
    ret: QemuDomainMonitorCommandRet,
    acl: "domain:write",
    api: "virDomainQemuMonitorCommand",
  }),

  /** Takes over a QEMU that was started by hand. libvirt 5.5 dropped it. `virDomainQemuAttach`. */
  domainAttach: procedure(2, {
    args: QemuDomainAttachArgs,
    ret: QemuDomainAttachRet,
    acl: ["domain:start", "domain:write"],
    api: "virDomainQemuAttach",
  }),

  /** Sends a command to the guest's agent. `virDomainQemuAgentCommand`. */
  domainAgentCommand: procedure(3, {
    args: QemuDomainAgentCommandArgs,
    ret: QemuDomainAgentCommandRet,
    acl: "domain:write",
    api: "virDomainQemuAgentCommand",
  }),

  /**
   * Asks for the monitor's raw events, of one guest or all, by name or pattern.
   * `virConnectDomainQemuMonitorEventRegister`.
   */
  connectDomainMonitorEventRegister: procedure(4, {
    args: QemuConnectDomainMonitorEventRegisterArgs,
    ret: QemuConnectDomainMonitorEventRegisterRet,
    acl: ["connect:search_domains", "connect:write"],
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectDomainQemuMonitorEventRegister",
  }),

  /** Ends a registration of raw monitor events. `virConnectDomainQemuMonitorEventDeregister`. */
  connectDomainMonitorEventDeregister: procedure(5, {
    args: QemuConnectDomainMonitorEventDeregisterArgs,
    ret: nothing,
    acl: "connect:write",
    priority: "high",
    api: "virConnectDomainQemuMonitorEventDeregister",
  }),

  /** Like `domainMonitorCommand`, with the descriptors QEMU returns. `virDomainQemuMonitorCommandWithFiles`. */
  domainMonitorCommandWithFiles: procedure(7, {
    args: QemuDomainMonitorCommandWithFilesArgs,
    ret: QemuDomainMonitorCommandWithFilesRet,
    acl: "domain:write",
    fds: "reply",
    api: "virDomainQemuMonitorCommandWithFiles",
  }),
};

/** The event of the QEMU program. */
export const qemuEvents = {
  /** A raw event of a guest's monitor; `details` is JSON. */
  domainMonitorEvent: event(6, QemuDomainMonitorEventMsg),
};

/** The calls of the QEMU program, as a type. */
export type QemuProcedures = typeof qemuProcedures;

/** QEMU's own program (`qemu_protocol.x`): raw monitor and agent access. */
export const qemuProgram: Program<QemuProcedures, typeof qemuEvents> = program({
  name: "qemu",
  id: 0x2000_8087,
  version: 1,
  procedures: qemuProcedures,
  events: qemuEvents,
});
