/** What is known of qemu-img. */
export { type VolumeRequest, volumeCommands } from "./volume-commands.ts";
