import { type Codec, element, leaf, uuid } from "@tsvirt/codec/xml";
import { Domain, writtenDomain } from "../domain/index.ts";

/** A domain known only by its UUID, as the first versions of libvirt stored it in snapshots. */
export class DomainUuid extends element("domain", { uuid: leaf(uuid) }) {}

/** Whether a snapshot has the whole domain. */
export function isWholeDomain(domain: Domain | DomainUuid): domain is Domain {
  return "type" in domain;
}

/** `<domain>` within another document: the whole domain, or only its UUID. */
export const nestedDomain: Codec<Domain | DomainUuid> = {
  elementNames: ["domain"],
  parts: { kind: "union", members: [DomainUuid] },
  readElement: (node, reader) =>
    node.attribute("type") === undefined ? DomainUuid.readElement(node, reader) : Domain.readElement(node, reader),
  writeElement(value: Domain | DomainUuid, writer) {
    if (isWholeDomain(value)) Domain.writeElement(writtenDomain(value, false, false) as never, writer);
    else DomainUuid.writeElement(value as never, writer);
  },
};

/** The persistent definition that a snapshot of a running guest keeps too. */
export class InactiveDomain extends element("inactiveDomain", Domain.fields) {}
