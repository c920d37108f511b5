import { mac as macScalar, parseInteger, type Scalar } from "@tsvirt/codec/xml";
import { formatIp, type IpBytes, parseIpLoosely, prefixOf } from "../common/ip-address.ts";
import { type Counted, formatVariable, isVariable, type Operand, parseVariable } from "./operand.ts";

/** What a value of one kind is read from and written to, apart from variables. */
interface Kind {
  readonly expects: string;
  readonly samples: readonly string[];
  parse(text: string): Exclude<Operand, { readonly variable: string }> | undefined;
  format?(value: Operand): string;
}

/** A scalar of one kind that a variable may stand for. */
function operand({ expects, samples, parse, format = plain }: Kind): Scalar<Operand> {
  const domain: Scalar<Operand>["domain"] = { kind: "text", samples: [...samples, "$A", "$A[1]", "$A[@2]"] };
  return {
    expects: `${expects} or a variable`,
    domain,
    parse: (text) => (text.startsWith("$") ? parseVariable(text.slice(1)) : parse(text)),
    format: (value) => (isVariable(value) ? `$${formatVariable(value)}` : format(value)),
  };
}

function plain(value: Operand): string {
  if (typeof value !== "object") return String(value);
  return isVariable(value) ? formatVariable(value) : counted(value);
}

function counted({ number, hex }: Counted): string {
  return hex ? `0x${number.toString(16)}` : String(number);
}

/** C's strtoul into 32 bits: what is negative counts from the top. */
function unsigned(text: string, base: 10 | 16): number | undefined {
  const value = base === 10 ? parseInteger(text) : hexadecimal(text);
  if (value === undefined || value > 0xffff_ffffn || value < -0xffff_ffffn) return undefined;
  return Number(value < 0n ? value + 0x1_0000_0000n : value);
}

function hexadecimal(text: string): bigint | undefined {
  const match = /^\s*([+-]?)(?:0[xX])?([0-9a-fA-F]{1,32})$/.exec(text);
  if (match === null) return undefined;
  const value = BigInt(`0x${match[2]}`);
  return match[1] === "-" ? -value : value;
}

/** Decimal first, then hexadecimal, with or without 0x. */
function parseCounted(text: string, max: number, decimalOnly = false): Counted | undefined {
  const decimal = unsigned(text, 10);
  if (decimal !== undefined && decimal <= max) return { number: decimal };
  const hex = decimalOnly ? undefined : unsigned(text, 16);
  return hex !== undefined && hex <= max ? { number: hex, hex: true } : undefined;
}

function numberOf(max: number, accepts: (number: number) => boolean = () => true): Scalar<Operand> {
  return operand({
    expects: `a number from 0 to ${max}`,
    samples: ["1", "0x2f"],
    parse(text) {
      const value = parseCounted(text, max);
      return value !== undefined && accepts(value.number) ? value : undefined;
    },
  });
}

/** Unsigned, 8 bits. */
export const byte = numberOf(0xff);
/** Unsigned, 16 bits. */
export const word = numberOf(0xffff);
/** Unsigned, 32 bits. */
export const long = numberOf(0xffff_ffff);
/** The six bits of a differentiated service. */
export const dscp = numberOf(0xff, (number) => number <= 63);
/** The number of a VLAN. */
export const vlanId = numberOf(0xffff, (number) => number <= 4095);
/** 16 bits, decimal only. */
export const decimalWord = operand({
  expects: "a number from 0 to 65535",
  samples: ["1"],
  parse: (text) => parseCounted(text, 0xffff, true),
});

/** A number that some names stand for; other numbers are written as they were, or in decimal only. */
function named(max: number, least: number, names: Readonly<Record<string, number>>, decimal = false): Scalar<Operand> {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name]));
  const byName = new Map(Object.entries(names).map(([name, number]) => [name.toLowerCase(), number]));
  return operand({
    expects: `a number from ${least} to ${max} or one of ${Object.keys(names).join(", ")}`,
    samples: [...Object.keys(names), String(max - 1)],
    parse(text) {
      const value = parseCounted(text, max);
      if (value !== undefined) return value.number >= least ? value : undefined;
      const number = byName.get(text.toLowerCase());
      return number === undefined ? undefined : { number };
    },
    format(value) {
      if (typeof value !== "object" || isVariable(value)) return plain(value);
      return byNumber.get(value.number) ?? (decimal ? String(value.number) : counted(value));
    },
  });
}

const etherTypes = { arp: 0x0806, rarp: 0x8035, ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 };
/** The type of an Ethernet frame. */
export const etherType = named(0xffff, 0x600, etherTypes);
/** The type of a frame inside of a VLAN's: lengths count too. */
export const encapsulatedType = named(0xffff, 0x3c, etherTypes);
/** What an ARP packet is for; see `ebtables -h arp` for the names. */
export const arpOpcode = named(
  0xffff,
  0,
  {
    Request: 1,
    Reply: 2,
    Request_Reverse: 3,
    Reply_Reverse: 4,
    DRARP_Request: 5,
    DRARP_Reply: 6,
    DRARP_Error: 7,
    InARP_Request: 8,
    ARP_NAK: 9,
  },
  true,
);
/** The protocol in an IP packet. */
export const ipProtocol = named(0xff, 0, {
  tcp: 6,
  udp: 17,
  udplite: 136,
  esp: 50,
  ah: 51,
  icmp: 1,
  igmp: 2,
  sctp: 132,
  icmpv6: 58,
});

