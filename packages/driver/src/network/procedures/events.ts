import { ErrorCode, ErrorDomain, formatUuid, virtError } from "@tsvirt/base";
import {
  type Handlers,
  NetworkEventId,
  NetworkEventLifecycleType,
  type RemoteProcedures,
  networkEvents as wire,
} from "@tsvirt/rpc";
import { type NetworkContext, refOf } from "./context.ts";

interface Registration {
  readonly callbackId: number;
  /** Only this network's events. */
  readonly uuid: string | undefined;
}

/** Registrations of network events, and their delivery to the client. */
export function networkEventProcedures({ networks: driver, client }: NetworkContext) {
  const registrations = new Map<number, Registration>();
  let listening = false;

  const listen = (): void => {
    if (listening) return;
    listening = true;
    const stop = driver.onEvent((network, event) => {
      for (const { callbackId, uuid } of registrations.values()) {
        if (uuid !== undefined && uuid !== network.uuid) continue;
        client.session.emit("remote", wire.networkEventLifecycle, {
          callbackId,
          net: refOf(network),
          event: NetworkEventLifecycleType[event],
          detail: 0,
        });
      }
    });
    client.onClose(stop);
  };

  return {
    connectNetworkEventRegisterAny({ eventId, net }) {
      if (eventId !== NetworkEventId.lifecycle) {
        throw virtError(ErrorCode.internalError, `unsupported network event ID ${eventId}`, {
          domain: ErrorDomain.rpc,
        });
      }
      const uuid = net ? formatUuid(net.uuid) : undefined;
      // A client keeps track of its own listeners and asks the server once.
      if ([...registrations.values()].some((each) => each.uuid === uuid)) {
        throw virtError(ErrorCode.invalidArg, "event callback already tracked", { domain: ErrorDomain.none });
      }
      const callbackId = driver.takeCallbackId();
      registrations.set(callbackId, { callbackId, uuid });
      listen();
      return { callbackId };
    },
    connectNetworkEventDeregisterAny({ callbackId }) {
      if (registrations.delete(callbackId)) return;
      throw virtError(ErrorCode.internalError, `network event callback ${callbackId} not registered`, {
        domain: ErrorDomain.rpc,
      });
    },
  } satisfies Partial<Handlers<RemoteProcedures>>;
}
