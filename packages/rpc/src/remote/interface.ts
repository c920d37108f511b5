import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { REMOTE_INTERFACE_LIST_MAX } from "./limits.ts";
import { InterfaceRef, text } from "./refs.ts";

/** Result of `connectNumOfInterfaces`. */
export class ConnectNumOfInterfacesRet extends struct({ num: i32 }) {}

/** Arguments of `connectListInterfaces`. */
export class ConnectListInterfacesArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListInterfaces`. */
export class ConnectListInterfacesRet extends struct({ names: array(text, REMOTE_INTERFACE_LIST_MAX) }) {}

/** Arguments of `interfaceLookupByName`. */
export class InterfaceLookupByNameArgs extends struct({ name: text }) {}

/** Result of `interfaceLookupByName`. */
export class InterfaceLookupByNameRet extends struct({ iface: InterfaceRef }) {}

/** Arguments of `interfaceLookupByMacString`. */
export class InterfaceLookupByMacStringArgs extends struct({ mac: text }) {}

/** Result of `interfaceLookupByMacString`. */
export class InterfaceLookupByMacStringRet extends struct({ iface: InterfaceRef }) {}

/** Arguments of `interfaceGetXmlDesc`. */
export class InterfaceGetXmlDescArgs extends struct({ iface: InterfaceRef, flags: u32 }) {}

/** Result of `interfaceGetXmlDesc`. */
export class InterfaceGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `interfaceDefineXml`. */
export class InterfaceDefineXmlArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `interfaceDefineXml`. */
export class InterfaceDefineXmlRet extends struct({ iface: InterfaceRef }) {}

/** Arguments of `interfaceUndefine`. */
export class InterfaceUndefineArgs extends struct({ iface: InterfaceRef }) {}

/** Arguments of `interfaceCreate`. */
export class InterfaceCreateArgs extends struct({ iface: InterfaceRef, flags: u32 }) {}

/** Arguments of `interfaceDestroy`. */
export class InterfaceDestroyArgs extends struct({ iface: InterfaceRef, flags: u32 }) {}

/** Result of `connectNumOfDefinedInterfaces`. */
export class ConnectNumOfDefinedInterfacesRet extends struct({ num: i32 }) {}

/** Arguments of `connectListDefinedInterfaces`. */
export class ConnectListDefinedInterfacesArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListDefinedInterfaces`. */
export class ConnectListDefinedInterfacesRet extends struct({ names: array(text, REMOTE_INTERFACE_LIST_MAX) }) {}

/** Arguments of `interfaceIsActive`. */
export class InterfaceIsActiveArgs extends struct({ iface: InterfaceRef }) {}

/** Result of `interfaceIsActive`. */
export class InterfaceIsActiveRet extends struct({ active: i32 }) {}

/** Arguments of `interfaceChangeBegin`. */
export class InterfaceChangeBeginArgs extends struct({ flags: u32 }) {}

/** Arguments of `interfaceChangeCommit`. */
export class InterfaceChangeCommitArgs extends struct({ flags: u32 }) {}

/** Arguments of `interfaceChangeRollback`. */
export class InterfaceChangeRollbackArgs extends struct({ flags: u32 }) {}

