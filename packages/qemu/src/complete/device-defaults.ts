import { ErrorCode, virtError } from "@tsvirt/base";
import type { Disk, Graphics, Interface, Serial, Video } from "@tsvirt/model/domain";
import { defaultUsbModel } from "./implicit-devices.ts";
import type { Completing } from "./state.ts";

/** What each device leaves to us (`virDomainDeviceDefPostParse`). */
export function fillDeviceDefaults(state: Completing): void {
  const { devices } = state;
  for (const disk of devices.disks) fillDisk(disk);
  for (const controller of devices.controllers) {
    controller.index ??= nextIndex(state, controller.type);
    if (controller.type === "usb" && controller.model === undefined) {
      const model = defaultUsbModel(state);
      if (model !== undefined) controller.model = model;
    }
    if (controller.type === "scsi" && (controller.model === undefined || controller.model === "auto")) {
      controller.model = defaultScsiModel(state);
    }
  }
  for (const nic of devices.interfaces) fillInterface(state, nic);
  fillCharacterDevices(state);
  for (const input of devices.inputs) input.bus ??= inputBus(state, input.type);
  for (const graphics of devices.graphics) fillGraphics(graphics);
  for (const filesystem of devices.filesystems) filesystem.accessmode ??= "passthrough";
  for (const tpm of devices.tpms) tpm.model ??= "tpm-tis";
  for (const panic of devices.panics) {
    if (panic.model === undefined || panic.model === "default")
      panic.model = state.board.isS390 ? "s390" : state.board.isPseries ? "pseries" : "isa";
    if (panic.model === "isa") panic.address ??= { type: "isa", iobase: 0x505 };
  }
  for (const hostdev of devices.hostdevs) {
    if (hostdev.type === "pci") hostdev.driver ??= { name: "vfio" };
  }
  if (devices.vsock) devices.vsock.model ??= "virtio";
}

function nextIndex({ devices }: Completing, type: string): number {
  const used = devices.controllers.filter((each) => each.type === type && each.index !== undefined);
  return used.length === 0 ? 0 : Math.max(...used.map(({ index }) => index ?? 0)) + 1;
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

/** The number in a disk's name: `vda` is 0, `vdab` is 27. -1 for another kind of name. */
export function diskIndex(name: string): number {
  const letters = /^(?:fd|hd|vd|sd|xvd|ubd)([a-z]+)\d*$/.exec(name)?.[1];
  if (letters === undefined) return -1;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
}

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
  for (let layer = disk.backingStore; layer?.type !== undefined; layer = layer.backingStore) {
    layer.format ??= { type: "raw" };
  }
}

/** The adapter for SCSI disks if none is named. */
export function defaultScsiModel({ caps, board }: Completing): string {
  if (board.isPseries) return "ibmvscsi";
  if (board.isS390 || board.isVirt) return "virtio-scsi";
  if (caps.has("lsi")) return "lsilogic";
  return caps.has("virtio-scsi-pci") ? "virtio-scsi" : "lsilogic";
}

function fillInterface(state: Completing, nic: Interface): void {
  nic.mac ??= { address: newMac(state) };
  if (nic.model === undefined && nic.type !== "hostdev") nic.model = defaultNicModel(state);
  const { driver } = nic;
  if (driver?.queues === 0) delete driver.queues;
}

