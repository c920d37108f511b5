import type { Address } from "../address.ts";
import type { Audio, Sound } from "../audio.ts";
import type { Channel, Console, Parallel, Redirdev, Serial, Smartcard } from "../chardev.ts";
import type { Controller } from "../controller.ts";
import type { Devices } from "../devices.ts";
import type { Disk, Lease } from "../disk.ts";
import type { Filesystem } from "../filesystem.ts";
import type { Graphics } from "../graphics.ts";
import type { Hostdev } from "../hostdev.ts";
import type { Input } from "../input.ts";
import type { Interface } from "../interface.ts";
import type { MemoryDevice } from "../memory-device.ts";
import type { Rng } from "../rng.ts";
import type { Crypto, Hub, Iommu, Memballoon, Nvram, Panic, Shmem, Vsock, Watchdog } from "../small-devices.ts";
import type { Tpm } from "../tpm.ts";
import type { Video } from "../video.ts";

/** Any device with its kind, which is the name of its element. */
export type AnyDevice =
  | { readonly kind: "disk"; readonly device: Disk }
  | { readonly kind: "lease"; readonly device: Lease }
  | { readonly kind: "controller"; readonly device: Controller }
  | { readonly kind: "filesystem"; readonly device: Filesystem }
  | { readonly kind: "interface"; readonly device: Interface }
  | { readonly kind: "smartcard"; readonly device: Smartcard }
  | { readonly kind: "serial"; readonly device: Serial }
  | { readonly kind: "parallel"; readonly device: Parallel }
  | { readonly kind: "console"; readonly device: Console }
  | { readonly kind: "channel"; readonly device: Channel }
  | { readonly kind: "input"; readonly device: Input }
  | { readonly kind: "tpm"; readonly device: Tpm }
  | { readonly kind: "graphics"; readonly device: Graphics }
  | { readonly kind: "sound"; readonly device: Sound }
  | { readonly kind: "audio"; readonly device: Audio }
  | { readonly kind: "video"; readonly device: Video }
  | { readonly kind: "hostdev"; readonly device: Hostdev }
  | { readonly kind: "redirdev"; readonly device: Redirdev }
  | { readonly kind: "hub"; readonly device: Hub }
  | { readonly kind: "watchdog"; readonly device: Watchdog }
  | { readonly kind: "memballoon"; readonly device: Memballoon }
  | { readonly kind: "rng"; readonly device: Rng }
  | { readonly kind: "nvram"; readonly device: Nvram }
  | { readonly kind: "panic"; readonly device: Panic }
  | { readonly kind: "shmem"; readonly device: Shmem }
  | { readonly kind: "memory"; readonly device: MemoryDevice }
  | { readonly kind: "crypto"; readonly device: Crypto }
  | { readonly kind: "iommu"; readonly device: Iommu }
  | { readonly kind: "vsock"; readonly device: Vsock };

/** The element under `<devices>`, apart from its list: what decides which other properties there are. */
export type DeviceKind = AnyDevice["kind"];

/** All devices in the order in which libvirt goes through them (`virDomainDeviceInfoIterate`). */
export function* everyDevice(devices: Devices): Generator<AnyDevice> {
  for (const device of devices.disks) yield { kind: "disk", device };
  for (const device of devices.interfaces) yield { kind: "interface", device };
  for (const device of devices.sounds) yield { kind: "sound", device };
  for (const device of devices.hostdevs) yield { kind: "hostdev", device };
  for (const device of devices.videos) yield { kind: "video", device };
  for (const device of devices.controllers) yield { kind: "controller", device };
  for (const device of devices.smartcards) yield { kind: "smartcard", device };
  for (const device of devices.serials) yield { kind: "serial", device };
  for (const device of devices.parallels) yield { kind: "parallel", device };
  for (const device of devices.channels) yield { kind: "channel", device };
  for (const device of devices.consoles) yield { kind: "console", device };
  for (const device of devices.inputs) yield { kind: "input", device };
  for (const device of devices.filesystems) yield { kind: "filesystem", device };
  for (const device of devices.watchdogs) yield { kind: "watchdog", device };
  if (devices.memballoon !== undefined) yield { kind: "memballoon", device: devices.memballoon };
  for (const device of devices.rngs) yield { kind: "rng", device };
  if (devices.nvram !== undefined) yield { kind: "nvram", device: devices.nvram };
  for (const device of devices.hubs) yield { kind: "hub", device };
  for (const device of devices.shmems) yield { kind: "shmem", device };
  for (const device of devices.tpms) yield { kind: "tpm", device };
  for (const device of devices.panics) yield { kind: "panic", device };
  for (const device of devices.memories) yield { kind: "memory", device };
  for (const device of devices.redirdevs) yield { kind: "redirdev", device };
  if (devices.iommu !== undefined) yield { kind: "iommu", device: devices.iommu };
  if (devices.vsock !== undefined) yield { kind: "vsock", device: devices.vsock };
  for (const device of devices.cryptos) yield { kind: "crypto", device };
  for (const device of devices.graphics) yield { kind: "graphics", device };
  for (const device of devices.audios) yield { kind: "audio", device };
  for (const device of devices.leases) yield { kind: "lease", device };
}

/** A device as far as its place in the guest is concerned. */
export interface PlacedDevice {
  address?: Address;
  alias?: string;
}

/** The device, if it is of a kind that has a place in the guest. */
export function placedDevice({ kind, device }: AnyDevice): PlacedDevice | undefined {
  return kind === "graphics" || kind === "audio" || kind === "lease" ? undefined : device;
}
