import { ErrorCode } from "@tsvirt/base";
import type { Iommu, Memballoon, Shmem } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU cannot do with the memory balloon. */
export function validateMemballoon({ caps, report }: Completing, memballoon: Memballoon): void {
  if (memballoon.freePageReporting !== undefined && !caps.has("virtio-balloon.free-page-reporting")) {
    report(memballoon, "freePageReporting is not supported by this QEMU binary", unsupported);
  }
  if (memballoon.autodeflate !== undefined && !caps.has("virtio-balloon-pci.deflate-on-oom")) {
    report(memballoon, "deflate-on-oom is not supported by this QEMU binary", unsupported);
  }
}

/** What QEMU cannot do with shared memory. */
export function validateShmem({ caps, report }: Completing, shmem: Shmem): void {
  if (shmem.address && shmem.address.type !== "pci") {
    report(shmem, "only 'pci' addresses are supported for the shared memory device", unsupported);
  }
  const { size } = shmem;
  if (size !== undefined && (size & (size - 1)) !== 0) report(shmem, "shmem size must be a power of two");
  const flag = shmem.model ?? (shmem.server ? "ivshmem-doorbell" : "ivshmem-plain");
  if (flag === "ivshmem" || !caps.has(flag)) {
    report(shmem, `${flag} device is not supported with this QEMU binary`, unsupported);
  }
}

/** What QEMU cannot do with an IOMMU. */
export function validateIommu({ board, report }: Completing, iommu: Iommu): void {
  if (iommu.model === "intel" && !board.isQ35) {
    report(iommu, "IOMMU device: 'intel' is only supported with Q35 machines", unsupported);
  }
  if (iommu.model === "virtio" && !board.isQ35 && !board.isVirt) {
    report(iommu, "IOMMU device: 'virtio' is only supported with Q35 and ARM Virt machines", unsupported);
  } else if (iommu.model === "virtio" && (iommu.address?.type ?? "pci") !== "pci") {
    report(iommu, "IOMMU device: 'virtio' needs a PCI address", unsupported);
  }
}
