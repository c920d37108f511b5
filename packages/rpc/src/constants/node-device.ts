// Constants of host devices: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectListAllNodeDeviceFlags`. */
export const ConnectListAllNodeDeviceFlags = {
  capSystem: 1,
  capPciDev: 2,
  capUsbDev: 4,
  capUsbInterface: 8,
  capNet: 16,
  capScsiHost: 32,
  capScsiTarget: 64,
  capScsi: 128,
  capStorage: 256,
  capFcHost: 512,
  capVports: 1024,
  capScsiGeneric: 2048,
  capDrm: 4096,
  capMdevTypes: 8192,
  capMdev: 16384,
  capCcwDev: 32768,
  capCssDev: 65536,
  capVdpa: 131072,
  capApCard: 262144,
  capApQueue: 524288,
  capApMatrix: 1048576,
  capVpd: 2097152,
  inactive: 1073741824,
  active: 2147483648,
} as const;
/** A value of {@link ConnectListAllNodeDeviceFlags}. */
export type ConnectListAllNodeDeviceFlags =
  (typeof ConnectListAllNodeDeviceFlags)[keyof typeof ConnectListAllNodeDeviceFlags];

/** The bits of libvirt's `virNodeDeviceCreateXMLFlags`. */
export const NodeDeviceCreateXmlFlags = {
  validate: 1,
} as const;
/** A value of {@link NodeDeviceCreateXmlFlags}. */
export type NodeDeviceCreateXmlFlags = (typeof NodeDeviceCreateXmlFlags)[keyof typeof NodeDeviceCreateXmlFlags];

/** The bits of libvirt's `virNodeDeviceDefineXMLFlags`. */
export const NodeDeviceDefineXmlFlags = {
  validate: 1,
} as const;
/** A value of {@link NodeDeviceDefineXmlFlags}. */
export type NodeDeviceDefineXmlFlags = (typeof NodeDeviceDefineXmlFlags)[keyof typeof NodeDeviceDefineXmlFlags];

/** The values of libvirt's `virNodeDeviceEventID`. */
export const NodeDeviceEventId = {
  lifecycle: 0,
  update: 1,
} as const;
/** A value of {@link NodeDeviceEventId}. */
export type NodeDeviceEventId = (typeof NodeDeviceEventId)[keyof typeof NodeDeviceEventId];

/** The values of libvirt's `virNodeDeviceEventLifecycleType`. */
export const NodeDeviceEventLifecycleType = {
  created: 0,
  deleted: 1,
  defined: 2,
  undefined: 3,
} as const;
/** A value of {@link NodeDeviceEventLifecycleType}. */
export type NodeDeviceEventLifecycleType =
  (typeof NodeDeviceEventLifecycleType)[keyof typeof NodeDeviceEventLifecycleType];
