import { ErrorCode } from "@tsvirt/base";
import { attribute, child, element, lenient, oneOf, onOff, text, u32, yesNo } from "@tsvirt/codec/xml";
import { deviceInfo, virtioOptions } from "./device.ts";
import { internalError, unsupportedValue } from "./texts.ts";

/** Acceleration of a video card. */
export class VideoAcceleration extends element(
  "acceleration",
  {
    accel3d: attribute.optional(yesNo),
    accel2d: attribute.optional(yesNo),
    rendernode: attribute.optional(text),
  },
  {
    check({ accel2d, accel3d, rendernode }, node, reader) {
      if (accel2d === undefined && accel3d === undefined && rendernode === undefined)
        reader.report(node, "missing values for acceleration", { code: ErrorCode.configUnsupported });
    },
  },
) {}

/** First resolution of a video card. */
export class VideoResolution extends element("resolution", { x: attribute(u32), y: attribute(u32) }) {}

/** Which card the guest sees. Memory in KiB. */
export class VideoModel extends element("model", {
  type: attribute.withDefault(
    oneOf(
      "default",
      "vga",
      "cirrus",
      "vmvga",
      "xen",
      "vbox",
      "qxl",
      "parallels",
      "virtio",
      "gop",
      "none",
      "bochs",
      "ramfb",
    ),
    "default",
    undefined,
    unsupportedValue("unknown video model '%s'"),
  ),
  ram: attribute.optional(u32, undefined, { invalid: "cannot parse video ram '%s'" }),
  vram: attribute.optional(u32, undefined, { invalid: "cannot parse video vram '%s'" }),
  vram64: attribute.optional(u32, undefined, { invalid: "cannot parse video vram64 '%s'" }),
  vgamem: attribute.optional(u32, undefined, { invalid: "cannot parse video vgamem '%s'" }),
  heads: attribute.optional(u32, undefined, internalError("cannot parse video heads '%s'")),
  primary: lenient(attribute.optional(yesNo)),
  blob: attribute.optional(onOff),
  acceleration: child.optional(VideoAcceleration),
  resolution: child.optional(VideoResolution),
}) {}

/** Settings of a virtio video card, and where it runs. */
export class VideoDriver extends element(
  "driver",
  {
    ...virtioOptions,
    vgaconf: attribute.optional(oneOf("io", "on", "off")),
    name: attribute.optional(oneOf("qemu", "vhostuser")),
  },
  { omitEmpty: true },
) {}

/** A video card. https://libvirt.org/formatdomain.html#video-devices */
export class Video extends element(
  "video",
  {
    driver: child.optional(VideoDriver),
    model: child.optional(VideoModel),
    ...deviceInfo,
  },
  { expanded: true },
) {}
