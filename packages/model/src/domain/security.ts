import {
  attribute,
  children,
  element,
  leaf,
  oneOf,
  onOff,
  parseInteger,
  type Scalar,
  text,
  u32,
  yesNo,
} from "@tsvirt/codec/xml";

/** Label of the guest's process and files. https://libvirt.org/formatdomain.html#security-label */
export class Seclabel extends element("seclabel", {
  type: attribute.optional(oneOf("none", "dynamic", "static")),
  model: attribute.optional(text),
  relabel: attribute.optional(yesNo),
  label: leaf.optional(text),
  imagelabel: leaf.optional(text),
  baselabel: leaf.optional(text),
}) {}

/** Key wrapping of s390. */
export class KeyWrapCipher extends element("cipher", {
  name: attribute(oneOf("aes", "dea")),
  state: attribute(onOff),
}) {}
/** See {@link KeyWrapCipher}. */
export class KeyWrap extends element("keywrap", { ciphers: children(KeyWrapCipher) }) {}

const policy: Scalar<number> = {
  expects: "a number",
  domain: { kind: "number", min: 0, max: 0xffff_ffff },
  parse(value) {
    const number = parseInteger(value, 0);
    return number !== undefined && number >= 0n && number <= 0xffff_ffffn ? Number(number) : undefined;
  },
  format: (value) => `0x${value.toString(16).padStart(4, "0")}`,
};

/** Encryption of the guest's memory. https://libvirt.org/formatdomain.html#launch-security */
export class LaunchSecurity extends element("launchSecurity", {
  type: attribute(oneOf("sev", "s390-pv")),
  kernelHashes: attribute.optional(yesNo),
  cbitpos: leaf.optional(u32, undefined, { invalid: "Invalid format for launch security cbitpos" }),
  reducedPhysBits: leaf.optional(u32, undefined, { invalid: "Invalid format for launch security reduced-phys-bits" }),
  policy: leaf.optional(policy, undefined, { invalid: "failed to get launch security policy" }),
  dhCert: leaf.optional(text),
  session: leaf.optional(text),
}) {}
