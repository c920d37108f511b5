import { ErrorCode, virtError } from "@tsvirt/base";
import { type Filter, type Variables, variablesFrom } from "../filter.ts";
import { formatVariable, type Variable } from "../operand.ts";
import { layerOf, type Protocol } from "../protocols.ts";
import { type Conditions, conditionsOf, type FilterRule, protocolOf, variablesOf } from "../rule.ts";
import { chains } from "./chains.ts";
import { combinations } from "./combinations.ts";
import type { FilterCommand } from "./command.ts";
import { ebtablesMatch } from "./ebtables.ts";
import { iptablesRules } from "./iptables.ts";
import { RuleText } from "./rule-text.ts";

/** What a filter is made for. */
export interface FilterTarget {
  /** The interface on the host. */
  readonly interface: string;
  readonly variables: Variables;
  /** The filter of a name that another one takes in. */
  find(name: string): Filter | undefined;
}

/** Commands of one filter: lists of variables multiply. */
const MAX_RULES = 100_000;
/** Filters that take in each other in a row. */
const MAX_DEPTH = 100;

/** A rule with all that is known of where it came from. */
interface Instance {
  readonly rule: FilterRule;
  readonly protocol: Protocol | undefined;
  readonly conditions: Conditions;
  readonly chain: string;
  readonly chainPriority: number;
  priority: number;
  readonly variables: Variables;
}

/**
 * The commands that put a filter in force on an interface, in chains of temporary names that take the place of older ones
 * afterwards (`ebiptablesApplyNewRules` of libvirt). Throws a `VirtError` when a variable has no value or a filter is
 * missing.
 */
export function filterCommands(filter: Filter, target: FilterTarget): readonly FilterCommand[] {
  checkInterface(target.interface);
  const instances = collect(filter, target);
  checkVariables(instances);
  instances.sort(byChainAndPriority);
  // A chain must be there before its rules are.
  for (const instance of instances) {
    if (instance.chain !== "root") instance.priority = Math.max(instance.priority, instance.chainPriority);
  }
  const interfaceChains = chains(target.interface);
  const bridge = instances.filter(({ protocol }) => layerOf(protocol) === "ethernet");
  const commands: FilterCommand[] = [...interfaceChains.cleanUp, ...bridgeCommands(bridge, target.interface)];
  for (const layer of ["ipv4", "ipv6"] as const) {
    const rules = instances.filter(({ protocol }) => layerOf(protocol) === layer);
    if (rules.length === 0) continue;
    const program = layer === "ipv4" ? "iptables" : "ip6tables";
    commands.push(...interfaceChains.open(program), ...routedCommands(rules, program, target.interface));
    checkCount(commands.length);
  }
  for (const inwards of [true, false]) {
    if (bridge.some(({ rule }) => goes(rule, inwards))) commands.push(interfaceChains.link(inwards));
  }
  return commands;
}

function checkInterface(name: string): void {
  if (!/^[^\s/-][^\s/]{0,14}$/.test(name))
    throw virtError(ErrorCode.invalidArg, `'${name}' is no name of an interface`);
}

function checkCount(count: number): void {
  if (count > MAX_RULES) throw virtError(ErrorCode.operationFailed, `filter has more than ${MAX_RULES} rules`);
}

/** All rules, those of other filters in the place of their references. Outer values of variables win over inner ones. */
function collect(filter: Filter, target: FilterTarget): Instance[] {
  const found: Instance[] = [];
  const walk = ({ chain, priority = 0, entries }: Filter, variables: Variables, within: readonly string[]): void => {
    for (const entry of entries) {
      if ("rule" in entry) {
        const { rule } = entry;
        const about = { protocol: protocolOf(rule), conditions: conditionsOf(rule) };
        found.push({ rule, ...about, chain, chainPriority: priority, priority: rule.priority, variables });
        checkCount(found.length);
        continue;
      }
      const { filter: name, parameters } = entry.filterref;
      const other = target.find(name);
      if (other === undefined) throw virtError(ErrorCode.internalError, `referenced filter '${name}' is missing`);
      if (within.includes(name) || within.length > MAX_DEPTH) {
        throw virtError(ErrorCode.operationFailed, "filter would introduce a loop");
      }
      walk(other, new Map([...variablesFrom(parameters), ...variables]), [...within, name]);
    }
  };
  walk(filter, target.variables, [filter.name]);
  return found;
}

