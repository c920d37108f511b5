import type { VirtioOptions } from "../argv/virtio.ts";
import { presentOrNone } from "./values.ts";

/** Keys that every virtio device has; see `virtioKeys`. */
interface VirtioKeys {
  readonly "disable-legacy"?: string | undefined;
  readonly "disable-modern"?: string | undefined;
  readonly iommu_platform?: boolean | undefined;
  readonly ats?: boolean | undefined;
  readonly packed?: boolean | undefined;
  readonly "page-per-vq"?: boolean | undefined;
}

/** A version of virtio as documents name it. */
export type VirtioModelName = "virtio-transitional" | "virtio-non-transitional";

/** What is common to virtio devices, the other keys in `left`. */
export interface VirtioPart<K> {
  readonly driver: VirtioOptions | undefined;
  readonly model: VirtioModelName | undefined;
  /** The address that only the driver's name tells of. */
  readonly address: { readonly type: "virtio-mmio" } | { readonly type: "ccw" } | undefined;
  readonly left: Omit<K, keyof VirtioKeys> & VirtioKeys;
}

/** Takes off what all virtio devices have: options, and the version of virtio in the driver's name or two keys. */
export function takeVirtio<K extends VirtioKeys>(driver: string, keys: K): VirtioPart<K> {
  const {
    "disable-legacy": legacyOff,
    "disable-modern": modernOff,
    iommu_platform: iommu,
    ats,
    packed,
    "page-per-vq": pagePerVq,
    ...others
  } = keys;
  let model = modelOf(driver);
  let left: VirtioPart<K>["left"] = others;
  if (model === undefined && legacyOff !== undefined) {
    const modern = modernOff === undefined || modernOff === "off" || modernOff === "false";
    if (modern && (legacyOff === "on" || legacyOff === "true")) model = "virtio-non-transitional";
    else if (modern && (legacyOff === "off" || legacyOff === "false")) model = "virtio-transitional";
    else left = { ...others, "disable-legacy": legacyOff, "disable-modern": modernOff };
  } else if (modernOff !== undefined) left = { ...others, "disable-legacy": legacyOff, "disable-modern": modernOff };
  return {
    driver: presentOrNone({ iommu, ats, packed, pagePerVq }),
    model,
    address: driver.endsWith("-device")
      ? { type: "virtio-mmio" }
      : driver.endsWith("-ccw")
        ? { type: "ccw" }
        : undefined,
    left,
  };
}

function modelOf(driver: string): VirtioModelName | undefined {
  if (driver.endsWith("-pci-non-transitional")) return "virtio-non-transitional";
  return driver.endsWith("-pci-transitional") ? "virtio-transitional" : undefined;
}
