// Constants of host interfaces: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectListAllInterfacesFlags`. */
export const ConnectListAllInterfacesFlags = {
  inactive: 1,
  active: 2,
} as const;
/** A value of {@link ConnectListAllInterfacesFlags}. */
export type ConnectListAllInterfacesFlags =
  (typeof ConnectListAllInterfacesFlags)[keyof typeof ConnectListAllInterfacesFlags];

/** The bits of libvirt's `virInterfaceDefineFlags`. */
export const InterfaceDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link InterfaceDefineFlags}. */
export type InterfaceDefineFlags = (typeof InterfaceDefineFlags)[keyof typeof InterfaceDefineFlags];

/** The bits of libvirt's `virInterfaceXMLFlags`. */
export const InterfaceXmlFlags = {
  inactive: 1,
} as const;
/** A value of {@link InterfaceXmlFlags}. */
export type InterfaceXmlFlags = (typeof InterfaceXmlFlags)[keyof typeof InterfaceXmlFlags];
