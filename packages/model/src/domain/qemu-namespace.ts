import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  oneOf,
  parseInteger,
  type Reader,
  refined,
  text,
  u64,
  type XmlElement,
} from "@tsvirt/codec/xml";
import { QEMU_NAMESPACE } from "./scalars.ts";
import { internalMissing } from "./texts.ts";

const namespace = QEMU_NAMESPACE;

/** An argument handed to QEMU as it is. */
export class QemuArg extends element(
  "arg",
  { value: attribute(text, undefined, internalMissing("No qemu command-line argument specified")) },
  { namespace },
) {}
const environmentName = refined("letters, digits and underscores", ["HOME"], (value) =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? value : undefined,
);
function badEnvironmentName(env: XmlElement): string {
  const name = env.attribute("name") ?? "";
  return /^[A-Za-z_]/.test(name)
    ? "Invalid environment name, it must contain only alphanumerics and underscore"
    : "Invalid environment name, it must begin with a letter or underscore";
}

/** A variable of QEMU's environment; without a value it is empty. */
export class QemuEnv extends element(
  "env",
  {
    name: attribute(environmentName, undefined, {
      ...internalMissing("No qemu environment name specified"),
      invalid: badEnvironmentName,
      code: ErrorCode.internalError,
    }),
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
export class QemuCapabilityAdd extends element(
  "add",
  { capability: attribute(text, undefined, internalMissing("missing capability name")) },
  { namespace },
) {}
/** See {@link QemuCapabilityAdd}. */
export class QemuCapabilityDel extends element(
  "del",
  { capability: attribute(text, undefined, internalMissing("missing capability name")) },
  { namespace },
) {}
/** Capabilities of QEMU to be taken as present or absent. */
export class QemuCapabilitiesOverride extends element(
  "capabilities",
  { adds: children(QemuCapabilityAdd), dels: children(QemuCapabilityDel) },
  { namespace, omitEmpty: true },
) {}

function checkProperty(property: { type: string; value?: string }, node: XmlElement, reader: Reader): void {
  const { type, value } = property;
  const refuse = (text: string): void => reader.report(node, text);
  if (type === "remove") {
    if (value !== undefined)
      refuse("setting 'value' attribute of 'qemu:property' doesn't make sense with 'remove' type");
  } else if (value === undefined) refuse("missing 'value' attribute for 'qemu:property'");
  else if (!isOfType(value, type)) refuse(`invalid value '${value}' of 'value' attribute of 'qemu:property'`);
}

function isOfType(value: string, type: string): boolean {
  if (type === "bool") return value === "true" || value === "false";
  if (type === "string") return true;
  const number = parseInteger(value);
  if (type === "unsigned" || number === undefined) return u64.parse(value) !== undefined;
  return BigInt.asIntN(64, number) === number;
}

/** A property of a device's front end. */
export class QemuOverrideProperty extends element(
  "property",
  {
    name: attribute(text, undefined, { missing: "missing 'name' attribute for qemu:property" }),
    type: attribute(oneOf("remove", "bool", "string", "signed", "unsigned")),
    value: attribute.optional(text),
  },
  { namespace, check: checkProperty },
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
  {
    alias: attribute(text, undefined, { missing: "missing 'alias' attribute for qemu:device" }),
    frontend: child.optional(QemuOverrideFrontend),
  },
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
  { behavior: attribute.optional(text) },
  { namespace, omitEmpty: true },
) {}
