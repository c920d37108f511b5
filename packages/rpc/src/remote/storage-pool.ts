import { array, i32, nothing, optional, struct, u32, u64, uchar } from "@tsvirt/codec/xdr";
import { event, procedure } from "../program.ts";
import { REMOTE_STORAGE_POOL_LIST_MAX } from "./limits.ts";
import { optionalText, StoragePoolRef, StorageVolRef, text, uuid } from "./refs.ts";

/** Result of `connectNumOfStoragePools`. */
export class ConnectNumOfStoragePoolsRet extends struct({ num: i32 }) {}

/** Arguments of `connectListStoragePools`. */
export class ConnectListStoragePoolsArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListStoragePools`. */
export class ConnectListStoragePoolsRet extends struct({ names: array(text, REMOTE_STORAGE_POOL_LIST_MAX) }) {}

/** Result of `connectNumOfDefinedStoragePools`. */
export class ConnectNumOfDefinedStoragePoolsRet extends struct({ num: i32 }) {}

/** Arguments of `connectListDefinedStoragePools`. */
export class ConnectListDefinedStoragePoolsArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListDefinedStoragePools`. */
export class ConnectListDefinedStoragePoolsRet extends struct({ names: array(text, REMOTE_STORAGE_POOL_LIST_MAX) }) {}

/** Arguments of `connectFindStoragePoolSources`. */
export class ConnectFindStoragePoolSourcesArgs extends struct({ type: text, srcSpec: optionalText, flags: u32 }) {}

/** Result of `connectFindStoragePoolSources`. */
export class ConnectFindStoragePoolSourcesRet extends struct({ xml: text }) {}

/** Arguments of `storagePoolCreateXml`. */
export class StoragePoolCreateXmlArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `storagePoolCreateXml`. */
export class StoragePoolCreateXmlRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolDefineXml`. */
export class StoragePoolDefineXmlArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `storagePoolDefineXml`. */
export class StoragePoolDefineXmlRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolCreate`. */
export class StoragePoolCreateArgs extends struct({ pool: StoragePoolRef, flags: u32 }) {}

/** Arguments of `storagePoolBuild`. */
export class StoragePoolBuildArgs extends struct({ pool: StoragePoolRef, flags: u32 }) {}

/** Arguments of `storagePoolDestroy`. */
export class StoragePoolDestroyArgs extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolDelete`. */
export class StoragePoolDeleteArgs extends struct({ pool: StoragePoolRef, flags: u32 }) {}

/** Arguments of `storagePoolUndefine`. */
export class StoragePoolUndefineArgs extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolRefresh`. */
export class StoragePoolRefreshArgs extends struct({ pool: StoragePoolRef, flags: u32 }) {}

/** Arguments of `storagePoolLookupByName`. */
export class StoragePoolLookupByNameArgs extends struct({ name: text }) {}

/** Result of `storagePoolLookupByName`. */
export class StoragePoolLookupByNameRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolLookupByUuid`. */
export class StoragePoolLookupByUuidArgs extends struct({ uuid: uuid }) {}

/** Result of `storagePoolLookupByUuid`. */
export class StoragePoolLookupByUuidRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolLookupByVolume`. */
export class StoragePoolLookupByVolumeArgs extends struct({ vol: StorageVolRef }) {}

/** Result of `storagePoolLookupByVolume`. */
export class StoragePoolLookupByVolumeRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `storagePoolGetInfo`. */
export class StoragePoolGetInfoArgs extends struct({ pool: StoragePoolRef }) {}

/** Result of `storagePoolGetInfo`. */
export class StoragePoolGetInfoRet extends struct({ state: uchar, capacity: u64, allocation: u64, available: u64 }) {}

/** Arguments of `storagePoolGetXmlDesc`. */
export class StoragePoolGetXmlDescArgs extends struct({ pool: StoragePoolRef, flags: u32 }) {}

/** Result of `storagePoolGetXmlDesc`. */
export class StoragePoolGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `storagePoolGetAutostart`. */
export class StoragePoolGetAutostartArgs extends struct({ pool: StoragePoolRef }) {}

