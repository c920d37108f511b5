import { attribute, child, element, oneOf, onOff, text, u32, yesNo } from "@tsvirt/codec/xml";
import { deviceInfo, virtioOptions } from "./device.ts";

/** Acceleration of a video card. */
export class VideoAcceleration extends element("acceleration", {
  accel3d: attribute.optional(yesNo),
  accel2d: attribute.optional(yesNo),
  rendernode: attribute.optional(text),
}) {}

/** First resolution of a video card. */
export class VideoResolution extends element("resolution", { x: attribute(u32), y: attribute(u32) }) {}

/** Which card the guest sees. Memory in KiB. */
export class VideoModel extends element("model", {
  type: attribute(
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
  ),
  ram: attribute.optional(u32),
  vram: attribute.optional(u32),
  vram64: attribute.optional(u32),
  vgamem: attribute.optional(u32),
  heads: attribute.optional(u32),
  primary: attribute.optional(yesNo),
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
