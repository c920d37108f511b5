import { ErrorCode } from "@tsvirt/base";
import type { OsNvram } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { validateStorageSource } from "./storage-source.ts";

/** What QEMU cannot do of booting and firmware (`qemuValidateDomainDefBoot`). */
export function validateFirmware(state: Completing): void {
  const { domain, board, report } = state;
  const { os } = domain;
  const { loader } = os;
  const refuse = (message: string): void => report(loader ?? os, message, ErrorCode.configUnsupported);
  if (domain.bootloader !== undefined || domain.bootloaderArgs !== undefined) {
    report(domain, "bootloader is not supported by QEMU", ErrorCode.configUnsupported);
  }
  if (loader?.secure === true) {
    if (!board.isQ35) refuse("Secure boot is supported with q35 machine types only");
    else if (board.arch !== "x86_64") refuse("Secure boot is supported for x86_64 architecture only");
    else if (domain.features?.smm?.state !== true && os.firmware === undefined) {
      refuse("Secure boot requires SMM feature enabled");
    }
  }
  if (loader && os.nvram) validateNvram(state, os.nvram);
  const tseg = domain.features?.smm?.tseg;
  if (tseg?.size !== undefined) {
    if (!board.isQ35) report(tseg, "SMM TSEG is only supported with q35 machine type", ErrorCode.configUnsupported);
    else if (!isWholeMib(tseg.size, tseg.unit)) {
      report(tseg, "SMM TSEG size must be divisible by 1 MiB", ErrorCode.configUnsupported);
    }
  }
}

const smallUnits: Readonly<Record<string, number>> = { B: 1, b: 1, bytes: 1, KiB: 1024, K: 1024, k: 1024 };

function isWholeMib(size: number, unit: string | undefined): boolean {
  return (size * (smallUnits[unit ?? ""] ?? 1_048_576)) % 1_048_576 === 0;
}

function validateNvram(state: Completing, nvram: OsNvram): void {
  const refuse = (message: string): void => state.report(nvram, message, ErrorCode.configUnsupported);
  const { type = "file", source } = nvram;
  if (type !== "file" && type !== "block" && type !== "network") refuse(`unsupported nvram disk type '${type}'`);
  if (!source) return;
  if ((source.slices?.slices.length ?? 0) > 0) refuse("slices are not supported with NVRAM");
  if (source.reservations) refuse("persistent reservations are not supported with NVRAM");
  validateStorageSource(state, { type, format: nvram.format ?? "raw", source });
}