/** Result of `storagePoolGetAutostart`. */
export class StoragePoolGetAutostartRet extends struct({ autostart: i32 }) {}

/** Arguments of `storagePoolSetAutostart`. */
export class StoragePoolSetAutostartArgs extends struct({ pool: StoragePoolRef, autostart: i32 }) {}

/** Arguments of `storagePoolIsActive`. */
export class StoragePoolIsActiveArgs extends struct({ pool: StoragePoolRef }) {}

/** Result of `storagePoolIsActive`. */
export class StoragePoolIsActiveRet extends struct({ active: i32 }) {}

/** Arguments of `storagePoolIsPersistent`. */
export class StoragePoolIsPersistentArgs extends struct({ pool: StoragePoolRef }) {}

/** Result of `storagePoolIsPersistent`. */
export class StoragePoolIsPersistentRet extends struct({ persistent: i32 }) {}

/** Arguments of `connectListAllStoragePools`. */
export class ConnectListAllStoragePoolsArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllStoragePools`. */
export class ConnectListAllStoragePoolsRet extends struct({
  pools: array(StoragePoolRef, REMOTE_STORAGE_POOL_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `connectStoragePoolEventRegisterAny`. */
export class ConnectStoragePoolEventRegisterAnyArgs extends struct({ eventId: i32, pool: optional(StoragePoolRef) }) {}

/** Result of `connectStoragePoolEventRegisterAny`. */
export class ConnectStoragePoolEventRegisterAnyRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectStoragePoolEventDeregisterAny`. */
export class ConnectStoragePoolEventDeregisterAnyArgs extends struct({ callbackId: i32 }) {}

/** Content of `storagePoolEventLifecycle`. */
export class StoragePoolEventLifecycleMsg extends struct({
  callbackId: i32,
  pool: StoragePoolRef,
  event: i32,
  detail: i32,
}) {}

/** Content of `storagePoolEventRefresh`. */
export class StoragePoolEventRefreshMsg extends struct({ callbackId: i32, pool: StoragePoolRef }) {}

/** Arguments of `storagePoolLookupByTargetPath`. */
export class StoragePoolLookupByTargetPathArgs extends struct({ path: text }) {}

/** Result of `storagePoolLookupByTargetPath`. */
export class StoragePoolLookupByTargetPathRet extends struct({ pool: StoragePoolRef }) {}

/** Arguments of `connectGetStoragePoolCapabilities`. */
export class ConnectGetStoragePoolCapabilitiesArgs extends struct({ flags: u32 }) {}

/** Result of `connectGetStoragePoolCapabilities`. */
export class ConnectGetStoragePoolCapabilitiesRet extends struct({ capabilities: text }) {}

