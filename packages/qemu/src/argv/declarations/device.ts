import {
  integer,
  type Keys,
  key,
  type OptionClass,
  oneOf,
  onOff,
  option,
  type Scalar,
  text,
} from "@tsvirt/codec/options";

/** Where a device is plugged in. One bus's keys are used at a time; the order is that of libvirt's command lines. */
export const addressKeys = {
  bus: key.optional(text),
  multifunction: key.optional(onOff),
  /** PCI slot and function, `0x1.0x2`. */
  addr: key.optional(text),
  "acpi-index": key.optional(integer),
  port: key.optional(text),
  nr: key.optional(integer),
  reg: key.optional(integer),
  devno: key.optional(text),
  iobase: key.optional(integer),
  irq: key.optional(integer),
} as const;

/** Options of every virtio device (`<driver iommu='' ats='' packed='' page_per_vq=''/>`). */
export const virtioKeys = {
  "disable-legacy": key.optional(text),
  "disable-modern": key.optional(text),
  iommu_platform: key.optional(onOff),
  ats: key.optional(onOff),
  packed: key.optional(onOff),
  "page-per-vq": key.optional(onOff),
} as const;

/** The option ROM of a device on PCI. */
export const romKeys = { rombar: key.optional(integer), romfile: key.optional(text) } as const;

type VirtioName<T extends string> =
  | `${T}-pci`
  | `${T}-pci-transitional`
  | `${T}-pci-non-transitional`
  | `${T}-ccw`
  | `${T}-device`;

/** The drivers of a virtio device on its transports. */
export function virtio<const T extends string>(...bases: readonly T[]): Scalar<VirtioName<T>> {
  const transports = ["-pci", "-pci-transitional", "-pci-non-transitional", "-ccw", "-device"] as const;
  return oneOf(...bases.flatMap((base) => transports.map((transport) => `${base}${transport}` as VirtioName<T>)));
}

/** Declares a `-device`: its drivers, then its properties in the order in which they are written. */
export function device<T extends string, const F extends Keys>(
  drivers: Scalar<T>,
  fields: F,
): OptionClass<{ readonly driver: ReturnType<typeof key<T>> } & F> {
  return option("-device", "driver", { driver: key(drivers), ...fields });
}
