import type { AnyDevice, Disk, Serial, Video } from "@tsvirt/model/domain";
import { defaultUsbModel } from "./implicit-devices.ts";
import type { Completing } from "./state.ts";

/** What a device leaves to QEMU's part of libvirt (`qemuDomainDeviceDefPostParse`). */
export function fillDevice(state: Completing, { kind, device }: AnyDevice): void {
  switch (kind) {
    case "disk":
      fillDisk(device);
      return;
    case "controller":
      if (device.type === "usb" && device.model === undefined) {
        const model = defaultUsbModel(state);
        if (model !== undefined) device.model = model;
      } else if (device.type === "scsi" && (device.model === undefined || device.model === "auto")) {
        device.model = defaultScsiModel(state);
      }
      return;
    case "interface":
      if (device.model === undefined && device.type !== "hostdev") device.model = defaultNicModel(state);
      if (device.driver?.queues === 0) delete device.driver.queues;
      return;
    case "serial":
      fillSerial(state, device);
      return;
    case "video":
      fillVideo(state, device);
      return;
    case "tpm":
      device.model ??= "tpm-tis";
      return;
    case "panic":
      if (device.model === undefined || device.model === "default") {
        device.model = state.board.isS390 ? "s390" : state.board.isPseries ? "pseries" : "isa";
      }
      return;
    case "hostdev":
      if (device.type === "pci") device.driver ??= { name: "vfio" };
      return;
    case "vsock":
      device.model ??= "virtio";
      return;
    default:
  }
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
  else if (driver.type === undefined || driver.type === "none") driver.type = "raw";
  for (const encryption of [disk.encryption, disk.source?.encryption]) if (encryption) encryption.engine ??= "qemu";
  for (let layer = disk.backingStore; layer?.type !== undefined; layer = layer.backingStore) {
    layer.format ??= { type: "raw" };
    if (layer.source?.encryption) layer.source.encryption.engine ??= "qemu";
  }
}

/** The adapter for SCSI disks if none is named. */
export function defaultScsiModel({ caps, board }: Completing): string {
  if (board.isPseries) return "ibmvscsi";
  if (board.isS390 || board.isVirt) return "virtio-scsi";
  if (caps.has("lsi")) return "lsilogic";
  return caps.has("virtio-scsi-pci") ? "virtio-scsi" : "lsilogic";
}

function defaultNicModel({ caps, board }: Completing): string {
  if (board.isS390 || board.isVirt) return "virtio";
  if (caps.has("rtl8139")) return "rtl8139";
  if (caps.has("e1000")) return "e1000";
  return caps.has("virtio-net") ? "virtio" : "rtl8139";
}

const serialModels = {
  "isa-serial": "isa-serial",
  "usb-serial": "usb-serial",
  "pci-serial": "pci-serial",
  "spapr-vio-serial": "spapr-vty",
  "system-serial": "pl011",
  "sclp-serial": "sclpconsole",
  "isa-debug": "isa-debugcon",
} as const;

function fillSerial({ board }: Completing, serial: Serial): void {
  serial.target ??= {};
  const { target } = serial;
  if (target.type === undefined || target.type === "none") {
    // The bus of its address says what it is.
    if (serial.address?.type === "usb") target.type = "usb-serial";
    else if (serial.address?.type === "pci") target.type = "pci-serial";
    else if (board.isPseries) target.type = "spapr-vio-serial";
    else if (board.isVirt) target.type = "system-serial";
    else if (board.isS390) target.type = "sclp-serial";
    else target.type = "isa-serial";
  }
  if (target.model === undefined || target.model.name === "none") {
    const model = board.isVirt && board.arch.startsWith("riscv") ? "16550a" : serialModels[target.type];
    target.model = { name: model };
  }
}

type VideoModel = NonNullable<Video["model"]>;

/** Type and memory of a video card that the document leaves out. KiB. */
function fillVideo({ caps, board }: Completing, video: Video): void {
  video.model ??= { type: "default" };
  const { model } = video;
  if (model.type === "default") model.type = defaultVideo(board.isX86, caps.has("cirrus-vga"), board);
  if (model.type === "none") return;
  if (model.type === "qxl") {
    // A power of two, at least what QEMU needs for one screen.
    const heads = 16_384;
    const size = Math.max(model.vgamem ?? heads, 1024);
    model.vgamem = 2 ** Math.ceil(Math.log2(size));
  }
  model.heads ??= 1;
}

function defaultVideo(isX86: boolean, hasCirrus: boolean, board: Completing["board"]): VideoModel["type"] {
  if (board.isPseries) return "vga";
  if (board.isVirt || board.isS390) return "virtio";
  return isX86 && hasCirrus ? "cirrus" : "vga";
}
