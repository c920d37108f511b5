import { ErrorCode } from "@tsvirt/base";
import type { AnyDevice, Disk, MemoryDevice, Serial, Tpm, Video } from "@tsvirt/model/domain";
import { alignedModule, NVDIMM_TOO_SMALL } from "../argv/memory-sizes.ts";
import { checkController } from "./controller-checks.ts";
import { defaultUsbModel } from "./implicit-devices.ts";
import { fillShmem } from "./shmem-defaults.ts";
import type { Completing } from "./state.ts";

/** What a device leaves to QEMU's part of libvirt (`qemuDomainDeviceDefPostParse`). */
export function fillDevice(state: Completing, { kind, device }: AnyDevice): void {
  switch (kind) {
    case "disk":
      fillDisk(device);
      return;
    case "controller":
      checkController(state, device);
      if (device.type === "usb" && device.model === undefined) {
        const model = defaultUsbModel(state, device);
        if (model !== undefined) device.model = model;
      } else if (device.type === "scsi" && (device.model === undefined || device.model === "auto")) {
        const model = defaultScsiModel(state);
        if (model !== undefined) device.model = model;
        else {
          const text = `Unable to determine model for SCSI controller idx=${device.index ?? 0}`;
          state.report(device, text, ErrorCode.internalError);
        }
      }
      return;
    case "interface":
      if (device.type === "vdpa") device.model ??= "virtio";
      else if (device.type !== "hostdev") device.model ??= defaultNicModel(state);
      // One queue is what there is anyway.
      if ((device.driver?.queues ?? 2) <= 1) delete device.driver?.queues;
      return;
    case "serial":
      fillSerial(state, device);
      return;
    case "video":
      fillVideo(state, device);
      return;
    case "tpm":
      fillTpm(state, device);
      return;
    case "panic":
      if (device.model === undefined || device.model === "default") {
        device.model = state.board.isS390 ? "s390" : state.board.isPseries ? "pseries" : "isa";
      }
      return;
    case "hostdev":
      // Whatever QEMU's own default becomes.
      if (device.type === "mdev" && device.model === "vfio-pci" && state.caps.has("vfio-pci.display")) {
        device.display ??= false;
      }
      return;
    case "memory":
      fillMemory(state, device);
      return;
    case "vsock":
      device.model ??= "virtio";
      return;
    case "shmem":
      fillShmem(state, device);
      return;
    default:
  }
}

/** A TPM of POWER is on its virtual bus; versions 1.2 and 2.0 are not compatible, so one is chosen. */
function fillTpm({ board }: Completing, tpm: Tpm): void {
  tpm.model ??= board.isPpc64 ? "tpm-spapr" : "tpm-tis";
  const { backend, model } = tpm;
  if (backend.type !== "emulator") return;
  backend.version ??= model === "tpm-spapr" || model === "tpm-crb" || board.isArmVirt ? "2.0" : "1.2";
}

/** Buses by the first letters of a disk's name in the guest. */
const diskPrefixes: readonly (readonly [prefix: string, bus: NonNullable<Disk["target"]["bus"]>])[] = [
  ["fd", "fdc"],
  ["hd", "ide"],
  ["sd", "scsi"],
  ["vd", "virtio"],
  ["xvd", "xen"],
  ["ubd", "uml"],
];

function fillDisk(disk: Disk): void {
  const { target } = disk;
  if (target.bus === undefined) {
    target.bus =
      disk.device === "floppy" ? "fdc" : (diskPrefixes.find(([prefix]) => target.dev.startsWith(prefix))?.[1] ?? "ide");
  }
  if (disk.device === "cdrom") disk.readonly = true;
  if (disk.type === "vhostuser" || disk.type === "vhostvdpa") return;
  disk.driver ??= {};
  const { driver } = disk;
  driver.name ??= "qemu";
  if (disk.type === "dir") driver.type ??= "fat";
  // What a volume is, its pool knows.
  else if (disk.type !== "volume" && (driver.type === undefined || driver.type === "none")) driver.type = "raw";
  for (const encryption of [disk.encryption, disk.source?.encryption]) if (encryption) encryption.engine ??= "qemu";
  for (let layer = disk.backingStore; layer?.type !== undefined; layer = layer.backingStore) {
    layer.format ??= { type: "raw" };
    if (layer.source?.encryption) layer.source.encryption.engine ??= "qemu";
  }
}

