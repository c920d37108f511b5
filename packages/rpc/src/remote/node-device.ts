import { array, i32, nothing, optional, struct, u32 } from "@tsvirt/codec/xdr";
import { event, procedure } from "../program.ts";
import { REMOTE_NODE_DEVICE_CAPS_LIST_MAX, REMOTE_NODE_DEVICE_LIST_MAX } from "./limits.ts";
import { NodeDeviceRef, optionalText, text } from "./refs.ts";

/** Arguments of `nodeNumOfDevices`. */
export class NodeNumOfDevicesArgs extends struct({ cap: optionalText, flags: u32 }) {}

/** Result of `nodeNumOfDevices`. */
export class NodeNumOfDevicesRet extends struct({ num: i32 }) {}

/** Arguments of `nodeListDevices`. */
export class NodeListDevicesArgs extends struct({ cap: optionalText, maxnames: i32, flags: u32 }) {}

/** Result of `nodeListDevices`. */
export class NodeListDevicesRet extends struct({ names: array(text, REMOTE_NODE_DEVICE_LIST_MAX) }) {}

/** Arguments of `nodeDeviceLookupByName`. */
export class NodeDeviceLookupByNameArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceLookupByName`. */
export class NodeDeviceLookupByNameRet extends struct({ dev: NodeDeviceRef }) {}

/** Arguments of `nodeDeviceGetXmlDesc`. */
export class NodeDeviceGetXmlDescArgs extends struct({ name: text, flags: u32 }) {}

/** Result of `nodeDeviceGetXmlDesc`. */
export class NodeDeviceGetXmlDescRet extends struct({ xml: text }) {}

/** Arguments of `nodeDeviceGetParent`. */
export class NodeDeviceGetParentArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceGetParent`. */
export class NodeDeviceGetParentRet extends struct({ parentName: optionalText }) {}

