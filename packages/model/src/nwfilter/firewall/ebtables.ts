import { ErrorCode, virtError } from "@tsvirt/base";
import type { Protocol } from "../protocols.ts";
import type { RuleText } from "./rule-text.ts";

// Rules of the bridge: what `ebtables` is told (ebtables(8)). Its `!` stands behind the option.

/** The address that bridges talk to each other with. */
export const BRIDGE_GROUP_ADDRESS = "01:80:c2:00:00:00";

/** What a rule looks at as arguments of ebtables; `reverse` swaps source and destination. */
export function ebtablesMatch(protocol: Protocol | undefined, rule: RuleText, reverse: boolean): readonly string[] {
  switch (protocol) {
    case undefined:
      return [];
    case "mac":
      return [...header(rule, reverse), ...option(rule, "-p", "protocolid", rule.word("protocolid", true))];
    case "vlan":
      return [
        ...header(rule, reverse),
        "-p",
        "0x8100",
        ...option(rule, "--vlan-id", "vlanid"),
        ...option(rule, "--vlan-encap", "encap-protocol"),
      ];
    case "stp":
      return spanningTree(rule, reverse);
    case "arp":
    case "rarp":
      return addressResolution(protocol, rule, reverse);
    case "ip":
      return [...header(rule, reverse), "-p", "ipv4", ...internet("ip", rule, reverse), ...service(rule)];
    case "ipv6":
      return [...header(rule, reverse), "-p", "ipv6", ...internet("ip6", rule, reverse), ...icmpv6(rule)];
    default:
      throw virtError(ErrorCode.internalError, `Unexpected rule protocol ${protocol}`);
  }
}

/** An option about the value of `name`, if there is one. */
function option(rule: RuleText, flag: string, name: string, value = rule.word(name)): readonly string[] {
  return value === undefined ? [] : [flag, ...rule.not(name), value];
}

function header(rule: RuleText, reverse: boolean): readonly string[] {
  const [source, destination] = reverse ? ["-d", "-s"] : ["-s", "-d"];
  return [
    ...option(rule, source, "srcmacaddr", rule.pair("srcmacaddr", "srcmacmask", "/")),
    ...option(rule, destination, "dstmacaddr", rule.pair("dstmacaddr", "dstmacmask", "/")),
  ];
}

const spanningTreeOptions: readonly (readonly [flag: string, name: string, other?: string, separator?: string])[] = [
  ["--stp-type", "type"],
  ["--stp-flags", "flags"],
  ["--stp-root-pri", "root-priority", "root-priority-hi"],
  ["--stp-root-addr", "root-address", "root-address-mask", "/"],
  ["--stp-root-cost", "root-cost", "root-cost-hi"],
  ["--stp-sender-prio", "sender-priority", "sender-priority-hi"],
  ["--stp-sender-addr", "sender-address", "sender-address-mask", "/"],
  ["--stp-port", "port", "port-hi"],
  ["--stp-msg-age", "age", "age-hi"],
  ["--stp-max-age", "max-age", "max-age-hi"],
  ["--stp-hello-time", "hello-time", "hello-time-hi"],
  ["--stp-forward-delay", "forward-delay", "forward-delay-hi"],
];

function spanningTree(rule: RuleText, reverse: boolean): readonly string[] {
  // The destination is taken already.
  if (reverse && rule.has("srcmacaddr")) {
    const text = "STP filtering in inout direction with source MAC address set is not supported";
    throw virtError(ErrorCode.internalError, text);
  }
  return [
    ...header(rule, reverse),
    "-d",
    BRIDGE_GROUP_ADDRESS,
    ...spanningTreeOptions.flatMap(([flag, name, other, separator = ":"]) =>
      option(rule, flag, name, other === undefined ? rule.word(name) : rule.pair(name, other, separator)),
    ),
  ];
}

function addressResolution(protocol: "arp" | "rarp", rule: RuleText, reverse: boolean): readonly string[] {
  const [source, destination] = reverse ? (["dst", "src"] as const) : (["src", "dst"] as const);
  const address = (name: string, mask: string): string | undefined => {
    const value = rule.word(name);
    return value === undefined ? undefined : `${value}/${rule.word(mask) ?? "32"}`;
  };
  return [
    ...header(rule, reverse),
    "-p",
    protocol === "arp" ? "0x806" : "0x8035",
    ...option(rule, "--arp-htype", "hwtype"),
    ...option(rule, "--arp-opcode", "opcode"),
    ...option(rule, "--arp-ptype", "protocoltype", rule.word("protocoltype", true)),
    ...option(rule, `--arp-ip-${source}`, "arpsrcipaddr", address("arpsrcipaddr", "arpsrcipmask")),
    ...option(rule, `--arp-ip-${destination}`, "arpdstipaddr", address("arpdstipaddr", "arpdstipmask")),
    ...option(rule, `--arp-mac-${source}`, "arpsrcmacaddr"),
    ...option(rule, `--arp-mac-${destination}`, "arpdstmacaddr"),
    ...(rule.given("gratuitous") === true ? [...rule.not("gratuitous"), "--arp-gratuitous"] : []),
  ];
}

function internet(prefix: "ip" | "ip6", rule: RuleText, reverse: boolean): readonly string[] {
  const [source, destination] = reverse ? ["destination", "source"] : ["source", "destination"];
  const port = (side: "src" | "dst") => rule.pair(`${side}portstart`, `${side}portend`, ":");
  return [
    ...option(rule, `--${prefix}-${source}`, "srcipaddr", rule.pair("srcipaddr", "srcipmask", "/")),
    ...option(rule, `--${prefix}-${destination}`, "dstipaddr", rule.pair("dstipaddr", "dstipmask", "/")),
    ...option(rule, `--${prefix}-protocol`, "protocol"),
    ...option(rule, `--${prefix}-${source}-port`, "srcportstart", port("src")),
    ...option(rule, `--${prefix}-${destination}-port`, "dstportstart", port("dst")),
  ];
}

function service(rule: RuleText): readonly string[] {
  return option(rule, "--ip-tos", "dscp", rule.word("dscp", true));
}

/** Types and codes are ranges; what is open goes from 0 to 255. */
function icmpv6(rule: RuleText): readonly string[] {
  if (!["type", "typeend", "code", "codeend"].some((name) => rule.has(name))) return [];
  const range = (name: string): string => {
    const first = rule.word(name);
    return `${first ?? "0"}:${rule.word(`${name}end`) ?? first ?? "255"}`;
  };
  return ["--ip6-icmp-type", ...rule.not("type"), `${range("type")}/${range("code")}`];
}
