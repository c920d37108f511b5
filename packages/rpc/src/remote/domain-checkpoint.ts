import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { DomainCheckpointCreateFlags, DomainCheckpointXmlFlags } from "../constants/domain-snapshot.ts";
import { procedure } from "../program.ts";
import { REMOTE_DOMAIN_CHECKPOINT_LIST_MAX } from "./limits.ts";
import { DomainCheckpointRef, DomainRef, optionalText, text } from "./refs.ts";

/** Arguments of `domainCheckpointCreateXml`. */
export class DomainCheckpointCreateXmlArgs extends struct({ dom: DomainRef, xmlDesc: text, flags: u32 }) {}

/** Result of `domainCheckpointCreateXml`. */
export class DomainCheckpointCreateXmlRet extends struct({ checkpoint: DomainCheckpointRef }) {}

/** Arguments of `domainCheckpointGetXmlDesc`. */
export class DomainCheckpointGetXmlDescArgs extends struct({ checkpoint: DomainCheckpointRef, flags: u32 }) {}

/** Result of `domainCheckpointGetXmlDesc`. */
export class DomainCheckpointGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `domainListAllCheckpoints`. */
export class DomainListAllCheckpointsArgs extends struct({ dom: DomainRef, needResults: i32, flags: u32 }) {}

/** Result of `domainListAllCheckpoints`. */
export class DomainListAllCheckpointsRet extends struct({
  checkpoints: array(DomainCheckpointRef, REMOTE_DOMAIN_CHECKPOINT_LIST_MAX),
  ret: i32,
}) {}

/** Arguments of `domainCheckpointListAllChildren`. */
export class DomainCheckpointListAllChildrenArgs extends struct({
  checkpoint: DomainCheckpointRef,
  needResults: i32,
  flags: u32,
}) {}

/** Result of `domainCheckpointListAllChildren`. */
export class DomainCheckpointListAllChildrenRet extends struct({
  checkpoints: array(DomainCheckpointRef, REMOTE_DOMAIN_CHECKPOINT_LIST_MAX),
  ret: i32,
}) {}

/** Arguments of `domainCheckpointLookupByName`. */
export class DomainCheckpointLookupByNameArgs extends struct({ dom: DomainRef, name: text, flags: u32 }) {}

/** Result of `domainCheckpointLookupByName`. */
export class DomainCheckpointLookupByNameRet extends struct({ checkpoint: DomainCheckpointRef }) {}

/** Arguments of `domainCheckpointGetParent`. */
export class DomainCheckpointGetParentArgs extends struct({ checkpoint: DomainCheckpointRef, flags: u32 }) {}

/** Result of `domainCheckpointGetParent`. */
export class DomainCheckpointGetParentRet extends struct({ parent: DomainCheckpointRef }) {}

/** Arguments of `domainCheckpointDelete`. */
export class DomainCheckpointDeleteArgs extends struct({ checkpoint: DomainCheckpointRef, flags: u32 }) {}

/** Arguments of `domainBackupBegin`. */
export class DomainBackupBeginArgs extends struct({
  dom: DomainRef,
  backupXml: text,
  checkpointXml: optionalText,
  flags: u32,
}) {}

/** Arguments of `domainBackupGetXmlDesc`. */
export class DomainBackupGetXmlDescArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainBackupGetXmlDesc`. */
export class DomainBackupGetXmlDescRet extends struct({ xml: text }) {}

/** Calls about checkpoints and backups. */
export const domainCheckpointProcedures = {
  /**
   * Marks a point from which changed blocks are tracked (`DomainCheckpointCreateFlags`).
   * `virDomainCheckpointCreateXML`.
   */
  domainCheckpointCreateXml: procedure(411, {
    args: DomainCheckpointCreateXmlArgs,
    ret: DomainCheckpointCreateXmlRet,
    acl: [
      "domain:checkpoint",
      { permission: "domain:fs_freeze", when: { argument: "flags", anyOf: DomainCheckpointCreateFlags.quiesce } },
    ],
    api: "virDomainCheckpointCreateXML",
  }),

  /** The checkpoint's document (`DomainCheckpointXmlFlags`). `virDomainCheckpointGetXMLDesc`. */
  domainCheckpointGetXmlDesc: procedure(412, {
    args: DomainCheckpointGetXmlDescArgs,
    ret: DomainCheckpointGetXmlDescRet,
    readonly: { unless: { argument: "flags", anyOf: DomainCheckpointXmlFlags.secure }, says: "with secure flag" },
    acl: [
      "domain:read",
      { permission: "domain:read_secure", when: { argument: "flags", anyOf: DomainCheckpointXmlFlags.secure } },
    ],
    api: "virDomainCheckpointGetXMLDesc",
  }),

  /** A guest's checkpoints that match; `needResults` 0 returns the count alone. `virDomainListAllCheckpoints`. */
  domainListAllCheckpoints: procedure(413, {
    args: DomainListAllCheckpointsArgs,
    ret: DomainListAllCheckpointsRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainListAllCheckpoints",
  }),

  /**
   * A checkpoint's children that match; `needResults` 0 returns the count alone. `virDomainCheckpointListAllChildren`.
   */
  domainCheckpointListAllChildren: procedure(414, {
    args: DomainCheckpointListAllChildrenArgs,
    ret: DomainCheckpointListAllChildrenRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainCheckpointListAllChildren",
  }),

  /** Finds a checkpoint by its name. `virDomainCheckpointLookupByName`. */
  domainCheckpointLookupByName: procedure(415, {
    args: DomainCheckpointLookupByNameArgs,
    ret: DomainCheckpointLookupByNameRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainCheckpointLookupByName",
  }),

  /** The checkpoint this one builds on. `virDomainCheckpointGetParent`. */
  domainCheckpointGetParent: procedure(416, {
    args: DomainCheckpointGetParentArgs,
    ret: DomainCheckpointGetParentRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainCheckpointGetParent",
  }),

  /**
   * Deletes a checkpoint, its children or only the record of them (`DomainCheckpointDeleteFlags`).
   * `virDomainCheckpointDelete`.
   */
  domainCheckpointDelete: procedure(417, {
    args: DomainCheckpointDeleteArgs,
    ret: nothing,
    acl: "domain:checkpoint",
    api: "virDomainCheckpointDelete",
  }),

  /**
   * Starts a backup job, and makes a checkpoint with it if given one (`DomainBackupBeginFlags`).
   * `virDomainBackupBegin`.
   */
  domainBackupBegin: procedure(421, {
    args: DomainBackupBeginArgs,
    ret: nothing,
    acl: ["domain:checkpoint", "domain:block_write"],
    api: "virDomainBackupBegin",
  }),

  /** The document of the backup job under way. `virDomainBackupGetXMLDesc`. */
  domainBackupGetXmlDesc: procedure(422, {
    args: DomainBackupGetXmlDescArgs,
    ret: DomainBackupGetXmlDescRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainBackupGetXMLDesc",
  }),
};
