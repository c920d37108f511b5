import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  content,
  element,
  i32,
  leaf,
  lenient,
  oneOf,
  single,
  text,
  u32,
  unlessEmpty,
  writtenIf,
  yesNo,
} from "@tsvirt/codec/xml";
import { word } from "./scalars.ts";
import { checkSource, StorageSource, storageFormat, storageType } from "./storage-source.ts";
import { unsupportedValue } from "./texts.ts";

const architecture = word(
  "alpha",
  "armv6l",
  "armv7l",
  "armv7b",
  "aarch64",
  "cris",
  "i686",
  "ia64",
  "lm32",
  "m68k",
  "microblaze",
  "microblazeel",
  "mips",
  "mipsel",
  "mips64",
  "mips64el",
  "openrisc",
  "parisc",
  "parisc64",
  "ppc",
  "ppcle",
  "ppc64",
  "ppc64le",
  "ppcemb",
  "riscv32",
  "riscv64",
  "s390",
  "s390x",
  "sh4",
  "sh4eb",
  "sparc",
  "sparc64",
  "unicore32",
  "x86_64",
  "xtensa",
  "xtensaeb",
);

/** What kind of guest: `hvm` for fully virtualised ones. */
export class OsType extends element("type", {
  arch: unlessEmpty(attribute.optional(architecture, undefined, unsupportedValue("Unknown architecture %s"))),
  machine: unlessEmpty(attribute.optional(text)),
  value: content(oneOf("hvm", "xen", "linux", "exe", "uml", "xenpvh"), {
    invalid: "unknown OS type '%s'",
    missing: "an os <type> must be specified",
    code: ErrorCode.configUnsupported,
    missingCode: ErrorCode.xmlError,
  }),
}) {}

/** A feature that automatic firmware selection must or must not have. */
export class FirmwareFeature extends element("feature", {
  enabled: attribute(yesNo),
  name: attribute(oneOf("enrolled-keys", "secure-boot")),
}) {}

/** Wishes for automatic firmware selection. */
export class OsFirmware extends element("firmware", {
  type: attribute.optional(oneOf("bios", "efi")),
  features: children(FirmwareFeature),
}) {}

/** Environment of a container's init. */
export class InitEnv extends element("initenv", { name: attribute(text), value: content(text) }) {}

/** Firmware that QEMU loads. */
export class OsLoader extends element(
  "loader",
  {
    readonly: attribute.optional(yesNo),
    secure: attribute.optional(yesNo),
    type: attribute.optional(oneOf("rom", "pflash")),
    stateless: attribute.optional(yesNo),
    format: attribute.optional(storageFormat),
    path: content.optional(text),
  },
  { omitEmpty: true },
) {}

/** The guest's firmware variables: a path, or a source of the given type. */
export class OsNvram extends element(
  "nvram",
  {
    template: attribute.optional(text),
    type: attribute.optional(storageType),
    format: attribute.optional(storageFormat),
    path: content.optional(text),
    source: child.optional(StorageSource),
  },
  { omitEmpty: true, check: ({ type, source }, _node, reader) => checkSource(type, source, reader) },
) {}

/** Boot menu of the BIOS; timeout in milliseconds. */
export class BootMenu extends element("bootmenu", {
  enable: attribute.optional(yesNo),
  timeout: lenient(attribute.optional(u32)),
}) {}

/** Settings of the BIOS; `rebootTimeout` in milliseconds, -1 for never. */
export class Bios extends element(
  "bios",
  { useserial: attribute.optional(yesNo), rebootTimeout: attribute.optional(i32) },
  { omitEmpty: true },
) {}

/** An ACPI table from a file. */
export class AcpiTable extends element("table", {
  type: attribute(oneOf("slic"), undefined, {
    invalid: "Unknown acpi table type: %s",
    missing: "Missing acpi table type",
  }),
  path: content.optional(text),
}) {}
/** ACPI tables from files. */
export class OsAcpi extends element(
  "acpi",
  { tables: children(AcpiTable) },
  {
    omitEmpty: true,
    check({ tables }, node, reader) {
      if (tables.length > 1) reader.report(node, "Only one acpi table is supported");
    },
  },
) {}

/** How the guest boots. https://libvirt.org/formatdomain.html#operating-system-booting */
export class Os extends element("os", {
  firmware: writtenIf(
    unlessEmpty(attribute.optional(oneOf("bios", "efi"), undefined, { invalid: "unknown firmware value %s" })),
    (_value, writer) => !writer.migratable,
  ),
  type: child(OsType, { missing: "an os <type> must be specified", missingCode: ErrorCode.xmlError }),
  firmwareFeatures: writtenIf(child.optional(OsFirmware), (_value, writer) => !writer.migratable),
  init: leaf.optional(text),
  initargs: leaf.list(text, "initarg"),
  initenvs: children(InitEnv),
  initdir: leaf.optional(text),
  inituser: leaf.optional(text),
  initgroup: leaf.optional(text),
  loader: child.optional(OsLoader),
  nvram: child.optional(OsNvram),
  kernel: leaf.optional(text),
  initrd: leaf.optional(text),
  cmdline: leaf.optional(text),
  dtb: leaf.optional(text),
  root: leaf.optional(text),
  acpi: child.optional(OsAcpi),
  boots: single.list("dev", oneOf("fd", "hd", "cdrom", "network"), "boot"),
  bootmenu: child.optional(BootMenu),
  bios: child.optional(Bios),
  smbios: single("mode", oneOf("emulate", "host", "sysinfo"), undefined, unsupportedValue("unknown smbios mode '%s'")),
}) {}