/** The adapter for SCSI disks if none is named; `undefined` if the machine has none that is known. */
function defaultScsiModel({ caps, board }: Completing): string | undefined {
  if (board.isPseries) return "ibmvscsi";
  if (board.isS390) return "virtio-scsi";
  if (caps.has("lsi")) return "lsilogic";
  if (caps.has("virtio-scsi-pci")) return "virtio-scsi";
  return board.hasEsp ? "ncr53c90" : undefined;
}

function defaultNicModel({ caps, board }: Completing): string {
  if (board.nic !== undefined) return board.nic;
  if (caps.has("rtl8139")) return "rtl8139";
  if (caps.has("e1000")) return "e1000";
  return caps.has("virtio-net") ? "virtio" : "rtl8139";
}

const serialModels = {
  "isa-serial": "isa-serial",
  "usb-serial": "usb-serial",
  "pci-serial": "pci-serial",
  "spapr-vio-serial": "spapr-vty",
  "sclp-serial": "sclpconsole",
  "isa-debug": "isa-debugcon",
} as const;

function fillSerial({ board }: Completing, serial: Serial): void {
  serial.target ??= {};
  const { target } = serial;
  // "isa-serial" was what documents said for "the usual one".
  if (target.type === undefined || target.type === "none" || target.type === "isa-serial") {
    const type = serialType(board);
    if (type === undefined) delete target.type;
    else target.type = type;
  }
  if (target.model !== undefined && target.model.name !== "none") return;
  const model = target.type === undefined ? undefined : serialModel(target.type, board);
  if (model === undefined) delete target.model;
  else target.model = { name: model };
}

/** The kind of serial port that a machine has; `undefined` on boards of which libvirt knows none. */
function serialType(board: Completing["board"]): NonNullable<Serial["target"]>["type"] {
  if (board.isX86) return "isa-serial";
  if (board.isPseries) return "spapr-vio-serial";
  if (board.isVirt) return "system-serial";
  return board.isS390 ? "sclp-serial" : undefined;
}

function serialModel(
  type: NonNullable<NonNullable<Serial["target"]>["type"]>,
  board: Completing["board"],
): NonNullable<NonNullable<Serial["target"]>["model"]>["name"] | undefined {
  if (type === "none") return undefined;
  if (type !== "system-serial") return serialModels[type];
  return board.isArmVirt ? "pl011" : board.isRiscvVirt ? "16550a" : undefined;
}

/** Blocks of memory on POWER have a size of their own; sizes of guests that exist stay as they are shown. */
function fillMemory({ board, abiUpdate, report }: Completing, memory: MemoryDevice): void {
  if (!board.isPpc64 || !abiUpdate) return;
  const size = alignedModule(board, memory);
  if (size === undefined) report(memory, NVDIMM_TOO_SMALL);
  else memory.target.size = size;
}

type VideoModel = NonNullable<Video["model"]>;

/** Type and memory of a video card that the document leaves out. KiB. */
function fillVideo({ caps, board }: Completing, video: Video): void {
  video.model ??= { type: "default" };
  const { model } = video;
  if (model.type === "default") model.type = defaultVideo(caps, board);
  if (model.type === "none") return;
  // What QEMU needs for one screen.
  if (model.type === "qxl" && (model.vgamem ?? 0) === 0) model.vgamem = 16 * 1024;
  model.heads ??= 1;
}

function defaultVideo(caps: Completing["caps"], board: Completing["board"]): VideoModel["type"] {
  if (board.isPpc64) return "vga";
  if (board.isVirt || board.isS390) return "virtio";
  if (caps.has("cirrus-vga")) return "cirrus";
  return caps.has("VGA") ? "vga" : "default";
}
