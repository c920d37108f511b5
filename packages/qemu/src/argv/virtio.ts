import { ErrorCode, virtError } from "@tsvirt/base";
import type { Address } from "@tsvirt/model/domain";

/** Models of virtio devices that say which version of virtio they speak. */
export type VirtioModel = string | undefined;

/** The name of a virtio driver, which depends on where the device is plugged in. Throws if there it cannot be. */
export function virtioDriver<B extends string>(
  base: B,
  address: Address | undefined,
  model: VirtioModel,
): `${B}${VirtioSuffix}` {
  switch (address?.type) {
    case undefined:
      throw virtError(ErrorCode.internalError, "Unexpected enum value 0 for virDomainDeviceAddressType");
    case "pci":
      if (model?.endsWith("-non-transitional") === true) return `${base}-pci-non-transitional`;
      return model?.endsWith("-transitional") === true ? `${base}-pci-transitional` : `${base}-pci`;
    case "ccw":
      return `${base}-ccw`;
    case "virtio-mmio":
      return `${base}-device`;
    default:
      throw virtError(ErrorCode.internalError, `Unexpected address type for '${base}'`);
  }
}

/** See {@link virtioDriver}. */
export type VirtioSuffix = "-pci" | "-pci-transitional" | "-pci-non-transitional" | "-ccw" | "-device";

/** `<driver>` of a virtio device, as far as all have it. */
export interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

/** The keys of {@link VirtioOptions}; see `virtioKeys`. */
export function virtioProps(driver: VirtioOptions | undefined): {
  readonly iommu_platform: boolean | undefined;
  readonly ats: boolean | undefined;
  readonly packed: boolean | undefined;
  readonly "page-per-vq": boolean | undefined;
} {
  return {
    iommu_platform: driver?.iommu,
    ats: driver?.ats,
    packed: driver?.packed,
    "page-per-vq": driver?.pagePerVq,
  };
}
