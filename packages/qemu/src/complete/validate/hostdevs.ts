import { ErrorCode } from "@tsvirt/base";
import type { Hostdev } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU cannot do with a device of the host. */
export function validateHostdev(state: Completing, hostdev: Hostdev): void {
  const { devices, report } = state;
  const { address } = hostdev;
  if (hostdev.type === "scsi" && address?.type === "drive") {
    const { controller, bus, target, unit } = address;
    const before = devices.hostdevs.slice(0, devices.hostdevs.indexOf(hostdev));
    const taken = before.some(
      ({ type, address: other }) =>
        type === "scsi" &&
        other?.type === "drive" &&
        other.controller === controller &&
        other.bus === bus &&
        other.target === target &&
        other.unit === unit,
    );
    if (taken) {
      const key = `controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`;
      report(hostdev, `SCSI host address ${key} in use by another SCSI host device`, unsupported);
    }
  }
  if (hostdev.type === "mdev") validateMdev(state, hostdev);
  if (hostdev.display === true && devices.graphics.length === 0) {
    report(hostdev, "graphics device is needed for attribute value 'display=on' in <hostdev>", unsupported);
  }
  if (hostdev.ramfb === true && devices.hostdevs.find(({ ramfb }) => ramfb === true) !== hostdev) {
    report(hostdev, "Only one vgpu device can have 'ramfb' enabled", unsupported);
  }
  if (hostdev.type === "scsi_host" && hostdev.boot) {
    report(hostdev, "booting from assigned devices is not supported by vhost SCSI devices", unsupported);
  }
}

/** What QEMU cannot do with a mediated device (`qemuValidateDomainMdevDef`). */
function validateMdev({ devices, caps, report }: Completing, hostdev: Hostdev): void {
  const { model, boot, display } = hostdev;
  const refuse = (message: string): void => report(hostdev, message, unsupported);
  const notBootable = (): void =>
    refuse(`booting from assigned devices is not supported by mediated devices of model ${model ?? "vfio-pci"}`);
  switch (model ?? "vfio-pci") {
    case "vfio-pci":
      if (!caps.has("vfio-pci")) refuse("VFIO PCI device assignment is not supported by this version of QEMU");
      else if (boot) notBootable();
      else if (display !== undefined && !caps.has("vfio-pci.display")) {
        refuse("display property of device vfio-pci is not supported by this version of QEMU");
      }
      return;
    case "vfio-ap": {
      if (!caps.has("vfio-ap")) refuse("VFIO AP device assignment is not supported by this version of QEMU");
      else if (boot) notBootable();
      const [, second] = devices.hostdevs.filter(({ type, model: other }) => type === "mdev" && other === "vfio-ap");
      if (second) refuse("Only one hostdev of model vfio-ap is supported");
      return;
    }
    case "vfio-ccw":
      if (!caps.has("vfio-ccw")) refuse("VFIO CCW device assignment is not supported by this version of QEMU");
      return;
    default:
  }
}
