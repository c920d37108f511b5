import { array, i32, i64, nothing, optional, struct, u32 } from "@tsvirt/codec/xdr";
import { NetworkUpdateFlags } from "../constants/network.ts";
import { event, procedure } from "../program.ts";
import { REMOTE_NETWORK_DHCP_LEASES_MAX, REMOTE_NETWORK_LIST_MAX } from "./limits.ts";
import { NetworkRef, optionalText, text, uuid } from "./refs.ts";

/** Arguments of `connectListDefinedNetworks`. */
export class ConnectListDefinedNetworksArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListDefinedNetworks`. */
export class ConnectListDefinedNetworksRet extends struct({ names: array(text, REMOTE_NETWORK_LIST_MAX) }) {}

/** Arguments of `connectListNetworks`. */
export class ConnectListNetworksArgs extends struct({ maxnames: i32 }) {}

/** Result of `connectListNetworks`. */
export class ConnectListNetworksRet extends struct({ names: array(text, REMOTE_NETWORK_LIST_MAX) }) {}

/** Arguments of `networkCreate`. */
export class NetworkCreateArgs extends struct({ net: NetworkRef }) {}

/** Arguments of `networkCreateXml`. */
export class NetworkCreateXmlArgs extends struct({ xml: text }) {}

/** Result of `networkCreateXml`. */
export class NetworkCreateXmlRet extends struct({ net: NetworkRef }) {}

/** Arguments of `networkDefineXml`. */
export class NetworkDefineXmlArgs extends struct({ xml: text }) {}

/** Result of `networkDefineXml`. */
export class NetworkDefineXmlRet extends struct({ net: NetworkRef }) {}

/** Arguments of `networkDestroy`. */
export class NetworkDestroyArgs extends struct({ net: NetworkRef }) {}

/** Arguments of `networkGetXmlDesc`. */
export class NetworkGetXmlDescArgs extends struct({ net: NetworkRef, flags: u32 }) {}

/** Result of `networkGetXmlDesc`. */
export class NetworkGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `networkGetAutostart`. */
export class NetworkGetAutostartArgs extends struct({ net: NetworkRef }) {}

/** Result of `networkGetAutostart`. */
export class NetworkGetAutostartRet extends struct({ autostart: i32 }) {}

/** Arguments of `networkGetBridgeName`. */
export class NetworkGetBridgeNameArgs extends struct({ net: NetworkRef }) {}

/** Result of `networkGetBridgeName`. */
export class NetworkGetBridgeNameRet extends struct({ name: text }) {}

/** Arguments of `networkLookupByName`. */
export class NetworkLookupByNameArgs extends struct({ name: text }) {}

/** Result of `networkLookupByName`. */
export class NetworkLookupByNameRet extends struct({ net: NetworkRef }) {}

/** Arguments of `networkLookupByUuid`. */
export class NetworkLookupByUuidArgs extends struct({ uuid: uuid }) {}

/** Result of `networkLookupByUuid`. */
export class NetworkLookupByUuidRet extends struct({ net: NetworkRef }) {}

/** Arguments of `networkSetAutostart`. */
export class NetworkSetAutostartArgs extends struct({ net: NetworkRef, autostart: i32 }) {}

/** Arguments of `networkUndefine`. */
export class NetworkUndefineArgs extends struct({ net: NetworkRef }) {}

/** Result of `connectNumOfDefinedNetworks`. */
export class ConnectNumOfDefinedNetworksRet extends struct({ num: i32 }) {}

/** Result of `connectNumOfNetworks`. */
export class ConnectNumOfNetworksRet extends struct({ num: i32 }) {}

/** Arguments of `networkIsActive`. */
export class NetworkIsActiveArgs extends struct({ net: NetworkRef }) {}

/** Result of `networkIsActive`. */
export class NetworkIsActiveRet extends struct({ active: i32 }) {}

/** Arguments of `networkIsPersistent`. */
export class NetworkIsPersistentArgs extends struct({ net: NetworkRef }) {}

/** Result of `networkIsPersistent`. */
export class NetworkIsPersistentRet extends struct({ persistent: i32 }) {}

/** Arguments of `connectListAllNetworks`. */
export class ConnectListAllNetworksArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllNetworks`. */
export class ConnectListAllNetworksRet extends struct({ nets: array(NetworkRef, REMOTE_NETWORK_LIST_MAX), ret: u32 }) {}

/** Arguments of `networkUpdate`. */
export class NetworkUpdateArgs extends struct({
  net: NetworkRef,
  command: u32,
  section: u32,
  parentIndex: i32,
  xml: text,
  flags: u32,
}) {}

/** Arguments of `connectNetworkEventRegisterAny`. */
export class ConnectNetworkEventRegisterAnyArgs extends struct({ eventId: i32, net: optional(NetworkRef) }) {}

