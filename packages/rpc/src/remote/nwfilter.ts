import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { REMOTE_NWFILTER_BINDING_LIST_MAX, REMOTE_NWFILTER_LIST_MAX } from "./limits.ts";
import { NwfilterBindingRef, NwfilterRef, text, uuid } from "./refs.ts";

/** Arguments of `nwfilterLookupByName`. */
export class NwfilterLookupByNameArgs extends struct({ name: text }) {}

/** Result of `nwfilterLookupByName`. */
export class NwfilterLookupByNameRet extends struct({ nwfilter: NwfilterRef }) {}

/** Arguments of `nwfilterLookupByUuid`. */
export class NwfilterLookupByUuidArgs extends struct({ uuid: uuid }) {}

/** Result of `nwfilterLookupByUuid`. */
export class NwfilterLookupByUuidRet extends struct({ nwfilter: NwfilterRef }) {}

/** Arguments of `nwfilterGetXmlDesc`. */
export class NwfilterGetXmlDescArgs extends struct({ nwfilter: NwfilterRef, flags: u32 }) {}

/** Result of `nwfilterGetXmlDesc`. */
export class NwfilterGetXmlDescRet extends struct({ xml: text }) {}

/** Result of `connectNumOfNwfilters`. */
export class ConnectNumOfNwfiltersRet extends struct({ num: i32 }) {}

