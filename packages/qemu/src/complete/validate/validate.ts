import type { AnyDevice } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { validateChardev, validateRedirdev, validateRng, validateSerial, validateSmartcard } from "./chardevs.ts";
import { validateController } from "./controllers.ts";
import { validateDeviceInfo } from "./device-info.ts";
import { validateDisk } from "./disks.ts";
import { validateGraphics, validateInput, validateVideo } from "./displays.ts";
import { validateFilesystem } from "./filesystems.ts";
import { validateHostdev } from "./hostdevs.ts";
import { validateInterface } from "./interfaces.ts";
import { validateMemoryDevice } from "./memory.ts";
import {
  validateHub,
  validateIommu,
  validateMemballoon,
  validateNvram,
  validateShmem,
  validateTpm,
  validateVsock,
  validateWatchdog,
} from "./small-devices.ts";
import { validateAudio, validateSound } from "./sound.ts";

export { validateDefinition } from "./definition.ts";

/** What QEMU, or this QEMU, cannot do with one device (`qemuValidateDomainDeviceDef`), in libvirt's words. */
export function validateDevice(state: Completing, any: AnyDevice): void {
  validateDeviceInfo(state, any);
  const { kind, device } = any;
  switch (kind) {
    case "disk":
      return validateDisk(state, device);
    case "interface":
      return validateInterface(state, device);
    case "serial":
      return validateSerial(state, device);
    case "parallel":
    case "channel":
    case "console":
      return validateChardev(state, device, kind === "parallel");
    case "smartcard":
      return validateSmartcard(state, device);
    case "rng":
      return validateRng(state, device);
    case "redirdev":
      return validateRedirdev(state, device);
    case "watchdog":
      return validateWatchdog(state, device);
    case "hostdev":
      return validateHostdev(state, device);
    case "video":
      return validateVideo(state, device);
    case "controller":
      return validateController(state, device);
    case "vsock":
      return validateVsock(state, device);
    case "tpm":
      return validateTpm(state, device);
    case "graphics":
      return validateGraphics(state, device);
    case "input":
      return validateInput(state, device);
    case "memballoon":
      return validateMemballoon(state, device);
    case "iommu":
      return validateIommu(state, device);
    case "filesystem":
      return validateFilesystem(state, device);
    case "nvram":
      return validateNvram(state, device);
    case "hub":
      return validateHub(state, device);
    case "sound":
      return validateSound(state, device);
    case "memory":
      return validateMemoryDevice(state, device);
    case "shmem":
      return validateShmem(state, device);
    case "audio":
      return validateAudio(state, device);
    case "crypto":
    case "panic":
    case "lease":
  }
}