/** A MAC address of libvirt's range, 52:54:00. */
function newMac({ facts }: Completing): string {
  return ["52", "54", "00", ...[...facts.random(3)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}

function defaultNicModel({ caps, board }: Completing): string {
  if (board.isS390 || board.isVirt) return "virtio";
  if (caps.has("rtl8139")) return "rtl8139";
  if (caps.has("e1000")) return "e1000";
  return "virtio";
}

function fillCharacterDevices(state: Completing): void {
  const { devices } = state;
  for (const port of [...devices.serials, ...devices.parallels]) port.target ??= {};
  numberPorts(devices.serials);
  numberPorts(devices.parallels);
  for (const serial of devices.serials) fillSerial(state, serial);
  for (const [index, console] of devices.consoles.entries()) {
    console.target ??= {};
    console.target.type ??= "serial";
    console.target.port ??= index;
  }
  const all = [
    ...devices.serials,
    ...devices.parallels,
    ...devices.consoles,
    ...devices.channels,
    ...devices.redirdevs,
  ];
  for (const device of all) {
    for (const source of device.sources) {
      if (device.type === "tcp" || (device.type === "unix" && source.path !== undefined)) source.mode ??= "connect";
    }
    if (device.type === "tcp") device.protocol ??= "raw";
  }
}

/** Ports without a number get the lowest free ones. */
function numberPorts(list: readonly { readonly target?: { port?: number } }[]): void {
  const taken = new Set(list.map(({ target }) => target?.port).filter((port) => port !== undefined && port >= 0));
  for (const { target } of list) {
    if (!target || (target.port !== undefined && target.port >= 0)) continue;
    let port = 0;
    while (taken.has(port)) port++;
    taken.add(port);
    target.port = port;
  }
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

function inputBus({ board }: Completing, type: string): "ps2" | "usb" | "virtio" | "none" {
  if (type === "passthrough") return "virtio";
  if (type === "evdev") return "none";
  if (type === "tablet") return "usb";
  return board.isX86 ? "ps2" : "usb";
}

function fillGraphics(graphics: Graphics): void {
  switch (graphics.type) {
    case "vnc": {
      const { port } = graphics;
      if (port === undefined || port === -1 || port === 0) {
        graphics.autoport ??= true;
        if (graphics.autoport) graphics.port = -1;
      } else graphics.autoport ??= false;
      break;
    }
    case "spice":
      if (graphics.autoport === undefined) {
        const wanted = (port: number | undefined): boolean => port === -1;
        graphics.autoport = wanted(graphics.port) && wanted(graphics.tlsPort);
      }
      break;
    default:
      return;
  }
  if (graphics.listens.length === 0) {
    const socket = graphics.type === "vnc" ? graphics.socket : undefined;
    if (socket !== undefined) graphics.listens.push({ type: "socket", socket });
    else graphics.listens.push({ type: "address", ...(graphics.listen !== undefined && { address: graphics.listen }) });
  }
}

type VideoModel = NonNullable<Video["model"]>;

/** Memory of video cards that the document does not give, in KiB. */
export function fillVideos({ devices, caps, board }: Completing): void {
  for (const [index, video] of devices.videos.entries()) {
    video.model ??= { type: "default" };
    const { model } = video;
    if (model.type === "default") model.type = defaultVideo(board.isX86, caps.has("cirrus-vga"), board);
    fillVideoMemory(model);
    if (index === 0 && !devices.videos.some((each) => each.model?.primary === true) && model.type !== "ramfb")
      model.primary = true;
    if (model.primary === true && index !== 0) {
      devices.videos.splice(index, 1);
      devices.videos.unshift(video);
    }
  }
}

function defaultVideo(isX86: boolean, hasCirrus: boolean, board: Completing["board"]): VideoModel["type"] {
  if (board.isPseries) return "vga";
  if (board.isVirt || board.isS390) return "virtio";
  return isX86 && hasCirrus ? "cirrus" : "vga";
}

function fillVideoMemory(model: VideoModel): void {
  const powerOfTwo = (kib: number): number => 2 ** Math.ceil(Math.log2(Math.max(kib, 1)));
  switch (model.type) {
    case "qxl":
      model.ram = powerOfTwo(model.ram ?? 65_536);
      model.vram = powerOfTwo(model.vram ?? 65_536);
      if (model.vram < 1024) model.vram = 1024;
      model.vgamem = powerOfTwo(model.vgamem ?? 16_384);
      model.heads ??= 1;
      break;
    case "vga":
    case "cirrus":
    case "vmvga":
    case "bochs":
      model.vram ??= 16_384;
      model.vram = model.type === "cirrus" ? model.vram : powerOfTwo(model.vram);
      model.heads ??= 1;
      break;
    case "virtio":
    case "ramfb":
      model.heads ??= 1;
      break;
    default:
  }
  if (model.type === "none") delete model.heads;
}

/** Two devices cannot have one name in the guest. */
export function checkDiskTargets({ devices }: Completing): void {
  const seen = new Set<string>();
  for (const { target } of devices.disks) {
    if (seen.has(target.dev)) {
      throw virtError(ErrorCode.xmlError, `target '${target.dev}' duplicated for disk sources`);
    }
    seen.add(target.dev);
  }
}
