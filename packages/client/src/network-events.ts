import { NetworkEventId, type NetworkEventLifecycleMsg, remote } from "@tsvirt/rpc";
import type { Connection } from "./connection.ts";
import { type SubscribeOptions, type Subscription, subscribe } from "./events.ts";
import { Network } from "./network.ts";

/** A network was defined, started, stopped, … (`NetworkEventLifecycleType`). */
export interface NetworkEvent {
  readonly network: Network;
  readonly event: number;
  readonly detail: number;
}

/** Subscribes to the life cycle of one network or all. */
export function subscribeNetworkEvents(
  connection: Connection,
  options: SubscribeOptions & { readonly network?: Network },
): Promise<Subscription<NetworkEvent>> {
  const calls = connection.remote;
  const net = options.network?.ref;
  return subscribe<NetworkEventLifecycleMsg, NetworkEvent>(
    {
      listen: (listener) => connection.listen(remote, remote.events.networkEventLifecycle, listener),
      register: async (signal) => {
        const args = { eventId: NetworkEventId.lifecycle, ...(net ? { net } : {}) };
        return (await calls.connectNetworkEventRegisterAny(args, signal ? { signal } : {})).callbackId;
      },
      deregister: (callbackId) => calls.connectNetworkEventDeregisterAny({ callbackId }),
      ended: () => connection.isClosed,
      closed: connection.closed,
    },
    (message) => ({ network: new Network(connection, message.net), event: message.event, detail: message.detail }),
    options,
  );
}