function checkVariables(instances: readonly Instance[]): void {
  const missing = new Set<string>();
  for (const { conditions, variables } of instances) {
    for (const variable of variablesOf(conditions)) {
      if (!isAvailable(variable, variables)) missing.add(formatVariable(variable));
    }
  }
  if (missing.size === 0) return;
  const text = "Cannot instantiate filter due to unresolvable variables or unavailable list elements";
  throw virtError(ErrorCode.internalError, `${text}: ${[...missing].join(", ")}`);
}

function isAvailable({ variable, index = 0 }: Variable, variables: Variables): boolean {
  return variables.get(variable)?.[index] !== undefined;
}

/** The root chain first, as the others hang from it. */
function byChainAndPriority(a: Instance, b: Instance): number {
  const [rootA, rootB] = [a.chain === "root", b.chain === "root"];
  if (rootA !== rootB) return rootA ? -1 : 1;
  return a.priority - b.priority;
}

/** Whether a rule is about what comes in from the guest, or about what goes to it. */
function goes({ direction }: Pick<FilterRule, "direction">, inwards: boolean): boolean {
  return direction === "inout" || direction === (inwards ? "out" : "in");
}

interface SubChain {
  readonly name: string;
  readonly priority: number;
  readonly inwards: boolean;
}

/** Rules of the bridge, and each chain before the first rule that comes after it. */
function bridgeCommands(instances: readonly Instance[], name: string): readonly FilterCommand[] {
  const interfaceChains = chains(name);
  const commands: FilterCommand[] = [];
  const subChains: SubChain[] = [];
  for (const inwards of [true, false]) {
    const used = new Map<string, number>();
    for (const { rule, chain, chainPriority } of instances) if (goes(rule, inwards)) used.set(chain, chainPriority);
    if (used.size > 0) commands.push(interfaceChains.createRoot(inwards));
    used.delete("root");
    for (const [chain, priority] of used) subChains.push({ name: chain, priority, inwards });
  }
  subChains.sort((a, b) => a.priority - b.priority);
  for (const instance of instances) {
    while (subChains[0] !== undefined && subChains[0].priority <= instance.priority) createFirst();
    commands.push(...bridgeRules(instance, name));
    checkCount(commands.length);
  }
  while (subChains.length > 0) createFirst();
  return commands;

  function createFirst(): void {
    const next = subChains.shift();
    if (next !== undefined) commands.push(...interfaceChains.createSub(next.inwards, next.name));
  }
}

function bridgeRules({ rule, protocol, conditions, chain, variables }: Instance, name: string): FilterCommand[] {
  const commands: FilterCommand[] = [];
  // The bridge cannot answer.
  const target = rule.action === "reject" ? "DROP" : rule.action.toUpperCase();
  for (const lookup of combinations(variablesOf(conditions), variables)) {
    const text = new RuleText(conditions, lookup);
    for (const inwards of [true, false]) {
      if (!goes(rule, inwards)) continue;
      const match = ebtablesMatch(protocol, text, inwards && rule.direction === "inout");
      const args = ["-A", chains(name).bridgeChain(inwards, chain), ...match, "-j", target];
      commands.push({ program: "ebtables", args: ["--concurrent", "-t", "nat", ...args] });
      checkCount(commands.length);
    }
  }
  return commands;
}

function routedCommands(
  instances: readonly Instance[],
  program: "iptables" | "ip6tables",
  name: string,
): readonly FilterCommand[] {
  const commands: FilterCommand[] = [];
  for (const { rule, protocol, conditions, variables } of instances) {
    if (protocol === undefined) continue;
    for (const lookup of combinations(variablesOf(conditions), variables)) {
      for (const { chain, args } of iptablesRules(rule, protocol, new RuleText(conditions, lookup))) {
        commands.push({ program, args: ["-w", "-A", `${chain}-${name}`, ...args] });
      }
      checkCount(commands.length);
    }
  }
  return commands;
}
