import { ErrorCode } from "@tsvirt/base";
import type { Address, AnyDevice, DriveAddress, PciAddress } from "@tsvirt/model/domain";
import { type Completing, findController } from "../state.ts";
import { MAX_UID } from "../zpci-ids.ts";

/** What QEMU cannot do of the place and the ROM of a device (`qemuValidateDomainDeviceInfo`). */
export function validateDeviceInfo(state: Completing, any: AnyDevice): void {
  const { device } = any;
  const refuse = (message: string): void => state.report(device, message, ErrorCode.configUnsupported);
  const address = "address" in device && typeof device.address === "object" ? device.address : undefined;
  if (address) validateAddress(state, any, address, refuse);
  if ("acpi" in device && typeof device.acpi === "object" && (device.acpi.index ?? 0) > 0) {
    if (!state.caps.has("acpi-index")) refuse("ACPI index is not supported with this QEMU");
    else if (address && address.type !== "pci") refuse("ACPI index is only supported for PCI devices");
  }
  if (!("rom" in device) || device.rom === undefined) return;
  if (address && address.type !== "pci" && address.type !== "unassigned") {
    refuse("ROM tuning is only supported for PCI devices");
  }
}

function validateAddress(state: Completing, any: AnyDevice, address: Address, refuse: (message: string) => void): void {
  switch (address.type) {
    case "pci":
      validateZpci(state, any.device, address, refuse);
      return;
    case "spapr-vio":
      if ((address.reg ?? 0n) > 0xffff_ffffn) {
        refuse(`spapr-vio reg='0x${address.reg}' exceeds maximum possible value (0xffffffff)`);
      }
      return;
    case "virtio-s390":
      refuse("'virtio-s390' addresses are no longer supported");
      return;
    case "ccw":
      if (!state.board.machine.startsWith("s390-ccw")) {
        const { alias } = any.device as { alias?: string };
        refuse(
          `cannot use CCW address type for device '${alias ?? "<null>"}' using machine type '${state.board.machine}'`,
        );
      }
      return;
    case "drive":
      validateDrive(state, any, address, refuse);
      return;
    default:
  }
}

/** PCI devices of s390 have numbers, of which 0 is none. */
function validateZpci(
  { caps, report }: Completing,
  device: object,
  { zpci }: PciAddress,
  refuse: (message: string) => void,
): void {
  if (!zpci) return;
  if (!caps.has("zpci")) refuse("This QEMU binary doesn't support zPCI");
  const { uid } = zpci;
  if (uid !== undefined && (uid === 0 || uid > MAX_UID)) {
    const text = uid.toString(16).padStart(4, "0");
    report(device, `Invalid PCI address uid='0x${text}', must be > 0x0000 and <= 0x${MAX_UID.toString(16)}`);
  }
}

/** Adapters have one bus and, but for the wide ones, one row of units. */
function validateDrive(
  state: Completing,
  any: AnyDevice,
  { controller, bus, target, unit }: DriveAddress,
  refuse: (message: string) => void,
): void {
  const wrong = (message: string): void => state.report(any.device, message, ErrorCode.internalError);
  switch (any.kind === "disk" ? any.device.target.bus : "scsi") {
    case "scsi": {
      if (bus !== 0) wrong("SCSI controller only supports 1 bus");
      const found = findController(state.devices, "scsi", controller);
      if (!found) return;
      if (found.model === "lsilogic") {
        if (target !== 0) refuse("target must be 0 for controller model 'lsilogic'");
      } else if (!state.caps.has("scsi-disk.channel")) {
        if (target > 7) refuse("This QEMU doesn't support target greater than 7");
        if (bus !== 0 && unit !== 0) refuse("This QEMU only supports both bus and unit equal to 0");
      }
      return;
    }
    case "ide":
      if (controller !== 0) wrong("Only 1 IDE controller is supported");
      if (target !== 0) refuse("target must be 0 for ide controller");
      return;
    case "fdc":
      if (controller !== 0) wrong("Only 1 fdc controller is supported");
      if (bus !== 0) wrong("Only 1 fdc bus is supported");
      if (target !== 0) refuse("target must be 0 for controller fdc");
      return;
    case "sata":
      if (bus !== 0) refuse("bus must be 0 for sata controller");
      if (target !== 0) refuse("target must be 0 for sata controller");
      return;
    default:
  }
}
