import { attribute, child, children, content, element, oneOf, single, text, u32 } from "@tsvirt/codec/xml";
import { ChardevLog, ChardevSource, chardevType } from "./chardev.ts";
import { deviceInfo, VirtioDriver } from "./device.ts";

/** How much the guest may take: bytes in a period of milliseconds. */
export class RngRate extends element("rate", {
  bytes: attribute(u32),
  period: attribute.optional(u32),
}) {}

/** Where the random numbers come from: a file in `path`, or a character device for egd. */
export class RngBackend extends element("backend", {
  model: attribute(oneOf("random", "egd", "builtin")),
  type: attribute.optional(chardevType),
  path: content.optional(text),
  sources: children(ChardevSource),
  protocol: single("type", oneOf("raw", "telnet", "telnets", "tls")),
  log: child.optional(ChardevLog),
}) {}

/** A source of random numbers. https://libvirt.org/formatdomain.html#random-number-generator-device */
export class Rng extends element(
  "rng",
  {
    model: attribute(oneOf("virtio", "virtio-transitional", "virtio-non-transitional"), undefined, {
      missing: "missing RNG device model",
      invalid: "unknown RNG model '%s'",
    }),
    rate: child.optional(RngRate),
    backend: child(RngBackend, { missing: "only one RNG backend is supported" }),
    driver: child.optional(VirtioDriver),
    ...deviceInfo,
  },
  { expanded: true },
) {}
