import { child, children, element, leaf, text } from "@tsvirt/codec/xml";
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

/** All devices of a guest, grouped by kind in the order in which libvirt writes them. */
export class Devices extends element(
  "devices",
  {
    emulator: leaf.optional(text),
    disks: children(Disk),
    controllers: children(Controller),
    leases: children(Lease),
    filesystems: children(Filesystem),
    interfaces: children(Interface),
    smartcards: children(Smartcard),
    serials: children(Serial),
    parallels: children(Parallel),
    consoles: children(Console),
    channels: children(Channel),
    inputs: children(Input),
    tpms: children(Tpm),
    graphics: children(Graphics),
    sounds: children(Sound),
    audios: children(Audio),
    videos: children(Video),
    hostdevs: children(Hostdev),
    redirdevs: children(Redirdev),
    redirfilter: child.optional(RedirFilter),
    hubs: children(Hub),
    watchdogs: children(Watchdog),
    memballoon: child.optional(Memballoon),
    rngs: children(Rng),
    nvram: child.optional(Nvram),
    panics: children(Panic),
    shmems: children(Shmem),
    memories: children(MemoryDevice),
    cryptos: children(Crypto),
    iommu: child.optional(Iommu),
    vsock: child.optional(Vsock),
  },
  { expanded: true },
) {}
