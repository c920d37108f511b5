import {
  type Address,
  type AnyDevice,
  type Controller,
  type Hostdev,
  type Interface,
  interfaceModels,
} from "@tsvirt/model/domain";
import { Connect, connectOfModel, formatPciPlace, isPciBusModel } from "../addresses/pci-set.ts";
import type { Completing } from "./state.ts";

/** A device as far as its place is concerned. */
export interface Placeable {
  address?: Address;
}

/** What endpoints need on this machine: those that are PCI, PCI Express, or either. */
export interface EndpointFlags {
  readonly pci: number;
  readonly pcie: number;
  readonly virtio: number;
}

/** {@link EndpointFlags} of a definition that has its root bus. */
export function endpointFlags({ devices, caps }: Completing): EndpointFlags {
  const pci = Connect.autoassign | Connect.pciDevice;
  const express = devices.controllers.some(
    ({ type, index, model }) => type === "pci" && index === 0 && model === "pcie-root",
  );
  const pcie = express ? Connect.autoassign | Connect.pcieDevice : pci;
  // Before virtio 1.0 a virtio device was a PCI device.
  return { pci, pcie, virtio: caps.has("virtio-pci-non-transitional") ? pcie : pci };
}

/** Transitional devices need a slot of conventional PCI. */
function virtioFlags(model: string | undefined, { pci, virtio }: EndpointFlags): number {
  return model === "virtio-transitional" ? pci : virtio;
}

/**
 * What a device needs of a PCI bus; 0 if it does not go on PCI (`qemuDomainDeviceCalculatePCIConnectFlags`). Interfaces of
 * type `hostdev` are host devices here.
 */
export function connectFlags(state: Completing, { kind, device }: AnyDevice, flags: EndpointFlags): number {
  const { pci, virtio } = flags;
  switch (kind) {
    case "controller":
      return controllerFlags(device, flags);
    case "filesystem":
      switch (device.driver?.type) {
        case undefined:
        case "path":
        case "handle":
          return virtioFlags(device.model, flags);
        case "virtiofs":
          return virtio;
        default:
          return 0;
      }
    case "interface":
      return device.type === "hostdev" ? hostPciFlags(state, device, flags) : interfaceFlags(device, flags);
    case "sound":
      return device.model === "es1370" || device.model === "ac97" || device.model === "ich6" || device.model === "ich9"
        ? pci
        : 0;
    case "disk":
      return device.target.bus === "virtio" ? virtioFlags(device.model, flags) : 0;
    case "hostdev":
      return hostdevFlags(state, device, flags);
    case "memballoon":
      return device.model === "none" || device.model === "xen" ? 0 : virtioFlags(device.model, flags);
    case "rng":
      return virtioFlags(device.model, flags);
    case "watchdog":
      return device.model === "i6300esb" ? pci : 0;
    case "video":
      return videoFlags(device.model?.type, flags);
    case "shmem":
    case "crypto":
      return pci;
    case "input":
      return device.bus === "virtio" ? virtioFlags(device.model, flags) : 0;
    case "serial":
      return device.target?.type === "pci-serial" ? pci : 0;
    case "iommu":
      return device.model === "virtio" ? virtio | Connect.integrated : 0;
    case "vsock":
      return device.model === undefined ? 0 : virtioFlags(device.model, flags);
    case "memory":
      return device.model === "virtio-pmem" || device.model === "virtio-mem" ? virtio : 0;
    default:
      return 0;
  }
}

function controllerFlags({ type, model }: Controller, flags: EndpointFlags): number {
  const { pci, pcie, virtio } = flags;
  switch (type) {
    case "pci":
      return isPciBusModel(model) ? connectOfModel(model) : 0;
    case "ide":
    case "sata":
      return pci;
    case "scsi":
      if (model === undefined || model === "ncr53c90") return 0;
      return model === "virtio-scsi" || model === "virtio-non-transitional" ? virtio : pci;
    case "virtio-serial":
      return virtioFlags(model, flags);
    case "usb":
      switch (model) {
        case "nec-xhci":
        case "qemu-xhci":
          return pcie;
        case "none":
        case "qusb1":
        case "qusb2":
          return 0;
        default:
          return pci;
      }
    default:
      return 0;
  }
}

function interfaceFlags({ model = "" }: Interface, { pci, pcie, virtio }: EndpointFlags): number {
  if (model === "usb-net") return 0;
  if (model === "virtio" || model === "virtio-non-transitional") return virtio;
  // What libvirt has no name for is taken for PCI Express.
  return model !== "e1000e" && interfaceModels.includes(model) ? pci : pcie;
}

function videoFlags(type: string | undefined, { pci, pcie, virtio }: EndpointFlags): number {
  switch (type) {
    case "virtio":
      return virtio;
    case "bochs":
      return pcie;
    case undefined:
    case "default":
    case "gop":
    case "none":
    case "ramfb":
      return 0;
    default:
      return pci;
  }
}

function hostdevFlags(state: Completing, hostdev: Hostdev, flags: EndpointFlags): number {
  if (hostdev.mode !== "subsystem") return 0;
  switch (hostdev.type) {
    case "pci":
    case "mdev":
    case "scsi_host":
      return hostPciFlags(state, hostdev, flags);
    default:
      return 0;
  }
}

/** A device of the host that is PCI Express there shall be so in the guest. */
function hostPciFlags({ facts }: Completing, device: Hostdev | Interface, flags: EndpointFlags): number {
  const { pci, pcie } = flags;
  if (pci === pcie) return pci;
  // Wherever it has been put, it may be.
  if (isPlaced(device.address)) return pcie;
  if (device.type === "mdev") return pcie;
  if (device.type === "scsi_host") return virtioFlags(device.model, flags);
  const source = device.source;
  const address = source && "hostAddress" in source ? source.hostAddress : source?.address;
  if (typeof address !== "object" || !("slot" in address)) return pcie;
  return facts.pciDevice?.(formatPciPlace(address))?.isExpress === false ? pci : pcie;
}

/** A place on PCI that is decided, as libvirt sees it: function 0:0:0.x of the host bridge is none. */
export function isPlaced(
  address: Address | undefined,
): address is Extract<Address, { type: "pci" }> & Record<"domain" | "bus" | "slot" | "function", number> {
  return (
    address?.type === "pci" &&
    address.slot !== undefined &&
    (address.slot !== 0 || address.bus !== 0 || address.domain !== 0)
  );
}

/** True for a device that is to get a place on PCI, if it goes there at all. */
export function wantsPlace({ address }: Placeable): boolean {
  return address === undefined || (address.type === "pci" && !isPlaced(address));
}

/** True for a machine whose devices can go on PCI (`qemuDomainSupportsPCI`). */
export function supportsPci({ board, caps }: Completing): boolean {
  return typeof board.pci === "boolean" ? board.pci : caps.has(board.pci);
}
