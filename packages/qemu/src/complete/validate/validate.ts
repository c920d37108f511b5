import type { AnyDevice } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { validateChardev } from "./chardevs.ts";
import { validateController } from "./controllers.ts";
import { validateDeviceInfo } from "./device-info.ts";
import { validateDisk } from "./disks.ts";
import { validateGraphics, validateVideo } from "./displays.ts";
import { validateHostdev } from "./hostdevs.ts";
import { validateMemoryDevice } from "./memory.ts";
import { validateIommu, validateMemballoon, validateShmem } from "./small-devices.ts";

export { validateDefinition } from "./definition.ts";

/** What QEMU, or this QEMU, cannot do with one device (`qemuValidateDomainDeviceDef`), in libvirt's words. */
export function validateDevice(state: Completing, any: AnyDevice): void {
  validateDeviceInfo(state, any);
  const { kind, device } = any;
  switch (kind) {
    case "disk":
      return validateDisk(state, device);
    case "controller":
      return validateController(state, device);
    case "serial":
    case "parallel":
    case "channel":
    case "console":
    case "redirdev":
      return validateChardev(state, device);
    case "hostdev":
      return validateHostdev(state, device);
    case "graphics":
      return validateGraphics(state, device);
    case "video":
      return validateVideo(state, device);
    case "memory":
      return validateMemoryDevice(state, device);
    case "memballoon":
      return validateMemballoon(state, device);
    case "shmem":
      return validateShmem(state, device);
    case "iommu":
      return validateIommu(state, device);
    default:
  }
}
