import {
  attribute,
  child,
  element,
  flag,
  oneOf,
  single,
  stateOnly,
  text,
  uuid,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { deviceInfo } from "./device.ts";
import { word } from "./scalars.ts";
import { internalError, unsupportedValue } from "./texts.ts";

/** Hash banks of an emulated TPM. */
export class TpmPcrBanks extends element(
  "active_pcr_banks",
  { sha1: flag(), sha256: flag(), sha384: flag(), sha512: flag() },
  { omitEmpty: true },
) {}

/** Socket of an external TPM. */
export class TpmSource extends element("source", {
  type: attribute.optional(word("unix"), undefined, unsupportedValue("unknown backend type '%s' for external TPM")),
  mode: attribute.optional(word("client", "server", "connect")),
  path: attribute.optional(text),
}) {}

/** What stands behind a TPM. */
export class TpmBackend extends element(
  "backend",
  {
    type: attribute(oneOf("passthrough", "emulator", "external")),
    version: attribute.optional(oneOf("1.2", "2.0")),
    persistentState: attribute.optional(
      yesNo,
      "persistent_state",
      internalError("Invalid persistent_state value, either 'yes' or 'no'"),
    ),
    device: single("path", text),
    encryption: single("secret", uuid),
    activePcrBanks: child.optional(TpmPcrBanks),
    source: child.optional(TpmSource),
  },
  {
    check({ type, source }, node, reader) {
      if (type !== "external") return;
      if (source?.type === undefined) reader.report(node, "missing external TPM backend type");
      else if (source.path === undefined) reader.report(node, "missing socket path for external TPM device");
    },
  },
) {}

/** A trusted platform module. https://libvirt.org/formatdomain.html#tpm-device */
export class Tpm extends element("tpm", {
  model: attribute.optional(oneOf("tpm-tis", "tpm-crb", "tpm-spapr", "spapr-tpm-proxy")),
  backend: child(TpmBackend, { missing: "missing TPM device backend" }),
  ...deviceInfo,
  privateData: stateOnly(verbatim()),
}) {}
