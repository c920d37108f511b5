// Constants of networks: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectListAllNetworksFlags`. */
export const ConnectListAllNetworksFlags = {
  inactive: 1,
  active: 2,
  persistent: 4,
  transient: 8,
  autostart: 16,
  noAutostart: 32,
} as const;
/** A value of {@link ConnectListAllNetworksFlags}. */
export type ConnectListAllNetworksFlags =
  (typeof ConnectListAllNetworksFlags)[keyof typeof ConnectListAllNetworksFlags];

/** The values of libvirt's `virIPAddrType`. */
export const IpAddrType = {
  ipv4: 0,
  ipv6: 1,
} as const;
/** A value of {@link IpAddrType}. */
export type IpAddrType = (typeof IpAddrType)[keyof typeof IpAddrType];

/** The bits of libvirt's `virNetworkCreateFlags`. */
export const NetworkCreateFlags = {
  validate: 1,
} as const;
/** A value of {@link NetworkCreateFlags}. */
export type NetworkCreateFlags = (typeof NetworkCreateFlags)[keyof typeof NetworkCreateFlags];

/** The bits of libvirt's `virNetworkDefineFlags`. */
export const NetworkDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link NetworkDefineFlags}. */
export type NetworkDefineFlags = (typeof NetworkDefineFlags)[keyof typeof NetworkDefineFlags];

/** The values of libvirt's `virNetworkEventID`. */
export const NetworkEventId = {
  lifecycle: 0,
} as const;
/** A value of {@link NetworkEventId}. */
export type NetworkEventId = (typeof NetworkEventId)[keyof typeof NetworkEventId];

/** The values of libvirt's `virNetworkEventLifecycleType`. */
export const NetworkEventLifecycleType = {
  defined: 0,
  undefined: 1,
  started: 2,
  stopped: 3,
} as const;
/** A value of {@link NetworkEventLifecycleType}. */
export type NetworkEventLifecycleType = (typeof NetworkEventLifecycleType)[keyof typeof NetworkEventLifecycleType];

/** The bits of libvirt's `virNetworkPortCreateFlags`. */
export const NetworkPortCreateFlags = {
  reclaim: 1,
  validate: 2,
} as const;
/** A value of {@link NetworkPortCreateFlags}. */
export type NetworkPortCreateFlags = (typeof NetworkPortCreateFlags)[keyof typeof NetworkPortCreateFlags];

/** The values of libvirt's `virNetworkUpdateCommand`. */
export const NetworkUpdateCommand = {
  none: 0,
  modify: 1,
  delete: 2,
  addLast: 3,
  addFirst: 4,
} as const;
/** A value of {@link NetworkUpdateCommand}. */
export type NetworkUpdateCommand = (typeof NetworkUpdateCommand)[keyof typeof NetworkUpdateCommand];

/** The bits of libvirt's `virNetworkUpdateFlags`. */
export const NetworkUpdateFlags = {
  current: 0,
  live: 1,
  config: 2,
} as const;
/** A value of {@link NetworkUpdateFlags}. */
export type NetworkUpdateFlags = (typeof NetworkUpdateFlags)[keyof typeof NetworkUpdateFlags];

/** The values of libvirt's `virNetworkUpdateSection`. */
export const NetworkUpdateSection = {
  none: 0,
  bridge: 1,
  domain: 2,
  ip: 3,
  ipDhcpHost: 4,
  ipDhcpRange: 5,
  forward: 6,
  forwardInterface: 7,
  forwardPf: 8,
  portgroup: 9,
  dnsHost: 10,
  dnsTxt: 11,
  dnsSrv: 12,
} as const;
/** A value of {@link NetworkUpdateSection}. */
export type NetworkUpdateSection = (typeof NetworkUpdateSection)[keyof typeof NetworkUpdateSection];

/** The bits of libvirt's `virNetworkXMLFlags`. */
export const NetworkXmlFlags = {
  inactive: 1,
} as const;
/** A value of {@link NetworkXmlFlags}. */
export type NetworkXmlFlags = (typeof NetworkXmlFlags)[keyof typeof NetworkXmlFlags];