function addressOf(family: 4 | 16): (text: string) => string | undefined {
  return (text) => {
    const bytes = addressBytes(text, family);
    return bytes === undefined ? undefined : formatIp(bytes);
  };
}

function addressBytes(text: string, family: 4 | 16): IpBytes | undefined {
  const bytes = parseIpLoosely(text);
  return bytes?.length === family ? bytes : undefined;
}

/** A mask as a number of bits or an address; written as a number. */
function maskOf(family: 4 | 16): (text: string) => Counted | undefined {
  return (text) => {
    const bits = unsigned(text, 10);
    if (bits !== undefined) return bits <= family * 8 ? { number: bits } : undefined;
    const bytes = addressBytes(text, family);
    const prefix = bytes === undefined ? undefined : prefixOf(bytes);
    return prefix === undefined ? undefined : { number: prefix };
  };
}

/** An IPv4 address. */
export const ipv4 = operand({ expects: "an IPv4 address", samples: ["10.1.2.3"], parse: addressOf(4) });
/** Which bits of an IPv4 address count. */
export const ipv4Mask = operand({ expects: "a mask", samples: ["24", "255.255.0.0"], parse: maskOf(4) });
/** An IPv6 address. */
export const ipv6 = operand({ expects: "an IPv6 address", samples: ["fd00::1"], parse: addressOf(16) });
/** Which bits of an IPv6 address count. */
export const ipv6Mask = operand({ expects: "a mask", samples: ["64", "ffff::"], parse: maskOf(16) });
/** A hardware address. */
export const mac = operand({ expects: "a MAC address", samples: ["52:54:00:0:1:2"], parse: macScalar.parse });
/** Which bits of a hardware address count: ones, then zeros. */
export const macMask = operand({
  expects: "a MAC mask",
  samples: ["ff:ff:ff:00:00:00"],
  parse(text) {
    const mask = macScalar.parse(text);
    const bytes = mask?.split(":").map((pair) => Number.parseInt(pair, 16));
    return bytes !== undefined && prefixOf(bytes) !== undefined ? mask : undefined;
  },
});

/** Reads words one after the other, whatever stands between them, as libvirt does; undefined for anything else. */
function wordsIn(text: string, words: readonly string[], separator: RegExp): string[] | undefined {
  const found: string[] = [];
  let rest = text.replace(separator, "");
  while (rest !== "") {
    const lower = rest.toLowerCase();
    const word = words.find((candidate) => lower.startsWith(candidate.toLowerCase()));
    if (word === undefined) return undefined;
    found.push(word);
    rest = rest.slice(word.length).replace(separator, "");
  }
  return found;
}

const separators = /^[\s,]+/;
const states = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "NONE"] as const;

/** States of a connection; NONE stands for no look at them and makes the others void. */
export const connectionState = operand({
  expects: `any of ${states.join(", ")}`,
  samples: ["NEW,ESTABLISHED", "none"],
  parse(text) {
    const found = wordsIn(text, states, separators);
    if (found === undefined) return undefined;
    return found.includes("NONE") ? "NONE" : states.filter((state) => found.includes(state)).join(",");
  },
});

const tcpBits = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"] as const;

function tcpSet(text: string): string | undefined {
  const found = wordsIn(text, [...tcpBits, "ALL", "NONE"], separators);
  if (found === undefined) return undefined;
  const bits = found.includes("ALL") ? tcpBits : tcpBits.filter((bit) => found.includes(bit));
  return bits.length === tcpBits.length ? "ALL" : bits.length === 0 ? "NONE" : bits.join(",");
}

/** Which flags of TCP to look at, and those of them that must be set: `SYN,ACK/SYN`. */
export const tcpFlags = operand({
  expects: "flags to look at and flags that are set, with a slash between",
  samples: ["SYN/ALL", "SYN,ACK,URG/NONE"],
  parse(text) {
    const slash = text.indexOf("/");
    if (slash === -1) return undefined;
    const mask = tcpSet(text.slice(0, slash));
    const flags = tcpSet(text.slice(slash + 1));
    return mask === undefined || flags === undefined ? undefined : `${mask}/${flags}`;
  },
});

/** Which set to look in (ipset(8)): at most 31 characters. */
export const ipsetName = operand({
  expects: "at most 31 letters, digits and _.:-+ and spaces",
  samples: ["myset"],
  parse: (text) => (/^[A-Za-z0-9_.:\-+ ]{0,31}$/.test(text) ? text : undefined),
});

/** Which parts of a packet are looked up in an ipset, one to six of `src` and `dst`. */
export const ipsetFlags = operand({
  expects: "one to six of src and dst",
  samples: ["src", "SRC,dst"],
  parse: (text) => (/^(?:src|dst)(?:,(?:src|dst)){0,5}$/i.test(text) ? text.toLowerCase() : undefined),
});

/** Bytes of a comment that are kept. */
const MAX_COMMENT = 256;

/** A note that goes with the rule. */
export const comment = operand({
  expects: "text",
  samples: ["a comment"],
  parse(text) {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= MAX_COMMENT) return text;
    // A character that is cut in two goes altogether.
    return new TextDecoder().decode(bytes.subarray(0, MAX_COMMENT), { stream: true });
  },
});

/** `true`, `1` and `yes` are true, all else is false. */
export const truth = operand({
  expects: "true or false",
  samples: ["true", "no"],
  parse: (text) => text === "true" || text === "1" || text === "yes",
});
