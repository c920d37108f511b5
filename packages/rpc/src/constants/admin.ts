// Constants of the admin program: libvirt 9.0's public enumerations, each name without the common start.

/** The values of libvirt's `virClientTransport`. */
export const ClientTransport = {
  unix: 0,
  tcp: 1,
  tls: 2,
} as const;
/** A value of {@link ClientTransport}. */
export type ClientTransport = (typeof ClientTransport)[keyof typeof ClientTransport];
