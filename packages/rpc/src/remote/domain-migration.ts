import { array, bytes, i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { procedure, streamProcedure } from "../program.ts";
import { REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX, REMOTE_MIGRATE_COOKIE_MAX } from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainMigratePrepare`. */
export class DomainMigratePrepareArgs extends struct({
  uriIn: optionalText,
  flags: u64,
  dname: optionalText,
  resource: u64,
}) {}

/** Result of `domainMigratePrepare`. */
export class DomainMigratePrepareRet extends struct({
  cookie: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uriOut: optionalText,
}) {}

/** Arguments of `domainMigratePerform`. */
export class DomainMigratePerformArgs extends struct({
  dom: DomainRef,
  cookie: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uri: text,
  flags: u64,
  dname: optionalText,
  resource: u64,
}) {}

/** Arguments of `domainMigrateFinish`. */
export class DomainMigrateFinishArgs extends struct({
  dname: text,
  cookie: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uri: text,
  flags: u64,
}) {}

/** Result of `domainMigrateFinish`. */
export class DomainMigrateFinishRet extends struct({ ddom: DomainRef }) {}

/** Arguments of `domainMigratePrepare2`. */
export class DomainMigratePrepare2Args extends struct({
  uriIn: optionalText,
  flags: u64,
  dname: optionalText,
  resource: u64,
  domXml: text,
}) {}

/** Result of `domainMigratePrepare2`. */
export class DomainMigratePrepare2Ret extends struct({
  cookie: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uriOut: optionalText,
}) {}

/** Arguments of `domainMigrateFinish2`. */
export class DomainMigrateFinish2Args extends struct({
  dname: text,
  cookie: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uri: text,
  flags: u64,
  retcode: i32,
}) {}

/** Result of `domainMigrateFinish2`. */
export class DomainMigrateFinish2Ret extends struct({ ddom: DomainRef }) {}

/** Arguments of `domainMigratePrepareTunnel`. */
export class DomainMigratePrepareTunnelArgs extends struct({
  flags: u64,
  dname: optionalText,
  resource: u64,
  domXml: text,
}) {}

/** Arguments of `domainMigrateSetMaxDowntime`. */
export class DomainMigrateSetMaxDowntimeArgs extends struct({ dom: DomainRef, downtime: u64, flags: u32 }) {}

/** Arguments of `domainMigrateSetMaxSpeed`. */
export class DomainMigrateSetMaxSpeedArgs extends struct({ dom: DomainRef, bandwidth: u64, flags: u32 }) {}

/** Arguments of `domainMigrateBegin3`. */
export class DomainMigrateBegin3Args extends struct({
  dom: DomainRef,
  xmlin: optionalText,
  flags: u64,
  dname: optionalText,
  resource: u64,
}) {}

/** Result of `domainMigrateBegin3`. */
export class DomainMigrateBegin3Ret extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX), xml: text }) {}

/** Arguments of `domainMigratePrepare3`. */
export class DomainMigratePrepare3Args extends struct({
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uriIn: optionalText,
  flags: u64,
  dname: optionalText,
  resource: u64,
  domXml: text,
}) {}

/** Result of `domainMigratePrepare3`. */
export class DomainMigratePrepare3Ret extends struct({
  cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uriOut: optionalText,
}) {}

/** Arguments of `domainMigratePrepareTunnel3`. */
export class DomainMigratePrepareTunnel3Args extends struct({
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u64,
  dname: optionalText,
  resource: u64,
  domXml: text,
}) {}

/** Result of `domainMigratePrepareTunnel3`. */
export class DomainMigratePrepareTunnel3Ret extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX) }) {}

/** Arguments of `domainMigratePerform3`. */
export class DomainMigratePerform3Args extends struct({
  dom: DomainRef,
  xmlin: optionalText,
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  dconnuri: optionalText,
  uri: optionalText,
  flags: u64,
  dname: optionalText,
  resource: u64,
}) {}

/** Result of `domainMigratePerform3`. */
export class DomainMigratePerform3Ret extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX) }) {}

/** Arguments of `domainMigrateFinish3`. */
export class DomainMigrateFinish3Args extends struct({
  dname: text,
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  dconnuri: optionalText,
  uri: optionalText,
  flags: u64,
  cancelled: i32,
}) {}

/** Result of `domainMigrateFinish3`. */
export class DomainMigrateFinish3Ret extends struct({ dom: DomainRef, cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX) }) {}

/** Arguments of `domainMigrateConfirm3`. */
export class DomainMigrateConfirm3Args extends struct({
  dom: DomainRef,
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u64,
  cancelled: i32,
}) {}

/** Arguments of `domainMigrateGetMaxSpeed`. */
export class DomainMigrateGetMaxSpeedArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainMigrateGetMaxSpeed`. */
export class DomainMigrateGetMaxSpeedRet extends struct({ bandwidth: u64 }) {}

/** Arguments of `domainMigrateGetCompressionCache`. */
export class DomainMigrateGetCompressionCacheArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainMigrateGetCompressionCache`. */
export class DomainMigrateGetCompressionCacheRet extends struct({ cacheSize: u64 }) {}

/** Arguments of `domainMigrateSetCompressionCache`. */
export class DomainMigrateSetCompressionCacheArgs extends struct({ dom: DomainRef, cacheSize: u64, flags: u32 }) {}

/** Arguments of `domainMigrateBegin3Params`. */
export class DomainMigrateBegin3ParamsArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  flags: u32,
}) {}

/** Result of `domainMigrateBegin3Params`. */
export class DomainMigrateBegin3ParamsRet extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX), xml: text }) {}

/** Arguments of `domainMigratePrepare3Params`. */
export class DomainMigratePrepare3ParamsArgs extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u32,
}) {}

/** Result of `domainMigratePrepare3Params`. */
export class DomainMigratePrepare3ParamsRet extends struct({
  cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  uriOut: optionalText,
}) {}

/** Arguments of `domainMigratePrepareTunnel3Params`. */
export class DomainMigratePrepareTunnel3ParamsArgs extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u32,
}) {}

/** Result of `domainMigratePrepareTunnel3Params`. */
export class DomainMigratePrepareTunnel3ParamsRet extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX) }) {}

/** Arguments of `domainMigratePerform3Params`. */
export class DomainMigratePerform3ParamsArgs extends struct({
  dom: DomainRef,
  dconnuri: optionalText,
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u32,
}) {}

/** Result of `domainMigratePerform3Params`. */
export class DomainMigratePerform3ParamsRet extends struct({ cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX) }) {}

/** Arguments of `domainMigrateFinish3Params`. */
export class DomainMigrateFinish3ParamsArgs extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u32,
  cancelled: i32,
}) {}

/** Result of `domainMigrateFinish3Params`. */
export class DomainMigrateFinish3ParamsRet extends struct({
  dom: DomainRef,
  cookieOut: bytes(REMOTE_MIGRATE_COOKIE_MAX),
}) {}

/** Arguments of `domainMigrateConfirm3Params`. */
export class DomainMigrateConfirm3ParamsArgs extends struct({
  dom: DomainRef,
  params: array(TypedParam, REMOTE_DOMAIN_MIGRATE_PARAM_LIST_MAX),
  cookieIn: bytes(REMOTE_MIGRATE_COOKIE_MAX),
  flags: u32,
  cancelled: i32,
}) {}

/** Arguments of `domainMigrateStartPostCopy`. */
export class DomainMigrateStartPostCopyArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Arguments of `domainMigrateGetMaxDowntime`. */
export class DomainMigrateGetMaxDowntimeArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainMigrateGetMaxDowntime`. */
export class DomainMigrateGetMaxDowntimeRet extends struct({ downtime: u64 }) {}

/** Calls of the migration protocols; clients run them in order, users do not. */
export const domainMigrationProcedures = {
  /** Protocol 1, destination: readies a place for the guest and says where to send it. */
  domainMigratePrepare: procedure(61, {
    args: DomainMigratePrepareArgs,
    ret: DomainMigratePrepareRet,
    acl: ["domain:migrate", "domain:start", "domain:write"],
    api: "virDomainMigratePrepare",
  }),

  /** Protocols 1 and 2, source: sends the guest, or in direct and peer-to-peer modes does it all. */
  domainMigratePerform: procedure(62, {
    args: DomainMigratePerformArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigratePerform",
  }),

  /** Protocol 1, destination: takes over or gives up the guest. */
  domainMigrateFinish: procedure(63, {
    args: DomainMigrateFinishArgs,
    ret: DomainMigrateFinishRet,
    acl: "domain:migrate",
    api: "virDomainMigrateFinish",
  }),

  /** Protocol 2, destination: like `domainMigratePrepare`, with the guest's document. */
  domainMigratePrepare2: procedure(108, {
    args: DomainMigratePrepare2Args,
    ret: DomainMigratePrepare2Ret,
    acl: ["domain:migrate", "domain:start", "domain:write"],
    api: "virDomainMigratePrepare2",
  }),

  /** Protocol 2, destination: like `domainMigrateFinish`, told whether sending worked. */
  domainMigrateFinish2: procedure(109, {
    args: DomainMigrateFinish2Args,
    ret: DomainMigrateFinish2Ret,
    acl: "domain:migrate",
    api: "virDomainMigrateFinish2",
  }),

  /** Protocol 2, destination: readies a place for the guest, whose data comes through the stream. */
  domainMigratePrepareTunnel: streamProcedure(
    148,
    { direction: "toServer" },
    {
      args: DomainMigratePrepareTunnelArgs,
      ret: nothing,
      acl: ["domain:migrate", "domain:start", "domain:write"],
      api: "virDomainMigratePrepareTunnel",
    },
  ),

  /** Sets for how many milliseconds a guest may stand still during live migration. `virDomainMigrateSetMaxDowntime`. */
  domainMigrateSetMaxDowntime: procedure(166, {
    args: DomainMigrateSetMaxDowntimeArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateSetMaxDowntime",
  }),

  /** Sets how many MiB a second a migration may send. `virDomainMigrateSetMaxSpeed`. */
  domainMigrateSetMaxSpeed: procedure(207, {
    args: DomainMigrateSetMaxSpeedArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateSetMaxSpeed",
  }),

  /** Protocol 3, source: checks the guest and returns its document and the first cookie. */
  domainMigrateBegin3: procedure(213, {
    args: DomainMigrateBegin3Args,
    ret: DomainMigrateBegin3Ret,
    acl: "domain:migrate",
    api: "virDomainMigrateBegin3",
  }),

  /** Protocol 3, destination: readies a place for the guest and says where to send it. */
  domainMigratePrepare3: procedure(214, {
    args: DomainMigratePrepare3Args,
    ret: DomainMigratePrepare3Ret,
    acl: ["domain:migrate", "domain:start", "domain:write"],
    api: "virDomainMigratePrepare3",
  }),

  /** Protocol 3, destination: readies a place for the guest, whose data comes through the stream. */
  domainMigratePrepareTunnel3: streamProcedure(
    215,
    { direction: "toServer" },
    {
      args: DomainMigratePrepareTunnel3Args,
      ret: DomainMigratePrepareTunnel3Ret,
      acl: ["domain:migrate", "domain:start", "domain:write"],
      api: "virDomainMigratePrepareTunnel3",
    },
  ),

  /** Protocol 3, source: sends the guest. */
  domainMigratePerform3: procedure(216, {
    args: DomainMigratePerform3Args,
    ret: DomainMigratePerform3Ret,
    acl: "domain:migrate",
    api: "virDomainMigratePerform3",
  }),

  /** Protocol 3, destination: takes over or gives up the guest. */
  domainMigrateFinish3: procedure(217, {
    args: DomainMigrateFinish3Args,
    ret: DomainMigrateFinish3Ret,
    acl: "domain:migrate",
    api: "virDomainMigrateFinish3",
  }),

  /** Protocol 3, source: ends the guest, or lets it run on when the move was cancelled. */
  domainMigrateConfirm3: procedure(218, {
    args: DomainMigrateConfirm3Args,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateConfirm3",
  }),

  /** How many MiB a second a migration may send. `virDomainMigrateGetMaxSpeed`. */
  domainMigrateGetMaxSpeed: procedure(242, {
    args: DomainMigrateGetMaxSpeedArgs,
    ret: DomainMigrateGetMaxSpeedRet,
    acl: "domain:migrate",
    api: "virDomainMigrateGetMaxSpeed",
  }),

  /** Size in bytes of the cache for compressing repeatedly sent pages. `virDomainMigrateGetCompressionCache`. */
  domainMigrateGetCompressionCache: procedure(299, {
    args: DomainMigrateGetCompressionCacheArgs,
    ret: DomainMigrateGetCompressionCacheRet,
    readonly: "allow",
    acl: "domain:migrate",
    api: "virDomainMigrateGetCompressionCache",
  }),

  /**
   * Sets the size in bytes of the cache for compressing repeatedly sent pages. `virDomainMigrateSetCompressionCache`.
   */
  domainMigrateSetCompressionCache: procedure(300, {
    args: DomainMigrateSetCompressionCacheArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateSetCompressionCache",
  }),

  /** Like `domainMigrateBegin3`, with typed parameters (`MigrateParameter`). */
  domainMigrateBegin3Params: procedure(302, {
    args: DomainMigrateBegin3ParamsArgs,
    ret: DomainMigrateBegin3ParamsRet,
    acl: "domain:migrate",
    api: "virDomainMigrateBegin3Params",
  }),

  /** Like `domainMigratePrepare3`, with typed parameters (`MigrateParameter`). */
  domainMigratePrepare3Params: procedure(303, {
    args: DomainMigratePrepare3ParamsArgs,
    ret: DomainMigratePrepare3ParamsRet,
    acl: ["domain:migrate", "domain:start", "domain:write"],
    api: "virDomainMigratePrepare3Params",
  }),

  /** Like `domainMigratePrepareTunnel3`, with typed parameters (`MigrateParameter`). */
  domainMigratePrepareTunnel3Params: streamProcedure(
    304,
    { direction: "toServer" },
    {
      args: DomainMigratePrepareTunnel3ParamsArgs,
      ret: DomainMigratePrepareTunnel3ParamsRet,
      acl: ["domain:migrate", "domain:start", "domain:write"],
      api: "virDomainMigratePrepareTunnel3Params",
    },
  ),

  /** Like `domainMigratePerform3`, with typed parameters (`MigrateParameter`). */
  domainMigratePerform3Params: procedure(305, {
    args: DomainMigratePerform3ParamsArgs,
    ret: DomainMigratePerform3ParamsRet,
    acl: "domain:migrate",
    api: "virDomainMigratePerform3Params",
  }),

  /** Like `domainMigrateFinish3`, with typed parameters (`MigrateParameter`). */
  domainMigrateFinish3Params: procedure(306, {
    args: DomainMigrateFinish3ParamsArgs,
    ret: DomainMigrateFinish3ParamsRet,
    acl: "domain:migrate",
    api: "virDomainMigrateFinish3Params",
  }),

  /** Like `domainMigrateConfirm3`, with typed parameters (`MigrateParameter`). */
  domainMigrateConfirm3Params: procedure(307, {
    args: DomainMigrateConfirm3ParamsArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateConfirm3Params",
  }),

  /** Switches a migration under way to post-copy. `virDomainMigrateStartPostCopy`. */
  domainMigrateStartPostCopy: procedure(364, {
    args: DomainMigrateStartPostCopyArgs,
    ret: nothing,
    acl: "domain:migrate",
    api: "virDomainMigrateStartPostCopy",
  }),

  /** For how many milliseconds a guest may stand still during live migration. `virDomainMigrateGetMaxDowntime`. */
  domainMigrateGetMaxDowntime: procedure(387, {
    args: DomainMigrateGetMaxDowntimeArgs,
    ret: DomainMigrateGetMaxDowntimeRet,
    readonly: "allow",
    acl: "domain:migrate",
    api: "virDomainMigrateGetMaxDowntime",
  }),
};
