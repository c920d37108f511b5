import { ErrorCode } from "@tsvirt/base";
import { attribute, child, element, leaf, oneOf, text, uuid, yesNo } from "@tsvirt/codec/xml";
import { reportTo } from "../domain/index.ts";

/** What a secret is for; exactly one of the children belongs to the type. */
export class SecretUsage extends element("usage", {
  type: attribute(oneOf("none", "volume", "ceph", "iscsi", "tls", "vtpm"), undefined, {
    missing: "unknown secret usage type",
    missingCode: ErrorCode.xmlError,
    invalid: "unknown secret usage type %s",
    code: ErrorCode.configUnsupported,
  }),
  volume: leaf.optional(text),
  name: leaf.optional(text),
  target: leaf.optional(text),
}) {}

/** A secret's description. https://libvirt.org/formatsecret.html */
export class Secret extends element("secret", {
  ephemeral: attribute.withDefault(yesNo, false, undefined, { invalid: "invalid value of 'ephemeral'" }),
  private: attribute.withDefault(yesNo, false, undefined, { invalid: "invalid value of 'private'" }),
  uuid: leaf.optional(uuid, undefined, { invalid: "malformed uuid element", code: ErrorCode.internalError }),
  description: leaf.optional(text),
  usage: child.optional(SecretUsage),
}) {}

const idOf = { volume: "volume", ceph: "name", iscsi: "target", tls: "name", vtpm: "name" } as const;
const missing = {
  volume: "volume usage specified, but volume path is missing",
  ceph: "Ceph usage specified, but name is missing",
  iscsi: "iSCSI usage specified, but target is missing",
  tls: "TLS usage specified, but name is missing",
  vtpm: "vTPM usage specified, but name is missing",
} as const;

/** Reads a secret document; a missing UUID is made. Throws `DocumentError`. */
export function parseSecret(
  xml: string,
  { file, newUuid = () => crypto.randomUUID() }: { readonly file?: string; readonly newUuid?: () => string } = {},
): Secret {
  const { value: secret, reader } = Secret.read(xml, { file, label: "(definition_of_secret)" });
  secret.uuid ??= newUuid();
  const { usage } = secret;
  if (usage?.type === "none") delete secret.usage;
  else if (usage !== undefined) {
    const key = idOf[usage.type];
    if (usage[key] === undefined) reportTo(reader)(usage, missing[usage.type], ErrorCode.internalError);
    for (const other of ["volume", "name", "target"] as const) if (other !== key) delete usage[other];
  }
  reader.throwIfFailed(file);
  return secret;
}

/** The document as `virsh secret-dumpxml` prints it, without the last line break of virsh itself. */
export function formatSecret(secret: Secret): string {
  return Secret.format(secret);
}
