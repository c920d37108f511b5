/** The version of virsh that commands, outputs and the wire are compatible with. */
export const COMPATIBLE_VERSION = "9.0.0";
