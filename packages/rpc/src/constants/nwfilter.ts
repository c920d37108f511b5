// Constants of network filters: libvirt 9.0's public enumerations, each name without the common start.

/** The bits of libvirt's `virNWFilterBindingCreateFlags`. */
export const NwfilterBindingCreateFlags = {
  validate: 1,
} as const;
/** A value of {@link NwfilterBindingCreateFlags}. */
export type NwfilterBindingCreateFlags = (typeof NwfilterBindingCreateFlags)[keyof typeof NwfilterBindingCreateFlags];

/** The bits of libvirt's `virNWFilterDefineFlags`. */
export const NwfilterDefineFlags = {
  validate: 1,
} as const;
/** A value of {@link NwfilterDefineFlags}. */
export type NwfilterDefineFlags = (typeof NwfilterDefineFlags)[keyof typeof NwfilterDefineFlags];
