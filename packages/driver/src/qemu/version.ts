/** libvirt's version that we speak as: what clients are told, and what decides what they ask of us. */
export const LIBVIRT_VERSION = 9_000_000;
/** {@link LIBVIRT_VERSION} as people write it. */
export const LIBVIRT_VERSION_TEXT = "9.0.0";