/** Arguments of `connectListAllInterfaces`. */
export class ConnectListAllInterfacesArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllInterfaces`. */
export class ConnectListAllInterfacesRet extends struct({
  ifaces: array(InterfaceRef, REMOTE_INTERFACE_LIST_MAX),
  ret: u32,
}) {}

/** Calls about host interfaces. */
export const interfaceProcedures = {
  /** How many host interfaces are up. `virConnectNumOfInterfaces`. */
  connectNumOfInterfaces: procedure(126, {
    args: nothing,
    ret: ConnectNumOfInterfacesRet,
    readonly: "allow",
    acl: "connect:search_interfaces",
    aclFilter: "interface:getattr",
    priority: "high",
    api: "virConnectNumOfInterfaces",
  }),

  /** Names of the host interfaces that are up. `virConnectListInterfaces`. */
  connectListInterfaces: procedure(127, {
    args: ConnectListInterfacesArgs,
    ret: ConnectListInterfacesRet,
    readonly: "allow",
    acl: "connect:search_interfaces",
    aclFilter: "interface:getattr",
    priority: "high",
    api: "virConnectListInterfaces",
  }),

  /** Finds a host interface by its name. `virInterfaceLookupByName`. */
  interfaceLookupByName: procedure(128, {
    args: InterfaceLookupByNameArgs,
    ret: InterfaceLookupByNameRet,
    readonly: "allow",
    acl: "interface:getattr",
    priority: "high",
    api: "virInterfaceLookupByName",
  }),

  /** Finds a host interface by its MAC address. `virInterfaceLookupByMACString`. */
  interfaceLookupByMacString: procedure(129, {
    args: InterfaceLookupByMacStringArgs,
    ret: InterfaceLookupByMacStringRet,
    readonly: "allow",
    acl: "interface:getattr",
    priority: "high",
    api: "virInterfaceLookupByMACString",
  }),

  /** The host interface's document (`InterfaceXmlFlags`). `virInterfaceGetXMLDesc`. */
  interfaceGetXmlDesc: procedure(130, {
    args: InterfaceGetXmlDescArgs,
    ret: InterfaceGetXmlDescRet,
    readonly: "allow",
    acl: "interface:read",
    api: "virInterfaceGetXMLDesc",
  }),

  /** Stores a host interface's configuration. `virInterfaceDefineXML`. */
  interfaceDefineXml: procedure(131, {
    args: InterfaceDefineXmlArgs,
    ret: InterfaceDefineXmlRet,
    acl: ["interface:write", "interface:save"],
    priority: "high",
    api: "virInterfaceDefineXML",
  }),

  /** Removes a host interface's configuration. `virInterfaceUndefine`. */
  interfaceUndefine: procedure(132, {
    args: InterfaceUndefineArgs,
    ret: nothing,
    acl: "interface:delete",
    priority: "high",
    api: "virInterfaceUndefine",
  }),

  /** Brings a host interface up. `virInterfaceCreate`. */
  interfaceCreate: procedure(133, {
    args: InterfaceCreateArgs,
    ret: nothing,
    acl: "interface:start",
    api: "virInterfaceCreate",
  }),

  /** Takes a host interface down. `virInterfaceDestroy`. */
  interfaceDestroy: procedure(134, {
    args: InterfaceDestroyArgs,
    ret: nothing,
    acl: "interface:stop",
    priority: "high",
    api: "virInterfaceDestroy",
  }),

  /** How many host interfaces are configured and down. `virConnectNumOfDefinedInterfaces`. */
  connectNumOfDefinedInterfaces: procedure(137, {
    args: nothing,
    ret: ConnectNumOfDefinedInterfacesRet,
    readonly: "allow",
    acl: "connect:search_interfaces",
    aclFilter: "interface:getattr",
    priority: "high",
    api: "virConnectNumOfDefinedInterfaces",
  }),

  /** Names of the host interfaces that are configured and down. `virConnectListDefinedInterfaces`. */
  connectListDefinedInterfaces: procedure(138, {
    args: ConnectListDefinedInterfacesArgs,
    ret: ConnectListDefinedInterfacesRet,
    readonly: "allow",
    acl: "connect:search_interfaces",
    aclFilter: "interface:getattr",
    priority: "high",
    api: "virConnectListDefinedInterfaces",
  }),

  /** Whether the host interface is up (1) or not (0). `virInterfaceIsActive`. */
  interfaceIsActive: procedure(156, {
    args: InterfaceIsActiveArgs,
    ret: InterfaceIsActiveRet,
    readonly: "allow",
    acl: "interface:read",
    priority: "high",
    api: "virInterfaceIsActive",
  }),

  /** Notes the interfaces' configuration so that changes can be rolled back. `virInterfaceChangeBegin`. */
  interfaceChangeBegin: procedure(220, {
    args: InterfaceChangeBeginArgs,
    ret: nothing,
    acl: "connect:interface_transaction",
    api: "virInterfaceChangeBegin",
  }),

  /** Keeps the changes made since `interfaceChangeBegin`. `virInterfaceChangeCommit`. */
  interfaceChangeCommit: procedure(221, {
    args: InterfaceChangeCommitArgs,
    ret: nothing,
    acl: "connect:interface_transaction",
    api: "virInterfaceChangeCommit",
  }),

  /** Undoes the changes made since `interfaceChangeBegin`. `virInterfaceChangeRollback`. */
  interfaceChangeRollback: procedure(222, {
    args: InterfaceChangeRollbackArgs,
    ret: nothing,
    acl: "connect:interface_transaction",
    api: "virInterfaceChangeRollback",
  }),

  /**
   * The host interfaces that match (`ConnectListAllInterfacesFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllInterfaces`.
   */
  connectListAllInterfaces: procedure(284, {
    args: ConnectListAllInterfacesArgs,
    ret: ConnectListAllInterfacesRet,
    readonly: "allow",
    acl: "connect:search_interfaces",
    aclFilter: "interface:getattr",
    priority: "high",
    api: "virConnectListAllInterfaces",
  }),
};
