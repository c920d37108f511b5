import { ErrorCode } from "@tsvirt/base";
import { attribute, children, element, leaf, oneOf, onOff, type Scalar, text, u32, yesNo } from "@tsvirt/codec/xml";

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
export class KeyWrap extends element(
  "keywrap",
  { ciphers: children(KeyWrapCipher) },
  {
    check({ ciphers }, node, reader) {
      for (const name of ["aes", "dea"] as const) {
        if (ciphers.filter((cipher) => cipher.name === name).length < 2) continue;
        const text = `A domain definition can have no more than one cipher node with name ${name}`;
        reader.report(node, text, { code: ErrorCode.internalError });
      }
      ciphers.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    omitEmpty: true,
  },
) {}

const policy: Scalar<number> = {
  expects: "a hexadecimal number",
  domain: { kind: "number", min: 0, max: 0xffff_ffff },
  parse(value) {
    return /^(?:0x)?[\da-f]{1,8}$/i.test(value) ? Number.parseInt(value, 16) : undefined;
  },
  format: (value) => `0x${value.toString(16).padStart(4, "0")}`,
};

const NO_POLICY = "failed to get launch security policy";

/** Encryption of the guest's memory. https://libvirt.org/formatdomain.html#launch-security */
export class LaunchSecurity extends element(
  "launchSecurity",
  {
    type: attribute(oneOf("sev", "s390-pv")),
    kernelHashes: attribute.optional(yesNo),
    cbitpos: leaf.optional(u32, undefined, { invalid: "Invalid format for launch security cbitpos" }),
    reducedPhysBits: leaf.optional(u32, undefined, { invalid: "Invalid format for launch security reduced-phys-bits" }),
    policy: leaf.optional(policy, undefined, { invalid: NO_POLICY }),
    dhCert: leaf.optional(text),
    session: leaf.optional(text),
  },
  {
    check(security, node, reader) {
      if (security.type === "sev") {
        if (security.policy === undefined) reader.report(node, NO_POLICY);
        return;
      }
      // There is nothing to be set of s390's.
      for (const key of ["kernelHashes", "cbitpos", "reducedPhysBits", "policy", "dhCert", "session"] as const) {
        delete security[key];
      }
    },
  },
) {}
