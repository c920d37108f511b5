import { array, i64, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { type Program, procedure, program } from "./program.ts";
import { optionalText, TypedParam, text } from "./remote/refs.ts";

/** Most servers in a list. */
export const ADMIN_SERVER_LIST_MAX = 16384;
/** Most worker figures. */
export const ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX = 32;
/** Most clients in a list. */
export const ADMIN_CLIENT_LIST_MAX = 16384;
/** Most facts of a client. */
export const ADMIN_CLIENT_INFO_PARAMETERS_MAX = 64;
/** Most client limits. */
export const ADMIN_SERVER_CLIENT_LIMITS_MAX = 32;

/** Arguments of `connectOpen`. */
export class AdminConnectOpenArgs extends struct({ flags: u32 }) {}

/** Result of `connectGetLibVersion`. */
export class AdminConnectGetLibVersionRet extends struct({ libVer: u64 }) {}

/** Arguments of `connectListServers`. */
export class AdminConnectListServersArgs extends struct({ needResults: u32, flags: u32 }) {}

/** A server of the daemon. */
export class AdminServerRef extends struct({ name: text }) {}

/** Result of `connectListServers`. */
export class AdminConnectListServersRet extends struct({
  servers: array(AdminServerRef, ADMIN_SERVER_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `connectLookupServer`. */
export class AdminConnectLookupServerArgs extends struct({ name: text, flags: u32 }) {}

/** Result of `connectLookupServer`. */
export class AdminConnectLookupServerRet extends struct({ srv: AdminServerRef }) {}

/** Arguments of `serverGetThreadpoolParameters`. */
export class AdminServerGetThreadpoolParametersArgs extends struct({ srv: AdminServerRef, flags: u32 }) {}

/** Result of `serverGetThreadpoolParameters`. */
export class AdminServerGetThreadpoolParametersRet extends struct({
  params: array(TypedParam, ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX),
}) {}

/** Arguments of `serverSetThreadpoolParameters`. */
export class AdminServerSetThreadpoolParametersArgs extends struct({
  srv: AdminServerRef,
  params: array(TypedParam, ADMIN_SERVER_THREADPOOL_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `serverListClients`. */
export class AdminServerListClientsArgs extends struct({ srv: AdminServerRef, needResults: u32, flags: u32 }) {}

/** A client of a server; `timestamp` is when it came, in seconds since the epoch, `transport` a `ClientTransport`. */
export class AdminClientRef extends struct({ srv: AdminServerRef, id: u64, timestamp: i64, transport: u32 }) {}

/** Result of `serverListClients`. */
export class AdminServerListClientsRet extends struct({
  clients: array(AdminClientRef, ADMIN_CLIENT_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `serverLookupClient`. */
export class AdminServerLookupClientArgs extends struct({ srv: AdminServerRef, id: u64, flags: u32 }) {}

/** Result of `serverLookupClient`. */
export class AdminServerLookupClientRet extends struct({ clnt: AdminClientRef }) {}

/** Arguments of `clientGetInfo`. */
export class AdminClientGetInfoArgs extends struct({ clnt: AdminClientRef, flags: u32 }) {}

/** Result of `clientGetInfo`. */
export class AdminClientGetInfoRet extends struct({ params: array(TypedParam, ADMIN_CLIENT_INFO_PARAMETERS_MAX) }) {}

/** Arguments of `clientClose`. */
export class AdminClientCloseArgs extends struct({ clnt: AdminClientRef, flags: u32 }) {}

/** Arguments of `serverGetClientLimits`. */
export class AdminServerGetClientLimitsArgs extends struct({ srv: AdminServerRef, flags: u32 }) {}

/** Result of `serverGetClientLimits`. */
export class AdminServerGetClientLimitsRet extends struct({
  params: array(TypedParam, ADMIN_SERVER_CLIENT_LIMITS_MAX),
}) {}

/** Arguments of `serverSetClientLimits`. */
export class AdminServerSetClientLimitsArgs extends struct({
  srv: AdminServerRef,
  params: array(TypedParam, ADMIN_SERVER_CLIENT_LIMITS_MAX),
  flags: u32,
}) {}

/** Arguments of `connectGetLoggingOutputs`. */
export class AdminConnectGetLoggingOutputsArgs extends struct({ flags: u32 }) {}

/** Result of `connectGetLoggingOutputs`. */
export class AdminConnectGetLoggingOutputsRet extends struct({ outputs: text, noutputs: u32 }) {}

/** Arguments of `connectGetLoggingFilters`. */
export class AdminConnectGetLoggingFiltersArgs extends struct({ flags: u32 }) {}

/** Result of `connectGetLoggingFilters`. */
export class AdminConnectGetLoggingFiltersRet extends struct({ filters: optionalText, nfilters: u32 }) {}

/** Arguments of `connectSetLoggingOutputs`. */
export class AdminConnectSetLoggingOutputsArgs extends struct({ outputs: optionalText, flags: u32 }) {}

/** Arguments of `connectSetLoggingFilters`. */
export class AdminConnectSetLoggingFiltersArgs extends struct({ filters: optionalText, flags: u32 }) {}

/** Arguments of `serverUpdateTlsFiles`. */
export class AdminServerUpdateTlsFilesArgs extends struct({ srv: AdminServerRef, flags: u32 }) {}

/** Arguments of `connectSetDaemonTimeout`. */
export class AdminConnectSetDaemonTimeoutArgs extends struct({ timeout: u32, flags: u32 }) {}

/** The calls of the admin program. */
export const adminProcedures = {
  /** Opens the administration of the daemon. Once per connection. `virAdmConnectOpen`. */
  connectOpen: procedure(1, { args: AdminConnectOpenArgs, ret: nothing, acl: "none", api: "virAdmConnectOpen" }),

  /** Ends the administration; closing the socket does the same. `virAdmConnectClose`. */
  connectClose: procedure(2, { args: nothing, ret: nothing, acl: "none", api: "virAdmConnectClose" }),

  /** The daemon's libvirt version as major * 1,000,000 + minor * 1,000 + release. `virAdmConnectGetLibVersion`. */
  connectGetLibVersion: procedure(3, {
    args: nothing,
    ret: AdminConnectGetLibVersionRet,
    acl: "none",
    api: "virAdmConnectGetLibVersion",
  }),

  /** The daemon's servers; `needResults` 0 returns the count alone. `virAdmConnectListServers`. */
  connectListServers: procedure(4, {
    args: AdminConnectListServersArgs,
    ret: AdminConnectListServersRet,
    acl: "none",
    api: "virAdmConnectListServers",
  }),

  /** Finds a server by its name. `virAdmConnectLookupServer`. */
  connectLookupServer: procedure(5, {
    args: AdminConnectLookupServerArgs,
    ret: AdminConnectLookupServerRet,
    acl: "none",
    api: "virAdmConnectLookupServer",
  }),

  /** Figures of a server's workers (`ThreadpoolParameter`). `virAdmServerGetThreadPoolParameters`. */
  serverGetThreadpoolParameters: procedure(6, {
    args: AdminServerGetThreadpoolParametersArgs,
    ret: AdminServerGetThreadpoolParametersRet,
    acl: "none",
    api: "virAdmServerGetThreadPoolParameters",
  }),

  /** Changes how many workers a server has (`ThreadpoolParameter`). `virAdmServerSetThreadPoolParameters`. */
  serverSetThreadpoolParameters: procedure(7, {
    args: AdminServerSetThreadpoolParametersArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmServerSetThreadPoolParameters",
  }),

  /** A server's clients; `needResults` 0 returns the count alone. `virAdmServerListClients`. */
  serverListClients: procedure(8, {
    args: AdminServerListClientsArgs,
    ret: AdminServerListClientsRet,
    acl: "none",
    api: "virAdmServerListClients",
  }),

  /** Finds a client of a server by its id. `virAdmServerLookupClient`. */
  serverLookupClient: procedure(9, {
    args: AdminServerLookupClientArgs,
    ret: AdminServerLookupClientRet,
    acl: "none",
    api: "virAdmServerLookupClient",
  }),

  /** Who a client is (`ClientInfoParameter`). `virAdmClientGetInfo`. */
  clientGetInfo: procedure(10, {
    args: AdminClientGetInfoArgs,
    ret: AdminClientGetInfoRet,
    acl: "none",
    api: "virAdmClientGetInfo",
  }),

  /** Closes a client's connection. `virAdmClientClose`. */
  clientClose: procedure(11, { args: AdminClientCloseArgs, ret: nothing, acl: "none", api: "virAdmClientClose" }),

  /** Limits and counts of a server's clients (`ServerClientsParameter`). `virAdmServerGetClientLimits`. */
  serverGetClientLimits: procedure(12, {
    args: AdminServerGetClientLimitsArgs,
    ret: AdminServerGetClientLimitsRet,
    acl: "none",
    api: "virAdmServerGetClientLimits",
  }),

  /** Changes the limits of a server's clients (`ServerClientsParameter`). `virAdmServerSetClientLimits`. */
  serverSetClientLimits: procedure(13, {
    args: AdminServerSetClientLimitsArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmServerSetClientLimits",
  }),

  /** Where the daemon logs to, in libvirt's notation; `noutputs` of them. `virAdmConnectGetLoggingOutputs`. */
  connectGetLoggingOutputs: procedure(14, {
    args: AdminConnectGetLoggingOutputsArgs,
    ret: AdminConnectGetLoggingOutputsRet,
    acl: "none",
    api: "virAdmConnectGetLoggingOutputs",
  }),

  /** What the daemon logs, in libvirt's notation; `nfilters` of them. `virAdmConnectGetLoggingFilters`. */
  connectGetLoggingFilters: procedure(15, {
    args: AdminConnectGetLoggingFiltersArgs,
    ret: AdminConnectGetLoggingFiltersRet,
    acl: "none",
    api: "virAdmConnectGetLoggingFilters",
  }),

  /** Sets where the daemon logs to; nothing given means the default. `virAdmConnectSetLoggingOutputs`. */
  connectSetLoggingOutputs: procedure(16, {
    args: AdminConnectSetLoggingOutputsArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmConnectSetLoggingOutputs",
  }),

  /** Sets what the daemon logs; nothing given means no filters. `virAdmConnectSetLoggingFilters`. */
  connectSetLoggingFilters: procedure(17, {
    args: AdminConnectSetLoggingFiltersArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmConnectSetLoggingFilters",
  }),

  /** Reads the TLS certificates and keys anew. `virAdmServerUpdateTlsFiles`. */
  serverUpdateTlsFiles: procedure(18, {
    args: AdminServerUpdateTlsFilesArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmServerUpdateTlsFiles",
  }),

  /** Sets after how many idle seconds the daemon ends; 0 means never. `virAdmConnectSetDaemonTimeout`. */
  connectSetDaemonTimeout: procedure(19, {
    args: AdminConnectSetDaemonTimeoutArgs,
    ret: nothing,
    acl: "none",
    api: "virAdmConnectSetDaemonTimeout",
  }),
};

/** The calls of the admin program, as a type. */
export type AdminProcedures = typeof adminProcedures;

/** The program of daemon administration (`admin_protocol.x`), on its own socket. */
export const adminProgram: Program<AdminProcedures, Readonly<Record<never, never>>> = program({
  name: "admin",
  id: 0x0690_0690,
  version: 1,
  procedures: adminProcedures,
  events: {},
});
