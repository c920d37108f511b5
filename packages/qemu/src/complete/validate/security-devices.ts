import { ErrorCode } from "@tsvirt/base";
import type { Nvram, Tpm, Vsock } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** A guest has one TPM, and on POWER the host's beside it (`qemuValidateDomainDefTPMs`). */
export function validateTpms({ devices, report }: Completing): void {
  const isProxy = ({ model }: Tpm): boolean => model === "spapr-tpm-proxy";
  const [, secondProxy] = devices.tpms.filter(isProxy);
  const [, second] = devices.tpms.filter((tpm) => !isProxy(tpm));
  if (secondProxy) report(secondProxy, "only a single TPM Proxy device is supported", unsupported);
  if (second) report(second, "only a single TPM non-proxy device is supported", unsupported);
}

const tpmFlags: Readonly<Record<NonNullable<Tpm["model"]>, CapabilityFlag>> = {
  "tpm-tis": "tpm-tis",
  "tpm-crb": "tpm-crb",
  "tpm-spapr": "tpm-spapr",
  "spapr-tpm-proxy": "spapr-tpm-proxy",
};

/** What QEMU cannot do with a TPM (`qemuValidateDomainDeviceDefTPM`). */
export function validateTpm({ devices, board, caps, report }: Completing, tpm: Tpm): void {
  const { model, backend } = tpm;
  const refuse = (message: string): void => report(tpm, message, unsupported);
  if (model === undefined) return;
  if (backend.type === "emulator" && backend.version === "1.2") {
    if (model === "tpm-crb") refuse(`Unsupported interface '${model}' for TPM 1.2`);
    if (model === "tpm-spapr") refuse("TPM 1.2 is not supported with the SPAPR device model");
    if (board.isArmVirt) refuse("TPM 1.2 is not supported on ARM");
  }
  const emulator = devices.emulator ?? "";
  if (!caps.has(backend.type === "passthrough" ? "tpm-passthrough" : "tpm-emulator")) {
    refuse(`The QEMU executable ${emulator} does not support TPM backend type ${backend.type}`);
  }
  if (board.isPpc64 && model === "spapr-tpm-proxy" && backend.type !== "passthrough") {
    refuse(`TPM Proxy model ${model} requires 'Passthrough' backend`);
  }
  if (!caps.has(tpmFlags[model])) refuse(`The QEMU executable ${emulator} does not support TPM model ${model}`);
}

/** Only sPAPR keeps its variables in such a device (`qemuValidateDomainDeviceDefNVRAM`). */
export function validateNvram({ board, caps, report }: Completing, nvram: Nvram): void {
  const { address } = nvram;
  if (!board.isPseries) report(nvram, "nvram device is only supported for PPC64", unsupported);
  else if (!caps.has("nvram")) report(nvram, "nvram device is not supported by this QEMU binary", unsupported);
  else if (address?.type !== "spapr-vio" || address.reg === undefined) {
    report(nvram, "nvram address type must be spaprvio");
  }
}

/** Sockets between host and guest need the host's help. */
export function validateVsock({ caps, report }: Completing, vsock: Vsock): void {
  if (!caps.has("vhost-vsock")) report(vsock, "vsock device is not supported with this QEMU binary", unsupported);
}
