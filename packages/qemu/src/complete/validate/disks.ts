import { ErrorCode } from "@tsvirt/base";
import type { Disk } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** Formats in which a disk may be written by several guests. */
function isShareable(format: string | undefined): boolean {
  return format === undefined || format === "raw";
}

/** What QEMU cannot do with a disk (`qemuValidateDomainDeviceDefDisk`). */
export function validateDisk(state: Completing, disk: Disk): void {
  const { report, caps } = state;
  const { target, driver, source, address } = disk;
  if (disk.shareable === true && !isShareable(driver?.type)) {
    report(disk, `shared access for disk '${target.dev}' requires use of supported storage format`, unsupported);
  }
  const secret = (disk.auth ?? source?.auth)?.secret;
  const wanted = source?.protocol === "iscsi" ? "iscsi" : source?.protocol === "rbd" ? "ceph" : undefined;
  if (secret?.type !== undefined && wanted !== undefined && secret.type !== wanted) {
    report(disk, `invalid secret type '${secret.type}'`, unsupported);
  }
  const encryption = disk.encryption ?? source?.encryption;
  if (encryption && driver?.type !== undefined && driver.type !== "raw" && driver.type !== "qcow2") {
    report(disk, "encryption is supported only with 'raw' and 'qcow2' image format", unsupported);
  }
  if (source?.tlsHostname !== undefined && !caps.has("blockdev.nbd.tls-hostname")) {
    report(disk, "'tlsHostname' field is not supported by this QEMU", unsupported);
  }
  if (target.bus === "usb" && address && address.type !== "usb") {
    report(disk, "unexpected address type for usb disk", ErrorCode.internalError);
  }
  if (target.bus === "ide" && state.board.isQ35) {
    report(disk, "IDE controllers are unsupported for this QEMU binary or machine type", unsupported);
  }
  if (driver?.name !== undefined && driver.name !== "qemu") {
    report(
      disk,
      `unsupported driver name '${driver.name}' for disk '${source?.file ?? source?.dev ?? target.dev}'`,
      unsupported,
    );
  }
  if (driver?.copyOnRead === true && disk.readonly === true) {
    report(disk, `copy_on_read is not compatible with read-only disk '${target.dev}'`, unsupported);
  }
}
