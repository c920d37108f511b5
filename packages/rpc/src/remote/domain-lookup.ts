import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX, REMOTE_DOMAIN_LIST_MAX } from "./limits.ts";
import { DomainRef, TypedParam, text, uuid } from "./refs.ts";

/** Arguments of `connectListDefinedDomains`. */
export class ConnectListDefinedDomainsArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListDefinedDomains`. */
export class ConnectListDefinedDomainsRet extends struct({ names: array(text, REMOTE_DOMAIN_LIST_MAX) }) {}

/** Arguments of `domainLookupById`. */
export class DomainLookupByIdArgs extends struct({ id: i32 }) {}

/** Result of `domainLookupById`. */
export class DomainLookupByIdRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainLookupByName`. */
export class DomainLookupByNameArgs extends struct({ name: text }) {}

/** Result of `domainLookupByName`. */
export class DomainLookupByNameRet extends struct({ dom: DomainRef }) {}

/** Arguments of `domainLookupByUuid`. */
export class DomainLookupByUuidArgs extends struct({ uuid: uuid }) {}

/** Result of `domainLookupByUuid`. */
export class DomainLookupByUuidRet extends struct({ dom: DomainRef }) {}

/** Result of `connectNumOfDefinedDomains`. */
export class ConnectNumOfDefinedDomainsRet extends struct({ num: i32 }) {}

/** Arguments of `connectListDomains`. */
export class ConnectListDomainsArgs extends struct({ maxids: i32 }) {}

/** Result of `connectListDomains`. */
export class ConnectListDomainsRet extends struct({ ids: array(i32, REMOTE_DOMAIN_LIST_MAX) }) {}

/** Result of `connectNumOfDomains`. */
export class ConnectNumOfDomainsRet extends struct({ num: i32 }) {}

/** Arguments of `connectListAllDomains`. */
export class ConnectListAllDomainsArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllDomains`. */
export class ConnectListAllDomainsRet extends struct({ domains: array(DomainRef, REMOTE_DOMAIN_LIST_MAX), ret: u32 }) {}

/** Arguments of `connectGetAllDomainStats`. */
export class ConnectGetAllDomainStatsArgs extends struct({
  doms: array(DomainRef, REMOTE_DOMAIN_LIST_MAX),
  stats: u32,
  flags: u32,
}) {}

/** The figures of one guest. */
export class DomainStatsRecord extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_CONNECT_GET_ALL_DOMAIN_STATS_MAX),
}) {}

/** Result of `connectGetAllDomainStats`. */
export class ConnectGetAllDomainStatsRet extends struct({
  retStats: array(DomainStatsRecord, REMOTE_DOMAIN_LIST_MAX),
}) {}

/** Calls that find, list and measure guests. */
export const domainLookupProcedures = {
  /** Names of the guests that are defined and not running. `virConnectListDefinedDomains`. */
  connectListDefinedDomains: procedure(21, {
    args: ConnectListDefinedDomainsArgs,
    ret: ConnectListDefinedDomainsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectListDefinedDomains",
  }),

  /** Finds a running guest by its id. `virDomainLookupByID`. */
  domainLookupById: procedure(22, {
    args: DomainLookupByIdArgs,
    ret: DomainLookupByIdRet,
    readonly: "allow",
    acl: "domain:getattr",
    priority: "high",
    api: "virDomainLookupByID",
  }),

  /** Finds a guest by its name. `virDomainLookupByName`. */
  domainLookupByName: procedure(23, {
    args: DomainLookupByNameArgs,
    ret: DomainLookupByNameRet,
    readonly: "allow",
    acl: "domain:getattr",
    priority: "high",
    api: "virDomainLookupByName",
  }),

  /** Finds a guest by its UUID. `virDomainLookupByUUID`. */
  domainLookupByUuid: procedure(24, {
    args: DomainLookupByUuidArgs,
    ret: DomainLookupByUuidRet,
    readonly: "allow",
    acl: "domain:getattr",
    priority: "high",
    api: "virDomainLookupByUUID",
  }),

  /** How many guests are defined and not running. `virConnectNumOfDefinedDomains`. */
  connectNumOfDefinedDomains: procedure(25, {
    args: nothing,
    ret: ConnectNumOfDefinedDomainsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectNumOfDefinedDomains",
  }),

  /** Ids of the running guests. `virConnectListDomains`. */
  connectListDomains: procedure(37, {
    args: ConnectListDomainsArgs,
    ret: ConnectListDomainsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectListDomains",
  }),

  /** How many guests are running. `virConnectNumOfDomains`. */
  connectNumOfDomains: procedure(51, {
    args: nothing,
    ret: ConnectNumOfDomainsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectNumOfDomains",
  }),

  /**
   * The guests that match (`ConnectListAllDomainsFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllDomains`.
   */
  connectListAllDomains: procedure(273, {
    args: ConnectListAllDomainsArgs,
    ret: ConnectListAllDomainsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:getattr",
    priority: "high",
    api: "virConnectListAllDomains",
  }),

  /**
   * Figures of many guests by group (`DomainStatsTypes`), of all that match or of those named.
   * `virConnectGetAllDomainStats`.
   */
  connectGetAllDomainStats: procedure(344, {
    args: ConnectGetAllDomainStatsArgs,
    ret: ConnectGetAllDomainStatsRet,
    readonly: "allow",
    acl: "connect:search_domains",
    aclFilter: "domain:read",
    api: "virConnectGetAllDomainStats",
  }),
};
