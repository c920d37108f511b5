import { attribute, child, children, element, oneOf, text } from "@tsvirt/codec/xml";
import { QEMU_NAMESPACE } from "./scalars.ts";

const namespace = QEMU_NAMESPACE;

/** An argument handed to QEMU as it is. */
export class QemuArg extends element(
  "arg",
  { value: attribute(text, undefined, { missing: "No qemu command-line argument specified" }) },
  { namespace },
) {}
/** A variable of QEMU's environment; without a value it is empty. */
export class QemuEnv extends element(
  "env",
  {
    name: attribute(text, undefined, { missing: "No qemu environment name specified" }),
    value: attribute.optional(text),
  },
  { namespace },
) {}

/** Arguments and environment handed to QEMU as they are. https://libvirt.org/drvqemu.html#pass-through-of-arbitrary-qemu-commands */
export class QemuCommandline extends element(
  "commandline",
  { args: children(QemuArg), envs: children(QemuEnv) },
  { namespace, omitEmpty: true },
) {}

/** A QEMU capability by libvirt's name. */
export class QemuCapabilityAdd extends element("add", { capability: attribute(text) }, { namespace }) {}
/** See {@link QemuCapabilityAdd}. */
export class QemuCapabilityDel extends element("del", { capability: attribute(text) }, { namespace }) {}
/** Capabilities of QEMU to be taken as present or absent. */
export class QemuCapabilitiesOverride extends element(
  "capabilities",
  { adds: children(QemuCapabilityAdd), dels: children(QemuCapabilityDel) },
  { namespace, omitEmpty: true },
) {}

/** A property of a device's front end. */
export class QemuOverrideProperty extends element(
  "property",
  {
    name: attribute(text),
    type: attribute(oneOf("remove", "bool", "string", "signed", "unsigned")),
    value: attribute.optional(text),
  },
  { namespace },
) {}
/** Properties of a device's front end. */
export class QemuOverrideFrontend extends element(
  "frontend",
  { properties: children(QemuOverrideProperty) },
  { namespace },
) {}
/** Properties of one device. */
export class QemuOverrideDevice extends element(
  "device",
  { alias: attribute(text), frontend: child.optional(QemuOverrideFrontend) },
  { namespace },
) {}
/** Properties of devices that libvirt would set otherwise. */
export class QemuOverride extends element(
  "override",
  { devices: children(QemuOverrideDevice) },
  { namespace, omitEmpty: true },
) {}

/** What QEMU should do with deprecated options. */
export class QemuDeprecation extends element(
  "deprecation",
  { behavior: attribute(oneOf("none", "omit", "reject", "crash")) },
  { namespace },
) {}
