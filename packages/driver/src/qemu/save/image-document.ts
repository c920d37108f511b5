import { type Domain, formatDomain } from "@tsvirt/model/domain";

/** A guest's document as an image keeps it: the form that another start accepts, secrets included. */
export function imageDocument(domain: Domain): string {
  return formatDomain(domain, { inactive: true, secure: true, migratable: true, unknown: true });
}