/** Calls about storage pools. */
export const storagePoolProcedures = {
  /** How many pools are running. `virConnectNumOfStoragePools`. */
  connectNumOfStoragePools: procedure(71, {
    args: nothing,
    ret: ConnectNumOfStoragePoolsRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectNumOfStoragePools",
  }),

  /** Names of the running pools. `virConnectListStoragePools`. */
  connectListStoragePools: procedure(72, {
    args: ConnectListStoragePoolsArgs,
    ret: ConnectListStoragePoolsRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectListStoragePools",
  }),

  /** How many pools are defined and not running. `virConnectNumOfDefinedStoragePools`. */
  connectNumOfDefinedStoragePools: procedure(73, {
    args: nothing,
    ret: ConnectNumOfDefinedStoragePoolsRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectNumOfDefinedStoragePools",
  }),

  /** Names of the pools that are defined and not running. `virConnectListDefinedStoragePools`. */
  connectListDefinedStoragePools: procedure(74, {
    args: ConnectListDefinedStoragePoolsArgs,
    ret: ConnectListDefinedStoragePoolsRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectListDefinedStoragePools",
  }),

  /** Looks for pools of a type that could be defined; a `<sources>` document. `virConnectFindStoragePoolSources`. */
  connectFindStoragePoolSources: procedure(75, {
    args: ConnectFindStoragePoolSourcesArgs,
    ret: ConnectFindStoragePoolSourcesRet,
    acl: "connect:detect_storage_pools",
    api: "virConnectFindStoragePoolSources",
  }),

  /** Defines and starts a transient pool. `virStoragePoolCreateXML`. */
  storagePoolCreateXml: procedure(76, {
    args: StoragePoolCreateXmlArgs,
    ret: StoragePoolCreateXmlRet,
    acl: ["storage_pool:start", "storage_pool:write"],
    api: "virStoragePoolCreateXML",
  }),

  /** Stores a pool's definition. `virStoragePoolDefineXML`. */
  storagePoolDefineXml: procedure(77, {
    args: StoragePoolDefineXmlArgs,
    ret: StoragePoolDefineXmlRet,
    acl: ["storage_pool:write", "storage_pool:save"],
    priority: "high",
    api: "virStoragePoolDefineXML",
  }),

  /** Starts a defined pool. `virStoragePoolCreate`. */
  storagePoolCreate: procedure(78, {
    args: StoragePoolCreateArgs,
    ret: nothing,
    acl: "storage_pool:start",
    api: "virStoragePoolCreate",
  }),

  /** Makes what the pool stands on: a directory, a file system, a volume group. `virStoragePoolBuild`. */
  storagePoolBuild: procedure(79, {
    args: StoragePoolBuildArgs,
    ret: nothing,
    acl: "storage_pool:format",
    api: "virStoragePoolBuild",
  }),

  /** Stops a pool; its volumes stay. `virStoragePoolDestroy`. */
  storagePoolDestroy: procedure(80, {
    args: StoragePoolDestroyArgs,
    ret: nothing,
    acl: "storage_pool:stop",
    priority: "high",
    api: "virStoragePoolDestroy",
  }),

  /** Destroys what the pool stands on, with its volumes. `virStoragePoolDelete`. */
  storagePoolDelete: procedure(81, {
    args: StoragePoolDeleteArgs,
    ret: nothing,
    acl: "storage_pool:format",
    api: "virStoragePoolDelete",
  }),

  /** Removes a pool's definition. `virStoragePoolUndefine`. */
  storagePoolUndefine: procedure(82, {
    args: StoragePoolUndefineArgs,
    ret: nothing,
    acl: "storage_pool:delete",
    priority: "high",
    api: "virStoragePoolUndefine",
  }),

  /** Reads the pool's volumes anew. `virStoragePoolRefresh`. */
  storagePoolRefresh: procedure(83, {
    args: StoragePoolRefreshArgs,
    ret: nothing,
    acl: "storage_pool:refresh",
    api: "virStoragePoolRefresh",
  }),

  /** Finds a pool by its name. `virStoragePoolLookupByName`. */
  storagePoolLookupByName: procedure(84, {
    args: StoragePoolLookupByNameArgs,
    ret: StoragePoolLookupByNameRet,
    readonly: "allow",
    acl: "storage_pool:getattr",
    priority: "high",
    api: "virStoragePoolLookupByName",
  }),

  /** Finds a pool by its UUID. `virStoragePoolLookupByUUID`. */
  storagePoolLookupByUuid: procedure(85, {
    args: StoragePoolLookupByUuidArgs,
    ret: StoragePoolLookupByUuidRet,
    readonly: "allow",
    acl: "storage_pool:getattr",
    priority: "high",
    api: "virStoragePoolLookupByUUID",
  }),

  /** Finds the pool a volume belongs to. `virStoragePoolLookupByVolume`. */
  storagePoolLookupByVolume: procedure(86, {
    args: StoragePoolLookupByVolumeArgs,
    ret: StoragePoolLookupByVolumeRet,
    readonly: "allow",
    acl: "storage_pool:getattr",
    priority: "high",
    api: "virStoragePoolLookupByVolume",
  }),

  /** State (`StoragePoolState`), capacity, allocation and free space in bytes. `virStoragePoolGetInfo`. */
  storagePoolGetInfo: procedure(87, {
    args: StoragePoolGetInfoArgs,
    ret: StoragePoolGetInfoRet,
    readonly: "allow",
    acl: "storage_pool:read",
    priority: "high",
    api: "virStoragePoolGetInfo",
  }),

  /** The pool's document (`StorageXmlFlags`). `virStoragePoolGetXMLDesc`. */
  storagePoolGetXmlDesc: procedure(88, {
    args: StoragePoolGetXmlDescArgs,
    ret: StoragePoolGetXmlDescRet,
    readonly: "allow",
    acl: "storage_pool:read",
    priority: "high",
    api: "virStoragePoolGetXMLDesc",
  }),

  /** Whether the pool starts with the host. `virStoragePoolGetAutostart`. */
  storagePoolGetAutostart: procedure(89, {
    args: StoragePoolGetAutostartArgs,
    ret: StoragePoolGetAutostartRet,
    readonly: "allow",
    acl: "storage_pool:read",
    priority: "high",
    api: "virStoragePoolGetAutostart",
  }),

  /** Sets whether the pool starts with the host. `virStoragePoolSetAutostart`. */
  storagePoolSetAutostart: procedure(90, {
    args: StoragePoolSetAutostartArgs,
    ret: nothing,
    acl: "storage_pool:write",
    priority: "high",
    api: "virStoragePoolSetAutostart",
  }),

  /** Whether the pool is running (1) or not (0). `virStoragePoolIsActive`. */
  storagePoolIsActive: procedure(154, {
    args: StoragePoolIsActiveArgs,
    ret: StoragePoolIsActiveRet,
    readonly: "allow",
    acl: "storage_pool:read",
    priority: "high",
    api: "virStoragePoolIsActive",
  }),

  /** Whether the pool has a stored definition (1) or not (0). `virStoragePoolIsPersistent`. */
  storagePoolIsPersistent: procedure(155, {
    args: StoragePoolIsPersistentArgs,
    ret: StoragePoolIsPersistentRet,
    readonly: "allow",
    acl: "storage_pool:read",
    priority: "high",
    api: "virStoragePoolIsPersistent",
  }),

  /**
   * The pools that match (`ConnectListAllStoragePoolsFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllStoragePools`.
   */
  connectListAllStoragePools: procedure(281, {
    args: ConnectListAllStoragePoolsArgs,
    ret: ConnectListAllStoragePoolsRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectListAllStoragePools",
  }),

  /**
   * Asks for a kind of pool events, of one pool or all; returns the id they will carry.
   * `virConnectStoragePoolEventRegisterAny`.
   */
  connectStoragePoolEventRegisterAny: procedure(368, {
    args: ConnectStoragePoolEventRegisterAnyArgs,
    ret: ConnectStoragePoolEventRegisterAnyRet,
    readonly: "allow",
    acl: "connect:search_storage_pools",
    aclFilter: "storage_pool:getattr",
    priority: "high",
    api: "virConnectStoragePoolEventRegisterAny",
  }),

  /** Ends a registration of pool events. `virConnectStoragePoolEventDeregisterAny`. */
  connectStoragePoolEventDeregisterAny: procedure(369, {
    args: ConnectStoragePoolEventDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectStoragePoolEventDeregisterAny",
  }),

  /** Finds the pool whose target is this path. `virStoragePoolLookupByTargetPath`. */
  storagePoolLookupByTargetPath: procedure(391, {
    args: StoragePoolLookupByTargetPathArgs,
    ret: StoragePoolLookupByTargetPathRet,
    readonly: "allow",
    acl: "storage_pool:getattr",
    priority: "high",
    api: "virStoragePoolLookupByTargetPath",
  }),

  /** Which types of pools are supported, as a document. `virConnectGetStoragePoolCapabilities`. */
  connectGetStoragePoolCapabilities: procedure(403, {
    args: ConnectGetStoragePoolCapabilitiesArgs,
    ret: ConnectGetStoragePoolCapabilitiesRet,
    readonly: "allow",
    acl: "connect:read",
    api: "virConnectGetStoragePoolCapabilities",
  }),
};

/** What the daemon reports of pools to those who registered with `connectStoragePoolEventRegisterAny`. */
export const storagePoolEvents = {
  /** A pool was defined, started, … (`StoragePoolEventLifecycleType`). */
  storagePoolEventLifecycle: event(370, StoragePoolEventLifecycleMsg),

  /** A pool's volumes were read anew. */
  storagePoolEventRefresh: event(373, StoragePoolEventRefreshMsg),
};
