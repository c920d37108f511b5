import { NetworkEventId, type NetworkEventLifecycleMsg, remote } from "@tsvirt/rpc";
import type { Connection } from "./connection.ts";
import type { Registration, SubscribeOptions } from "./events.ts";
import { Network } from "./network.ts";

/** A network was defined, started, stopped, … (`NetworkEventLifecycleType`). */
export interface NetworkEvent {
  readonly network: Network;
  readonly event: number;
  readonly detail: number;
}

/** Which network's events, and until when. */
export interface NetworkEventOptions extends SubscribeOptions {
  /** Only this one's. */
  readonly network?: Network;
}

/** The life cycle of one network or all. */
export function networkEventRegistration(
  connection: Connection,
  { network }: NetworkEventOptions,
): Registration<NetworkEventLifecycleMsg, NetworkEvent> {
  const calls = connection.remote;
  return {
    connection,
    listen: (listener) => connection.listen(remote, remote.events.networkEventLifecycle, listener),
    register: async (signal) => {
      const args = { eventId: NetworkEventId.lifecycle, ...(network ? { net: network.ref } : {}) };
      return (await calls.connectNetworkEventRegisterAny(args, signal ? { signal } : {})).callbackId;
    },
    deregister: (callbackId) => calls.connectNetworkEventDeregisterAny({ callbackId }),
    convert: ({ net, event, detail }) => ({ network: new Network(connection, net), event, detail }),
  };
}
