// Constants of the QEMU program: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virConnectDomainQemuMonitorEventRegisterFlags`. */
export const ConnectDomainQemuMonitorEventRegisterFlags = {
  regex: 1,
  nocase: 2,
} as const;
/** A value of {@link ConnectDomainQemuMonitorEventRegisterFlags}. */
export type ConnectDomainQemuMonitorEventRegisterFlags =
  (typeof ConnectDomainQemuMonitorEventRegisterFlags)[keyof typeof ConnectDomainQemuMonitorEventRegisterFlags];

/** The values of libvirt's `virDomainQemuAgentCommandTimeoutValues`. */
export const DomainQemuAgentCommandTimeout = {
  min: -2,
  block: -2,
  default: -1,
  nowait: 0,
  shutdown: 60,
} as const;
/** A value of {@link DomainQemuAgentCommandTimeout}. */
export type DomainQemuAgentCommandTimeout =
  (typeof DomainQemuAgentCommandTimeout)[keyof typeof DomainQemuAgentCommandTimeout];

/** The bits of libvirt's `virDomainQemuMonitorCommandFlags`. */
export const DomainQemuMonitorCommandFlags = {
  default: 0,
  hmp: 1,
} as const;
/** A value of {@link DomainQemuMonitorCommandFlags}. */
export type DomainQemuMonitorCommandFlags =
  (typeof DomainQemuMonitorCommandFlags)[keyof typeof DomainQemuMonitorCommandFlags];
