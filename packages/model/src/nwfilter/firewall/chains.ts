import type { FilterCommand } from "./command.ts";
import { BRIDGE_GROUP_ADDRESS } from "./ebtables.ts";

// The chains of an interface: J for what comes from the guest, P for what goes to it, as long as they are new. The rules in
// use are in chains whose names begin with I and O.

/** The types of frames by the beginning of a chain's name; the first that fits counts. */
const frames: readonly (readonly [prefix: string, match: readonly string[]])[] = [
  ["ipv4", ["-p", "0x0800"]],
  ["ipv6", ["-p", "0x86dd"]],
  ["arp", ["-p", "0x0806"]],
  ["rarp", ["-p", "0x8035"]],
  ["mac", []],
  ["vlan", ["-p", "0x8100"]],
  ["stp", ["-d", BRIDGE_GROUP_ADDRESS]],
];

/** Commands about the chains of one interface. */
export interface InterfaceChains {
  /** Takes away new chains of an attempt that failed. */
  readonly cleanUp: readonly FilterCommand[];
  /** Makes and links the new chains of one of the IP layers, and libvirt's own ones that they hang from. */
  open(program: "iptables" | "ip6tables"): readonly FilterCommand[];
  createRoot(inwards: boolean): FilterCommand;
  createSub(inwards: boolean, chain: string): readonly FilterCommand[];
  /** Sends the frames of the interface through its new root chain. */
  link(inwards: boolean): FilterCommand;
  /** The name of a filter's chain on the bridge. */
  bridgeChain(inwards: boolean, chain: string): string;
}

/** See {@link InterfaceChains}. */
export function chains(name: string): InterfaceChains {
  const root = (inwards: boolean): string => `libvirt-${inwards ? "J" : "P"}-${name}`;
  const sub = (inwards: boolean, chain: string): string => `${inwards ? "J" : "P"}-${name}-${chain}`;
  const nat = (...args: string[]): FilterCommand => ({
    program: "ebtables",
    args: ["--concurrent", "-t", "nat", ...args],
  });
  const removed = (...args: string[]): FilterCommand => ({ ...nat(...args), mayFail: true });
  const hook = (inwards: boolean): string[] => (inwards ? ["PREROUTING", "-i", name] : ["POSTROUTING", "-o", name]);
  const both = [true, false];
  return {
    cleanUp: [
      ...both.map((inwards) => removed("-D", ...hook(inwards), "-j", root(inwards))),
      ...both.map((inwards) => removed("-L", root(inwards))),
      ...both.flatMap((inwards) => [removed("-F", root(inwards)), removed("-X", root(inwards))]),
    ],
    open: (program) => openLayer(program, name),
    createRoot: (inwards) => nat("-N", root(inwards)),
    createSub(inwards, chain) {
      const own = sub(inwards, chain);
      const match = frames.find(([prefix]) => chain.startsWith(prefix))?.[1];
      if (match === undefined) return [];
      return [removed("-F", own), removed("-X", own), nat("-N", own), nat("-A", root(inwards), ...match, "-j", own)];
    },
    link: (inwards) => nat("-A", ...hook(inwards), "-j", root(inwards)),
    bridgeChain: (inwards, chain) => (chain === "root" ? root(inwards) : sub(inwards, chain)),
  };
}

/** Chains of libvirt's own, with the hooks and the places there that lead to them. */
const baseChains = [
  ["FORWARD", "1", "libvirt-in"],
  ["FORWARD", "2", "libvirt-out"],
  ["FORWARD", "3", "libvirt-in-post"],
  ["INPUT", "1", "libvirt-host-in"],
] as const;

function openLayer(program: "iptables" | "ip6tables", name: string): readonly FilterCommand[] {
  const run = (...args: string[]): FilterCommand => ({ program, args: ["-w", ...args] });
  const mayFail = (...args: string[]): FilterCommand => ({ ...run(...args), mayFail: true });
  const out = ["-m", "physdev", "--physdev-is-bridged", "--physdev-out", name];
  const links = [
    { base: "libvirt-out", match: out, chain: `FP-${name}` },
    { base: "libvirt-in", match: ["-m", "physdev", "--physdev-in", name], chain: `FJ-${name}` },
    { base: "libvirt-host-in", match: ["-m", "physdev", "--physdev-in", name], chain: `HJ-${name}` },
  ];
  const post = ["libvirt-in-post", "-m", "physdev", "--physdev-in", name, "-j", "ACCEPT"];
  return [
    ...links.flatMap(({ base, match, chain }) => [
      mayFail("-D", base, ...match, "-g", chain),
      // What older versions of libvirt may have left.
      ...(match === out ? [mayFail("-D", base, "-m", "physdev", "--physdev-out", name, "-g", chain)] : []),
    ]),
    ...links.flatMap(({ chain }) => [mayFail("-F", chain), mayFail("-X", chain)]),
    ...baseChains.map(([, , chain]) => mayFail("-N", chain)),
    ...baseChains.map(([hook, , chain]) => mayFail("-D", hook, "-j", chain)),
    ...baseChains.map(([hook, place, chain]) => run("-I", hook, place, "-j", chain)),
    ...links.map(({ chain }) => run("-N", chain)),
    ...links.map(({ base, match, chain }) => run("-A", base, ...match, "-g", chain)),
    mayFail("-D", ...post),
    run("-A", ...post),
  ];
}
