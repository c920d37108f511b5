import { ErrorCode } from "@tsvirt/base";
import { attribute, child, children, element, leaf, oneOf, readLive, text, u32, uuid } from "@tsvirt/codec/xml";
import { unsupportedInDevice } from "./texts.ts";

// Mediated devices: parts of a device that guests get as devices of their own.

const typeOf = (node: { attribute(name: string): string | undefined }): string => node.attribute("id") ?? "";

/** A type of mediated devices that a device can be divided into. */
export class MdevType extends element("type", {
  id: attribute(text, undefined, { missing: "missing 'id' attribute for mediated device's <type> element" }),
  name: leaf.optional(text),
  deviceApi: leaf(text, "deviceAPI", {
    missing: (node) => `missing device API for mediated device type '${typeOf(node)}'`,
  }),
  availableInstances: leaf(u32, undefined, {
    missing: (node) => `missing number of available instances for mediated device type '${typeOf(node)}'`,
    invalid: (node) =>
      `missing number of available instances for mediated device type '${node.parent === undefined ? "" : typeOf(node.parent)}'`,
  }),
}) {}

/** All types of mediated devices that a device has. */
export class MdevTypes extends element("capability", {
  type: attribute(oneOf("mdev_types")),
  types: children(MdevType),
}) {}

/** A device that has nothing to say of itself but its types of mediated devices. */
export class MdevParent extends element("capability", {
  type: attribute(oneOf("mdev_types")),
  capabilities: children(MdevTypes),
}) {}

/** The group of devices that cannot be told apart by the IOMMU. */
export class MdevIommuGroup extends element("iommuGroup", { number: attribute.withDefault(u32, 0) }) {}

/** An attribute that is set when the device is made. */
export class MdevAttribute extends element("attr", {
  name: attribute.optional(text),
  value: attribute.optional(text),
}) {}

/** The type that a mediated device is of. */
export class MdevTypeId extends element("type", {
  id: attribute(text, undefined, unsupportedInDevice("missing type id attribute for '%d'")),
}) {}

/** A mediated device. */
export class MdevDevice extends element(
  "capability",
  {
    type: attribute(oneOf("mdev")),
    mdevType: child(MdevTypeId, unsupportedInDevice("missing type id attribute for '%d'")),
    uuid: leaf.optional(uuid, undefined, {
      invalid: "Invalid uuid '%s' for new mdev device",
      code: ErrorCode.internalError,
    }),
    parentAddress: readLive(leaf.optional(text, "parent_addr")),
    iommuGroup: child.optional(MdevIommuGroup),
    attributes: children(MdevAttribute),
  },
  {
    check(device) {
      device.iommuGroup ??= { number: 0 };
      device.attributes = device.attributes.filter(({ name, value }) => name !== undefined && value !== undefined);
    },
  },
) {}
