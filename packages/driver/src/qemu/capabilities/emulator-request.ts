import { ErrorCode, virtError } from "@tsvirt/base";
import { virtType } from "@tsvirt/model/domain";
import { type AcceleratorCapabilities, areRelated, findArchitecture, type QemuCapabilities } from "@tsvirt/qemu";
import type { QemuDriver } from "../qemu-driver.ts";

/** Which emulator a client asks about; what is absent is chosen for it. */
export interface EmulatorRequest {
  readonly emulator: string | undefined;
  readonly arch: string | undefined;
  /** libvirt's domain type. */
  readonly virttype: string | undefined;
}

/** The emulator that a request means. */
export interface FoundEmulator {
  readonly path: string;
  readonly arch: string;
  readonly capabilities: QemuCapabilities;
  readonly virtType: "kvm" | "qemu";
  readonly accelerator: AcceleratorCapabilities;
}

/**
 * Finds the emulator that a question about CPUs or domain capabilities is about (libvirt's
 * `virQEMUCapsCacheLookupDefault`). Throws libvirt's refusals of what is not there.
 */
export async function findEmulator(driver: QemuDriver, request: EmulatorRequest): Promise<FoundEmulator> {
  const { arch, virttype } = request;
  if (virttype !== undefined && virtType.parse(virttype) === undefined) {
    throw virtError(ErrorCode.invalidArg, `unknown virttype: ${virttype}`);
  }
  if (arch !== undefined && !findArchitecture(arch)) {
    throw virtError(ErrorCode.invalidArg, `unknown architecture: ${arch}`);
  }
  const wanted = arch ?? driver.host.node.architecture;
  // A3: a read-only client names no binary for us to run; the table lets none call this with one.
  const path = request.emulator ?? (await driver.emulators.defaultPath(wanted));
  if (path === undefined) {
    throw virtError(ErrorCode.configUnsupported, `unable to find any emulator to serve '${wanted}' architecture`, {
      hint: `Install an emulator for ${wanted}.`,
    });
  }
  const capabilities = await driver.emulators.capabilities(path);
  if (arch !== undefined && !areRelated(capabilities.arch, arch)) {
    throw virtError(
      ErrorCode.invalidArg,
      `architecture from emulator '${capabilities.arch}' doesn't match given architecture '${arch}'`,
    );
  }
  const kvm = capabilities.accelerator("kvm");
  const hypervisor = virttype === "kvm" || (virttype === undefined && kvm) ? "kvm" : "qemu";
  const accelerator = hypervisor === "kvm" ? kvm : capabilities.accelerator("tcg");
  // Another hypervisor's domain type is one that QEMU has no accelerator for, in libvirt's words TCG.
  if (!accelerator || (virttype !== undefined && virttype !== hypervisor)) {
    const name = hypervisor === "kvm" ? "kvm" : "tcg";
    throw virtError(ErrorCode.invalidArg, `the accel '${name}' is not supported by '${path}' on this host`);
  }
  return { path, arch: arch ?? capabilities.arch, capabilities, virtType: hypervisor, accelerator };
}
