import { ErrorCode } from "@tsvirt/base";
import {
  anyOf,
  attribute,
  children,
  element,
  leaf,
  type ParseOptions,
  parseInteger,
  refined,
  type Scalar,
  type TypeOf,
  text,
  uuid,
} from "@tsvirt/codec/xml";
import { reportTo } from "../domain/index.ts";
import { variableName, variableValue } from "./operand.ts";
import { FilterRule } from "./rule.ts";

/** A value for a variable of a filter; several of one name are a list. What is malformed is not kept. */
export class FilterParameter extends element("parameter", {
  name: attribute.optional(text),
  value: attribute.optional(text),
}) {}

/** Takes in another filter's rules. */
export class FilterRef extends element(
  "filterref",
  {
    filter: attribute(text, undefined, {
      missing: "rule node requires action attribute",
      missingCode: ErrorCode.internalError,
    }),
    parameters: children(FilterParameter),
  },
  { check: (reference) => sortParameters(reference) },
) {}

/** libvirt keeps what is well formed, in the order of the names. */
export function sortParameters(reference: { parameters: FilterParameter[] }): void {
  reference.parameters = reference.parameters
    .filter(({ name, value }) => isName(name) && value !== undefined && variableValue.test(value))
    .sort((a, b) => compare(a.name ?? "", b.name ?? ""));
}

function isName(name: string | undefined): boolean {
  return name !== undefined && variableName.test(name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Values of variables by their names. */
export type Variables = ReadonlyMap<string, readonly string[]>;

/** The parameters of a reference as values of variables. */
export function variablesFrom(parameters: readonly FilterParameter[]): Variables {
  const values = new Map<string, string[]>();
  for (const { name = "", value = "" } of parameters) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return values;
}

const FilterEntry = anyOf({ rule: FilterRule, filterref: FilterRef });
/** A rule, or a reference to another filter. */
export type FilterEntry = TypeOf<typeof FilterEntry>;

const LOWEST_PRIORITY = -1000;
const HIGHEST_PRIORITY = 1000;
/** Characters of a chain's name. */
const MAX_CHAIN = 12;

/** Names that chains begin with, in the order in which they are looked for, and what stands for no priority. */
const chainPriorities: readonly (readonly [prefix: string, priority: number])[] = [
  ["mac", -800],
  ["vlan", -750],
  ["stp", 0],
  ["arp", -500],
  ["rarp", -400],
  ["ipv4", -700],
  ["ipv6", -600],
];

const chainName: Scalar<string> = refined("root or a name of a chain", ["root", "mac", "ipv4-ip"], (value) => value);

const priorityNumber: Scalar<number> = {
  expects: `a number from ${LOWEST_PRIORITY} to ${HIGHEST_PRIORITY}`,
  domain: { kind: "number", min: LOWEST_PRIORITY, max: HIGHEST_PRIORITY },
  parse(value) {
    const number = parseInteger(value);
    return number === undefined || number < -0x8000_0000n || number > 0x7fff_ffffn ? undefined : Number(number);
  },
  format: String,
};

/** A filter for the packets of an interface: https://libvirt.org/formatnwfilter.html */
export class Filter extends element("filter", {
  name: attribute(text, undefined, { missing: "filter has no name", missingCode: ErrorCode.internalError }),
  chain: attribute.withDefault(chainName, "root"),
  priority: attribute.optional(priorityNumber, undefined, {
    invalid: "Could not parse chain priority '%s'",
    code: ErrorCode.invalidArg,
  }),
  uuid: leaf.optional(uuid, undefined, { invalid: "malformed uuid element" }),
  entries: children(FilterEntry),
}) {}

/** How a filter's document is read. */
export interface ParseFilterOptions extends ParseOptions {
  /** Source of UUIDs for documents without one; random unless given. */
  readonly newUuid?: () => string;
}

/** Reads a filter as libvirt's parser does. Throws `DocumentError` with all that is wrong. */
export function parseFilter(xml: string, options: ParseFilterOptions = {}): Filter {
  const { value: filter, reader } = Filter.read(xml, { label: "(nwfilter_definition)", ...options });
  const report = reportTo(reader);
  const { priority } = filter;
  if (filter.name === "") report(filter, "filter has no name", ErrorCode.internalError);
  if (priority !== undefined && (priority < LOWEST_PRIORITY || priority > HIGHEST_PRIORITY)) {
    const range = `[${LOWEST_PRIORITY},${HIGHEST_PRIORITY}]`;
    report(filter, `Priority '${priority}' is outside valid range of ${range}`, ErrorCode.invalidArg);
  }
  const problem = chainProblem(filter.chain);
  if (problem !== undefined) report(filter, problem, ErrorCode.invalidArg);
  if (reader.root?.attribute("chain") === undefined) delete filter.priority;
  else filter.priority ??= chainPriorities.find(([prefix]) => filter.chain.startsWith(prefix))?.[1] ?? 0;
  if (filter.priority === 0) delete filter.priority;
  filter.uuid ??= (options.newUuid ?? (() => crypto.randomUUID()))();
  reader.throwIfFailed(options.file);
  return filter;
}

function chainProblem(chain: string): string | undefined {
  if (chain.length > MAX_CHAIN) return `Name of chain is longer than ${MAX_CHAIN} characters`;
  if (!/^[A-Za-z0-9_.:-]*$/.test(chain)) return "Chain name contains invalid characters";
  const prefixes = chainPriorities.map(([prefix]) => prefix);
  if (chain === "root" || prefixes.some((prefix) => chain.startsWith(prefix))) return undefined;
  return `Invalid chain name '${chain}'. Please use a chain name called 'root' or any of the following prefixes: ${prefixes.join(", ")}`;
}

/** The document as `virsh nwfilter-dumpxml` prints it, without the last line break of virsh itself. */
export function formatFilter(filter: Filter): string {
  return Filter.format(filter);
}
