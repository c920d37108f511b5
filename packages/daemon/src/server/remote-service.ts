import type { Driver, DriverConnection } from "@tsvirt/driver";
import {
  type BoundProgram,
  bindPartial,
  type Call,
  type ConnectSetIdentityArgs,
  type ConnectSupportsFeatureArgs,
  type ConnectSupportsFeatureRet,
  InternalFeature,
  lxcProgram,
  type ProcedureEntry,
  qemuProgram,
  remote,
} from "@tsvirt/rpc";
import type { AuthHandlers } from "./auth.ts";
import type { Client, Service } from "./client.ts";
import { forwardIdentity } from "./identity.ts";

type Own = (args: never, call: Call<Client>) => unknown;

/** Features that this layer has and answers for, whatever the driver is. */
const ownFeatures: ReadonlySet<number> = new Set([
  InternalFeature.fdPassing,
  InternalFeature.programKeepalive,
  InternalFeature.remoteEventCallback,
  InternalFeature.remoteCloseCallback,
]);

/** Opens the remote and qemu programs for a client: the driver's procedures behind our own. */
export function remoteService(driver: Driver, auth: AuthHandlers, client: Client): Service {
  const connection = driver.connect({
    readOnly: client.readOnly,
    emit: (program, event, message) => {
      client.link.sendEvent(program === "remote" ? remote : qemuProgram, event, message);
    },
  });
  return {
    programs: [overlay(connection, auth), bindPartial(qemuProgram, connection.qemu), bindPartial(lxcProgram, {})],
    close: () => connection.close(),
  };
}

/** The driver's remote program with the calls that are this layer's business answered here. */
function overlay(connection: DriverConnection, auth: AuthHandlers): BoundProgram {
  const bound = bindPartial(remote, connection.remote);
  return {
    ...bound,
    invoke(entry: ProcedureEntry, args: unknown, call: Call) {
      const own = entry.procedure.needAuth === false ? ownHandler(auth, entry.name) : undefined;
      if (own) return own(args as never, call as Call<Client>);
      if (entry.procedure === remote.procedures.connectSetIdentity) {
        return forwardIdentity(args as ConnectSetIdentityArgs, (call as Call<Client>).session);
      }
      if (entry.procedure === remote.procedures.connectSupportsFeature) {
        const known = ownFeature(args as ConnectSupportsFeatureArgs, (call as Call<Client>).session);
        if (known) return known;
      }
      return bound.invoke(entry, args, call);
    },
  };
}

function ownHandler(auth: AuthHandlers, name: string): Own | undefined {
  return new Map<string, Own>(Object.entries(auth)).get(name);
}

/** Asking for keepalive says that the client understands it, and starts ours. */
function ownFeature({ feature }: ConnectSupportsFeatureArgs, client: Client): ConnectSupportsFeatureRet | undefined {
  if (!ownFeatures.has(feature)) return undefined;
  if (feature === InternalFeature.programKeepalive) client.startKeepalive();
  return { supported: 1 };
}
