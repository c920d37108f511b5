import { ErrorCode, virtError } from "@tsvirt/base";
import type { Protocol } from "../protocols.ts";
import type { FilterRule } from "../rule.ts";
import type { RuleText } from "./rule-text.ts";

// Rules of the IP layers: what `iptables` and `ip6tables` are told (iptables-extensions(8)). Their `!` stands before the
// option. Of every rule there are up to three: for what leaves the guest (FJ), for what reaches it (FP), and for what goes
// to the host itself (HJ).

/** A rule of one of an interface's chains. */
export interface ChainRule {
  readonly chain: "FJ" | "FP" | "HJ";
  readonly args: readonly string[];
}

/** How one of a rule's three copies comes out. */
interface Copy {
  readonly chain: ChainRule["chain"];
  /** Packets that go to the guest: source and destination are swapped. */
  readonly inwards: boolean;
  /** States that the connection must have. */
  readonly states: string | undefined;
  /** The states are libvirt's own choice, not the rule's. */
  readonly implied: boolean;
  readonly accept: "RETURN" | "ACCEPT";
  /** A rule for one type of ICMP has no copy here. */
  readonly skipsIcmp: boolean;
}

/** The rules for a rule of a filter in one combination of its variables' values. */
export function iptablesRules(
  { action, direction, statematch }: Pick<FilterRule, "action" | "direction" | "statematch">,
  protocol: Protocol,
  rule: RuleText,
): readonly ChainRule[] {
  const tracked = statematch === undefined;
  const stated = rule.given("state");
  const states = typeof stated === "string" && stated !== "" ? stated : undefined;
  const copies = tracked && states !== undefined ? statedCopies(direction, states) : copiesOf(direction, tracked);
  return copies.flatMap((copy) => {
    const args = matchOf(protocol, rule, copy, { action, direction });
    return args === undefined ? [] : [{ chain: copy.chain, args }];
  });
}

/** Copies of a rule that leaves connections to libvirt: who began decides where. */
function copiesOf(direction: FilterRule["direction"], tracked: boolean): readonly Copy[] {
  const inwards = direction !== "out";
  const both = direction === "inout";
  const follows = tracked && !both;
  const [begin, answer] = ["NEW,ESTABLISHED", "ESTABLISHED"];
  const own = follows ? (inwards ? answer : begin) : undefined;
  const other = follows ? (inwards ? begin : answer) : undefined;
  return [
    { chain: "FJ", inwards, states: own, implied: true, accept: "RETURN", skipsIcmp: inwards },
    { chain: "FP", inwards: !inwards, states: other, implied: true, accept: "ACCEPT", skipsIcmp: !inwards || both },
    { chain: "HJ", inwards, states: own, implied: true, accept: "RETURN", skipsIcmp: inwards },
  ];
}

/** Copies of a rule that says itself which states count: only where its direction goes. */
function statedCopies(direction: FilterRule["direction"], given: string): readonly Copy[] {
  const inwards = direction !== "out";
  const both = direction === "inout";
  const states = given === "NONE" ? undefined : given;
  const copies: Copy[] = [];
  const common = { states, implied: false } as const;
  if (!inwards || both) copies.push({ ...common, chain: "FJ", inwards, accept: "RETURN", skipsIcmp: inwards });
  if (inwards) copies.push({ ...common, chain: "FP", inwards: !inwards, accept: "ACCEPT", skipsIcmp: both });
  if (!inwards || both) copies.push({ ...common, chain: "HJ", inwards, accept: "RETURN", skipsIcmp: inwards });
  return copies;
}

