import { ErrorCode, ErrorDomain, formatUuid, InternalError, virtError } from "@tsvirt/base";
import type { AnyType, TypeOf } from "@tsvirt/codec/xdr";
import {
  ConnectDomainEventAgentLifecycleReason as AgentReason,
  ConnectDomainEventAgentLifecycleState as AgentState,
  ConnectDomainEventBlockJobStatus as BlockJobStatus,
  ConnectDomainEventDiskChangeReason as DiskChangeReason,
  DomainBlockJobType,
  DomainEventCrashedDetailType,
  DomainEventDefinedDetailType,
  DomainEventGraphicsAddressType,
  DomainEventGraphicsPhase,
  DomainEventIoErrorAction,
  DomainEventPmsuspendedDetailType,
  DomainEventResumedDetailType,
  DomainEventShutdownDetailType,
  DomainEventStartedDetailType,
  DomainEventStoppedDetailType,
  DomainEventSuspendedDetailType,
  DomainEventTrayChangeReason,
  DomainEventType,
  DomainEventUndefinedDetailType,
  DomainEventWatchdogAction,
  DomainMemoryFailureActionType,
  DomainMemoryFailureFlags,
  DomainMemoryFailureRecipientType,
  DomainMetadataType,
  type EventDeclaration,
  type Handlers,
  DomainEventId as Id,
  type RemoteProcedures,
  domainEventsEvents as wire,
} from "@tsvirt/rpc";
import type { DomainEvent, GuestRef, LifecycleEvent } from "../events/domain-event.ts";
import { type ProcedureContext, refOf } from "./context.ts";
import { jobReportParams } from "./job-report.ts";

/** A message ready to be sent: to a callback, or in the old form that has no callback id. */
type Send = <M extends AnyType>(event: EventDeclaration<M>, message: TypeOf<M>) => void;

interface Registration {
  readonly eventId: number;
  /** Only this guest's events. */
  readonly uuid: string | undefined;
  /** -1 for the two old forms. */
  readonly callbackId: number;
}

const kinds = Object.keys(Id).length;

