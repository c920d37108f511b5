import { ErrorCode, virtError } from "@tsvirt/base";
import { DocumentError, type Problem, problemLine } from "@tsvirt/codec/xml";
import {
  type Domain,
  type DomainHooks,
  formatDomain,
  parseDomain,
  postParse,
  readDomain,
  reportTo,
  validateDomain,
} from "@tsvirt/model/domain";
import { type CompleteOptions, chooseEmulator, completeDomain, qemuHooks } from "@tsvirt/qemu";
import { hostFacts } from "../emulators/host-facts.ts";
import type { Guest, GuestSummary } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { randomUuid } from "./uuid.ts";

/** A document that has all it takes to be a guest. */
export type Definition = Domain & { readonly uuid: string };

/**
 * Reads a document from a client: checks it, and fills in what libvirt would, down to addresses. Throws `DocumentError`
 * with places, or libvirt's refusals.
 */
export async function parseDefinition(
  driver: QemuDriver,
  xml: string,
  options: { readonly validate?: boolean },
): Promise<Definition> {
  const { value: domain, reader, warnings } = readDomain(xml, { inactive: true });
  const [first, ...others] = warnings;
  // With `--validate`, what the declarations do not know is an error.
  if (options.validate === true && first) throw new DocumentError([asError(first), ...others.map(asError)]);
  const hooks = await hooksFor(driver, domain, { abiUpdate: true });
  const report = reportTo(reader);
  try {
    postParse(domain, hooks, report, { abiUpdate: true });
    validateDomain(domain, report, hooks);
  } finally {
    // What was found first is what is wrong, also if it led to a failure later on.
    reader.throwIfFailed(undefined);
  }
  for (const warning of warnings.slice(0, MAX_WARNINGS)) {
    driver.log.warn("part of a document left aside", { domain: domain.name, problem: problemLine(warning) });
  }
  return withUuid(domain);
}

/** Warnings of one document that go to the log. */
const MAX_WARNINGS = 20;

function asError(problem: Problem): Problem {
  return { ...problem, severity: "error" };
}

/** Fills in what depends on the emulator and the host into a definition that was accepted before. */
export async function complete(driver: QemuDriver, domain: Domain): Promise<Definition> {
  const facts = await hostFacts(driver, domain);
  const { emulator } = chooseEmulator(domain, facts);
  const capabilities = await driver.emulators.capabilities(emulator);
  return withUuid(completeDomain(domain, capabilities, facts, { skipValidation: true }));
}

async function hooksFor(driver: QemuDriver, domain: Domain, options: CompleteOptions): Promise<DomainHooks> {
  const facts = await hostFacts(driver, domain);
  const { emulator } = chooseEmulator(domain, facts);
  return qemuHooks(await driver.emulators.capabilities(emulator), facts, options);
}

function withUuid(domain: Domain): Definition {
  return { ...domain, uuid: domain.uuid ?? randomUuid() };
}

/** The text of a definition as it is kept and stored: persistent form, secrets included. */
export function formatDefinition(domain: Domain): string {
  return formatDomain(domain, { inactive: true, secure: true, unknown: true });
}

/** What the definition of a guest says, read anew each time: definitions are kept as text. */
export function definitionOf(guest: Guest): Domain | undefined {
  return guest.definition === undefined ? undefined : parseDomain(guest.definition, { inactive: true });
}

/** The live domain of a running guest, the definition of another. */
export function currentDomain(guest: Guest): Domain {
  const domain = guest.live?.domain ?? definitionOf(guest);
  if (!domain) throw virtError(ErrorCode.noDomain, `domain '${guest.name}' has no definition`);
  return domain;
}

/** The definition under another name. Its files of firmware variables stay where they are. */
export function renamedDefinition(definition: string, name: string): string {
  return formatDefinition({ ...parseDomain(definition, { inactive: true }), name });
}

/** The file of firmware variables, if the guest has one of its own. */
export function nvramOf(guest: Guest): string | undefined {
  // Hardly any has one: not worth reading the whole definition for.
  if (!guest.live && guest.definition?.includes("<nvram") === false) return undefined;
  const { nvram, loader } = currentDomain(guest).os;
  const path = nvram?.path ?? nvram?.source?.file;
  return path !== undefined && loader?.type === "pflash" ? path : undefined;
}

/** Facts for lists, of what runs or else of the definition. */
export function summaryOf(guest: Guest): GuestSummary {
  if (!guest.live && guest.summary) return guest.summary;
  const domain = currentDomain(guest);
  const max = BigInt(domain.memory?.kib ?? 0);
  const summary: GuestSummary = {
    maxMemory: max,
    memory: domain.currentMemory === undefined ? max : BigInt(domain.currentMemory),
    vcpus: domain.vcpu?.current ?? domain.vcpu?.count ?? 1,
    osType: domain.os.type.value,
  };
  if (!guest.live) guest.summary = summary;
  return summary;
}
