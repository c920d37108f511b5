import { ErrorCode } from "@tsvirt/base";
import type { Hub, Iommu, Memballoon, Nvram, Shmem, Tpm, Vsock, Watchdog } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../../capabilities/flags.ts";
import type { Completing } from "../state.ts";
import { checked } from "./refuse.ts";

/** What QEMU cannot do with the memory balloon (`qemuValidateDomainDeviceDefMemballoon`). */
export function validateMemballoon(state: Completing, memballoon: Memballoon): void {
  const { caps } = state;
  checked(state, memballoon, (refuse) => {
    const { model, autodeflate, freePageReporting } = memballoon;
    if (model === "none") return;
    if (model === "xen") refuse(`Memory balloon device type '${model}' is not supported by this version of qemu`);
    if (autodeflate !== undefined && !caps.has("virtio-balloon-pci.deflate-on-oom")) {
      refuse("deflate-on-oom is not supported by this QEMU binary");
    }
    if (freePageReporting !== undefined && !caps.has("virtio-balloon.free-page-reporting")) {
      refuse("freePageReporting is not supported by this QEMU binary");
    }
  });
}

/** What QEMU cannot do with a watchdog (`qemuValidateDomainWatchdogDef`). */
export function validateWatchdog(state: Completing, watchdog: Watchdog): void {
  const { devices, board } = state;
  checked(state, watchdog, (refuse) => {
    const { model, action, address } = watchdog;
    if (devices.watchdogs[0]?.action !== action) {
      refuse("watchdogs with different actions are not supported with this QEMU binary");
    }
    switch (model) {
      case "i6300esb":
        if (address && address.type !== "pci") refuse(`${model} model of watchdog can go only on PCI bus`);
        return;
      case "ib700":
        if (address) refuse(`${model} model of watchdog does not support configuring the address`);
        return;
      case "diag288":
        if (address) refuse(`${model} model of watchdog is virtual and cannot go on any bus.`);
        if (!board.isS390) refuse(`${model} model of watchdog is allowed for s390 and s390x only`);
        return;
      case "itco":
        if (address) refuse(`${model} model of watchdog is part of the machine and cannot have any address set.`);
        if (!board.isQ35) refuse(`${model} model of watchdog is only part of q35 machine`);
    }
  });
}

/** What QEMU cannot do with shared memory (`qemuValidateDomainDeviceDefShmem`). */
export function validateShmem(state: Completing, shmem: Shmem): void {
  const { caps } = state;
  checked(state, shmem, (refuse) => {
    const { model = "ivshmem" } = shmem;
    if (caps.has(model)) return;
    if (model === "ivshmem") refuse("ivshmem device is not supported with this QEMU binary");
    refuse(`shmem model '${model}' is not supported by this QEMU binary`);
  });
}

const iommuFlags = {
  intel: ["intel-iommu"],
  smmuv3: ["machine.virt.iommu"],
  virtio: ["virtio-iommu-pci", "virtio-iommu.boot-bypass"],
} as const satisfies Record<Iommu["model"], readonly CapabilityFlag[]>;

/** What QEMU cannot do with an IOMMU (`qemuValidateDomainDeviceDefIOMMU`). */
export function validateIommu(state: Completing, iommu: Iommu): void {
  const { board, caps, domain } = state;
  checked(state, iommu, (refuse) => {
    const { model, driver, address } = iommu;
    const which = `IOMMU device: '${model}'`;
    const machines = {
      intel: [board.isQ35, "Q35"],
      smmuv3: [board.isArmVirt, "ARM Virt"],
      virtio: [board.isQ35 || board.isArmVirt, "Q35 and ARM Virt"],
    } as const;
    const [fits, names] = machines[model];
    if (!fits) refuse(`${which} is only supported with ${names} machines`);
    if (!iommuFlags[model].every((flag) => caps.has(flag))) {
      refuse(`${which} is not supported with this QEMU binary`);
    }
    if (model === "virtio") {
      if (domain.features?.acpi !== true) refuse(`${which} requires ACPI`);
      if (address && address.type !== "pci") refuse(`${which} needs a PCI address`);
    }
    const settings: readonly (readonly [isSet: boolean, flag: CapabilityFlag, name: string])[] = [
      [driver?.intremap !== undefined, "intel-iommu.intremap", "interrupt remapping"],
      [driver?.cachingMode !== undefined, "intel-iommu.caching-mode", "caching mode"],
      [driver?.eim !== undefined, "intel-iommu.eim", "eim"],
      [driver?.iotlb !== undefined, "intel-iommu.device-iotlb", "device IOTLB"],
      [(driver?.awBits ?? 0) > 0, "intel-iommu.aw-bits", "aw_bits"],
    ];
    for (const [isSet, flag, name] of settings) {
      if (isSet && !caps.has(flag)) refuse(`iommu: ${name} is not supported with this QEMU binary`);
    }
  });
}