/** Arguments of `nodeDeviceNumOfCaps`. */
export class NodeDeviceNumOfCapsArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceNumOfCaps`. */
export class NodeDeviceNumOfCapsRet extends struct({ num: i32 }) {}

/** Arguments of `nodeDeviceListCaps`. */
export class NodeDeviceListCapsArgs extends struct({ name: text, maxnames: i32 }) {}

/** Result of `nodeDeviceListCaps`. */
export class NodeDeviceListCapsRet extends struct({ names: array(text, REMOTE_NODE_DEVICE_CAPS_LIST_MAX) }) {}

/** Arguments of `nodeDeviceDettach`. */
export class NodeDeviceDettachArgs extends struct({ name: text }) {}

/** Arguments of `nodeDeviceReAttach`. */
export class NodeDeviceReAttachArgs extends struct({ name: text }) {}

/** Arguments of `nodeDeviceReset`. */
export class NodeDeviceResetArgs extends struct({ name: text }) {}

/** Arguments of `nodeDeviceCreateXml`. */
export class NodeDeviceCreateXmlArgs extends struct({ xmlDesc: text, flags: u32 }) {}

/** Result of `nodeDeviceCreateXml`. */
export class NodeDeviceCreateXmlRet extends struct({ dev: NodeDeviceRef }) {}

/** Arguments of `nodeDeviceDestroy`. */
export class NodeDeviceDestroyArgs extends struct({ name: text }) {}

/** Arguments of `connectListAllNodeDevices`. */
export class ConnectListAllNodeDevicesArgs extends struct({ needResults: i32, flags: u32 }) {}

/** Result of `connectListAllNodeDevices`. */
export class ConnectListAllNodeDevicesRet extends struct({
  devices: array(NodeDeviceRef, REMOTE_NODE_DEVICE_LIST_MAX),
  ret: u32,
}) {}

/** Arguments of `nodeDeviceLookupScsiHostByWwn`. */
export class NodeDeviceLookupScsiHostByWwnArgs extends struct({ wwnn: text, wwpn: text, flags: u32 }) {}

/** Result of `nodeDeviceLookupScsiHostByWwn`. */
export class NodeDeviceLookupScsiHostByWwnRet extends struct({ dev: NodeDeviceRef }) {}

/** Arguments of `nodeDeviceDetachFlags`. */
export class NodeDeviceDetachFlagsArgs extends struct({ name: text, driverName: optionalText, flags: u32 }) {}

/** Arguments of `connectNodeDeviceEventRegisterAny`. */
export class ConnectNodeDeviceEventRegisterAnyArgs extends struct({ eventId: i32, dev: optional(NodeDeviceRef) }) {}

/** Result of `connectNodeDeviceEventRegisterAny`. */
export class ConnectNodeDeviceEventRegisterAnyRet extends struct({ callbackId: i32 }) {}

/** Arguments of `connectNodeDeviceEventDeregisterAny`. */
export class ConnectNodeDeviceEventDeregisterAnyArgs extends struct({ callbackId: i32 }) {}

/** Content of `nodeDeviceEventLifecycle`. */
export class NodeDeviceEventLifecycleMsg extends struct({
  callbackId: i32,
  dev: NodeDeviceRef,
  event: i32,
  detail: i32,
}) {}

/** Content of `nodeDeviceEventUpdate`. */
export class NodeDeviceEventUpdateMsg extends struct({ callbackId: i32, dev: NodeDeviceRef }) {}

/** Arguments of `nodeDeviceDefineXml`. */
export class NodeDeviceDefineXmlArgs extends struct({ xmlDesc: text, flags: u32 }) {}

/** Result of `nodeDeviceDefineXml`. */
export class NodeDeviceDefineXmlRet extends struct({ dev: NodeDeviceRef }) {}

/** Arguments of `nodeDeviceUndefine`. */
export class NodeDeviceUndefineArgs extends struct({ name: text, flags: u32 }) {}

/** Arguments of `nodeDeviceCreate`. */
export class NodeDeviceCreateArgs extends struct({ name: text, flags: u32 }) {}

/** Arguments of `nodeDeviceGetAutostart`. */
export class NodeDeviceGetAutostartArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceGetAutostart`. */
export class NodeDeviceGetAutostartRet extends struct({ autostart: i32 }) {}

/** Arguments of `nodeDeviceSetAutostart`. */
export class NodeDeviceSetAutostartArgs extends struct({ name: text, autostart: i32 }) {}

