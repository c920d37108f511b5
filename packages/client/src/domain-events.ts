import { DomainEventId, type MessageOf, type RemoteEvents, remote } from "@tsvirt/rpc";
import type { Connection } from "./connection.ts";
import { Domain } from "./domain.ts";
import type { Registration, SubscribeOptions } from "./events.ts";

const { events } = remote;

/** The message of each kind of domain event, by its name in `DomainEventId`. */
const messages = {
  lifecycle: events.domainEventCallbackLifecycle,
  reboot: events.domainEventCallbackReboot,
  rtcChange: events.domainEventCallbackRtcChange,
  watchdog: events.domainEventCallbackWatchdog,
  ioError: events.domainEventCallbackIoError,
  graphics: events.domainEventCallbackGraphics,
  ioErrorReason: events.domainEventCallbackIoErrorReason,
  controlError: events.domainEventCallbackControlError,
  blockJob: events.domainEventCallbackBlockJob,
  diskChange: events.domainEventCallbackDiskChange,
  trayChange: events.domainEventCallbackTrayChange,
  pmwakeup: events.domainEventCallbackPmwakeup,
  pmsuspend: events.domainEventCallbackPmsuspend,
  balloonChange: events.domainEventCallbackBalloonChange,
  pmsuspendDisk: events.domainEventCallbackPmsuspendDisk,
  deviceRemoved: events.domainEventCallbackDeviceRemoved,
  blockJob2: events.domainEventBlockJob2,
  tunable: events.domainEventCallbackTunable,
  agentLifecycle: events.domainEventCallbackAgentLifecycle,
  deviceAdded: events.domainEventCallbackDeviceAdded,
  migrationIteration: events.domainEventCallbackMigrationIteration,
  jobCompleted: events.domainEventCallbackJobCompleted,
  deviceRemovalFailed: events.domainEventCallbackDeviceRemovalFailed,
  metadataChange: events.domainEventCallbackMetadataChange,
  blockThreshold: events.domainEventBlockThreshold,
  memoryFailure: events.domainEventMemoryFailure,
  memoryDeviceSizeChange: events.domainEventMemoryDeviceSizeChange,
} satisfies { readonly [K in keyof typeof DomainEventId]: RemoteEvents[keyof RemoteEvents] };

/** A kind of domain event: a name of `DomainEventId`. */
export type DomainEventName = keyof typeof DomainEventId;

type Message<N extends DomainEventName> = MessageOf<(typeof messages)[N]>;
/** What a message says besides whom it is about and for: for most kinds within `msg`. */
type Said<M> = Omit<M extends { readonly msg: infer Inner } ? Inner & Omit<M, "msg"> : M, "callbackId" | "dom" | "msg">;

/** An event of one kind: the guest it is about and what libvirt says of it, by the names of its messages. */
export type DomainEventOf<N extends DomainEventName> = {
  readonly domain: Domain;
} & Said<Message<N>>;

/** Which guest's events, and until when. */
export interface DomainEventOptions extends SubscribeOptions {
  /** Only this one's. */
  readonly domain?: Domain;
}

/** What all events have in common on the wire: which registration each is for. */
export type AnyMessage = { readonly callbackId: number; readonly msg?: object } & Record<string, unknown>;

/** One kind of event, of all guests or one. */
export function domainEventRegistration<N extends DomainEventName>(
  connection: Connection,
  name: N,
  { domain }: DomainEventOptions,
): Registration<AnyMessage, DomainEventOf<N>> {
  const calls = connection.remote;
  return {
    connection,
    listen: (listener) => connection.listen(remote, messages[name], (message) => listener(message as AnyMessage)),
    register: async (signal) => {
      const args = { eventId: DomainEventId[name], ...(domain ? { dom: domain.ref } : {}) };
      return (await calls.connectDomainEventCallbackRegisterAny(args, signal ? { signal } : {})).callbackId;
    },
    deregister: (callbackId) => calls.connectDomainEventCallbackDeregisterAny({ callbackId }),
    convert: ({ callbackId: _, msg, ...outer }) => {
      const { dom, ...said } = { ...outer, ...msg } as { readonly dom: Domain["ref"] };
      return { domain: new Domain(connection, dom), ...said } as DomainEventOf<N>;
    },
  };
}
