import { array, char, i32, nothing, struct, u32, u64 } from "@tsvirt/codec/xdr";
import { StorageVolDownloadFlags, StorageVolUploadFlags } from "../constants/storage.ts";
import { procedure, streamProcedure } from "../program.ts";
import { REMOTE_STORAGE_VOL_LIST_MAX } from "./limits.ts";
import { StoragePoolRef, StorageVolRef, text } from "./refs.ts";

/** Arguments of `storagePoolNumOfVolumes`. */
export class StoragePoolNumOfVolumesArgs extends struct({ pool: StoragePoolRef }) {}

/** Result of `storagePoolNumOfVolumes`. */
export class StoragePoolNumOfVolumesRet extends struct({ num: i32 }) {}

/** Arguments of `storagePoolListVolumes`. */
export class StoragePoolListVolumesArgs extends struct({ pool: StoragePoolRef, maxnames: i32 }) {}

/** Result of `storagePoolListVolumes`. */
export class StoragePoolListVolumesRet extends struct({ names: array(text, REMOTE_STORAGE_VOL_LIST_MAX) }) {}

/** Arguments of `storageVolCreateXml`. */
export class StorageVolCreateXmlArgs extends struct({ pool: StoragePoolRef, xml: text, flags: u32 }) {}

/** Result of `storageVolCreateXml`. */
export class StorageVolCreateXmlRet extends struct({ vol: StorageVolRef }) {}

/** Arguments of `storageVolDelete`. */
export class StorageVolDeleteArgs extends struct({ vol: StorageVolRef, flags: u32 }) {}

/** Arguments of `storageVolLookupByName`. */
export class StorageVolLookupByNameArgs extends struct({ pool: StoragePoolRef, name: text }) {}

/** Result of `storageVolLookupByName`. */
export class StorageVolLookupByNameRet extends struct({ vol: StorageVolRef }) {}

/** Arguments of `storageVolLookupByKey`. */
export class StorageVolLookupByKeyArgs extends struct({ key: text }) {}

/** Result of `storageVolLookupByKey`. */
export class StorageVolLookupByKeyRet extends struct({ vol: StorageVolRef }) {}

/** Arguments of `storageVolLookupByPath`. */
export class StorageVolLookupByPathArgs extends struct({ path: text }) {}

/** Result of `storageVolLookupByPath`. */
export class StorageVolLookupByPathRet extends struct({ vol: StorageVolRef }) {}

/** Arguments of `storageVolGetInfo`. */
export class StorageVolGetInfoArgs extends struct({ vol: StorageVolRef }) {}

/** Result of `storageVolGetInfo`. */
export class StorageVolGetInfoRet extends struct({ type: char, capacity: u64, allocation: u64 }) {}

/** Arguments of `storageVolGetXmlDesc`. */
export class StorageVolGetXmlDescArgs extends struct({ vol: StorageVolRef, flags: u32 }) {}

/** Result of `storageVolGetXmlDesc`. */
export class StorageVolGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `storageVolGetPath`. */
export class StorageVolGetPathArgs extends struct({ vol: StorageVolRef }) {}

/** Result of `storageVolGetPath`. */
export class StorageVolGetPathRet extends struct({ name: text }) {}

/** Arguments of `storageVolCreateXmlFrom`. */
export class StorageVolCreateXmlFromArgs extends struct({
  pool: StoragePoolRef,
  xml: text,
  clonevol: StorageVolRef,
  flags: u32,
}) {}

/** Result of `storageVolCreateXmlFrom`. */
export class StorageVolCreateXmlFromRet extends struct({ vol: StorageVolRef }) {}

/** Arguments of `storageVolWipe`. */
export class StorageVolWipeArgs extends struct({ vol: StorageVolRef, flags: u32 }) {}

/** Arguments of `storageVolUpload`. */
export class StorageVolUploadArgs extends struct({ vol: StorageVolRef, offset: u64, length: u64, flags: u32 }) {}