/** Arguments of `nodeDeviceIsPersistent`. */
export class NodeDeviceIsPersistentArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceIsPersistent`. */
export class NodeDeviceIsPersistentRet extends struct({ persistent: i32 }) {}

/** Arguments of `nodeDeviceIsActive`. */
export class NodeDeviceIsActiveArgs extends struct({ name: text }) {}

/** Result of `nodeDeviceIsActive`. */
export class NodeDeviceIsActiveRet extends struct({ active: i32 }) {}

/** Calls about host devices. */
export const nodeDeviceProcedures = {
  /** How many host devices there are, with a capability or at all. `virNodeNumOfDevices`. */
  nodeNumOfDevices: procedure(111, {
    args: NodeNumOfDevicesArgs,
    ret: NodeNumOfDevicesRet,
    readonly: "allow",
    acl: "connect:search_node_devices",
    aclFilter: "node_device:getattr",
    priority: "high",
    api: "virNodeNumOfDevices",
  }),

  /** Names of the host devices, with a capability or all. `virNodeListDevices`. */
  nodeListDevices: procedure(112, {
    args: NodeListDevicesArgs,
    ret: NodeListDevicesRet,
    readonly: "allow",
    acl: "connect:search_node_devices",
    aclFilter: "node_device:getattr",
    priority: "high",
    api: "virNodeListDevices",
  }),

  /** Finds a host device by its name. `virNodeDeviceLookupByName`. */
  nodeDeviceLookupByName: procedure(113, {
    args: NodeDeviceLookupByNameArgs,
    ret: NodeDeviceLookupByNameRet,
    readonly: "allow",
    acl: "node_device:getattr",
    priority: "high",
    api: "virNodeDeviceLookupByName",
  }),

  /** The host device's document. `virNodeDeviceGetXMLDesc`. */
  nodeDeviceGetXmlDesc: procedure(114, {
    args: NodeDeviceGetXmlDescArgs,
    ret: NodeDeviceGetXmlDescRet,
    readonly: "allow",
    acl: "node_device:read",
    api: "virNodeDeviceGetXMLDesc",
  }),

  /** The name of the device this one hangs on. `virNodeDeviceGetParent`. */
  nodeDeviceGetParent: procedure(115, {
    args: NodeDeviceGetParentArgs,
    ret: NodeDeviceGetParentRet,
    readonly: "allow",
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceGetParent",
  }),

  /** How many capabilities a host device has. `virNodeDeviceNumOfCaps`. */
  nodeDeviceNumOfCaps: procedure(116, {
    args: NodeDeviceNumOfCapsArgs,
    ret: NodeDeviceNumOfCapsRet,
    readonly: "allow",
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceNumOfCaps",
  }),

  /** The capabilities of a host device. `virNodeDeviceListCaps`. */
  nodeDeviceListCaps: procedure(117, {
    args: NodeDeviceListCapsArgs,
    ret: NodeDeviceListCapsRet,
    readonly: "allow",
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceListCaps",
  }),

  /**
   * Takes a device from the host's driver so that a guest can have it. The spelling is libvirt's.
   * `virNodeDeviceDettach`.
   */
  nodeDeviceDettach: procedure(118, {
    args: NodeDeviceDettachArgs,
    ret: nothing,
    acl: "node_device:detach",
    api: "virNodeDeviceDettach",
  }),

  /** Gives a device back to the host's driver. `virNodeDeviceReAttach`. */
  nodeDeviceReAttach: procedure(119, {
    args: NodeDeviceReAttachArgs,
    ret: nothing,
    acl: "node_device:detach",
    api: "virNodeDeviceReAttach",
  }),

  /** Resets a device that no guest uses. `virNodeDeviceReset`. */
  nodeDeviceReset: procedure(120, {
    args: NodeDeviceResetArgs,
    ret: nothing,
    acl: "node_device:detach",
    api: "virNodeDeviceReset",
  }),

  /** Makes a virtual device: a virtual HBA or a mediated device. `virNodeDeviceCreateXML`. */
  nodeDeviceCreateXml: procedure(123, {
    args: NodeDeviceCreateXmlArgs,
    ret: NodeDeviceCreateXmlRet,
    acl: ["node_device:write", "node_device:start"],
    api: "virNodeDeviceCreateXML",
  }),

  /** Removes a virtual device. `virNodeDeviceDestroy`. */
  nodeDeviceDestroy: procedure(124, {
    args: NodeDeviceDestroyArgs,
    ret: nothing,
    acl: "node_device:stop",
    priority: "high",
    api: "virNodeDeviceDestroy",
  }),

  /**
   * The host devices that match (`ConnectListAllNodeDeviceFlags`); `needResults` 0 returns the count alone.
   * `virConnectListAllNodeDevices`.
   */
  connectListAllNodeDevices: procedure(285, {
    args: ConnectListAllNodeDevicesArgs,
    ret: ConnectListAllNodeDevicesRet,
    readonly: "allow",
    acl: "connect:search_node_devices",
    aclFilter: "node_device:getattr",
    priority: "high",
    api: "virConnectListAllNodeDevices",
  }),

  /** Finds a SCSI host by its world-wide names. `virNodeDeviceLookupSCSIHostByWWN`. */
  nodeDeviceLookupScsiHostByWwn: procedure(297, {
    args: NodeDeviceLookupScsiHostByWwnArgs,
    ret: NodeDeviceLookupScsiHostByWwnRet,
    readonly: "allow",
    acl: "node_device:getattr",
    priority: "high",
    api: "virNodeDeviceLookupSCSIHostByWWN",
  }),

  /** Takes a device from the host's driver, for a named one if given. `virNodeDeviceDetachFlags`. */
  nodeDeviceDetachFlags: procedure(301, {
    args: NodeDeviceDetachFlagsArgs,
    ret: nothing,
    acl: "node_device:detach",
    api: "virNodeDeviceDetachFlags",
  }),

  /**
   * Asks for a kind of host device events, of one device or all; returns the id they will carry.
   * `virConnectNodeDeviceEventRegisterAny`.
   */
  connectNodeDeviceEventRegisterAny: procedure(374, {
    args: ConnectNodeDeviceEventRegisterAnyArgs,
    ret: ConnectNodeDeviceEventRegisterAnyRet,
    readonly: "allow",
    acl: "connect:search_node_devices",
    aclFilter: "node_device:getattr",
    priority: "high",
    api: "virConnectNodeDeviceEventRegisterAny",
  }),

  /** Ends a registration of host device events. `virConnectNodeDeviceEventDeregisterAny`. */
  connectNodeDeviceEventDeregisterAny: procedure(375, {
    args: ConnectNodeDeviceEventDeregisterAnyArgs,
    ret: nothing,
    readonly: "allow",
    acl: "connect:read",
    priority: "high",
    api: "virConnectNodeDeviceEventDeregisterAny",
  }),

  /** Stores a mediated device's definition. `virNodeDeviceDefineXML`. */
  nodeDeviceDefineXml: procedure(428, {
    args: NodeDeviceDefineXmlArgs,
    ret: NodeDeviceDefineXmlRet,
    acl: "node_device:write",
    api: "virNodeDeviceDefineXML",
  }),

  /** Removes a mediated device's definition. `virNodeDeviceUndefine`. */
  nodeDeviceUndefine: procedure(429, {
    args: NodeDeviceUndefineArgs,
    ret: nothing,
    acl: "node_device:delete",
    priority: "high",
    api: "virNodeDeviceUndefine",
  }),

  /** Starts a defined mediated device. `virNodeDeviceCreate`. */
  nodeDeviceCreate: procedure(430, {
    args: NodeDeviceCreateArgs,
    ret: nothing,
    acl: "node_device:start",
    priority: "high",
    api: "virNodeDeviceCreate",
  }),

  /** Whether the mediated device starts with its parent. `virNodeDeviceGetAutostart`. */
  nodeDeviceGetAutostart: procedure(433, {
    args: NodeDeviceGetAutostartArgs,
    ret: NodeDeviceGetAutostartRet,
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceGetAutostart",
  }),

  /** Sets whether the mediated device starts with its parent. `virNodeDeviceSetAutostart`. */
  nodeDeviceSetAutostart: procedure(434, {
    args: NodeDeviceSetAutostartArgs,
    ret: nothing,
    acl: "node_device:write",
    priority: "high",
    api: "virNodeDeviceSetAutostart",
  }),

  /** Whether the host device has a stored definition (1) or not (0). `virNodeDeviceIsPersistent`. */
  nodeDeviceIsPersistent: procedure(435, {
    args: NodeDeviceIsPersistentArgs,
    ret: NodeDeviceIsPersistentRet,
    readonly: "allow",
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceIsPersistent",
  }),

  /** Whether the host device is there (1) or only defined (0). `virNodeDeviceIsActive`. */
  nodeDeviceIsActive: procedure(436, {
    args: NodeDeviceIsActiveArgs,
    ret: NodeDeviceIsActiveRet,
    readonly: "allow",
    acl: "node_device:read",
    priority: "high",
    api: "virNodeDeviceIsActive",
  }),
};

/** Events of host devices. */
export const nodeDeviceEvents = {
  /** A host device came or went (`NodeDeviceEventLifecycleType`). */
  nodeDeviceEventLifecycle: event(376, NodeDeviceEventLifecycleMsg),

  /** A host device's properties changed. */
  nodeDeviceEventUpdate: event(377, NodeDeviceEventUpdateMsg),
};