/** Result of `connectNetworkEventRegisterAny`. */
export class ConnectNetworkEventRegisterAnyRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectNetworkEventDeregisterAny`. */
export class ConnectNetworkEventDeregisterAnyArgs extends struct({ callbackId: i32 }) {}

/** Content of `networkEventLifecycle`. */
export class NetworkEventLifecycleMsg extends struct({ callbackId: i32, net: NetworkRef, event: i32, detail: i32 }) {}

/** Arguments of `networkGetDhcpLeases`. */
export class NetworkGetDhcpLeasesArgs extends struct({
  net: NetworkRef,
  mac: optionalText,
  needResults: i32,
  flags: u32,
}) {}

/** An address given out; `expirytime` in seconds since the epoch, `type` an `IpAddrType`. */
export class NetworkDhcpLease extends struct({
  iface: text,
  expirytime: i64,
  type: i32,
  mac: optionalText,
  iaid: optionalText,
  ipaddr: text,
  prefix: u32,
  hostname: optionalText,
  clientid: optionalText,
}) {}

/** Result of `networkGetDhcpLeases`. */
export class NetworkGetDhcpLeasesRet extends struct({
  leases: array(NetworkDhcpLease, REMOTE_NETWORK_DHCP_LEASES_MAX),
  ret: u32,
}) {}

/** Arguments of `networkDefineXmlFlags`. */
export class NetworkDefineXmlFlagsArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `networkDefineXmlFlags`. */
export class NetworkDefineXmlFlagsRet extends struct({ net: NetworkRef }) {}

/** Arguments of `networkCreateXmlFlags`. */
export class NetworkCreateXmlFlagsArgs extends struct({ xml: text, flags: u32 }) {}

/** Result of `networkCreateXmlFlags`. */
export class NetworkCreateXmlFlagsRet extends struct({ net: NetworkRef }) {}

/** Calls about virtual networks. */
export const networkProcedures = {
  /** Names of the networks that are defined and not running. `virConnectListDefinedNetworks`. */
  connectListDefinedNetworks: procedure(36, {
    args: ConnectListDefinedNetworksArgs,
    ret: ConnectListDefinedNetworksRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectListDefinedNetworks",
  }),

  /** Names of the running networks. `virConnectListNetworks`. */
  connectListNetworks: procedure(38, {
    args: ConnectListNetworksArgs,
    ret: ConnectListNetworksRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectListNetworks",
  }),

  /** Starts a defined network. `virNetworkCreate`. */
  networkCreate: procedure(39, {
    args: NetworkCreateArgs,
    ret: nothing,
    acl: "network:start",
    api: "virNetworkCreate",
  }),

  /** Defines and starts a transient network. `virNetworkCreateXML`. */
  networkCreateXml: procedure(40, {
    args: NetworkCreateXmlArgs,
    ret: NetworkCreateXmlRet,
    acl: ["network:write", "network:start"],
    api: "virNetworkCreateXML",
  }),

  /** Stores a network's definition. `virNetworkDefineXML`. */
  networkDefineXml: procedure(41, {
    args: NetworkDefineXmlArgs,
    ret: NetworkDefineXmlRet,
    acl: ["network:write", "network:save"],
    priority: "high",
    api: "virNetworkDefineXML",
  }),

  /** Stops a network. `virNetworkDestroy`. */
  networkDestroy: procedure(42, {
    args: NetworkDestroyArgs,
    ret: nothing,
    acl: "network:stop",
    priority: "high",
    api: "virNetworkDestroy",
  }),

  /** The network's document (`NetworkXmlFlags`). `virNetworkGetXMLDesc`. */
  networkGetXmlDesc: procedure(43, {
    args: NetworkGetXmlDescArgs,
    ret: NetworkGetXmlDescRet,
    readonly: "allow",
    acl: "network:read",
    priority: "high",
    api: "virNetworkGetXMLDesc",
  }),

  /** Whether the network starts with the host. `virNetworkGetAutostart`. */
  networkGetAutostart: procedure(44, {
    args: NetworkGetAutostartArgs,
    ret: NetworkGetAutostartRet,
    readonly: "allow",
    acl: "network:read",
    priority: "high",
    api: "virNetworkGetAutostart",
  }),

  /** The name of the network's bridge device. `virNetworkGetBridgeName`. */
  networkGetBridgeName: procedure(45, {
    args: NetworkGetBridgeNameArgs,
    ret: NetworkGetBridgeNameRet,
    readonly: "allow",
    acl: "network:read",
    priority: "high",
    api: "virNetworkGetBridgeName",
  }),

  /** Finds a network by its name. `virNetworkLookupByName`. */
  networkLookupByName: procedure(46, {
    args: NetworkLookupByNameArgs,
    ret: NetworkLookupByNameRet,
    readonly: "allow",
    acl: "network:getattr",
    priority: "high",
    api: "virNetworkLookupByName",
  }),

  /** Finds a network by its UUID. `virNetworkLookupByUUID`. */
  networkLookupByUuid: procedure(47, {
    args: NetworkLookupByUuidArgs,
    ret: NetworkLookupByUuidRet,
    readonly: "allow",
    acl: "network:getattr",
    priority: "high",
    api: "virNetworkLookupByUUID",
  }),

  /** Sets whether the network starts with the host. `virNetworkSetAutostart`. */
  networkSetAutostart: procedure(48, {
    args: NetworkSetAutostartArgs,
    ret: nothing,
    acl: "network:write",
    priority: "high",
    api: "virNetworkSetAutostart",
  }),

  /** Removes a network's definition; a running network becomes transient. `virNetworkUndefine`. */
  networkUndefine: procedure(49, {
    args: NetworkUndefineArgs,
    ret: nothing,
    acl: "network:delete",
    priority: "high",
    api: "virNetworkUndefine",
  }),

  /** How many networks are defined and not running. `virConnectNumOfDefinedNetworks`. */
  connectNumOfDefinedNetworks: procedure(50, {
    args: nothing,
    ret: ConnectNumOfDefinedNetworksRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectNumOfDefinedNetworks",
  }),

  /** How many networks are running. `virConnectNumOfNetworks`. */
  connectNumOfNetworks: procedure(52, {
    args: nothing,
    ret: ConnectNumOfNetworksRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectNumOfNetworks",
  }),

  /** Whether the network is running (1) or not (0). `virNetworkIsActive`. */
  networkIsActive: procedure(152, {
    args: NetworkIsActiveArgs,
    ret: NetworkIsActiveRet,
    readonly: "allow",
    acl: "network:read",
    priority: "high",
    api: "virNetworkIsActive",
  }),

  /** Whether the network has a stored definition (1) or not (0). `virNetworkIsPersistent`. */
  networkIsPersistent: procedure(153, {
    args: NetworkIsPersistentArgs,
    ret: NetworkIsPersistentRet,
    readonly: "allow",
    acl: "network:read",
    priority: "high",
    api: "virNetworkIsPersistent",
  }),

  /**
   * The networks that match (`ConnectListAllNetworksFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllNetworks`.
   */
  connectListAllNetworks: procedure(283, {
    args: ConnectListAllNetworksArgs,
    ret: ConnectListAllNetworksRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectListAllNetworks",
  }),

  /**
   * Changes one part of a network (`NetworkUpdateSection`, `NetworkUpdateCommand`), live or in its definition.
   * `virNetworkUpdate`.
   */
  networkUpdate: procedure(291, {
    args: NetworkUpdateArgs,
    ret: nothing,
    acl: [
      "network:write",
      {
        permission: "network:save",
        when: { argument: "flags", noneOf: NetworkUpdateFlags.config | NetworkUpdateFlags.live },
      },
      { permission: "network:save", when: { argument: "flags", anyOf: NetworkUpdateFlags.config } },
    ],
    priority: "high",
    api: "virNetworkUpdate",
  }),

  /**
   * Asks for a kind of network events, of one network or all; returns the id they will carry.
   * `virConnectNetworkEventRegisterAny`.
   */
  connectNetworkEventRegisterAny: procedure(313, {
    args: ConnectNetworkEventRegisterAnyArgs,
    ret: ConnectNetworkEventRegisterAnyRet,
    readonly: "allow",
    acl: "connect:search_networks",
    aclFilter: "network:getattr",
    priority: "high",
    api: "virConnectNetworkEventRegisterAny",
  }),

  /** Ends a registration of network events. `virConnectNetworkEventDeregisterAny`. */
  connectNetworkEventDeregisterAny: procedure(314, {
    args: ConnectNetworkEventDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectNetworkEventDeregisterAny",
  }),

  /**
   * The addresses given out on a network, of one MAC or all; `needResults` 0 returns the count alone.
   * `virNetworkGetDHCPLeases`.
   */
  networkGetDhcpLeases: procedure(341, {
    args: NetworkGetDhcpLeasesArgs,
    ret: NetworkGetDhcpLeasesRet,
    readonly: "allow",
    acl: "network:read",
    api: "virNetworkGetDHCPLeases",
  }),

  /** Stores a network's definition (`NetworkDefineFlags`). `virNetworkDefineXMLFlags`. */
  networkDefineXmlFlags: procedure(432, {
    args: NetworkDefineXmlFlagsArgs,
    ret: NetworkDefineXmlFlagsRet,
    acl: ["network:write", "network:save"],
    priority: "high",
    api: "virNetworkDefineXMLFlags",
  }),

  /** Defines and starts a transient network (`NetworkCreateFlags`). `virNetworkCreateXMLFlags`. */
  networkCreateXmlFlags: procedure(437, {
    args: NetworkCreateXmlFlagsArgs,
    ret: NetworkCreateXmlFlagsRet,
    acl: ["network:write", "network:start"],
    priority: "high",
    api: "virNetworkCreateXMLFlags",
  }),
};

/** Events of virtual networks. */
export const networkEvents = {
  /** A network was defined, started, … (`NetworkEventLifecycleType`). */
  networkEventLifecycle: event(315, NetworkEventLifecycleMsg),
};
