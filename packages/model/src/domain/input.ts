import { attribute, child, element, oneOf, onOff, text } from "@tsvirt/codec/xml";
import { checkUsbPlace, deviceInfo, VirtioDriver } from "./device.ts";
import { internalMissing, unsupportedValue } from "./texts.ts";

/** The host device behind an input. */
export class InputSource extends element(
  "source",
  {
    dev: attribute.optional(text),
    evdev: attribute.optional(text),
    grab: attribute.optional(oneOf("all")),
    grabToggle: attribute.optional(
      oneOf("ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"),
    ),
    repeat: attribute.optional(onOff),
  },
  { omitEmpty: true },
) {}

/** A keyboard, mouse or tablet. https://libvirt.org/formatdomain.html#input-devices */
export class Input extends element(
  "input",
  {
    type: attribute(
      oneOf("mouse", "tablet", "keyboard", "passthrough", "evdev"),
      undefined,
      internalMissing("missing input device type", unsupportedValue("unknown input device type '%s'")),
    ),
    bus: attribute.optional(
      oneOf("default", "ps2", "usb", "xen", "parallels", "virtio", "none"),
      undefined,
      unsupportedValue("unknown input bus type '%s'"),
    ),
    model: attribute.optional(oneOf("virtio", "virtio-transitional", "virtio-non-transitional")),
    driver: child.optional(VirtioDriver),
    source: child.optional(InputSource),
    ...deviceInfo,
  },
  {
    check({ bus, address }, node, reader) {
      if (bus === "usb") checkUsbPlace(address, node, reader);
    },
  },
) {}