/** Arguments of `storageVolDownload`. */
export class StorageVolDownloadArgs extends struct({ vol: StorageVolRef, offset: u64, length: u64, flags: u32 }) {}

/** Arguments of `storageVolWipePattern`. */
export class StorageVolWipePatternArgs extends struct({ vol: StorageVolRef, algorithm: u32, flags: u32 }) {}

/** Arguments of `storageVolResize`. */
export class StorageVolResizeArgs extends struct({ vol: StorageVolRef, capacity: u64, flags: u32 }) {}

/** Arguments of `storagePoolListAllVolumes`. */
export class StoragePoolListAllVolumesArgs extends struct({ pool: StoragePoolRef, needResults: i32, flags: u32 }) {}

/** Result of `storagePoolListAllVolumes`. */
export class StoragePoolListAllVolumesRet extends struct({
  vols: array(StorageVolRef, REMOTE_STORAGE_VOL_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `storageVolGetInfoFlags`. */
export class StorageVolGetInfoFlagsArgs extends struct({ vol: StorageVolRef, flags: u32 }) {}

/** Result of `storageVolGetInfoFlags`. */
export class StorageVolGetInfoFlagsRet extends struct({ type: char, capacity: u64, allocation: u64 }) {}

/** Calls about storage volumes. */
export const storageVolumeProcedures = {
  /** How many volumes a running pool has. `virStoragePoolNumOfVolumes`. */
  storagePoolNumOfVolumes: procedure(91, {
    args: StoragePoolNumOfVolumesArgs,
    ret: StoragePoolNumOfVolumesRet,
    readonly: "allow",
    acl: "storage_pool:search_storage_vols",
    aclFilter: "storage_vol:getattr",
    priority: "high",
    api: "virStoragePoolNumOfVolumes",
  }),

  /** Names of a running pool's volumes. `virStoragePoolListVolumes`. */
  storagePoolListVolumes: procedure(92, {
    args: StoragePoolListVolumesArgs,
    ret: StoragePoolListVolumesRet,
    readonly: "allow",
    acl: "storage_pool:search_storage_vols",
    aclFilter: "storage_vol:getattr",
    priority: "high",
    api: "virStoragePoolListVolumes",
  }),

  /** Makes a volume in a pool. `virStorageVolCreateXML`. */
  storageVolCreateXml: procedure(93, {
    args: StorageVolCreateXmlArgs,
    ret: StorageVolCreateXmlRet,
    acl: "storage_vol:create",
    api: "virStorageVolCreateXML",
  }),

  /** Deletes a volume. `virStorageVolDelete`. */
  storageVolDelete: procedure(94, {
    args: StorageVolDeleteArgs,
    ret: nothing,
    acl: "storage_vol:delete",
    api: "virStorageVolDelete",
  }),

  /** Finds a volume by its name within a pool. `virStorageVolLookupByName`. */
  storageVolLookupByName: procedure(95, {
    args: StorageVolLookupByNameArgs,
    ret: StorageVolLookupByNameRet,
    readonly: "allow",
    acl: "storage_vol:getattr",
    priority: "high",
    api: "virStorageVolLookupByName",
  }),

  /** Finds a volume by its key, unique on the host. `virStorageVolLookupByKey`. */
  storageVolLookupByKey: procedure(96, {
    args: StorageVolLookupByKeyArgs,
    ret: StorageVolLookupByKeyRet,
    readonly: "allow",
    acl: "storage_vol:getattr",
    priority: "high",
    api: "virStorageVolLookupByKey",
  }),

  /** Finds a volume by its path. `virStorageVolLookupByPath`. */
  storageVolLookupByPath: procedure(97, {
    args: StorageVolLookupByPathArgs,
    ret: StorageVolLookupByPathRet,
    readonly: "allow",
    acl: "storage_vol:getattr",
    priority: "high",
    api: "virStorageVolLookupByPath",
  }),

  /** Type (`StorageVolType`), capacity and allocation in bytes. `virStorageVolGetInfo`. */
  storageVolGetInfo: procedure(98, {
    args: StorageVolGetInfoArgs,
    ret: StorageVolGetInfoRet,
    readonly: "allow",
    acl: "storage_vol:read",
    priority: "high",
    api: "virStorageVolGetInfo",
  }),

  /** The volume's document. `virStorageVolGetXMLDesc`. */
  storageVolGetXmlDesc: procedure(99, {
    args: StorageVolGetXmlDescArgs,
    ret: StorageVolGetXmlDescRet,
    readonly: "allow",
    acl: "storage_vol:read",
    priority: "high",
    api: "virStorageVolGetXMLDesc",
  }),

  /** The volume's path. `virStorageVolGetPath`. */
  storageVolGetPath: procedure(100, {
    args: StorageVolGetPathArgs,
    ret: StorageVolGetPathRet,
    readonly: "allow",
    acl: "storage_vol:read",
    priority: "high",
    api: "virStorageVolGetPath",
  }),

  /** Makes a volume in a pool with the content of another volume. `virStorageVolCreateXMLFrom`. */
  storageVolCreateXmlFrom: procedure(125, {
    args: StorageVolCreateXmlFromArgs,
    ret: StorageVolCreateXmlFromRet,
    acl: "storage_vol:create",
    api: "virStorageVolCreateXMLFrom",
  }),

  /** Overwrites a volume with zeros. `virStorageVolWipe`. */
  storageVolWipe: procedure(165, {
    args: StorageVolWipeArgs,
    ret: nothing,
    acl: "storage_vol:format",
    api: "virStorageVolWipe",
  }),

  /** Writes what comes through the stream into a volume, from `offset` on. `virStorageVolUpload`. */
  storageVolUpload: streamProcedure(
    208,
    { direction: "toServer", sparseFlag: StorageVolUploadFlags.sparseStream },
    {
      args: StorageVolUploadArgs,
      ret: nothing,
      acl: "storage_vol:data_write",
      api: "virStorageVolUpload",
    },
  ),

  /** Sends a volume's content through the stream, from `offset` on. `virStorageVolDownload`. */
  storageVolDownload: streamProcedure(
    209,
    { direction: "toClient", sparseFlag: StorageVolDownloadFlags.sparseStream },
    {
      args: StorageVolDownloadArgs,
      ret: nothing,
      acl: "storage_vol:data_read",
      api: "virStorageVolDownload",
    },
  ),

  /** Overwrites a volume in one of the known ways (`StorageVolWipeAlgorithm`). `virStorageVolWipePattern`. */
  storageVolWipePattern: procedure(259, {
    args: StorageVolWipePatternArgs,
    ret: nothing,
    acl: "storage_vol:format",
    api: "virStorageVolWipePattern",
  }),

  /** Changes a volume's capacity (`StorageVolResizeFlags`). `virStorageVolResize`. */
  storageVolResize: procedure(260, {
    args: StorageVolResizeArgs,
    ret: nothing,
    acl: "storage_vol:resize",
    api: "virStorageVolResize",
  }),

  /** A pool's volumes; `needResults` 0 returns the count alone. `virStoragePoolListAllVolumes`. */
  storagePoolListAllVolumes: procedure(282, {
    args: StoragePoolListAllVolumesArgs,
    ret: StoragePoolListAllVolumesRet,
    readonly: "allow",
    acl: "storage_pool:search_storage_vols",
    aclFilter: "storage_vol:getattr",
    priority: "high",
    api: "virStoragePoolListAllVolumes",
  }),

  /**
   * Like `storageVolGetInfo`, with the physical size if asked for (`StorageVolInfoFlags`).
   * `virStorageVolGetInfoFlags`.
   */
  storageVolGetInfoFlags: procedure(378, {
    args: StorageVolGetInfoFlagsArgs,
    ret: StorageVolGetInfoFlagsRet,
    readonly: "allow",
    acl: "storage_vol:read",
    priority: "high",
    api: "virStorageVolGetInfoFlags",
  }),
};
