import type { AnyDevice } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { validateChardev } from "./chardevs.ts";
import { validateController } from "./controllers.ts";
import { validateDeviceInfo } from "./device-info.ts";
import { validateDisk } from "./disks.ts";
import { validateGraphics, validateVideo } from "./displays.ts";
import { validateHostdev } from "./hostdevs.ts";
import { validateInput } from "./inputs.ts";
import { validateMemoryDevice } from "./memory.ts";
import { validateWatchdog } from "./notifiers.ts";
import { validateNvram, validateTpm, validateVsock } from "./security-devices.ts";
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
      return validateChardev(state, any);
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
    case "input":
      return validateInput(state, device);
    case "watchdog":
      return validateWatchdog(state, device);
    case "tpm":
      return validateTpm(state, device);
    case "nvram":
      return validateNvram(state, device);
    case "vsock":
      return validateVsock(state, device);
    default:
  }
}
