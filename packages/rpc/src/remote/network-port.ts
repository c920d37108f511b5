import { array, i32, nothing, struct, u32 } from "@tsvirt/codec/xdr";
import { procedure } from "../program.ts";
import { REMOTE_NETWORK_PORT_LIST_MAX, REMOTE_NETWORK_PORT_PARAMETERS_MAX } from "./limits.ts";
import { NetworkPortRef, NetworkRef, TypedParam, text, uuid } from "./refs.ts";

/** Arguments of `networkListAllPorts`. */
export class NetworkListAllPortsArgs extends struct({ network: NetworkRef, needResults: i32, flags: u32 }) {}

/** Result of `networkListAllPorts`. */
export class NetworkListAllPortsRet extends struct({
  ports: array(NetworkPortRef, REMOTE_NETWORK_PORT_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `networkPortLookupByUuid`. */
export class NetworkPortLookupByUuidArgs extends struct({ network: NetworkRef, uuid: uuid }) {}

/** Result of `networkPortLookupByUuid`. */
export class NetworkPortLookupByUuidRet extends struct({ port: NetworkPortRef }) {}

/** Arguments of `networkPortCreateXml`. */
export class NetworkPortCreateXmlArgs extends struct({ network: NetworkRef, xml: text, flags: u32 }) {}

/** Result of `networkPortCreateXml`. */
export class NetworkPortCreateXmlRet extends struct({ port: NetworkPortRef }) {}

/** Arguments of `networkPortGetParameters`. */
export class NetworkPortGetParametersArgs extends struct({ port: NetworkPortRef, nparams: i32, flags: u32 }) {}

/** Result of `networkPortGetParameters`. */
export class NetworkPortGetParametersRet extends struct({
  params: array(TypedParam, REMOTE_NETWORK_PORT_PARAMETERS_MAX),
  nparams: i32,
}) {}

/** Arguments of `networkPortSetParameters`. */
export class NetworkPortSetParametersArgs extends struct({
  port: NetworkPortRef,
  params: array(TypedParam, REMOTE_NETWORK_PORT_PARAMETERS_MAX),
  flags: u32,
}) {}

/** Arguments of `networkPortGetXmlDesc`. */
export class NetworkPortGetXmlDescArgs extends struct({ port: NetworkPortRef, flags: u32 }) {}

/** Result of `networkPortGetXmlDesc`. */
export class NetworkPortGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `networkPortDelete`. */
export class NetworkPortDeleteArgs extends struct({ port: NetworkPortRef, flags: u32 }) {}

/** Calls about the ports of virtual networks. */
export const networkPortProcedures = {
  /** A network's ports; `needResults` 0 returns the count alone. `virNetworkListAllPorts`. */
  networkListAllPorts: procedure(404, {
    args: NetworkListAllPortsArgs,
    ret: NetworkListAllPortsRet,
    readonly: "allow",
    acl: "network:search_ports",
    aclFilter: "network_port:getattr",
    priority: "high",
    api: "virNetworkListAllPorts",
  }),

  /** Finds a port of a network by its UUID. `virNetworkPortLookupByUUID`. */
  networkPortLookupByUuid: procedure(405, {
    args: NetworkPortLookupByUuidArgs,
    ret: NetworkPortLookupByUuidRet,
    readonly: "allow",
    acl: "network_port:getattr",
    priority: "high",
    api: "virNetworkPortLookupByUUID",
  }),

  /** Makes a port of a network. `virNetworkPortCreateXML`. */
  networkPortCreateXml: procedure(406, {
    args: NetworkPortCreateXmlArgs,
    ret: NetworkPortCreateXmlRet,
    acl: "network_port:create",
    api: "virNetworkPortCreateXML",
  }),

  /** A port's bandwidth (`NetworkPortParameter`); with `nparams` 0 only the count. `virNetworkPortGetParameters`. */
  networkPortGetParameters: procedure(407, {
    args: NetworkPortGetParametersArgs,
    ret: NetworkPortGetParametersRet,
    readonly: "allow",
    acl: "network_port:read",
    api: "virNetworkPortGetParameters",
  }),

  /** Changes a port's bandwidth (`NetworkPortParameter`). `virNetworkPortSetParameters`. */
  networkPortSetParameters: procedure(408, {
    args: NetworkPortSetParametersArgs,
    ret: nothing,
    acl: "network_port:write",
    api: "virNetworkPortSetParameters",
  }),

  /** The port's document. `virNetworkPortGetXMLDesc`. */
  networkPortGetXmlDesc: procedure(409, {
    args: NetworkPortGetXmlDescArgs,
    ret: NetworkPortGetXmlDescRet,
    readonly: "allow",
    acl: "network_port:read",
    api: "virNetworkPortGetXMLDesc",
  }),

  /** Removes a port. `virNetworkPortDelete`. */
  networkPortDelete: procedure(410, {
    args: NetworkPortDeleteArgs,
    ret: nothing,
    acl: "network_port:delete",
    api: "virNetworkPortDelete",
  }),
};
