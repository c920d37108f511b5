import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { Users } from "@tsvirt/host";
import {
  type AdminClientRef,
  type AdminServerRef,
  type adminProcedures,
  ClientInfoParameter,
  ClientTransport,
  type Handlers,
  ParamList,
  param,
  ServerClientsParameter,
  ThreadpoolParameter,
  typedParams,
} from "@tsvirt/rpc";
import type { Client } from "../server/client.ts";
import type { Server } from "../server/server.ts";

/** The calls of the admin socket. */
export type AdminHandlers = Handlers<typeof adminProcedures, Client>;

/** What of the daemon the admin program shows and changes. */
export interface Administered {
  /** By name. */
  readonly servers: ReadonlyMap<string, Server>;
  readonly log: LogControl;
  readonly users: Pick<Users, "findUser" | "findGroup">;
  /** The libvirt version we are like: major * 1,000,000 + minor * 1,000 + release. */
  readonly libVersion: number;
  /** Sets after how many idle seconds the daemon ends; 0 for never. */
  setTimeout(seconds: number): void;
}

/** The log, as far as it can be changed while the daemon runs. */
export interface LogControl {
  readonly filters: { readonly text: string; readonly count: number };
  readonly outputs: { readonly text: string; readonly count: number };
  setFilters(text: string): void;
  setOutputs(text: string): Promise<void>;
}

const workerParams = typedParams({
  min: param(ThreadpoolParameter.workersMin, "uint"),
  max: param(ThreadpoolParameter.workersMax, "uint"),
  current: param(ThreadpoolParameter.workersCurrent, "uint"),
  free: param(ThreadpoolParameter.workersFree, "uint"),
  priority: param(ThreadpoolParameter.workersPriority, "uint"),
  queue: param(ThreadpoolParameter.jobQueueDepth, "uint"),
});
const workerChanges = typedParams({
  min: workerParams.fields.min,
  max: workerParams.fields.max,
  priority: workerParams.fields.priority,
});
const limitParams = typedParams({
  max: param(ServerClientsParameter.max, "uint"),
  current: param(ServerClientsParameter.current, "uint"),
  maxAnonymous: param(ServerClientsParameter.unauthMax, "uint"),
  anonymous: param(ServerClientsParameter.unauthCurrent, "uint"),
});
const limitChanges = typedParams({
  max: limitParams.fields.max,
  maxAnonymous: limitParams.fields.maxAnonymous,
});

