// Names of typed parameters, as libvirt 9.0's public headers define them.

/** Worker figures of a server (`VIR_THREADPOOL_*`). */
export const ThreadpoolParameter = {
  workersMin: "minWorkers",
  workersMax: "maxWorkers",
  workersPriority: "prioWorkers",
  workersFree: "freeWorkers",
  workersCurrent: "nWorkers",
  jobQueueDepth: "jobQueueDepth",
} as const;
/** A name of {@link ThreadpoolParameter}. */
export type ThreadpoolParameter = (typeof ThreadpoolParameter)[keyof typeof ThreadpoolParameter];

/** What is known of a client (`VIR_CLIENT_INFO_*`). */
export const ClientInfoParameter = {
  readonly: "readonly",
  socketAddr: "sock_addr",
  saslUserName: "sasl_user_name",
  x509DistinguishedName: "tls_x509_dname",
  unixUserId: "unix_user_id",
  unixUserName: "unix_user_name",
  unixGroupId: "unix_group_id",
  unixGroupName: "unix_group_name",
  unixProcessId: "unix_process_id",
  selinuxContext: "selinux_context",
} as const;
/** A name of {@link ClientInfoParameter}. */
export type ClientInfoParameter = (typeof ClientInfoParameter)[keyof typeof ClientInfoParameter];

/** Client limits of a server (`VIR_SERVER_CLIENTS_*`). */
export const ServerClientsParameter = {
  max: "nclients_max",
  current: "nclients",
  unauthMax: "nclients_unauth_max",
  unauthCurrent: "nclients_unauth",
} as const;
/** A name of {@link ServerClientsParameter}. */
export type ServerClientsParameter = (typeof ServerClientsParameter)[keyof typeof ServerClientsParameter];
