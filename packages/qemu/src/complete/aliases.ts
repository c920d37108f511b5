import { type Disk, type Domain, indexOfTarget } from "@tsvirt/model/domain";
import { boardOfDomain } from "../argv/board.ts";
import { devicesOf } from "./state.ts";

/**
 * Gives every device of a guest that is to be started its name towards QEMU (`qemuAssignDeviceAliases`). Names that the
 * user chose (`ua-…`) stay.
 */
export function assignAliases(domain: Domain): void {
  const devices = devicesOf(domain);
  const board = boardOfDomain(domain);
  const number = (list: readonly { alias?: string }[], prefix: string): void => {
    for (const [index, device] of list.entries()) device.alias ??= `${prefix}${index}`;
  };
  for (const disk of devices.disks) disk.alias ??= diskAlias(domain, disk);
  let nics = 0;
  let hosts = 0;
  for (const nic of devices.interfaces) nic.alias ??= nic.type === "hostdev" ? `hostdev${hosts++}` : `net${nics++}`;
  number(devices.filesystems, "fs");
  number(devices.sounds, "sound");
  for (const hostdev of devices.hostdevs) hostdev.alias ??= `hostdev${hosts++}`;
  number(devices.redirdevs, "redir");
  number(devices.videos, "video");
  for (const controller of devices.controllers) {
    const { type, index = 0, model } = controller;
    if (controller.alias !== undefined) continue;
    if (type === "pci") {
      controller.alias = board.pciBuses ? `${model === "pcie-root" ? "pcie" : "pci"}.${index}` : "pci";
    } else if (type === "usb") controller.alias = index === 0 ? "usb" : `usb${index}`;
    else if (type === "ide") controller.alias = index === 0 && board.hasIde ? "ide" : `ide${index}`;
    else if (type === "sata") controller.alias = index === 0 && board.isQ35 ? "ide" : `sata${index}`;
    else if (type === "scsi" && model === "ncr53c90" && index === 0) controller.alias = "scsi";
    else controller.alias = `${type}${index}`;
  }
  number(devices.inputs, "input");
  number(devices.parallels, "parallel");
  number(devices.serials, "serial");
  number(devices.channels, "channel");
  for (const [index, console] of devices.consoles.entries()) {
    const pairs = index === 0 && (console.target?.type ?? "serial") === "serial";
    console.alias ??= (pairs ? devices.serials[0]?.alias : undefined) ?? `console${index}`;
  }
  number(devices.hubs, "hub");
  number(devices.shmems, "shmem");
  number(devices.smartcards, "smartcard");
  number(devices.watchdogs, "watchdog");
  if (devices.memballoon && devices.memballoon.model !== "none") devices.memballoon.alias ??= "balloon0";
  number(devices.rngs, "rng");
  number(devices.tpms, "tpm");
  number(devices.cryptos, "crypto");
  if (devices.nvram) devices.nvram.alias ??= "nvram";
  if (devices.vsock) devices.vsock.alias ??= "vsock0";
  if (devices.iommu) devices.iommu.alias ??= "iommu0";
  const counts = new Map<string, number>();
  for (const memory of devices.memories) {
    const prefix = memory.model === "sgx-epc" ? "epc" : memory.model.replace("-", "");
    const count = counts.get(prefix) ?? 0;
    counts.set(prefix, count + 1);
    // Modules are named by their slots, the others counted.
    const slot = memory.address?.type === "dimm" ? (memory.address.slot ?? count) : count;
    memory.alias ??= `${prefix}${slot}`;
  }
}

function diskAlias(domain: Domain, disk: Disk): string {
  const { bus = "", dev } = disk.target;
  const place = disk.address?.type === "drive" ? disk.address : undefined;
  if (!place)
    return bus === "virtio" ? `virtio-disk${indexOfTarget(dev) ?? 0}` : `${bus}-disk${indexOfTarget(dev) ?? 0}`;
  const { controller, bus: onBus, target, unit } = place;
  if (bus !== "scsi") return `${bus}${controller}-${onBus}-${unit}`;
  const model = devicesOf(domain).controllers.find((each) => each.type === "scsi" && each.index === controller)?.model;
  return model === "lsilogic" ? `scsi${controller}-${onBus}-${unit}` : `scsi${controller}-${onBus}-${target}-${unit}`;
}
