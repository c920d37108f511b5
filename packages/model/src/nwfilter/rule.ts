import { ErrorCode } from "@tsvirt/base";
import {
  anyOf,
  attribute,
  type Codec,
  children,
  element,
  i32,
  lenient,
  oneOf,
  type Reader,
  refined,
  type Scalar,
  type UnknownContent,
  type XmlElement,
} from "@tsvirt/codec/xml";
import { isVariable, type Operand, type Variable } from "./operand.ts";
import { layerOf, type Protocol, protocolNames, protocols } from "./protocols.ts";

/** An element of a rule, under the name of its protocol: `{ tcp: { dstportstart: { number: 22 } } }`. */
export type ProtocolMatch = { [P in Protocol]?: object };
const ProtocolMatch: Codec<ProtocolMatch> = anyOf(protocols);

/** One thing that a rule looks at. */
export interface Condition {
  readonly operand: Operand;
  /** It is about packets that are otherwise. */
  readonly negated: boolean;
}

/** All that a rule looks at, by the attributes' names in the order of the declaration. */
export type Conditions = ReadonlyMap<string, Condition>;

const LOWEST_PRIORITY = -1000;
const HIGHEST_PRIORITY = 1000;
const DEFAULT_PRIORITY = 500;

const action = oneOf("drop", "accept", "reject", "return", "continue");
const direction = oneOf("in", "out", "inout");

/** `false` and `0` are no, all else is nothing. */
const stateMatch: Scalar<string> = refined("false", ["false"], (text) =>
  text === "0" || text.toLowerCase() === "false" ? "false" : undefined,
);

/** One rule of a filter. Its elements are merged and written anew as libvirt's parser leaves them. */
export class FilterRule extends element(
  "rule",
  {
    action: attribute(action, undefined, {
      missing: "rule node requires action attribute",
      missingCode: ErrorCode.internalError,
      invalid: "unknown rule action attribute value",
      code: ErrorCode.configUnsupported,
    }),
    direction: attribute(direction, undefined, {
      missing: "rule node requires direction attribute",
      missingCode: ErrorCode.internalError,
      invalid: "unknown rule direction attribute value",
      code: ErrorCode.configUnsupported,
    }),
    priority: attribute.withDefault(i32, DEFAULT_PRIORITY),
    /** Connections are not tracked. */
    statematch: lenient(attribute.optional(stateMatch)),
    matches: children(ProtocolMatch),
  },
  {
    check(rule, node, reader) {
      if (rule.priority < LOWEST_PRIORITY || rule.priority > HIGHEST_PRIORITY) rule.priority = DEFAULT_PRIORITY;
      mergeMatches(rule, node, reader);
    },
  },
) {}

/** What is in a match, whatever its protocol. */
function contentOf(match: ProtocolMatch): readonly [Protocol, ReadonlyMap<string, unknown>] | undefined {
  for (const name of protocolNames) {
    const values = match[name];
    if (values !== undefined) return [name, new Map<string, unknown>(Object.entries(values))];
  }
  return undefined;
}

function isOperand(value: unknown): value is Operand {
  return typeof value === "string" || typeof value === "boolean" || (typeof value === "object" && value !== null);
}

/** The protocol of a rule; undefined for one that is about everything. */
export function protocolOf(rule: { readonly matches: readonly ProtocolMatch[] }): Protocol | undefined {
  const [first] = rule.matches;
  return first === undefined ? undefined : contentOf(first)?.[0];
}

/** All that a rule looks at. */
export function conditionsOf(rule: { readonly matches: readonly ProtocolMatch[] }): Conditions {
  const protocol = protocolOf(rule);
  if (protocol === undefined) return new Map();
  const found = new Map<string, Condition>();
  for (const match of rule.matches) {
    const [name, values] = contentOf(match) ?? [];
    // Of other protocols libvirt takes no notice.
    if (name !== protocol || values === undefined) continue;
    const negated = values.get("match") === "no";
    for (const [key, operand] of values) {
      if (key !== "match" && key !== "unknown" && isOperand(operand)) found.set(key, { operand, negated });
    }
  }
  const declared = Object.keys(protocols[protocol].fields);
  return new Map([...found].sort(([a], [b]) => declared.indexOf(a) - declared.indexOf(b)));
}

/** The variables of a rule, each once, in the order in which they stand there. */
export function variablesOf(conditions: Conditions): readonly Variable[] {
  const found: Variable[] = [];
  for (const { operand } of conditions.values()) {
    if (!isVariable(operand)) continue;
    const { variable, index, iterator } = operand;
    const known = found.some((v) => v.variable === variable && v.index === index && v.iterator === iterator);
    if (!known) found.push(operand);
  }
  return found;
}

