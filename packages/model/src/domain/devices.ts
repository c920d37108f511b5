import { ErrorCode } from "@tsvirt/base";
import { child, children, element, leaf, once, text } from "@tsvirt/codec/xml";
import { Audio, Sound } from "./audio.ts";
import { Channel, Console, Parallel, Redirdev, RedirFilter, Serial, Smartcard } from "./chardev.ts";
import { Controller } from "./controller.ts";
import { Disk, Lease } from "./disk.ts";
import { Filesystem } from "./filesystem.ts";
import { Graphics } from "./graphics.ts";
import { Hostdev } from "./hostdev.ts";
import { Input } from "./input.ts";
import { Interface } from "./interface.ts";
import { MemoryDevice } from "./memory-device.ts";
import { Rng } from "./rng.ts";
import { Crypto, Hub, Iommu, Memballoon, Nvram, Panic, Shmem, Vsock, Watchdog } from "./small-devices.ts";
import { Tpm } from "./tpm.ts";
import { Video } from "./video.ts";

/** Most devices of a kind. */
const MAX_DEVICES = 4096;

/** All devices of a guest, grouped by kind in the order in which libvirt writes them. */
export class Devices extends element(
  "devices",
  {
    emulator: leaf.optional(text),
    disks: children(Disk, MAX_DEVICES),
    controllers: children(Controller, MAX_DEVICES),
    leases: children(Lease, MAX_DEVICES),
    filesystems: children(Filesystem, MAX_DEVICES),
    interfaces: children(Interface, MAX_DEVICES),
    smartcards: children(Smartcard, MAX_DEVICES),
    serials: children(Serial, MAX_DEVICES),
    parallels: children(Parallel, MAX_DEVICES),
    consoles: children(Console, MAX_DEVICES),
    channels: children(Channel, MAX_DEVICES),
    inputs: children(Input, MAX_DEVICES),
    tpms: children(Tpm, MAX_DEVICES),
    graphics: children(Graphics, MAX_DEVICES),
    sounds: children(Sound, MAX_DEVICES),
    audios: children(Audio, MAX_DEVICES),
    videos: children(Video, MAX_DEVICES),
    hostdevs: children(Hostdev, MAX_DEVICES),
    redirdevs: children(Redirdev, MAX_DEVICES),
    redirfilter: once(
      child.optional(RedirFilter),
      "only one set of redirection filter rule is supported",
      ErrorCode.internalError,
    ),
    hubs: children(Hub, MAX_DEVICES),
    watchdogs: children(Watchdog, MAX_DEVICES),
    memballoon: once(
      child.optional(Memballoon),
      "only a single memory balloon device is supported",
      ErrorCode.internalError,
    ),
    rngs: children(Rng, MAX_DEVICES),
    nvram: once(child.optional(Nvram), "only a single nvram device is supported", ErrorCode.internalError),
    panics: children(Panic, MAX_DEVICES),
    shmems: children(Shmem, MAX_DEVICES),
    memories: children(MemoryDevice, MAX_DEVICES),
    cryptos: children(Crypto, MAX_DEVICES),
    iommu: once(child.optional(Iommu), "only a single IOMMU device is supported"),
    vsock: once(child.optional(Vsock), "only a single vsock device is supported"),
  },
  { expanded: true },
) {}
