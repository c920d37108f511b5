import { ErrorCode } from "@tsvirt/base";
import type { Report } from "./report.ts";

interface VirtioOptions {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

/** Devices that are not virtio must not have virtio's driver options. */
export function checkVirtioOptionsAbsent(device: object, options: VirtioOptions | undefined, report: Report): void {
  if (options === undefined) return;
  for (const [key, name] of [
    ["iommu", "iommu driver"],
    ["ats", "ats driver"],
    ["packed", "packed driver"],
    ["pagePerVq", "page_per_vq"],
  ] as const) {
    if (options[key] === undefined) continue;
    report(device, `${name} option is only supported for virtio devices`, ErrorCode.configUnsupported);
    return;
  }
}
