import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  element,
  type Field,
  leaf,
  lenient,
  onOff,
  positive,
  type Reader,
  secret,
  single,
  text,
  u32,
  writtenIf,
  type XmlElement,
  yesNo,
} from "@tsvirt/codec/xml";
import { Address } from "./address.ts";
import { bootOrder } from "./scalars.ts";

/** Names a user gave; libvirt's own exist only while the guest runs. */
const USER_ALIAS = /^ua-[A-Za-z0-9_-]*$/;

/** `<alias name='…'/>`: written for running guests, and always when the user chose it. */
function aliasField(): Field<string, "optional"> {
  const inner = single("name", text, "alias");
  const codec = inner.spec.codec?.("alias");
  const field: Field<string, "optional"> = {
    presence: "optional",
    spec: {
      kind: "child",
      codec: () => ({
        elementNames: ["alias"],
        parts: { kind: "leaf", scalar: text, attribute: "name" },
        readElement(node, reader) {
          const name = codec?.readElement(node, reader);
          const dropped = reader.inactive && typeof name === "string" && !USER_ALIAS.test(name);
          return dropped ? undefined : name;
        },
        writeElement: (value, writer) => codec?.writeElement(value, writer),
      }),
    },
  };
  return writtenIf(field, (alias, writer) => writer.live || alias.startsWith("ua-"));
}

/** Boot order of a device. */
export class DeviceBoot extends element(
  "boot",
  {
    order: attribute(bootOrder),
    /** What the boot loader of s390 is told: up to eight letters, digits, dots and blanks. */
    loadparm: attribute.optional(text),
  },
  {
    check(boot, node, reader) {
      if (boot.loadparm === undefined) return;
      boot.loadparm = boot.loadparm.toUpperCase();
      const refuse = (message: string): void => reader.report(node, message, { code: ErrorCode.internalError });
      const { loadparm } = boot;
      if (loadparm.length === 0 || loadparm.length > 8) {
        refuse(`loadparm value '${loadparm}' must be between 1 and 8 characters`);
      } else if (!/^[A-Z0-9. ]*$/.test(loadparm)) {
        refuse(`invalid loadparm value '${loadparm}', expecting chars in set of [a-zA-Z0-9.] and blank spaces`);
      }
    },
  },
) {}

/** Expansion ROM of a PCI device. */
export class DeviceRom extends element(
  "rom",
  {
    enabled: attribute.optional(yesNo),
    bar: attribute.optional(onOff),
    file: attribute.optional(text),
  },
  {
    omitEmpty: true,
    check({ enabled, bar, file }, node, reader) {
      if (enabled !== false || (bar === undefined && file === undefined)) return;
      reader.report(node, "ROM tuning is not supported when ROM is disabled", { code: ErrorCode.configUnsupported });
    },
  },
) {}

/** What libvirt says of a USB device that has a place on another bus. */
export function checkUsbPlace(address: Address | undefined, node: XmlElement, reader: Reader): void {
  if (address !== undefined && address.type !== "usb") reader.report(node, "Invalid address for a USB device");
}

/** Which controller a companion controller belongs to. */
export class DeviceMaster extends element("master", { startport: attribute.withDefault(u32, 0) }) {}

/** ACPI index of a device, which becomes its name in the guest (`eno1`). */
export class DeviceAcpi extends element(
  "acpi",
  { index: attribute.optional(positive(0xffff_ffff)) },
  { omitEmpty: true },
) {}

/**
 * What every device may have, in libvirt's order: spread it at the place where libvirt writes it.
 * `alias` is the device's name towards QEMU.
 */
export const deviceInfo = {
  alias: aliasField(),
  master: child.optional(DeviceMaster),
  acpi: child.optional(DeviceAcpi),
  address: child.optional(Address),
};

/** {@link deviceInfo} of devices from which a guest can boot. */
export const bootableInfo = { boot: child.optional(DeviceBoot), ...deviceInfo };

/** {@link bootableInfo} of devices that may have an option ROM. */
export const cardInfo = {
  boot: bootableInfo.boot,
  alias: deviceInfo.alias,
  master: deviceInfo.master,
  rom: child.optional(DeviceRom),
  acpi: deviceInfo.acpi,
  address: deviceInfo.address,
};

/** Attributes of `<driver>` that all virtio devices take. Spread them last. */
export const virtioOptions = {
  iommu: attribute.optional(onOff),
  ats: attribute.optional(onOff),
  packed: attribute.optional(onOff),
  pagePerVq: attribute.optional(onOff, "page_per_vq"),
};

/** `<driver>` of virtio devices that have no other setting there. */
export class VirtioDriver extends element("driver", { ...virtioOptions }, { omitEmpty: true }) {}

/** A label on one file or socket of the guest, instead of the guest's own. */
export class DeviceSeclabel extends element("seclabel", {
  model: attribute.optional(text),
  labelskip: lenient(attribute.optional(yesNo)),
  relabel: attribute.optional(yesNo),
  label: leaf.optional(text),
}) {}

/** Reconnecting of a socket that QEMU connects itself. */
export class Reconnect extends element(
  "reconnect",
  {
    enabled: attribute.optional(yesNo),
    timeout: attribute.optional(u32),
    delay: attribute.optional(u32),
  },
  {
    check({ enabled, timeout }, node, reader) {
      if (enabled === true && timeout === undefined)
        reader.report(node, "Missing required attribute 'timeout' in element 'reconnect'");
    },
  },
) {}

/** A password given in the document: only formatted with the right to see secrets (threat-model A2, S1). */
export const password = secret(attribute.optional(text, "passwd"));
