import type { Address, Controller } from "@tsvirt/model/domain";
import { Connect, formatPciPlace, type PciPlace } from "../addresses/pci-set.ts";
import type { Completing } from "./state.ts";

/** A device on PCI and what it needs of its bus. */
export interface PciUser {
  readonly device: { address?: Address };
  readonly flags: number;
  /** Devices of the host are isolated in groups; see `PciAddressSet.reserve`. */
  readonly group?: number | undefined;
  /** Controllers that share the slot (USB 1 companions). */
  readonly companions?: readonly Controller[];
}

const PCI = Connect.pciDevice | Connect.hotpluggable;
const PCIE = Connect.pcieDevice | Connect.hotpluggable;

/** True if the address, if there is one, is on PCI. */
function onPci(device: { address?: Address }): boolean {
  return device.address === undefined || device.address.type === "pci";
}

/**
 * The devices that sit on PCI, in the order in which libvirt gives them places, with what they need
 * (`qemuDomainDeviceCalculatePCIConnectFlags`). PCI controllers come before all of these.
 */
export function pciDevices(state: Completing): PciUser[] {
  const { devices, board } = state;
  const express = devices.controllers.some(
    ({ type, index, model }) => type === "pci" && index === 0 && model === "pcie-root",
  );
  // On PCI Express, devices that can do either become Express devices.
  const pcie = express ? PCIE : PCI;
  const fixed = (flags: number): number => flags & ~Connect.hotpluggable;
  const virtio = (model: string | undefined): number =>
    model?.endsWith("-transitional") === true && !model.endsWith("non-transitional") ? PCI : pcie;
  const users: PciUser[] = [];
  const add = (device: { address?: Address }, flags: number): void => {
    if (onPci(device)) users.push({ device, flags });
  };
  const addIsolated = (device: { address?: Address }, host: PciPlace | undefined): void => {
    const found = host && state.facts.pciDevice?.(formatPciPlace(host));
    // 0 is the group of all that is emulated.
    const group = board.isPseries && found?.iommuGroup !== undefined ? found.iommuGroup + 1 : undefined;
    if (onPci(device)) users.push({ device, flags: pcie, group });
  };
  for (const filesystem of devices.filesystems) add(filesystem, virtio(filesystem.model));
  for (const nic of devices.interfaces) {
    // Those that are devices of the host come with the others of the host.
    if (nic.type === "hostdev") continue;
    if (nic.model === "usb-net" || nic.model === "spapr-vlan") continue;
    else if (nic.model?.startsWith("virtio") === true) add(nic, virtio(nic.model));
    else add(nic, nic.model === "e1000e" || nic.model === "vmxnet3" ? pcie : PCI);
  }
  for (const sound of devices.sounds) {
    if (sound.model === "sb16" || sound.model === "pcspk" || sound.model === "usb") continue;
    add(sound, fixed(PCI));
  }
  for (const controller of devices.controllers) {
    const flags = controllerFlags(controller, express, state);
    if (flags !== 0) add(controller, flags);
  }
  for (const disk of devices.disks) if (disk.target.bus === "virtio") add(disk, virtio(disk.model));
  for (const nic of devices.interfaces) {
    if (nic.type === "hostdev") addIsolated(nic, nic.source?.hostAddress);
  }
  for (const hostdev of devices.hostdevs) {
    const address = hostdev.source?.address;
    if (hostdev.type === "pci") addIsolated(hostdev, address !== undefined && "slot" in address ? address : undefined);
    else if (hostdev.type === "mdev" && (hostdev.model ?? "vfio-pci") === "vfio-pci") add(hostdev, pcie);
    else if (hostdev.type === "scsi_host") add(hostdev, virtio(hostdev.model));
  }
  if (devices.memballoon && devices.memballoon.model !== "none" && devices.memballoon.model !== "xen") {
    add(devices.memballoon, virtio(devices.memballoon.model));
  }
  for (const rng of devices.rngs) add(rng, virtio(rng.model));
  for (const watchdog of devices.watchdogs) if (watchdog.model === "i6300esb") add(watchdog, fixed(PCI));
  if (devices.iommu?.model === "virtio") add(devices.iommu, Connect.pcieDevice | Connect.integrated);
  for (const [index, video] of devices.videos.entries()) {
    const type = video.model?.type;
    if (type === "none" || type === "ramfb" || type === undefined) continue;
    const flags =
      type === "virtio" && (index > 0 || video.model?.primary !== true) ? pcie : type === "bochs" ? pcie : PCI;
    add(video, index === 0 && board.isQ35 ? Connect.pcieDevice | Connect.pciDevice : flags);
  }
  for (const shmem of devices.shmems) add(shmem, PCI);
  for (const input of devices.inputs) if (input.bus === "virtio") add(input, virtio(input.model));
  for (const serial of devices.serials) if (serial.target?.type === "pci-serial") add(serial, PCI);
  if (devices.vsock) add(devices.vsock, virtio(devices.vsock.model));
  for (const memory of devices.memories) {
    if (memory.model === "virtio-pmem" || memory.model === "virtio-mem") add(memory, pcie);
  }
  for (const crypto of devices.cryptos) add(crypto, pcie);
  return users;
}

function controllerFlags(controller: Controller, express: boolean, { board }: Completing): number {
  const { type, model, index } = controller;
  const pcie = express ? PCIE : PCI;
  const fixed = (flags: number): number => flags & ~Connect.hotpluggable;
  switch (type) {
    case "ide":
      return fixed(PCI);
    case "sata":
      // q35 has the first one built in.
      return index === 0 && board.isQ35 ? Connect.pcieDevice : fixed(PCI);
    case "scsi":
      if (model === "ibmvscsi") return 0;
      if (model?.startsWith("virtio") === true) return model === "virtio-transitional" ? PCI : pcie;
      return PCI;
    case "virtio-serial":
      return model === "virtio-transitional" ? PCI : pcie;
    case "usb":
      switch (model) {
        case undefined:
        case "none":
          return 0;
        case "nec-xhci":
        case "qemu-xhci":
          return pcie;
        case "ich9-ehci1":
        case "ich9-uhci1":
        case "ich9-uhci2":
        case "ich9-uhci3":
          return fixed(PCI);
        default:
          return PCI;
      }
    default:
      return 0;
  }
}
