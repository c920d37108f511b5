import type { BandwidthLimits, TrafficLimit } from "./host-network.ts";

// Traffic shaping as libvirt sets it up: an HTB queue for what goes out of the interface, a policer for what comes in
// (tc-htb(8), tc-police in tc-filter(8)). Rates are kilobytes a second, bursts kilobytes.

/** The commands that take all shaping off an interface; each may fail when there is none. */
export function clearCommands(name: string): readonly (readonly string[])[] {
  return [
    ["tc", "qdisc", "del", "dev", name, "root"],
    ["tc", "qdisc", "del", "dev", name, "ingress"],
  ];
}

/**
 * The commands that limit an interface. `inbound` is what goes to the guests, which the host sends out of its side;
 * `shared` makes room for a class a port below the interface's own (a network's bridge).
 */
export function limitCommands(
  name: string,
  { inbound, outbound }: BandwidthLimits,
  shared: boolean,
): readonly (readonly string[])[] {
  return [
    ...(inbound?.average ? shape(name, inbound, shared) : []),
    ...(outbound?.average ? police(name, outbound) : []),
  ];
}

function shape(name: string, limit: TrafficLimit, shared: boolean): readonly (readonly string[])[] {
  const average = `${limit.average}kbps`;
  const peak = limit.peak ? ["ceil", `${limit.peak}kbps`] : [];
  const burst = limit.burst ? ["burst", `${limit.burst}kb`] : [];
  const own = shared ? "1:2" : "1:1";
  return [
    ["tc", "qdisc", "add", "dev", name, "root", "handle", "1:", "htb", "default", shared ? "2" : "1"],
    ...(shared
      ? [["tc", "class", "add", "dev", name, "parent", "1:", "classid", "1:1", "htb", "rate", average, ...peak]]
      : []),
    [
      ...["tc", "class", "add", "dev", name, "parent", shared ? "1:1" : "1:", "classid", own, "htb", "rate", average],
      ...peak,
      ...burst,
    ],
    ["tc", "qdisc", "add", "dev", name, "parent", own, "handle", "2:", "sfq", "perturb", "10"],
    [
      "tc",
      "filter",
      "add",
      "dev",
      name,
      "parent",
      "1:0",
      "protocol",
      "all",
      "prio",
      "1",
      "handle",
      "1",
      "fw",
      "flowid",
      "1",
    ],
  ];
}

function police(name: string, { average, burst }: TrafficLimit): readonly (readonly string[])[] {
  const limit = ["rate", `${average}kbps`, "burst", `${burst || average}kb`, "mtu", "64kb", "drop"];
  return [
    ["tc", "qdisc", "add", "dev", name, "ingress"],
    [
      ...["tc", "filter", "add", "dev", name, "parent", "ffff:", "protocol", "all"],
      ...["u32", "match", "u32", "0", "0", "police", ...limit, "flowid", ":1"],
    ],
  ];
}
