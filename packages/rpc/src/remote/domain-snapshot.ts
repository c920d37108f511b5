import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { DomainSnapshotCreateFlags, DomainSnapshotXmlFlags } from "../constants/domain-snapshot.ts";
import { procedure } from "../program.ts";
import { REMOTE_DOMAIN_SNAPSHOT_LIST_MAX } from "./limits.ts";
import { DomainRef, DomainSnapshotRef, text } from "./refs.ts";

/** Arguments of `domainSnapshotCreateXml`. */
export class DomainSnapshotCreateXmlArgs extends struct({ dom: DomainRef, xmlDesc: text, flags: u32 }) {}

/** Result of `domainSnapshotCreateXml`. */
export class DomainSnapshotCreateXmlRet extends struct({ snap: DomainSnapshotRef }) {}

/** Arguments of `domainSnapshotGetXmlDesc`. */
export class DomainSnapshotGetXmlDescArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Result of `domainSnapshotGetXmlDesc`. */
export class DomainSnapshotGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `domainSnapshotNum`. */
export class DomainSnapshotNumArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainSnapshotNum`. */
export class DomainSnapshotNumRet extends struct({ num: i32 }) {}

/** Arguments of `domainSnapshotListNames`. */
export class DomainSnapshotListNamesArgs extends struct({ dom: DomainRef, maxnames: i32, flags: u32 }) {}

/** Result of `domainSnapshotListNames`. */
export class DomainSnapshotListNamesRet extends struct({ names: array(text, REMOTE_DOMAIN_SNAPSHOT_LIST_MAX) }) {}

/** Arguments of `domainSnapshotLookupByName`. */
export class DomainSnapshotLookupByNameArgs extends struct({ dom: DomainRef, name: text, flags: u32 }) {}

/** Result of `domainSnapshotLookupByName`. */
export class DomainSnapshotLookupByNameRet extends struct({ snap: DomainSnapshotRef }) {}

/** Arguments of `domainHasCurrentSnapshot`. */
export class DomainHasCurrentSnapshotArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainHasCurrentSnapshot`. */
export class DomainHasCurrentSnapshotRet extends struct({ result: i32 }) {}

/** Arguments of `domainSnapshotCurrent`. */
export class DomainSnapshotCurrentArgs extends struct({ dom: DomainRef, flags: u32 }) {}

/** Result of `domainSnapshotCurrent`. */
export class DomainSnapshotCurrentRet extends struct({ snap: DomainSnapshotRef }) {}

/** Arguments of `domainRevertToSnapshot`. */
export class DomainRevertToSnapshotArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Arguments of `domainSnapshotDelete`. */
export class DomainSnapshotDeleteArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Arguments of `domainSnapshotGetParent`. */
export class DomainSnapshotGetParentArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Result of `domainSnapshotGetParent`. */
export class DomainSnapshotGetParentRet extends struct({ snap: DomainSnapshotRef }) {}

/** Arguments of `domainSnapshotNumChildren`. */
export class DomainSnapshotNumChildrenArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Result of `domainSnapshotNumChildren`. */
export class DomainSnapshotNumChildrenRet extends struct({ num: i32 }) {}

/** Arguments of `domainSnapshotListChildrenNames`. */
export class DomainSnapshotListChildrenNamesArgs extends struct({
  snap: DomainSnapshotRef,
  maxnames: i32,
  flags: u32,
}) {}

/** Result of `domainSnapshotListChildrenNames`. */
export class DomainSnapshotListChildrenNamesRet extends struct({
  names: array(text, REMOTE_DOMAIN_SNAPSHOT_LIST_MAX),
}) {}

/** Arguments of `domainSnapshotIsCurrent`. */
export class DomainSnapshotIsCurrentArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Result of `domainSnapshotIsCurrent`. */
export class DomainSnapshotIsCurrentRet extends struct({ current: i32 }) {}

/** Arguments of `domainSnapshotHasMetadata`. */
export class DomainSnapshotHasMetadataArgs extends struct({ snap: DomainSnapshotRef, flags: u32 }) {}

/** Result of `domainSnapshotHasMetadata`. */
export class DomainSnapshotHasMetadataRet extends struct({ metadata: i32 }) {}

/** Arguments of `domainListAllSnapshots`. */
export class DomainListAllSnapshotsArgs extends struct({ dom: DomainRef, needResults: i32, flags: u32 }) {}

/** Result of `domainListAllSnapshots`. */
export class DomainListAllSnapshotsRet extends struct({
  snapshots: array(DomainSnapshotRef, REMOTE_DOMAIN_SNAPSHOT_LIST_MAX),
  ret: i32,
}) {}

/** Arguments of `domainSnapshotListAllChildren`. */
export class DomainSnapshotListAllChildrenArgs extends struct({
  snapshot: DomainSnapshotRef,
  needResults: i32,
  flags: u32,
}) {}

/** Result of `domainSnapshotListAllChildren`. */
export class DomainSnapshotListAllChildrenRet extends struct({
  snapshots: array(DomainSnapshotRef, REMOTE_DOMAIN_SNAPSHOT_LIST_MAX),
  ret: i32,
}) {}