/** Registrations of domain events, in libvirt's three forms, and their delivery to the client. */
export function eventProcedures({ driver, client }: ProcedureContext) {
  const registrations = new Set<Registration>();
  let stop: (() => void) | undefined;

  const deliver = (guest: GuestRef, event: DomainEvent): void => {
    for (const id of idsOf(event)) {
      for (const each of registrations) {
        if (each.eventId !== id || (each.uuid !== undefined && each.uuid !== guest.uuid)) continue;
        sendTo(each, id, guest, event, (declaration, message) => client.session.emit("remote", declaration, message));
      }
    }
  };
  const register = (eventId: number, uuid: string | undefined, callbackId: number): void => {
    if (eventId < 0 || eventId >= kinds) {
      throw virtError(ErrorCode.internalError, `unsupported event ID ${eventId}`, { domain: ErrorDomain.rpc });
    }
    registrations.add({ eventId, uuid, callbackId });
    if (stop) return;
    stop = driver.events.onDomainEvent(deliver);
    client.onClose(() => {
      stop?.();
    });
  };
  const deregister = (matches: (each: Registration) => boolean, what: string): void => {
    for (const each of registrations) {
      if (!matches(each)) continue;
      registrations.delete(each);
      return;
    }
    throw virtError(ErrorCode.internalError, what, { domain: ErrorDomain.rpc });
  };
  const isOld = (eventId: number) => (each: Registration) => each.callbackId === -1 && each.eventId === eventId;

  return {
    connectDomainEventRegister() {
      register(Id.lifecycle, undefined, -1);
      return { cbRegistered: 1 };
    },
    connectDomainEventDeregister() {
      deregister(isOld(Id.lifecycle), "domain event 0 not registered");
      return { cbRegistered: 0 };
    },
    connectDomainEventRegisterAny({ eventId }) {
      // Later kinds exist in the newer form only.
      if (eventId >= Id.blockJob2) {
        throw virtError(ErrorCode.internalError, `unsupported event ID ${eventId}`, { domain: ErrorDomain.rpc });
      }
      register(eventId, undefined, -1);
    },
    connectDomainEventDeregisterAny({ eventId }) {
      deregister(isOld(eventId), `domain event ${eventId} not registered`);
    },
    connectDomainEventCallbackRegisterAny({ eventId, dom }) {
      const callbackId = driver.takeCallbackId();
      register(eventId, dom ? formatUuid(dom.uuid) : undefined, callbackId);
      return { callbackId };
    },
    connectDomainEventCallbackDeregisterAny({ callbackId }) {
      deregister((each) => each.callbackId === callbackId, `domain event callback ${callbackId} not registered`);
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}

/** The kinds of registrations that an event is for: some travel in an old and a new form. */
function idsOf(event: DomainEvent): readonly number[] {
  switch (event.kind) {
    case "ioError":
      return [Id.ioError, Id.ioErrorReason];
    case "blockJob":
      return [Id.blockJob, Id.blockJob2];
    case "pmWakeup":
      return [Id.pmwakeup];
    case "pmSuspend":
      return [Id.pmsuspend];
    case "pmSuspendDisk":
      return [Id.pmsuspendDisk];
    default:
      return [Id[event.kind]];
  }
}

function lifecycleDetail(event: LifecycleEvent): number {
  switch (event.event) {
    case "defined":
      return DomainEventDefinedDetailType[event.detail];
    case "undefined":
      return DomainEventUndefinedDetailType[event.detail];
    case "started":
      return DomainEventStartedDetailType[event.detail];
    case "suspended":
      return DomainEventSuspendedDetailType[event.detail];
    case "resumed":
      return DomainEventResumedDetailType[event.detail];
    case "stopped":
      return DomainEventStoppedDetailType[event.detail];
    case "shutdown":
      return DomainEventShutdownDetailType[event.detail];
    case "pmsuspended":
      return DomainEventPmsuspendedDetailType[event.detail];
    case "crashed":
      return DomainEventCrashedDetailType[event.detail];
  }
}

/** Sends one event in the form that the registration has. `id` tells the two forms of an event apart. */
function sendTo(to: Registration, id: number, guest: GuestRef, event: DomainEvent, send: Send): void {
  const dom = refOf(guest);
  const { callbackId } = to;
  /** Kinds that exist in an old form, and in a new one that wraps it. */
  const both = <M extends AnyType, C extends AnyType>(
    old: EventDeclaration<M>,
    message: TypeOf<M>,
    wrapped: EventDeclaration<C>,
    wrap: (msg: TypeOf<M>) => TypeOf<C>,
  ): void => (callbackId < 0 ? send(old, message) : send(wrapped, wrap(message)));
  const wrapped = <M>(msg: M): { callbackId: number; msg: M } => ({ callbackId, msg });
  const reasoned = <M>(msg: M): { callbackId: number; reason: number; msg: M } => ({ callbackId, reason: 0, msg });

  switch (event.kind) {
    case "lifecycle":
      return both(
        wire.domainEventLifecycle,
        { dom, event: DomainEventType[event.event], detail: lifecycleDetail(event) },
        wire.domainEventCallbackLifecycle,
        wrapped,
      );
    case "reboot":
      return both(wire.domainEventReboot, { dom }, wire.domainEventCallbackReboot, wrapped);
    case "rtcChange":
      return both(wire.domainEventRtcChange, { dom, offset: event.offset }, wire.domainEventCallbackRtcChange, wrapped);
    case "watchdog": {
      const action = DomainEventWatchdogAction[event.action === "injectNmi" ? "injectnmi" : event.action];
      return both(wire.domainEventWatchdog, { dom, action }, wire.domainEventCallbackWatchdog, wrapped);
    }
    case "ioError": {
      const action = DomainEventIoErrorAction[event.action];
      const message = { dom, srcPath: event.path, devAlias: event.alias, action };
      if (id === Id.ioError) return both(wire.domainEventIoError, message, wire.domainEventCallbackIoError, wrapped);
      return both(
        wire.domainEventIoErrorReason,
        { ...message, reason: event.reason },
        wire.domainEventCallbackIoErrorReason,
        wrapped,
      );
    }
    case "graphics": {
      const end = (each: typeof event.local) => ({ ...each, family: DomainEventGraphicsAddressType[each.family] });
      const message = {
        dom,
        phase: DomainEventGraphicsPhase[event.phase],
        local: end(event.local),
        remote: end(event.remote),
        authScheme: event.authScheme,
        subject: [...event.subject],
      };
      return both(wire.domainEventGraphics, message, wire.domainEventCallbackGraphics, wrapped);
    }
    case "controlError":
      return both(wire.domainEventControlError, { dom }, wire.domainEventCallbackControlError, wrapped);
    case "blockJob": {
      const type = DomainBlockJobType[event.type];
      const status = BlockJobStatus[event.status];
      if (id === Id.blockJob2) {
        return send(wire.domainEventBlockJob2, { callbackId, dom, dst: event.target, type, status });
      }
      const message = { dom, path: event.path, type, status };
      return both(wire.domainEventBlockJob, message, wire.domainEventCallbackBlockJob, wrapped);
    }
    case "diskChange": {
      const message = {
        dom,
        ...(event.oldPath !== undefined && { oldSrcPath: event.oldPath }),
        ...(event.newPath !== undefined && { newSrcPath: event.newPath }),
        devAlias: event.alias,
        reason:
          DiskChangeReason[event.reason === "changedMissingOnStart" ? "changeMissingOnStart" : "dropMissingOnStart"],
      };
      return both(wire.domainEventDiskChange, message, wire.domainEventCallbackDiskChange, wrapped);
    }
    case "trayChange": {
      const message = { dom, devAlias: event.alias, reason: DomainEventTrayChangeReason[event.reason] };
      return both(wire.domainEventTrayChange, message, wire.domainEventCallbackTrayChange, wrapped);
    }
    case "pmWakeup":
      return both(wire.domainEventPmwakeup, { dom }, wire.domainEventCallbackPmwakeup, reasoned);
    case "pmSuspend":
      return both(wire.domainEventPmsuspend, { dom }, wire.domainEventCallbackPmsuspend, reasoned);
    case "pmSuspendDisk":
      return both(wire.domainEventPmsuspendDisk, { dom }, wire.domainEventCallbackPmsuspendDisk, reasoned);
    case "balloonChange": {
      const message = { dom, actual: event.actual };
      return both(wire.domainEventBalloonChange, message, wire.domainEventCallbackBalloonChange, wrapped);
    }
    case "deviceRemoved": {
      const message = { dom, devAlias: event.alias };
      return both(wire.domainEventDeviceRemoved, message, wire.domainEventCallbackDeviceRemoved, wrapped);
    }
    default:
      return sendNew(callbackId, dom, event, send);
  }
}

type NewOnly = Extract<
  DomainEvent,
  {
    kind:
      | "tunable"
      | "agentLifecycle"
      | "deviceAdded"
      | "deviceRemovalFailed"
      | "migrationIteration"
      | "jobCompleted"
      | "metadataChange"
      | "blockThreshold"
      | "memoryFailure"
      | "memoryDeviceSizeChange";
  }
>;

/** Kinds that only exist with a callback id. */
function sendNew(callbackId: number, dom: ReturnType<typeof refOf>, event: NewOnly, send: Send): void {
  switch (event.kind) {
    case "tunable":
      return send(wire.domainEventCallbackTunable, {
        callbackId,
        dom,
        params: event.values.map(({ name, ...value }) => ({ field: name, value })),
      });
    case "agentLifecycle":
      return send(wire.domainEventCallbackAgentLifecycle, {
        callbackId,
        dom,
        state: AgentState[event.state],
        reason: AgentReason[event.reason],
      });
    case "deviceAdded":
      return send(wire.domainEventCallbackDeviceAdded, { callbackId, dom, devAlias: event.alias });
    case "deviceRemovalFailed":
      return send(wire.domainEventCallbackDeviceRemovalFailed, { callbackId, dom, devAlias: event.alias });
    case "migrationIteration":
      return send(wire.domainEventCallbackMigrationIteration, { callbackId, dom, iteration: event.iteration });
    case "jobCompleted":
      return send(wire.domainEventCallbackJobCompleted, { callbackId, dom, params: jobReportParams(event.report) });
    case "metadataChange":
      return send(wire.domainEventCallbackMetadataChange, {
        callbackId,
        dom,
        type: DomainMetadataType[event.type],
        ...(event.uri !== undefined && { nsuri: event.uri }),
      });
    case "blockThreshold":
      return send(wire.domainEventBlockThreshold, {
        callbackId,
        dom,
        dev: event.device,
        ...(event.path !== undefined && { path: event.path }),
        threshold: event.threshold,
        excess: event.excess,
      });
    case "memoryFailure":
      return send(wire.domainEventMemoryFailure, {
        callbackId,
        dom,
        recipient: DomainMemoryFailureRecipientType[event.recipient],
        action: DomainMemoryFailureActionType[event.action],
        flags:
          (event.actionRequired ? DomainMemoryFailureFlags.actionRequired : 0) |
          (event.recursive ? DomainMemoryFailureFlags.recursive : 0),
      });
    case "memoryDeviceSizeChange":
      return send(wire.domainEventMemoryDeviceSizeChange, { callbackId, dom, alias: event.alias, size: event.size });
    default:
      throw new InternalError(`unknown event ${JSON.stringify(event)}`);
  }
}
