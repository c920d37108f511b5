/** Our own version. */
export const version = "0.1.0";

/** The libvirt whose behaviour and protocol we follow, as `virGetVersion` counts: 9.0.0. */
export const libVersion = 9_000_000;