/** Calls about snapshots. */
export const domainSnapshotProcedures = {
  /** Takes a snapshot of a guest (`DomainSnapshotCreateFlags`). `virDomainSnapshotCreateXML`. */
  domainSnapshotCreateXml: procedure(185, {
    args: DomainSnapshotCreateXmlArgs,
    ret: DomainSnapshotCreateXmlRet,
    acl: [
      "domain:snapshot",
      { permission: "domain:fs_freeze", when: { argument: "flags", anyOf: DomainSnapshotCreateFlags.quiesce } },
    ],
    api: "virDomainSnapshotCreateXML",
  }),

  /** The snapshot's document. `virDomainSnapshotGetXMLDesc`. */
  domainSnapshotGetXmlDesc: procedure(186, {
    args: DomainSnapshotGetXmlDescArgs,
    ret: DomainSnapshotGetXmlDescRet,
    readonly: { unless: { argument: "flags", anyOf: DomainSnapshotXmlFlags.secure }, says: "with secure flag" },
    acl: [
      "domain:read",
      { permission: "domain:read_secure", when: { argument: "flags", anyOf: DomainSnapshotXmlFlags.secure } },
    ],
    priority: "high",
    api: "virDomainSnapshotGetXMLDesc",
  }),

  /** How many snapshots a guest has (`DomainSnapshotListFlags`). `virDomainSnapshotNum`. */
  domainSnapshotNum: procedure(187, {
    args: DomainSnapshotNumArgs,
    ret: DomainSnapshotNumRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotNum",
  }),

  /** Names of a guest's snapshots. `virDomainSnapshotListNames`. */
  domainSnapshotListNames: procedure(188, {
    args: DomainSnapshotListNamesArgs,
    ret: DomainSnapshotListNamesRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotListNames",
  }),

  /** Finds a snapshot by its name. `virDomainSnapshotLookupByName`. */
  domainSnapshotLookupByName: procedure(189, {
    args: DomainSnapshotLookupByNameArgs,
    ret: DomainSnapshotLookupByNameRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotLookupByName",
  }),

  /** Whether the guest has a current snapshot (1) or not (0). `virDomainHasCurrentSnapshot`. */
  domainHasCurrentSnapshot: procedure(190, {
    args: DomainHasCurrentSnapshotArgs,
    ret: DomainHasCurrentSnapshotRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainHasCurrentSnapshot",
  }),

  /** The guest's current snapshot. `virDomainSnapshotCurrent`. */
  domainSnapshotCurrent: procedure(191, {
    args: DomainSnapshotCurrentArgs,
    ret: DomainSnapshotCurrentRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainSnapshotCurrent",
  }),

  /** Puts a guest back to a snapshot (`DomainSnapshotRevertFlags`). `virDomainRevertToSnapshot`. */
  domainRevertToSnapshot: procedure(192, {
    args: DomainRevertToSnapshotArgs,
    ret: nothing,
    acl: "domain:snapshot",
    api: "virDomainRevertToSnapshot",
  }),

  /**
   * Deletes a snapshot, its children or only the record of them (`DomainSnapshotDeleteFlags`).
   * `virDomainSnapshotDelete`.
   */
  domainSnapshotDelete: procedure(193, {
    args: DomainSnapshotDeleteArgs,
    ret: nothing,
    acl: "domain:snapshot",
    api: "virDomainSnapshotDelete",
  }),

  /** The snapshot this one builds on. `virDomainSnapshotGetParent`. */
  domainSnapshotGetParent: procedure(244, {
    args: DomainSnapshotGetParentArgs,
    ret: DomainSnapshotGetParentRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotGetParent",
  }),

  /** How many children a snapshot has. `virDomainSnapshotNumChildren`. */
  domainSnapshotNumChildren: procedure(246, {
    args: DomainSnapshotNumChildrenArgs,
    ret: DomainSnapshotNumChildrenRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotNumChildren",
  }),

  /** Names of a snapshot's children. `virDomainSnapshotListChildrenNames`. */
  domainSnapshotListChildrenNames: procedure(247, {
    args: DomainSnapshotListChildrenNamesArgs,
    ret: DomainSnapshotListChildrenNamesRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotListChildrenNames",
  }),

  /** Whether the snapshot is the current one (1) or not (0). `virDomainSnapshotIsCurrent`. */
  domainSnapshotIsCurrent: procedure(271, {
    args: DomainSnapshotIsCurrentArgs,
    ret: DomainSnapshotIsCurrentRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainSnapshotIsCurrent",
  }),

  /** Whether the snapshot is on record (1) or not (0). `virDomainSnapshotHasMetadata`. */
  domainSnapshotHasMetadata: procedure(272, {
    args: DomainSnapshotHasMetadataArgs,
    ret: DomainSnapshotHasMetadataRet,
    readonly: "allow",
    acl: "domain:read",
    api: "virDomainSnapshotHasMetadata",
  }),

  /** A guest's snapshots that match; `needResults` 0 returns the count alone. `virDomainListAllSnapshots`. */
  domainListAllSnapshots: procedure(274, {
    args: DomainListAllSnapshotsArgs,
    ret: DomainListAllSnapshotsRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainListAllSnapshots",
  }),

  /** A snapshot's children that match; `needResults` 0 returns the count alone. `virDomainSnapshotListAllChildren`. */
  domainSnapshotListAllChildren: procedure(275, {
    args: DomainSnapshotListAllChildrenArgs,
    ret: DomainSnapshotListAllChildrenRet,
    readonly: "allow",
    acl: "domain:read",
    priority: "high",
    api: "virDomainSnapshotListAllChildren",
  }),
};
