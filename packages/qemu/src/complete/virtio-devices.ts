import { type AnyDevice, everyDevice, isVirtioInterface, placedDevice } from "@tsvirt/model/domain";
import { type Completing, findController } from "./state.ts";

/**
 * True for a device that goes where virtio devices go if the document does not say where
 * (`qemuDomainPrimeVirtioDeviceAddresses`). SCSI controllers count whatever their model.
 */
export function isVirtioDevice({ kind, device }: AnyDevice): boolean {
  switch (kind) {
    case "disk":
      return device.target.bus === "virtio";
    case "interface":
      return isVirtioInterface(device);
    case "video":
      return device.model?.type === "virtio";
    case "input":
      return device.bus === "virtio";
    case "controller":
      return device.type === "virtio-serial" || device.type === "scsi";
    case "hostdev":
      return device.type === "scsi_host";
    case "memballoon":
      return device.model !== "none";
    case "memory":
      return device.model === "virtio-pmem" || device.model === "virtio-mem";
    case "rng":
    case "crypto":
      return true;
    default:
      return false;
  }
}

/**
 * Puts virtio devices without a place on the board itself if it has no PCI Express that they could be on, or if the
 * document has put one there already (`qemuDomainAssignVirtioMMIOAddresses`).
 */
export function assignVirtioMmio(state: Completing): void {
  const { devices, board, caps } = state;
  if (!board.virtioMmio || !caps.has("virtio-mmio")) return;
  const all = [...everyDevice(devices)];
  const express =
    findController(devices, "pci", 0)?.model === "pcie-root" && (caps.has("pcie-root-port") || caps.has("ioh3420"));
  if (express && !all.some((each) => placedDevice(each)?.address?.type === "virtio-mmio")) return;
  for (const each of all) {
    const device = isVirtioDevice(each) ? placedDevice(each) : undefined;
    if (device && device.address === undefined) device.address = { type: "virtio-mmio" };
  }
}
