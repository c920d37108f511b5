import { ErrorCode } from "@tsvirt/base";
import type { Hostdev } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU cannot do with a device of the host. */
export function validateHostdev({ devices, report }: Completing, hostdev: Hostdev): void {
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
