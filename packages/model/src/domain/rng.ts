import { attribute, child, children, content, element, once, oneOf, text, u32 } from "@tsvirt/codec/xml";
import { ChardevLog, ChardevSource, chardevProtocol, chardevType } from "./chardev.ts";
import { deviceInfo, VirtioDriver } from "./device.ts";
import { unsupportedValue } from "./texts.ts";

const ONE_BACKEND = "only one RNG backend is supported";

/** How much the guest may take: bytes in a period of milliseconds. */
export class RngRate extends element("rate", {
  bytes: attribute.withDefault(u32, 0, undefined, { invalid: "invalid RNG rate bytes value" }),
  period: attribute.optional(u32, undefined, { invalid: "invalid RNG rate period value" }),
}) {}

/** Where the random numbers come from: a file in `path`, or a character device for egd. */
export class RngBackend extends element("backend", {
  model: attribute(
    oneOf("random", "egd", "builtin"),
    undefined,
    unsupportedValue("unknown RNG backend model '%s'", "missing RNG device backend model"),
  ),
  type: attribute.optional(chardevType, undefined, unsupportedValue("unknown backend type '%s' for egd")),
  path: content.optional(text),
  sources: children(ChardevSource),
  protocol: chardevProtocol,
  log: child.optional(ChardevLog),
}) {}

/** A source of random numbers. https://libvirt.org/formatdomain.html#random-number-generator-device */
export class Rng extends element(
  "rng",
  {
    model: attribute(
      oneOf("virtio", "virtio-transitional", "virtio-non-transitional"),
      undefined,
      unsupportedValue("unknown RNG model '%s'", "missing RNG device model"),
    ),
    rate: child.optional(RngRate),
    backend: once(child(RngBackend, { missing: ONE_BACKEND }), ONE_BACKEND),
    driver: child.optional(VirtioDriver),
    ...deviceInfo,
  },
  { expanded: true },
) {}
