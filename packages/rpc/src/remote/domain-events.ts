import { array, i32, i64, nothing, optional, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { event, procedure } from "../program.ts";
import {
  REMOTE_DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX,
  REMOTE_DOMAIN_EVENT_TUNABLE_MAX,
  REMOTE_DOMAIN_JOB_STATS_MAX,
} from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Result of `connectDomainEventRegister`. */
export class ConnectDomainEventRegisterRet extends struct({ cbRegistered: i32 }) {}

/** Result of `connectDomainEventDeregister`. */
export class ConnectDomainEventDeregisterRet extends struct({ cbRegistered: i32 }) {}

/** Content of `domainEventLifecycle`. */
export class DomainEventLifecycleMsg extends struct({ dom: DomainRef, event: i32, detail: i32 }) {}

/** Arguments of `connectDomainEventRegisterAny`. */
export class ConnectDomainEventRegisterAnyArgs extends struct({ eventId: i32 }) {}

/** Arguments of `connectDomainEventDeregisterAny`. */
export class ConnectDomainEventDeregisterAnyArgs extends struct({ eventId: i32 }) {}

/** Content of `domainEventReboot`. */
export class DomainEventRebootMsg extends struct({ dom: DomainRef }) {}

/** Content of `domainEventRtcChange`. */
export class DomainEventRtcChangeMsg extends struct({ dom: DomainRef, offset: i64 }) {}

/** Content of `domainEventWatchdog`. */
export class DomainEventWatchdogMsg extends struct({ dom: DomainRef, action: i32 }) {}

/** Content of `domainEventIoError`. */
export class DomainEventIoErrorMsg extends struct({ dom: DomainRef, srcPath: text, devAlias: text, action: i32 }) {}

/** One end of a display's connection (`DomainEventGraphicsAddressType`). */
export class DomainEventGraphicsAddress extends struct({ family: i32, node: text, service: text }) {}

/** How a display's client proved who it is. */
export class DomainEventGraphicsIdentity extends struct({ type: text, name: text }) {}

/** Content of `domainEventGraphics`. */
export class DomainEventGraphicsMsg extends struct({
  dom: DomainRef,
  phase: i32,
  local: DomainEventGraphicsAddress,
  remote: DomainEventGraphicsAddress,
  authScheme: text,
  subject: array(DomainEventGraphicsIdentity, REMOTE_DOMAIN_EVENT_GRAPHICS_IDENTITY_MAX),
}) {}

/** Content of `domainEventIoErrorReason`. */
export class DomainEventIoErrorReasonMsg extends struct({
  dom: DomainRef,
  srcPath: text,
  devAlias: text,
  action: i32,
  reason: text,
}) {}

/** Content of `domainEventControlError`. */
export class DomainEventControlErrorMsg extends struct({ dom: DomainRef }) {}

/** Content of `domainEventBlockJob`. */
export class DomainEventBlockJobMsg extends struct({ dom: DomainRef, path: text, type: i32, status: i32 }) {}

/** Content of `domainEventDiskChange`. */
export class DomainEventDiskChangeMsg extends struct({
  dom: DomainRef,
  oldSrcPath: optionalText,
  newSrcPath: optionalText,
  devAlias: text,
  reason: i32,
}) {}

/** Content of `domainEventTrayChange`. */
export class DomainEventTrayChangeMsg extends struct({ dom: DomainRef, devAlias: text, reason: i32 }) {}

/** Content of `domainEventPmwakeup`. */
export class DomainEventPmwakeupMsg extends struct({ dom: DomainRef }) {}

/** Content of `domainEventPmsuspend`. */
export class DomainEventPmsuspendMsg extends struct({ dom: DomainRef }) {}

/** Content of `domainEventBalloonChange`. */
export class DomainEventBalloonChangeMsg extends struct({ dom: DomainRef, actual: u64 }) {}

/** Content of `domainEventPmsuspendDisk`. */
export class DomainEventPmsuspendDiskMsg extends struct({ dom: DomainRef }) {}

/** Content of `domainEventDeviceRemoved`. */
export class DomainEventDeviceRemovedMsg extends struct({ dom: DomainRef, devAlias: text }) {}

/** Arguments of `connectDomainEventCallbackRegisterAny`. */
export class ConnectDomainEventCallbackRegisterAnyArgs extends struct({ eventId: i32, dom: optional(DomainRef) }) {}

/** Result of `connectDomainEventCallbackRegisterAny`. */
export class ConnectDomainEventCallbackRegisterAnyRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectDomainEventCallbackDeregisterAny`. */
export class ConnectDomainEventCallbackDeregisterAnyArgs extends struct({ callbackId: i32 }) {}

/** Content of `domainEventCallbackLifecycle`. */
export class DomainEventCallbackLifecycleMsg extends struct({ callbackId: i32, msg: DomainEventLifecycleMsg }) {}

/** Content of `domainEventCallbackReboot`. */
export class DomainEventCallbackRebootMsg extends struct({ callbackId: i32, msg: DomainEventRebootMsg }) {}

/** Content of `domainEventCallbackRtcChange`. */
export class DomainEventCallbackRtcChangeMsg extends struct({ callbackId: i32, msg: DomainEventRtcChangeMsg }) {}

/** Content of `domainEventCallbackWatchdog`. */
export class DomainEventCallbackWatchdogMsg extends struct({ callbackId: i32, msg: DomainEventWatchdogMsg }) {}

/** Content of `domainEventCallbackIoError`. */
export class DomainEventCallbackIoErrorMsg extends struct({ callbackId: i32, msg: DomainEventIoErrorMsg }) {}

/** Content of `domainEventCallbackGraphics`. */
export class DomainEventCallbackGraphicsMsg extends struct({ callbackId: i32, msg: DomainEventGraphicsMsg }) {}

/** Content of `domainEventCallbackIoErrorReason`. */
export class DomainEventCallbackIoErrorReasonMsg extends struct({
  callbackId: i32,
  msg: DomainEventIoErrorReasonMsg,
}) {}

/** Content of `domainEventCallbackControlError`. */
export class DomainEventCallbackControlErrorMsg extends struct({ callbackId: i32, msg: DomainEventControlErrorMsg }) {}

/** Content of `domainEventCallbackBlockJob`. */
export class DomainEventCallbackBlockJobMsg extends struct({ callbackId: i32, msg: DomainEventBlockJobMsg }) {}

/** Content of `domainEventCallbackDiskChange`. */
export class DomainEventCallbackDiskChangeMsg extends struct({ callbackId: i32, msg: DomainEventDiskChangeMsg }) {}

/** Content of `domainEventCallbackTrayChange`. */
export class DomainEventCallbackTrayChangeMsg extends struct({ callbackId: i32, msg: DomainEventTrayChangeMsg }) {}

/** Content of `domainEventCallbackPmwakeup`. */
export class DomainEventCallbackPmwakeupMsg extends struct({
  callbackId: i32,
  reason: i32,
  msg: DomainEventPmwakeupMsg,
}) {}

/** Content of `domainEventCallbackPmsuspend`. */
export class DomainEventCallbackPmsuspendMsg extends struct({
  callbackId: i32,
  reason: i32,
  msg: DomainEventPmsuspendMsg,
}) {}

/** Content of `domainEventCallbackBalloonChange`. */
export class DomainEventCallbackBalloonChangeMsg extends struct({
  callbackId: i32,
  msg: DomainEventBalloonChangeMsg,
}) {}

/** Content of `domainEventCallbackPmsuspendDisk`. */
export class DomainEventCallbackPmsuspendDiskMsg extends struct({
  callbackId: i32,
  reason: i32,
  msg: DomainEventPmsuspendDiskMsg,
}) {}

/** Content of `domainEventCallbackDeviceRemoved`. */
export class DomainEventCallbackDeviceRemovedMsg extends struct({
  callbackId: i32,
  msg: DomainEventDeviceRemovedMsg,
}) {}

/** Content of `domainEventBlockJob2`. */
export class DomainEventBlockJob2Msg extends struct({
  callbackId: i32,
  dom: DomainRef,
  dst: text,
  type: i32,
  status: i32,
}) {}

/** Content of `domainEventCallbackTunable`. */
export class DomainEventCallbackTunableMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_EVENT_TUNABLE_MAX),
}) {}

/** Content of `domainEventCallbackAgentLifecycle`. */
export class DomainEventCallbackAgentLifecycleMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  state: i32,
  reason: i32,
}) {}

/** Content of `domainEventCallbackDeviceAdded`. */
export class DomainEventCallbackDeviceAddedMsg extends struct({ callbackId: i32, dom: DomainRef, devAlias: text }) {}

/** Content of `domainEventCallbackMigrationIteration`. */
export class DomainEventCallbackMigrationIterationMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  iteration: i32,
}) {}

/** Content of `domainEventCallbackJobCompleted`. */
export class DomainEventCallbackJobCompletedMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_JOB_STATS_MAX),
}) {}

/** Content of `domainEventCallbackDeviceRemovalFailed`. */
export class DomainEventCallbackDeviceRemovalFailedMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  devAlias: text,
}) {}

/** Content of `domainEventCallbackMetadataChange`. */
export class DomainEventCallbackMetadataChangeMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  type: i32,
  nsuri: optionalText,
}) {}

/** Content of `domainEventBlockThreshold`. */
export class DomainEventBlockThresholdMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  dev: text,
  path: optionalText,
  threshold: u64,
  excess: u64,
}) {}

/** Content of `domainEventMemoryFailure`. */
export class DomainEventMemoryFailureMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  recipient: i32,
  action: i32,
  flags: u32,
}) {}

/** Content of `domainEventMemoryDeviceSizeChange`. */
export class DomainEventMemoryDeviceSizeChangeMsg extends struct({
  callbackId: i32,
  dom: DomainRef,
  alias: text,
  size: u64,
}) {}

/** Registrations of domain events. */
export const domainEventsProcedures = {
  /**
   * Asks for lifecycle events of all guests in the oldest form, without a callback id.
   * `virConnectDomainEventRegister`.
   */
  connectDomainEventRegister: procedure(105, {
    args: nothing,
    ret: ConnectDomainEventRegisterRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectDomainEventRegister",
  }),

  /** Ends what `connectDomainEventRegister` began. `virConnectDomainEventDeregister`. */
  connectDomainEventDeregister: procedure(106, {
    args: nothing,
    ret: ConnectDomainEventDeregisterRet,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectDomainEventDeregister",
  }),

  /**
   * Asks for a kind of domain events (`DomainEventId`) in the older form, without a callback id.
   * `virConnectDomainEventRegisterAny`.
   */
  connectDomainEventRegisterAny: procedure(167, {
    args: ConnectDomainEventRegisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectDomainEventRegisterAny",
  }),

  /** Ends what `connectDomainEventRegisterAny` began. `virConnectDomainEventDeregisterAny`. */
  connectDomainEventDeregisterAny: procedure(168, {
    args: ConnectDomainEventDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectDomainEventDeregisterAny",
  }),

  /**
   * Asks for a kind of domain events (`DomainEventId`), of one guest or all; returns the id they will carry.
   * `virConnectDomainEventRegister`.
   */
  connectDomainEventCallbackRegisterAny: procedure(316, {
    args: ConnectDomainEventCallbackRegisterAnyArgs,
    ret: ConnectDomainEventCallbackRegisterAnyRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectDomainEventRegister",
  }),

  /** Ends a registration of domain events. `virConnectDomainEventDeregister`. */
  connectDomainEventCallbackDeregisterAny: procedure(317, {
    args: ConnectDomainEventCallbackDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectDomainEventDeregister",
  }),
};

/** Domain events, in the old and the new form. */
export const domainEventsEvents = {
  /** A guest was defined, started, … (`DomainEventType` and the detail's own type). */
  domainEventLifecycle: event(107, DomainEventLifecycleMsg),

  /** A guest rebooted. */
  domainEventReboot: event(169, DomainEventRebootMsg),

  /** A guest set its clock; `offset` seconds from UTC. */
  domainEventRtcChange: event(170, DomainEventRtcChangeMsg),

  /** A guest's watchdog fired (`DomainEventWatchdogAction`). */
  domainEventWatchdog: event(171, DomainEventWatchdogMsg),

  /** A disk failed (`DomainEventIoErrorAction`). */
  domainEventIoError: event(172, DomainEventIoErrorMsg),

  /** A display's client came, authenticated or left (`DomainEventGraphicsPhase`). */
  domainEventGraphics: event(173, DomainEventGraphicsMsg),

  /** A disk failed, and why, e.g. `enospc`. */
  domainEventIoErrorReason: event(195, DomainEventIoErrorReasonMsg),

  /** The guest's monitor does not answer. */
  domainEventControlError: event(224, DomainEventControlErrorMsg),

  /** A disk's job ended or became ready (`ConnectDomainEventBlockJobStatus`); named by source path. */
  domainEventBlockJob: event(241, DomainEventBlockJobMsg),

  /** A disk's source changed because it was missing at the start (`ConnectDomainEventDiskChangeReason`). */
  domainEventDiskChange: event(248, DomainEventDiskChangeMsg),

  /** A removable device's tray moved (`DomainEventTrayChangeReason`). */
  domainEventTrayChange: event(268, DomainEventTrayChangeMsg),

  /** A guest woke from its own suspension. */
  domainEventPmwakeup: event(269, DomainEventPmwakeupMsg),

  /** A guest suspended itself to memory. */
  domainEventPmsuspend: event(270, DomainEventPmsuspendMsg),

  /** The balloon's size changed; `actual` is in KiB. */
  domainEventBalloonChange: event(276, DomainEventBalloonChangeMsg),

  /** A guest suspended itself to disk. */
  domainEventPmsuspendDisk: event(292, DomainEventPmsuspendDiskMsg),

  /** A guest released a device, which is gone now. */
  domainEventDeviceRemoved: event(311, DomainEventDeviceRemovedMsg),

  /** `domainEventLifecycle` in the newer form, with the callback's id. */
  domainEventCallbackLifecycle: event(318, DomainEventCallbackLifecycleMsg),

  /** `domainEventReboot` in the newer form, with the callback's id. */
  domainEventCallbackReboot: event(319, DomainEventCallbackRebootMsg),

  /** `domainEventRtcChange` in the newer form, with the callback's id. */
  domainEventCallbackRtcChange: event(320, DomainEventCallbackRtcChangeMsg),

  /** `domainEventWatchdog` in the newer form, with the callback's id. */
  domainEventCallbackWatchdog: event(321, DomainEventCallbackWatchdogMsg),

  /** `domainEventIoError` in the newer form, with the callback's id. */
  domainEventCallbackIoError: event(322, DomainEventCallbackIoErrorMsg),

  /** `domainEventGraphics` in the newer form, with the callback's id. */
  domainEventCallbackGraphics: event(323, DomainEventCallbackGraphicsMsg),

  /** `domainEventIoErrorReason` in the newer form, with the callback's id. */
  domainEventCallbackIoErrorReason: event(324, DomainEventCallbackIoErrorReasonMsg),

  /** `domainEventControlError` in the newer form, with the callback's id. */
  domainEventCallbackControlError: event(325, DomainEventCallbackControlErrorMsg),

  /** `domainEventBlockJob` in the newer form, with the callback's id. */
  domainEventCallbackBlockJob: event(326, DomainEventCallbackBlockJobMsg),

  /** `domainEventDiskChange` in the newer form, with the callback's id. */
  domainEventCallbackDiskChange: event(327, DomainEventCallbackDiskChangeMsg),

  /** `domainEventTrayChange` in the newer form, with the callback's id. */
  domainEventCallbackTrayChange: event(328, DomainEventCallbackTrayChangeMsg),

  /** `domainEventPmwakeup` in the newer form, with the callback's id. */
  domainEventCallbackPmwakeup: event(329, DomainEventCallbackPmwakeupMsg),

  /** `domainEventPmsuspend` in the newer form, with the callback's id. */
  domainEventCallbackPmsuspend: event(330, DomainEventCallbackPmsuspendMsg),

  /** `domainEventBalloonChange` in the newer form, with the callback's id. */
  domainEventCallbackBalloonChange: event(331, DomainEventCallbackBalloonChangeMsg),

  /** `domainEventPmsuspendDisk` in the newer form, with the callback's id. */
  domainEventCallbackPmsuspendDisk: event(332, DomainEventCallbackPmsuspendDiskMsg),

  /** `domainEventDeviceRemoved` in the newer form, with the callback's id. */
  domainEventCallbackDeviceRemoved: event(333, DomainEventCallbackDeviceRemovedMsg),

  /** A disk's job ended or became ready (`ConnectDomainEventBlockJobStatus`); named by target. */
  domainEventBlockJob2: event(339, DomainEventBlockJob2Msg),

  /** Tuning values changed; only those that did are named. */
  domainEventCallbackTunable: event(346, DomainEventCallbackTunableMsg),

  /** A guest's agent connected or disconnected (`ConnectDomainEventAgentLifecycleState`). */
  domainEventCallbackAgentLifecycle: event(348, DomainEventCallbackAgentLifecycleMsg),

  /** A device was added to a running guest. */
  domainEventCallbackDeviceAdded: event(354, DomainEventCallbackDeviceAddedMsg),

  /** A migration began another pass over memory. */
  domainEventCallbackMigrationIteration: event(359, DomainEventCallbackMigrationIterationMsg),

  /** A job ended; its figures as in `domainGetJobStats`. */
  domainEventCallbackJobCompleted: event(363, DomainEventCallbackJobCompletedMsg),

  /** A guest did not release a device. */
  domainEventCallbackDeviceRemovalFailed: event(367, DomainEventCallbackDeviceRemovalFailedMsg),

  /** A guest's title, description or custom element changed (`DomainMetadataType`). */
  domainEventCallbackMetadataChange: event(379, DomainEventCallbackMetadataChangeMsg),

  /** A block device was written beyond its threshold, by `excess` bytes. */
  domainEventBlockThreshold: event(385, DomainEventBlockThresholdMsg),

  /** A guest met a hardware memory error (`DomainMemoryFailureActionType`). */
  domainEventMemoryFailure: event(423, DomainEventMemoryFailureMsg),

  /** A guest changed the size of a virtio memory device, in KiB. */
  domainEventMemoryDeviceSizeChange: event(438, DomainEventMemoryDeviceSizeChangeMsg),
};
