// instantiations <= 7800
// What a document of nested elements, unions and recursion costs the compiler: the size of one device family.
import {
  attribute,
  child,
  children,
  type ElementOf,
  element,
  flag,
  hex,
  lazyChild,
  leaf,
  oneOf,
  onOff,
  single,
  text,
  u32,
  union,
  yesNo,
} from "../src/xml/index.ts";

export class Pci extends element("address", {
  type: attribute(oneOf("pci")),
  domain: attribute.optional(hex(4, 0xffff)),
  bus: attribute.optional(hex(2, 0xff)),
  slot: attribute.optional(hex(2, 0x1f)),
  multifunction: attribute.optional(onOff),
}) {}
export class Usb extends element("address", { type: attribute(oneOf("usb")), port: attribute(text) }) {}
export class Drive extends element("address", {
  type: attribute(oneOf("drive")),
  controller: attribute.withDefault(u32, 0),
  unit: attribute.withDefault(u32, 0),
}) {}
export type Address = Pci | Usb | Drive;
export const Address = union("type", { pci: Pci, usb: Usb, drive: Drive });

const common = {
  alias: single("name", text),
  boot: single("order", u32),
  address: child.optional(Address),
};

export class Source extends element("source", {
  file: attribute.optional(text),
  dev: attribute.optional(text),
  index: attribute.optional(u32),
}) {}
export class Backing extends element("backingStore", {
  source: child.optional(Source),
  backing: lazyChild((): ElementOf<Backing> => Backing),
}) {}
export class Disk extends element("disk", {
  type: attribute(oneOf("file", "block", "network")),
  device: attribute.withDefault(oneOf("disk", "cdrom", "floppy"), "disk"),
  source: child.optional(Source),
  backing: child.optional(Backing),
  readonly: flag(),
  serial: leaf.optional(text),
  ...common,
}) {}
export class Nic extends element("interface", { type: attribute(text), model: single("type", text), ...common }) {}
export class Video extends element("video", {
  heads: attribute.withDefault(u32, 1),
  primary: attribute.optional(yesNo),
  ...common,
}) {}
export class Devices extends element("devices", {
  disks: children(Disk),
  nics: children(Nic),
  videos: children(Video),
}) {}
export class Vm extends element("vm", {
  name: leaf(text),
  uuid: leaf.optional(text),
  devices: child.optional(Devices),
}) {}

/** Uses the types, so that they are computed. */
export function firstTarget(xml: string): string | undefined {
  const vm: Vm = Vm.parse(xml);
  const disk: Disk | undefined = vm.devices?.disks[0];
  const address = disk?.address;
  return address?.type === "usb" ? address.port : disk?.backing?.backing?.source?.file;
}
