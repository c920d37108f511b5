import { attribute, child, children, element, leaf, oneOf, refined, text, union } from "@tsvirt/codec/xml";
import { knownOnly } from "./known.ts";
import { MdevTypes } from "./mdev.ts";
import { anyBase, hexadecimal } from "./scalars.ts";
import { unsupportedInDevice } from "./texts.ts";

// Devices of IBM Z: channel subsystem and adjunct processors.

const value = (name: string) =>
  unsupportedInDevice(`missing ${name} value for '%d'`, `invalid ${name} value '%s' for '%d'`);

const place = {
  cssid: leaf(anyBase(1), undefined, value("cssid")),
  ssid: leaf(anyBase(1), undefined, value("ssid")),
  devno: leaf(hexadecimal(4), undefined, value("devno")),
};

const MdevCapability = knownOnly(union("type", { mdev_types: MdevTypes }), ["mdev_types"]);

/** A device on a channel path. */
export class CcwDevice extends element("capability", { type: attribute(oneOf("ccw")), ...place }) {}

/** Where the device behind a subchannel is. */
export class ChannelDeviceAddress extends element("channel_dev_addr", place) {}

/** A subchannel. */
export class CssDevice extends element(
  "capability",
  {
    type: attribute(oneOf("css")),
    ...place,
    channelDevice: child.optional(ChannelDeviceAddress),
    capabilities: children(MdevCapability),
  },
  { check: (device) => dropEmpty(device) },
) {}

function dropEmpty(device: { capabilities: MdevTypes[] }): void {
  device.capabilities = device.capabilities.filter(({ types }) => types.length > 0);
}

const adapter = leaf(anyBase(2), "ap-adapter", value("ap-adapter"));

/** A cryptographic adapter. */
export class ApCard extends element("capability", { type: attribute(oneOf("ap_card")), adapter }) {}

/** A queue of a cryptographic adapter. */
export class ApQueue extends element(
  "capability",
  { type: attribute(oneOf("ap_queue")), adapter, domain: leaf(anyBase(4), "ap-domain", value("ap-domain")) },
  {
    check({ domain }, node, reader) {
      if (domain <= 255) return;
      const found = node.element("ap-domain")?.text ?? "";
      const { invalid, code } = unsupportedInDevice("", `ap-domain value '${found}' is out of range for '%d'`);
      if (typeof invalid === "function") reader.report(node, invalid(node, reader), { code });
    },
  },
) {}

/** What mediated devices with queues of their own come from. */
export class ApMatrix extends element(
  "capability",
  { type: attribute(oneOf("ap_matrix")), capabilities: children(MdevCapability) },
  { check: (device) => dropEmpty(device) },
) {}

/** A device of virtio with a data path in hardware, by its character device. */
export class VdpaDevice extends element("capability", {
  type: attribute(oneOf("vdpa")),
  chardev: leaf.optional(text),
}) {}

const drmType = refined("one of primary, control, render", ["primary", "render"], (type) =>
  ["primary", "control", "render"].includes(type) ? type : undefined,
);

/** A node of a graphics device. */
export class DrmDevice extends element("capability", {
  type: attribute(oneOf("drm")),
  node: leaf(
    drmType,
    "type",
    unsupportedInDevice("unknown drm type '(null)' for '%d'", "unknown drm type '%s' for '%d'"),
  ),
}) {}
