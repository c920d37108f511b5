import { ErrorCode, virtError } from "@tsvirt/base";
import type { Address } from "@tsvirt/model/domain";

/** Models of virtio devices that say which version of virtio they speak. */
export type VirtioModel = string | undefined;

/**
 * The part of a virtio driver's name that depends on where the device is plugged in. Throws for one that is nowhere: the
 * board has no place for it.
 */
export function virtioSuffix(address: Address | undefined, model: VirtioModel): VirtioSuffix {
  switch (address?.type) {
    case undefined:
      throw virtError(ErrorCode.internalError, "Unexpected enum value 0 for virDomainDeviceAddressType");
    case "ccw":
    case "virtio-s390":
      return "-ccw";
    case "virtio-mmio":
      return "-device";
    default:
  }
  if (model?.endsWith("-non-transitional") === true) return "-pci-non-transitional";
  return model?.endsWith("-transitional") === true ? "-pci-transitional" : "-pci";
}

/** See {@link virtioSuffix}. */
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
