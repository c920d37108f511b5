import { attribute, child, children, content, element, leaf, oneOf, text } from "@tsvirt/codec/xml";

/** One value of an SMBIOS table. */
export class SysinfoEntry extends element("entry", {
  name: attribute.optional(text),
  file: attribute.optional(text),
  value: content.optional(text),
}) {}

const entries = { entries: children(SysinfoEntry) };
/** SMBIOS type 0. */
export class SysinfoBios extends element("bios", entries, { omitEmpty: true }) {}
/** SMBIOS type 1. */
export class SysinfoSystem extends element("system", entries, { omitEmpty: true }) {}
/** SMBIOS type 2. */
export class SysinfoBaseBoard extends element("baseBoard", entries, { omitEmpty: true }) {}
/** SMBIOS type 3. */
export class SysinfoChassis extends element("chassis", entries, { omitEmpty: true }) {}
/** SMBIOS type 4, host documents only. */
export class SysinfoProcessor extends element("processor", entries, { omitEmpty: true }) {}
/** SMBIOS type 17, host documents only. */
export class SysinfoMemoryDevice extends element("memory_device", entries, { omitEmpty: true }) {}
/** SMBIOS type 11. */
export class SysinfoOemStrings extends element(
  "oemStrings",
  { entries: leaf.list(text, "entry") },
  { omitEmpty: true },
) {}

/** What the guest's firmware says about its machine. https://libvirt.org/formatdomain.html#smbios-system-information */
export class Sysinfo extends element("sysinfo", {
  type: attribute(oneOf("smbios", "fwcfg")),
  bios: child.optional(SysinfoBios),
  system: child.optional(SysinfoSystem),
  baseBoards: children(SysinfoBaseBoard),
  chassis: child.optional(SysinfoChassis),
  processors: children(SysinfoProcessor),
  memoryDevices: children(SysinfoMemoryDevice),
  oemStrings: child.optional(SysinfoOemStrings),
  /** For `fwcfg`: blobs by name, from a value or a file. */
  entries: children(SysinfoEntry),
}) {}