/** Serves `virt-admin`. */
export function adminHandlers(daemon: Administered): AdminHandlers {
  const serverOf = ({ name }: AdminServerRef): Server => {
    const server = daemon.servers.get(name);
    if (server) return server;
    throw virtError(ErrorCode.noServer, `No server named '${name}'`, { domain: ErrorDomain.rpc });
  };
  const clientOf = (server: Server, id: bigint): Client => {
    const client = server.clients.get(Number(id));
    if (client) return client;
    throw virtError(ErrorCode.noClient, `No client with matching ID '${id}'`, { domain: ErrorDomain.rpc });
  };
  const refOf = (server: Server, client: Client): AdminClientRef => ({
    srv: { name: server.name },
    id: BigInt(client.id),
    timestamp: BigInt(Math.floor(client.since / 1000)),
    transport: ClientTransport.unix,
  });
  return {
    connectOpen({ flags }) {
      noFlags(flags);
    },
    connectClose() {
      return;
    },
    connectGetLibVersion: () => ({ libVer: BigInt(daemon.libVersion) }),

    connectListServers({ needResults, flags }) {
      noFlags(flags);
      const names = [...daemon.servers.keys()].sort();
      return { servers: needResults ? names.map((name) => ({ name })) : [], ret: names.length };
    },
    connectLookupServer({ name, flags }) {
      noFlags(flags);
      return { srv: { name: serverOf({ name }).name } };
    },

    serverGetThreadpoolParameters({ srv, flags }) {
      noFlags(flags);
      const server = serverOf(srv);
      const { min, max, priority } = server.workers;
      // Calls run on the event loop: as many "workers" are at work as calls are under way.
      const current = Math.max(min, Math.min(max, server.busy));
      const free = Math.max(0, current - server.busy);
      return { params: workerParams.format({ min, max, current, free, priority, queue: 0 }) };
    },
    serverSetThreadpoolParameters({ srv, params, flags }) {
      noFlags(flags);
      serverOf(srv).setWorkers(workerChanges.parse(params));
    },

    serverListClients({ srv, needResults, flags }) {
      noFlags(flags);
      const server = serverOf(srv);
      const clients = [...server.clients.values()];
      return { clients: needResults ? clients.map((client) => refOf(server, client)) : [], ret: clients.length };
    },
    serverLookupClient({ srv, id, flags }) {
      noFlags(flags);
      const server = serverOf(srv);
      return { clnt: refOf(server, clientOf(server, id)) };
    },
    serverGetClientLimits({ srv, flags }) {
      noFlags(flags);
      const server = serverOf(srv);
      const { max, maxAnonymous, anonymous } = server.limits;
      return { params: limitParams.format({ max, current: server.clients.size, maxAnonymous, anonymous }) };
    },
    serverSetClientLimits({ srv, params, flags }) {
      noFlags(flags);
      serverOf(srv).setLimits(limitChanges.parse(params));
    },
    serverUpdateTlsFiles({ flags }) {
      noFlags(flags);
      throw virtError(ErrorCode.internalError, "no tls service found, unable to update tls files", {
        domain: ErrorDomain.rpc,
      });
    },

    async clientGetInfo({ clnt, flags }) {
      noFlags(flags);
      const { peer, readOnly, forwarded = {} } = clientOf(serverOf(clnt.srv), clnt.id);
      const uid = Number(forwarded.uid ?? peer.uid);
      const gid = Number(forwarded.gid ?? peer.gid);
      const userName = forwarded.userName ?? (await daemon.users.findUser(`+${uid}`))?.name;
      const groupName = forwarded.groupName ?? (await daemon.users.findGroup(`+${gid}`))?.name;
      // The protocol has plain ints for these.
      const list = new ParamList()
        .boolean(ClientInfoParameter.readonly, readOnly)
        .int(ClientInfoParameter.unixUserId, uid | 0);
      if (userName !== undefined) list.string(ClientInfoParameter.unixUserName, userName);
      list.int(ClientInfoParameter.unixGroupId, gid | 0);
      if (groupName !== undefined) list.string(ClientInfoParameter.unixGroupName, groupName);
      list.int(ClientInfoParameter.unixProcessId, Number(forwarded.pid ?? peer.pid) | 0);
      return { params: list.params };
    },
    clientClose({ clnt, flags }, { session }) {
      noFlags(flags);
      const client = clientOf(serverOf(clnt.srv), clnt.id);
      const close = (): void => client.close("closed by the administrator");
      // Who closes itself still gets its answer.
      if (client === session) setImmediate(close);
      else close();
    },

    connectGetLoggingOutputs({ flags }) {
      noFlags(flags);
      const { text, count } = daemon.log.outputs;
      return { outputs: text, noutputs: count };
    },
    connectGetLoggingFilters({ flags }) {
      noFlags(flags);
      const { text, count } = daemon.log.filters;
      return count === 0 ? { nfilters: 0 } : { filters: text, nfilters: count };
    },
    async connectSetLoggingOutputs({ outputs, flags }) {
      noFlags(flags);
      await daemon.log.setOutputs(outputs ?? "");
    },
    connectSetLoggingFilters({ filters, flags }) {
      noFlags(flags);
      daemon.log.setFilters(filters ?? "");
    },
    connectSetDaemonTimeout({ timeout, flags }) {
      noFlags(flags);
      daemon.setTimeout(timeout);
    },
  };
}

/** No admin call knows any flags. */
function noFlags(flags: number): void {
  if (flags === 0) return;
  throw virtError(ErrorCode.invalidArg, `unsupported flags (0x${flags.toString(16)})`, { domain: ErrorDomain.admin });
}
