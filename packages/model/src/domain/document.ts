import type { Parsed } from "@tsvirt/codec/xml";
import { Domain } from "./domain.ts";

/** How a domain document is read. */
export interface ParseDomainOptions {
  /** File name for messages. */
  readonly file?: string;
  /** Leave out what only a running guest has, as libvirt does for persistent definitions. Default false. */
  readonly inactive?: boolean;
  /** The document stands in our own state file. Default false. */
  readonly state?: boolean;
}

/** How a domain document is written. */
export interface FormatDomainOptions {
  /** The persistent form: without ids, aliases and what else only a running guest has. Default false. */
  readonly inactive?: boolean;
  /** With passwords (threat-model A2: the caller must have checked the right to see them). Default false. */
  readonly secure?: boolean;
  /** For another host of maybe an older version. Default false. */
  readonly migratable?: boolean;
  /** For our own state files: implies what libvirt adds there. Default false. */
  readonly state?: boolean;
  /** Levels of indentation to start with. */
  readonly indent?: number;
  /** Also what the declarations do not know (for files on disk). Default false. */
  readonly unknown?: boolean;
}

/**
 * Reads a domain document and fills in the defaults that do not depend on a hypervisor. Throws `DocumentError` with all
 * errors found, each with its place.
 */
export function parseDomain(xml: string, options: ParseDomainOptions = {}): Domain {
  return readDomain(xml, options).value;
}

/** {@link parseDomain} that also gives warnings and, for later checks, the place of every value. */
export function readDomain(xml: string, options: ParseDomainOptions = {}): Parsed<Domain> {
  return Domain.read(xml, { ...options, label: "(domain_definition)" });
}

/** The document as `virsh dumpxml` prints it, without the last line break of virsh itself. */
export function formatDomain(domain: Domain, options: FormatDomainOptions = {}): string {
  return Domain.format(domain, {
    live: domain.id !== undefined && options.inactive !== true,
    secrets: options.secure ?? false,
    migratable: options.migratable ?? false,
    state: options.state ?? false,
    indent: options.indent ?? 0,
    unknown: options.unknown ?? false,
  });
}
