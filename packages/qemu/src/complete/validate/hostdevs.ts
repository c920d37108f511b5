import type { Hostdev } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { checked, type Refuse } from "./refuse.ts";

/** What QEMU cannot do with a device of the host (`qemuValidateDomainDeviceDefHostdev`). */
export function validateHostdev(state: Completing, hostdev: Hostdev): void {
  const { caps, domain } = state;
  checked(state, hostdev, (refuse) => {
    if (hostdev.mode === "capabilities") refuse(`hostdev mode 'capabilities' is not supported in ${domain.type}`);
    const { source, driver, boot } = hostdev;
    switch (hostdev.type) {
      case "usb":
        if (source?.guestReset !== undefined && !caps.has("usb-host.guest-resets-all")) {
          refuse("guestReset is not supported with this version of QEMU");
        }
        return;
      case "pci":
        if (driver?.name === "vfio" && !caps.has("vfio-pci")) {
          refuse("VFIO PCI device assignment is not supported by this version of qemu");
        }
        if (source?.writeFiltering !== undefined) {
          refuse("Write filtering of PCI device configuration space is not supported by qemu");
        }
        return;
      case "scsi_host":
        if (boot) refuse("booting from assigned devices is not supported by vhost SCSI devices");
        if (source?.protocol === "vhost" && !caps.has("vhost-scsi")) {
          refuse("This QEMU doesn't support vhost-scsi devices");
        }
        return;
      case "mdev":
        return checkMdev(state, hostdev, refuse);
      default:
    }
  });
}

function checkMdev({ caps, devices }: Completing, { model, boot, display }: Hostdev, refuse: Refuse): void {
  switch (model) {
    case "vfio-pci":
      if (!caps.has("vfio-pci")) refuse("VFIO PCI device assignment is not supported by this version of QEMU");
      if (boot) refuse(`booting from assigned devices is not supported by mediated devices of model ${model}`);
      if (display === true && devices.graphics.length === 0) {
        refuse("graphics device is needed for attribute value 'display=on' in <hostdev>");
      }
      return;
    case "vfio-ap":
      if (!caps.has("vfio-ap")) refuse("VFIO AP device assignment is not supported by this version of QEMU");
      if (boot) refuse(`booting from assigned devices is not supported by mediated devices of model ${model}`);
      if (devices.hostdevs.filter((each) => each.type === "mdev" && each.model === model).length > 1) {
        refuse("Only one hostdev of model vfio-ap is supported");
      }
      return;
    case "vfio-ccw":
      if (!caps.has("vfio-ccw")) refuse("VFIO CCW device assignment is not supported by this version of QEMU");
      return;
    default:
  }
}
