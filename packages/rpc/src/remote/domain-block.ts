import { array, bytes, i32, i64, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { modifiesDomain } from "./access.ts";
import {
  REMOTE_DOMAIN_BLOCK_COPY_PARAMETERS_MAX,
  REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX,
  REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX,
  REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX,
  REMOTE_DOMAIN_DISK_ERRORS_MAX,
} from "./limits.ts";
import { DomainRef, optionalText, TypedParam, text } from "./refs.ts";

/** Arguments of `domainBlockStats`. */
export class DomainBlockStatsArgs extends struct({ dom: DomainRef, path: text }) {}

/** Result of `domainBlockStats`. */
export class DomainBlockStatsRet extends struct({ rdReq: i64, rdBytes: i64, wrReq: i64, wrBytes: i64, errs: i64 }) {}

/** Arguments of `domainBlockPeek`. */
export class DomainBlockPeekArgs extends struct({ dom: DomainRef, path: text, offset: u64, size: u32, flags: u32 }) {}

/** Result of `domainBlockPeek`. */
export class DomainBlockPeekRet extends struct({ buffer: bytes(REMOTE_DOMAIN_BLOCK_PEEK_BUFFER_MAX) }) {}

/** Arguments of `domainGetBlockInfo`. */
export class DomainGetBlockInfoArgs extends struct({ dom: DomainRef, path: text, flags: u32 }) {}

/** Result of `domainGetBlockInfo`. */
export class DomainGetBlockInfoRet extends struct({ allocation: u64, capacity: u64, physical: u64 }) {}

/** Arguments of `domainBlockJobAbort`. */
export class DomainBlockJobAbortArgs extends struct({ dom: DomainRef, path: text, flags: u32 }) {}

/** Arguments of `domainGetBlockJobInfo`. */
export class DomainGetBlockJobInfoArgs extends struct({ dom: DomainRef, path: text, flags: u32 }) {}

/** Result of `domainGetBlockJobInfo`. */
export class DomainGetBlockJobInfoRet extends struct({ found: i32, type: i32, bandwidth: u64, cur: u64, end: u64 }) {}

/** Arguments of `domainBlockJobSetSpeed`. */
export class DomainBlockJobSetSpeedArgs extends struct({ dom: DomainRef, path: text, bandwidth: u64, flags: u32 }) {}

/** Arguments of `domainBlockPull`. */
export class DomainBlockPullArgs extends struct({ dom: DomainRef, path: text, bandwidth: u64, flags: u32 }) {}

/** Arguments of `domainBlockStatsFlags`. */
export class DomainBlockStatsFlagsArgs extends struct({ dom: DomainRef, path: text, nparams: i32, flags: u32 }) {}

/** Result of `domainBlockStatsFlags`. */
export class DomainBlockStatsFlagsRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_BLOCK_STATS_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainBlockResize`. */
export class DomainBlockResizeArgs extends struct({ dom: DomainRef, disk: text, size: u64, flags: u32 }) {}

/** Arguments of `domainSetBlockIoTune`. */
export class DomainSetBlockIoTuneArgs extends struct({
  dom: DomainRef,
  disk: text,
  params: array(TypedParam, REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainGetBlockIoTune`. */
export class DomainGetBlockIoTuneArgs extends struct({
  dom: DomainRef,
  disk: optionalText,
  nparams: i32,
  flags: u32,
}) {}

/** Result of `domainGetBlockIoTune`. */
export class DomainGetBlockIoTuneRet extends struct({
  params: array(TypedParam, REMOTE_DOMAIN_BLOCK_IO_TUNE_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `domainGetDiskErrors`. */
export class DomainGetDiskErrorsArgs extends struct({ dom: DomainRef, maxerrors: u32, flags: u32 }) {}

/** A disk that stopped on an error (`DomainDiskErrorCode`). */
export class DomainDiskError extends struct({ disk: text, error: i32 }) {}

/** Result of `domainGetDiskErrors`. */
export class DomainGetDiskErrorsRet extends struct({
  errors: array(DomainDiskError, REMOTE_DOMAIN_DISK_ERRORS_MAX),
  nerrors: i32,
}) {}

/** Arguments of `domainBlockRebase`. */
export class DomainBlockRebaseArgs extends struct({
  dom: DomainRef,
  path: text,
  base: optionalText,
  bandwidth: u64,
  flags: u32,
}) {}

/** Arguments of `domainBlockCommit`. */
export class DomainBlockCommitArgs extends struct({
  dom: DomainRef,
  disk: text,
  base: optionalText,
  top: optionalText,
  bandwidth: u64,
  flags: u32,
}) {}

/** Arguments of `domainBlockCopy`. */
export class DomainBlockCopyArgs extends struct({
  dom: DomainRef,
  path: text,
  destxml: text,
  params: array(TypedParam, REMOTE_DOMAIN_BLOCK_COPY_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `domainSetBlockThreshold`. */
export class DomainSetBlockThresholdArgs extends struct({ dom: DomainRef, dev: text, threshold: u64, flags: u32 }) {}

/** Calls about a guest's disks and their jobs. */
export const domainBlockProcedures = {
  /**
   * Requests, bytes and errors of a disk, or of all when the path is empty; -1 where unknown. `virDomainBlockStats`.
   */
  domainBlockStats: procedure(64, {
    args: DomainBlockStatsArgs,
    ret: DomainBlockStatsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainBlockStats",
  }),

  /** Bytes of a disk's file or device on the host. `virDomainBlockPeek`. */
  domainBlockPeek: procedure(103, {
    args: DomainBlockPeekArgs,
    ret: DomainBlockPeekRet,
    acl: "domain:block_read",
    api: "virDomainBlockPeek",
  }),

  /** Logical size, allocation and physical size of a disk in bytes. `virDomainGetBlockInfo`. */
  domainGetBlockInfo: procedure(194, {
    args: DomainGetBlockInfoArgs,
    ret: DomainGetBlockInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetBlockInfo",
  }),

  /** Cancels a disk's job or pivots to its copy (`DomainBlockJobAbortFlags`). `virDomainBlockJobAbort`. */
  domainBlockJobAbort: procedure(237, {
    args: DomainBlockJobAbortArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainBlockJobAbort",
  }),

  /** Type, bandwidth and progress of a disk's job; `found` 0 when there is none. `virDomainGetBlockJobInfo`. */
  domainGetBlockJobInfo: procedure(238, {
    args: DomainGetBlockJobInfoArgs,
    ret: DomainGetBlockJobInfoRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetBlockJobInfo",
  }),

  /** Sets how fast a disk's job may go, in MiB or bytes a second. `virDomainBlockJobSetSpeed`. */
  domainBlockJobSetSpeed: procedure(239, {
    args: DomainBlockJobSetSpeedArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainBlockJobSetSpeed",
  }),

  /** Copies what lies in the backing images into the disk's top image. `virDomainBlockPull`. */
  domainBlockPull: procedure(240, {
    args: DomainBlockPullArgs,
    ret: nothing,
    acl: "domain:block_write",
    api: "virDomainBlockPull",
  }),

  /** A disk's figures (`DomainBlockStatsParameter`); with `nparams` 0 only the count. `virDomainBlockStatsFlags`. */
  domainBlockStatsFlags: procedure(243, {
    args: DomainBlockStatsFlagsArgs,
    ret: DomainBlockStatsFlagsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainBlockStatsFlags",
  }),

  /** Resizes a running guest's disk, in KiB or bytes (`DomainBlockResizeFlags`). `virDomainBlockResize`. */
  domainBlockResize: procedure(251, {
    args: DomainBlockResizeArgs,
    ret: nothing,
    acl: "domain:block_write",
    api: "virDomainBlockResize",
  }),

  /** Changes a disk's throttling (`DomainBlockIotuneParameter`). `virDomainSetBlockIoTune`. */
  domainSetBlockIoTune: procedure(252, {
    args: DomainSetBlockIoTuneArgs,
    ret: nothing,
    acl: modifiesDomain,
    api: "virDomainSetBlockIoTune",
  }),

  /** A disk's throttling (`DomainBlockIotuneParameter`); with `nparams` 0 only the count. `virDomainGetBlockIoTune`. */
  domainGetBlockIoTune: procedure(253, {
    args: DomainGetBlockIoTuneArgs,
    ret: DomainGetBlockIoTuneRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetBlockIoTune",
  }),

  /** The disks that stopped on an error, and the error (`DomainDiskErrorCode`). `virDomainGetDiskErrors`. */
  domainGetDiskErrors: procedure(263, {
    args: DomainGetDiskErrorsArgs,
    ret: DomainGetDiskErrorsRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainGetDiskErrors",
  }),

  /**
   * Pulls part of the backing chain into the disk, or starts a copy (`DomainBlockRebaseFlags`).
   * `virDomainBlockRebase`.
   */
  domainBlockRebase: procedure(266, {
    args: DomainBlockRebaseArgs,
    ret: nothing,
    acl: "domain:block_write",
    api: "virDomainBlockRebase",
  }),

  /**
   * Writes what lies above an image into it and shortens the chain (`DomainBlockCommitFlags`). `virDomainBlockCommit`.
   */
  domainBlockCommit: procedure(290, {
    args: DomainBlockCommitArgs,
    ret: nothing,
    acl: "domain:block_write",
    api: "virDomainBlockCommit",
  }),

  /** Starts a copy of a disk to where the document says (`DomainBlockCopyParameter`). `virDomainBlockCopy`. */
  domainBlockCopy: procedure(345, {
    args: DomainBlockCopyArgs,
    ret: nothing,
    acl: "domain:block_write",
    api: "virDomainBlockCopy",
  }),

  /** Asks for an event when a block device has been written up to this many bytes. `virDomainSetBlockThreshold`. */
  domainSetBlockThreshold: procedure(386, {
    args: DomainSetBlockThresholdArgs,
    ret: nothing,
    acl: "domain:write",
    api: "virDomainSetBlockThreshold",
  }),
};
