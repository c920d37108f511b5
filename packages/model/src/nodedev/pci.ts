import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  content,
  element,
  i32,
  integer,
  leaf,
  oneOf,
  single,
  type TypeOf,
  text,
  u32,
  union,
} from "@tsvirt/codec/xml";
import { PciLocation } from "../common/pci-address.ts";
import { knownOnly } from "./known.ts";
import { MdevTypes } from "./mdev.ts";
import { hexadecimal } from "./scalars.ts";
import { supplied } from "./texts.ts";
import { VitalProductData } from "./vpd.ts";

/** A vendor by number and name. */
export class PciVendor extends element("vendor", {
  id: attribute(hexadecimal(4), undefined, supplied("PCI vendor ID")),
  name: content.optional(text),
}) {}
/** See {@link PciVendor}; a product of theirs. */
export class PciProduct extends element("product", {
  id: attribute(hexadecimal(4), undefined, supplied("PCI product ID")),
  name: content.optional(text),
}) {}

/** The device that a virtual function belongs to. */
export class PhysicalFunctionOf extends element("capability", {
  type: attribute(oneOf("phys_function")),
  address: child(PciLocation, { missing: "Missing address in 'phys_function' capability" }),
}) {}

/** The virtual functions of a device, and how many it may have. */
export class VirtualFunctions extends element("capability", {
  type: attribute(oneOf("virt_functions")),
  maxCount: attribute.implied(u32, 0, undefined, {
    invalid: "Malformed 'maxCount' parameter",
    code: ErrorCode.internalError,
  }),
  addresses: children(PciLocation),
}) {}

/** The device is a bridge. */
export class PciBridge extends element("capability", { type: attribute(oneOf("pci-bridge")) }) {}
/** The device is a bridge to CardBus. */
export class CardbusBridge extends element("capability", { type: attribute(oneOf("cardbus-bridge")) }) {}

const capabilities = {
  phys_function: PhysicalFunctionOf,
  virt_functions: VirtualFunctions,
  "pci-bridge": PciBridge,
  "cardbus-bridge": CardbusBridge,
  mdev_types: MdevTypes,
  vpd: VitalProductData,
} as const;
/** The order in which they are written. */
const order = Object.keys(capabilities);

const PciCapability = knownOnly(union("type", capabilities), order);
/** What more a PCI device is. */
export type PciCapability = TypeOf<typeof PciCapability>;

/** Devices that cannot be told apart by the IOMMU. */
export class IommuGroup extends element("iommuGroup", {
  number: attribute(u32),
  addresses: children(PciLocation),
}) {}

/** What a link can do (`cap`), or does (`sta`): gigatransfers a second and lanes. */
export class PciExpressLink extends element("link", {
  validity: attribute.optional(text),
  port: attribute.implied(i32, -1),
  speed: attribute.optional(oneOf("2.5", "5", "8", "16", "32", "64")),
  width: attribute(u32),
}) {}
/** The links of a PCI Express device. */
export class PciExpress extends element("pci-express", { links: children(PciExpressLink) }) {}

/** A function of a card or chip on a PCI bus. */
export class PciDevice extends element(
  "capability",
  {
    type: attribute(oneOf("pci")),
    class: leaf.optional(hexadecimal(6, 0xff_ffff), undefined, supplied("PCI class")),
    domain: leaf(u32, undefined, supplied("PCI domain ID")),
    bus: leaf(u32, undefined, supplied("PCI bus ID")),
    slot: leaf(u32, undefined, supplied("PCI slot ID")),
    function: leaf(u32, undefined, supplied("PCI function ID")),
    product: child(PciProduct, supplied("PCI product ID")),
    vendor: child(PciVendor, supplied("PCI vendor ID")),
    capabilities: children(PciCapability),
    iommuGroup: child.optional(IommuGroup),
    numaNode: single("node", integer(-0x8000_0000, 0x7fff_ffff), "numa", supplied("NUMA node ID")),
    express: child.optional(PciExpress),
  },
  {
    check(device) {
      device.capabilities = normalised(device.capabilities);
      if (device.iommuGroup?.addresses.length === 0) delete device.iommuGroup;
      if (device.numaNode !== undefined && device.numaNode < 0) delete device.numaNode;
      if (device.express === undefined) return;
      const { links } = device.express;
      const first = (validity: string) => links.filter((link) => link.validity === validity).slice(0, 1);
      device.express.links = [...first("cap"), ...first("sta")];
      for (const link of device.express.links) if (link.port < 0) link.port = -1;
    },
  },
) {}

/** In the order of output, each type once: of bridges the first counts, of all else the last. */
function normalised(given: readonly PciCapability[]): PciCapability[] {
  const kept = new Map<string, PciCapability>();
  let bridge = false;
  for (const capability of given) {
    const { type } = capability;
    const isBridge = type === "pci-bridge" || type === "cardbus-bridge";
    if (type === "mdev_types" && capability.types.length === 0) continue;
    if (!isBridge || !bridge) kept.set(type, capability);
    bridge ||= isBridge;
  }
  return [...kept.values()].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
}
