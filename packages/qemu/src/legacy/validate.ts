import { ErrorCode, virtError } from "@tsvirt/base";
import type { Devices, Domain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";

/** Something in a document that an old command line has no words for. */
export interface Inexpressible {
  readonly place: object;
  readonly message: string;
}

/** Kinds of devices that came with `-device`, by the word that libvirt has for them. */
const newerKinds = [
  ["filesystems", "filesystem"],
  ["smartcards", "smartcard"],
  ["channels", "channel"],
  ["tpms", "tpm"],
  ["redirdevs", "redirdev"],
  ["hubs", "hub"],
  ["rngs", "rng"],
  ["panics", "panic"],
  ["shmems", "shmem"],
  ["memories", "memory"],
  ["cryptos", "crypto"],
] as const satisfies readonly (readonly [keyof Devices, string])[];

/** Controllers that the machine has, or that come with a drive. */
const ownControllers: ReadonlySet<string> = new Set(["ide", "fdc", "scsi", "usb", "pci", "xenbus"]);
const ownPci: ReadonlySet<string> = new Set(["pci-root"]);
const ownUsb: ReadonlySet<string> = new Set(["piix3-uhci", "piix4-uhci", "default", "none"]);
const diskBuses: ReadonlySet<string> = new Set(["ide", "fdc", "scsi", "virtio", "usb", "xen"]);

/** Everything in a document that an emulator from before QMP cannot be told. */
export function* inexpressible(domain: Domain, devices: Devices, caps: QemuCapabilities): Generator<Inexpressible> {
  const lacks = (place: object, what: string): Inexpressible => ({
    place,
    message: `${what} is not supported by this QEMU`,
  });
  for (const [list, name] of newerKinds) {
    for (const device of devices[list]) yield lacks(device, `device of type '${name}'`);
  }
  for (const [device, name] of [
    [devices.iommu, "iommu"],
    [devices.vsock, "vsock"],
    [devices.nvram, "nvram"],
  ] as const) {
    if (device) yield lacks(device, `device of type '${name}'`);
  }
  for (const disk of devices.disks) {
    const bus = disk.target.bus ?? "ide";
    if (!diskBuses.has(bus)) yield lacks(disk, `disk bus '${bus}'`);
    if (bus === "xen" && caps.legacy?.xenner !== true) yield lacks(disk, "disk bus 'xen'");
    if (disk.encryption || disk.source?.encryption) yield lacks(disk, "disk encryption");
    if (disk.iotune) yield lacks(disk, "disk I/O throttling");
    if (disk.driver?.iothread !== undefined) yield lacks(disk, "an I/O thread");
  }
  for (const controller of devices.controllers) {
    const { type, model } = controller;
    const own =
      ownControllers.has(type) &&
      (type !== "pci" || ownPci.has(model ?? "pci-root")) &&
      (type !== "usb" || ownUsb.has(model ?? "default")) &&
      (type !== "scsi" || model === undefined || model === "auto" || model === "lsilogic");
    if (!own)
      yield lacks(controller, `controller of type '${type}'${model === undefined ? "" : ` and model '${model}'`}`);
  }
  for (const input of devices.inputs) {
    const { bus = "ps2", type } = input;
    const known = bus === "ps2" || bus === "xen" || bus === "default" || (bus === "usb" && type !== "keyboard");
    if (!known) yield lacks(input, `input device '${type}' on bus '${bus}'`);
  }
  for (const card of devices.interfaces) {
    if (card.model === "virtio-non-transitional") yield lacks(card, `network card model '${card.model}'`);
  }
  for (const console of devices.consoles) {
    const type = console.target?.type ?? "serial";
    if (type !== "serial" && type !== "xen") yield lacks(console, `console of type '${type}'`);
  }
  for (const hostdev of devices.hostdevs) {
    const known = hostdev.type === "usb" || (hostdev.type === "pci" && caps.hasLegacy("pcidevice"));
    if (!known) yield lacks(hostdev, `host device of type '${hostdev.type ?? ""}'`);
  }
  if (devices.graphics.length > 1) yield { place: devices, message: "only 1 graphics device is supported" };
  if (devices.videos.length > 1) yield { place: devices, message: "only one video card is currently supported" };
  if (devices.watchdogs.length > 1) yield { place: devices, message: "only a single watchdog is supported" };
  if (domain.os.loader?.type === "pflash") yield lacks(domain.os, "firmware of type 'pflash'");
  if (domain.cpu?.numa) yield lacks(domain.cpu, "a NUMA topology of the guest");
  if (domain.maxMemory) yield lacks(domain.maxMemory, "memory hotplug");
  if (domain.launchSecurity) yield lacks(domain.launchSecurity, "launch security");
  if ((domain.iothreads ?? 0) > 0 || domain.iothreadids) yield lacks(domain, "an I/O thread");
}

/** Throws for the first thing that {@link inexpressible} finds. */
export function requireExpressible(domain: Domain, devices: Devices, caps: QemuCapabilities): void {
  for (const { message } of inexpressible(domain, devices, caps)) {
    throw virtError(ErrorCode.configUnsupported, message);
  }
}