/** Arguments without the chain; undefined where the rule has no copy. */
function matchOf(
  protocol: Protocol,
  rule: RuleText,
  copy: Copy,
  { action, direction }: Pick<FilterRule, "action" | "direction">,
): readonly string[] | undefined {
  const name = protocol.replace(/-ipv6$/, "");
  const icmp = name === "icmp" || name === "icmpv6";
  const typed = icmp && rule.has("type");
  if (typed && copy.skipsIcmp) return undefined;
  // The number of connections is looked at where they begin.
  const limited = rule.has("connlimit-above");
  if (limited && copy.inwards) return undefined;
  const own = [
    ...sourceMac(rule, copy.inwards),
    ...internet(rule, copy.inwards),
    ...(name === "tcp" ? flags(rule) : []),
    ...ports(rule, copy.inwards),
    ...(name === "tcp" ? option(rule, "--tcp-option", "option") : []),
    ...(icmp ? option(rule, `--${name}-type`, "type", rule.pair("type", "code", "/")) : []),
  ];
  // Without the address that it is about, the rule would be about all packets.
  if (rule.has("srcmacaddr") && copy.inwards && own.length === 0) return undefined;
  const accepts = action === "accept";
  const states = (accepts ? limited : copy.implied) ? undefined : copy.states;
  return [
    "-p",
    name,
    ...own,
    ...(states === undefined ? [] : ["-m", "conntrack", "--ctstate", states]),
    ...(states !== undefined && copy.implied && !typed && direction !== "inout"
      ? ["-m", "conntrack", "--ctdir", copy.inwards ? "Reply" : "Original"]
      : []),
    ...ipset(rule, copy.inwards),
    ...(limited ? ["-m", "connlimit", ...option(rule, "--connlimit-above", "connlimit-above")] : []),
    ...note(rule),
    "-j",
    accepts ? copy.accept : action.toUpperCase(),
  ];
}

function option(rule: RuleText, flag: string, name: string, value = rule.word(name)): readonly string[] {
  return value === undefined ? [] : [...rule.not(name), flag, value];
}

function module(name: string, options: readonly string[]): readonly string[] {
  return options.length === 0 ? [] : ["-m", name, ...options];
}

/** Only what the guest sends has an address of its own. */
function sourceMac(rule: RuleText, inwards: boolean): readonly string[] {
  return inwards ? [] : module("mac", option(rule, "--mac-source", "srcmacaddr"));
}

function internet(rule: RuleText, inwards: boolean): readonly string[] {
  const [source, destination] = inwards ? ["destination", "source"] : ["source", "destination"];
  const [sourceRange, destinationRange] = inwards ? ["--dst-range", "--src-range"] : ["--src-range", "--dst-range"];
  const side = (prefix: "src" | "dst", flag: string, range: string): readonly string[] =>
    rule.has(`${prefix}ipaddr`)
      ? option(rule, flag, `${prefix}ipaddr`, rule.pair(`${prefix}ipaddr`, `${prefix}ipmask`, "/"))
      : module("iprange", option(rule, range, `${prefix}ipfrom`, rule.pair(`${prefix}ipfrom`, `${prefix}ipto`, "-")));
  return [
    ...side("src", `--${source}`, sourceRange),
    ...side("dst", `--${destination}`, destinationRange),
    ...module("dscp", option(rule, "--dscp", "dscp")),
  ];
}

function flags(rule: RuleText): readonly string[] {
  if (!rule.has("flags")) return [];
  const given = rule.given("flags");
  if (typeof given !== "string") {
    throw virtError(ErrorCode.configUnsupported, "a variable cannot stand for flags of TCP");
  }
  return [...rule.not("flags"), "--tcp-flags", ...given.split("/")];
}

function ports(rule: RuleText, inwards: boolean): readonly string[] {
  const [source, destination] = inwards ? ["--dport", "--sport"] : ["--sport", "--dport"];
  return [
    ...option(rule, source, "srcportstart", rule.pair("srcportstart", "srcportend", ":")),
    ...option(rule, destination, "dstportstart", rule.pair("dstportstart", "dstportend", ":")),
  ];
}

function ipset(rule: RuleText, inwards: boolean): readonly string[] {
  const set = rule.word("ipset");
  const sides = rule.word("ipsetflags");
  if (set === undefined || sides === undefined) return [];
  const swap = inwards && rule.given("ipsetflags") !== undefined;
  const flagsOf = swap ? sides.replace(/src|dst/g, (side) => (side === "src" ? "dst" : "src")) : sides;
  return ["-m", "set", "--match-set", set, flagsOf];
}

/** Behind everything else, as it takes time and decides nothing. */
function note(rule: RuleText): readonly string[] {
  const text = rule.word("comment");
  return text === undefined ? [] : ["-m", "comment", "--comment", text];
}