/** Conditions that are negated as another one is: a mask with its address, the end of a range with its start. */
const followers: readonly (readonly [follower: string, leader: string])[] = [
  ["srcmacmask", "srcmacaddr"],
  ["dstmacmask", "dstmacaddr"],
  ["srcipmask", "srcipaddr"],
  ["dstipmask", "dstipaddr"],
  ["srcipto", "srcipfrom"],
  ["dstipto", "dstipfrom"],
  ["root-priority-hi", "root-priority"],
  ["root-address-mask", "root-address"],
  ["root-cost-hi", "root-cost"],
  ["sender-priority-hi", "sender-priority"],
  ["sender-address-mask", "sender-address"],
  ["port-hi", "port"],
  ["age-hi", "age"],
  ["max-age-hi", "max-age"],
  ["hello-time-hi", "hello-time"],
  ["forward-delay-hi", "forward-delay"],
];

/** All ports of a rule are negated as its first source port is; ICMP's codes as its type. */
const routedFollowers: typeof followers = [
  ["srcportend", "srcportstart"],
  ["dstportstart", "srcportstart"],
  ["dstportend", "srcportstart"],
];
const icmpFollowers: typeof followers = [
  ["typeend", "type"],
  ["code", "type"],
  ["codeend", "type"],
];

/** The protocols whose ethernet header libvirt does not look at here. */
const ownSigns: ReadonlySet<Protocol> = new Set(["arp", "rarp"]);

function followersOf(protocol: Protocol): typeof followers {
  if (ownSigns.has(protocol)) return [];
  if (protocol === "mac" || protocol === "vlan" || protocol === "stp") return followers;
  const addresses = followers.filter(([follower]) => !follower.includes("mac"));
  if (protocol === "ip") return addresses;
  if (protocol === "ipv6" || protocol === "icmp" || protocol === "icmpv6") return [...addresses, ...icmpFollowers];
  return [...addresses, ...routedFollowers];
}

function mergeMatches(rule: FilterRule, node: XmlElement, reader: Reader): void {
  const protocol = protocolOf(rule);
  if (protocol === undefined) return;
  const conditions = new Map(conditionsOf(rule));
  checkPorts(protocol, conditions, node, reader);
  const before = new Map(conditions);
  for (const [follower, leader] of followersOf(protocol)) {
    const condition = conditions.get(follower);
    if (condition === undefined) continue;
    conditions.set(follower, { ...condition, negated: before.get(leader)?.negated ?? false });
  }
  completeIpset(protocol, conditions);
  const unknown = rule.matches.map((match) => contentOf(match)?.[1].get("unknown")).find((kept) => kept !== undefined);
  rule.matches = splitBySign(protocol, conditions, unknown);
}

/** Ports exist in some protocols only. */
function checkPorts(protocol: Protocol, conditions: Conditions, node: XmlElement, reader: Reader): void {
  if (protocol !== "ip" && protocol !== "ipv6") return;
  const ports = ["srcportstart", "srcportend", "dstportstart", "dstportend"];
  if (!ports.some((port) => conditions.has(port))) return;
  const number = conditions.get("protocol")?.operand;
  if (typeof number === "object" && !isVariable(number) && [6, 17, 33, 132].includes(number.number)) return;
  const name = protocol === "ip" ? "IP" : "IPv6";
  reader.report(
    node,
    `${name} rule with port specification requires protocol specification with protocol to be either one of tcp(6), udp(17), dccp(33), or sctp(132)`,
    { code: ErrorCode.internalError },
  );
}

/** A set alone is asked for the source; flags alone ask nothing. Rules for all protocols are left as they are. */
function completeIpset(protocol: Protocol, conditions: Map<string, Condition>): void {
  if (layerOf(protocol) === "ethernet" || protocol === "all" || protocol === "all-ipv6") return;
  const set = conditions.get("ipset");
  if (set === undefined) conditions.delete("ipsetflags");
  else if (!conditions.has("ipsetflags")) conditions.set("ipsetflags", { operand: "src", negated: set.negated });
}

/** Elements that hold the conditions in their order, each with those of one sign. */
function splitBySign(protocol: Protocol, conditions: Conditions, unknown: unknown): ProtocolMatch[] {
  const parts: Record<string, unknown>[] = [];
  for (const [key, { operand, negated }] of conditions) {
    const last = parts.at(-1);
    if (last !== undefined && (last.match === "no") === negated) last[key] = operand;
    else parts.push({ ...(negated && { match: "no" }), [key]: operand });
  }
  if (parts.length === 0) parts.push({});
  const [first] = parts;
  if (first !== undefined && isUnknownContent(unknown)) first.unknown = unknown;
  return parts.map((part) => matchOf(protocol, part));
}

function isUnknownContent(value: unknown): value is UnknownContent {
  return typeof value === "object" && value !== null;
}

function matchOf(protocol: Protocol, values: object): ProtocolMatch {
  const match: ProtocolMatch = {};
  match[protocol] = values;
  return match;
}