/** Arguments of `connectListNwfilters`. */
export class ConnectListNwfiltersArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListNwfilters`. */
export class ConnectListNwfiltersRet extends struct({ names: array(text, REMOTE_NWFILTER_LIST_MAX) }) {}

/** Arguments of `nwfilterDefineXml`. */
export class NwfilterDefineXmlArgs extends struct({ xml: text }) {}

/** Result of `nwfilterDefineXml`. */
export class NwfilterDefineXmlRet extends struct({ nwfilter: NwfilterRef }) {}

/** Arguments of `nwfilterUndefine`. */
export class NwfilterUndefineArgs extends struct({ nwfilter: NwfilterRef }) {}

/** Arguments of `connectListAllNwfilters`. */
export class ConnectListAllNwfiltersArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllNwfilters`. */
export class ConnectListAllNwfiltersRet extends struct({
  filters: array(NwfilterRef, REMOTE_NWFILTER_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `nwfilterBindingLookupByPortDev`. */
export class NwfilterBindingLookupByPortDevArgs extends struct({ name: text }) {}

/** Result of `nwfilterBindingLookupByPortDev`. */
export class NwfilterBindingLookupByPortDevRet extends struct({ nwfilter: NwfilterBindingRef }) {}

/** Arguments of `nwfilterBindingGetXmlDesc`. */
export class NwfilterBindingGetXmlDescArgs extends struct({ nwfilter: NwfilterBindingRef, flags: u32 }) {}

/** Result of `nwfilterBindingGetXmlDesc`. */
export class NwfilterBindingGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `nwfilterBindingCreateXml`. */
export class NwfilterBindingCreateXmlArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `nwfilterBindingCreateXml`. */
export class NwfilterBindingCreateXmlRet extends struct({ nwfilter: NwfilterBindingRef }) {}

/** Arguments of `nwfilterBindingDelete`. */
export class NwfilterBindingDeleteArgs extends struct({ nwfilter: NwfilterBindingRef }) {}

/** Arguments of `connectListAllNwfilterBindings`. */
export class ConnectListAllNwfilterBindingsArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllNwfilterBindings`. */
export class ConnectListAllNwfilterBindingsRet extends struct({
  bindings: array(NwfilterBindingRef, REMOTE_NWFILTER_BINDING_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `nwfilterDefineXmlFlags`. */
export class NwfilterDefineXmlFlagsArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `nwfilterDefineXmlFlags`. */
export class NwfilterDefineXmlFlagsRet extends struct({ nwfilter: NwfilterRef }) {}

/** Calls about network filters and their bindings. */
export const nwfilterProcedures = {
  /** Finds a filter by its name. `virNWFilterLookupByName`. */
  nwfilterLookupByName: procedure(175, {
    args: NwfilterLookupByNameArgs,
    ret: NwfilterLookupByNameRet,
    readonly: "allow",
    acl: "nwfilter:getattr",
    priority: "high",
    api: "virNWFilterLookupByName",
  }),

  /** Finds a filter by its UUID. `virNWFilterLookupByUUID`. */
  nwfilterLookupByUuid: procedure(176, {
    args: NwfilterLookupByUuidArgs,
    ret: NwfilterLookupByUuidRet,
    readonly: "allow",
    acl: "nwfilter:getattr",
    priority: "high",
    api: "virNWFilterLookupByUUID",
  }),

  /** The filter's document. `virNWFilterGetXMLDesc`. */
  nwfilterGetXmlDesc: procedure(177, {
    args: NwfilterGetXmlDescArgs,
    ret: NwfilterGetXmlDescRet,
    readonly: "allow",
    acl: "nwfilter:read",
    priority: "high",
    api: "virNWFilterGetXMLDesc",
  }),

  /** How many filters are defined. `virConnectNumOfNWFilters`. */
  connectNumOfNwfilters: procedure(178, {
    args: nothing,
    ret: ConnectNumOfNwfiltersRet,
    readonly: "allow",
    acl: "connect:search_nwfilters",
    aclFilter: "nwfilter:getattr",
    priority: "high",
    api: "virConnectNumOfNWFilters",
  }),

  /** Names of the filters. `virConnectListNWFilters`. */
  connectListNwfilters: procedure(179, {
    args: ConnectListNwfiltersArgs,
    ret: ConnectListNwfiltersRet,
    readonly: "allow",
    acl: "connect:search_nwfilters",
    aclFilter: "nwfilter:getattr",
    priority: "high",
    api: "virConnectListNWFilters",
  }),

  /** Stores a filter's definition; running guests that use it get the new rules. `virNWFilterDefineXML`. */
  nwfilterDefineXml: procedure(180, {
    args: NwfilterDefineXmlArgs,
    ret: NwfilterDefineXmlRet,
    acl: ["nwfilter:write", "nwfilter:save"],
    priority: "high",
    api: "virNWFilterDefineXML",
  }),

  /** Removes a filter that nothing uses. `virNWFilterUndefine`. */
  nwfilterUndefine: procedure(181, {
    args: NwfilterUndefineArgs,
    ret: nothing,
    acl: "nwfilter:delete",
    priority: "high",
    api: "virNWFilterUndefine",
  }),

  /** All filters; `needResults` 0 returns the count alone. `virConnectListAllNWFilters`. */
  connectListAllNwfilters: procedure(286, {
    args: ConnectListAllNwfiltersArgs,
    ret: ConnectListAllNwfiltersRet,
    readonly: "allow",
    acl: "connect:search_nwfilters",
    aclFilter: "nwfilter:getattr",
    priority: "high",
    api: "virConnectListAllNWFilters",
  }),

  /** Finds the binding of a port's device. `virNWFilterBindingLookupByPortDev`. */
  nwfilterBindingLookupByPortDev: procedure(397, {
    args: NwfilterBindingLookupByPortDevArgs,
    ret: NwfilterBindingLookupByPortDevRet,
    readonly: "allow",
    acl: "nwfilter_binding:getattr",
    priority: "high",
    api: "virNWFilterBindingLookupByPortDev",
  }),

  /** The binding's document. `virNWFilterBindingGetXMLDesc`. */
  nwfilterBindingGetXmlDesc: procedure(398, {
    args: NwfilterBindingGetXmlDescArgs,
    ret: NwfilterBindingGetXmlDescRet,
    readonly: "allow",
    acl: "nwfilter_binding:read",
    priority: "high",
    api: "virNWFilterBindingGetXMLDesc",
  }),

  /** Binds a filter to a port's device. `virNWFilterBindingCreateXML`. */
  nwfilterBindingCreateXml: procedure(399, {
    args: NwfilterBindingCreateXmlArgs,
    ret: NwfilterBindingCreateXmlRet,
    acl: "nwfilter_binding:create",
    priority: "high",
    api: "virNWFilterBindingCreateXML",
  }),

  /** Removes the filter from a port's device. `virNWFilterBindingDelete`. */
  nwfilterBindingDelete: procedure(400, {
    args: NwfilterBindingDeleteArgs,
    ret: nothing,
    acl: "nwfilter_binding:delete",
    priority: "high",
    api: "virNWFilterBindingDelete",
  }),

  /** All bindings; `needResults` 0 returns the count alone. `virConnectListAllNWFilterBindings`. */
  connectListAllNwfilterBindings: procedure(401, {
    args: ConnectListAllNwfilterBindingsArgs,
    ret: ConnectListAllNwfilterBindingsRet,
    readonly: "allow",
    acl: "connect:search_nwfilter_bindings",
    aclFilter: "nwfilter_binding:getattr",
    priority: "high",
    api: "virConnectListAllNWFilterBindings",
  }),

  /** Stores a filter's definition (`NwfilterDefineFlags`). `virNWFilterDefineXMLFlags`. */
  nwfilterDefineXmlFlags: procedure(431, {
    args: NwfilterDefineXmlFlagsArgs,
    ret: NwfilterDefineXmlFlagsRet,
    acl: ["nwfilter:write", "nwfilter:save"],
    priority: "high",
    api: "virNWFilterDefineXMLFlags",
  }),
};