/** What QEMU cannot do with a vsock. */
export function validateVsock(state: Completing, vsock: Vsock): void {
  checked(state, vsock, (refuse) => {
    if (!state.caps.has("vhost-vsock")) refuse("vsock device is not supported with this QEMU binary");
  });
}

/** What QEMU cannot do with a USB hub. */
export function validateHub(state: Completing, hub: Hub): void {
  checked(state, hub, (refuse) => {
    if (!state.caps.has("usb-hub")) refuse("usb-hub not supported by QEMU binary");
  });
}

/** What QEMU cannot do with a machine's own memory for variables (`qemuValidateDomainDeviceDefNVRAM`). */
export function validateNvram(state: Completing, nvram: Nvram): void {
  checked(state, nvram, (refuse) => {
    if (!state.board.isPseries) refuse("nvram device is only supported for PPC64");
    if (!state.caps.has("nvram")) refuse("nvram device is not supported by this QEMU binary");
    if (nvram.address?.type !== "spapr-vio" || nvram.address.reg === undefined) {
      refuse("nvram address type must be spaprvio", ErrorCode.xmlError);
    }
  });
}

const tpmFlags: Readonly<Record<string, CapabilityFlag>> = {
  "tpm-tis": "tpm-tis",
  "tpm-crb": "tpm-crb",
  "tpm-spapr": "tpm-spapr",
  "spapr-tpm-proxy": "spapr-tpm-proxy",
};

/** What QEMU, or the host's TPM emulator, cannot do with a TPM (`qemuValidateDomainDeviceDefTPM`). */
export function validateTpm(state: Completing, tpm: Tpm): void {
  const { caps, board, devices, facts } = state;
  checked(state, tpm, (refuse) => {
    const { model = "tpm-tis", backend } = tpm;
    const { tpmVersions } = facts;
    if (backend.type === "emulator") {
      const { version } = backend;
      if (version !== undefined && tpmVersions !== undefined && !tpmVersions.includes(version)) {
        refuse(`TPM version '${version}' is not supported`);
      }
      if (version === "1.2") {
        if (model === "tpm-crb") refuse(`Unsupported interface '${model}' for TPM 1.2`);
        if (model === "tpm-spapr") refuse("TPM 1.2 is not supported with the SPAPR device model");
        if (board.isArmVirt) refuse("TPM 1.2 is not supported on ARM");
      }
    }
    const emulator = `The QEMU executable ${devices.emulator ?? ""}`;
    const canBack =
      backend.type === "passthrough"
        ? caps.has("tpm-passthrough")
        : caps.has("tpm-emulator") && tpmVersions?.length !== 0;
    if (!canBack) refuse(`${emulator} does not support TPM backend type ${backend.type}`);
    if (model === "spapr-tpm-proxy" && board.isPpc64 && backend.type !== "passthrough") {
      refuse(`TPM Proxy model ${model} requires 'Passthrough' backend`);
    }
    const flag = tpmFlags[model];
    if (flag === undefined || !caps.has(flag)) refuse(`${emulator} does not support TPM model ${model}`);
  });
}
