import type { Processes } from "../processes/processes.ts";
import type { Firewall, FirewallRule } from "./host-network.ts";

type Family = FirewallRule["family"];
type Table = FirewallRule["table"];

/** libvirt's chains and the built-in chains that jump to them. */
const chains: readonly { readonly table: Table; readonly chain: string; readonly from: string }[] = [
  { table: "filter", chain: "LIBVIRT_INP", from: "INPUT" },
  { table: "filter", chain: "LIBVIRT_OUT", from: "OUTPUT" },
  { table: "filter", chain: "LIBVIRT_FWO", from: "FORWARD" },
  { table: "filter", chain: "LIBVIRT_FWI", from: "FORWARD" },
  { table: "filter", chain: "LIBVIRT_FWX", from: "FORWARD" },
  { table: "nat", chain: "LIBVIRT_PRT", from: "POSTROUTING" },
  { table: "mangle", chain: "LIBVIRT_PRT", from: "POSTROUTING" },
];

const programs: Readonly<Record<Family, string>> = { ipv4: "iptables", ipv6: "ip6tables" };

/**
 * The packet filter through `iptables-save` and `iptables-restore`: two programs for any number of rules, and a batch
 * is applied wholly or not at all. Rules are written in the form in which `iptables-save` prints them, so that what is
 * there already is recognised by its text.
 */
export class IptablesFirewall implements Firewall {
  readonly #processes: Processes;
  /** One change at a time: each reads the rules and then writes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async setUp(): Promise<void> {
    await this.#inTurn(async () => {
      for (const family of ["ipv4", "ipv6"] as const) await this.#setUp(family);
    });
  }

  async add(rules: readonly FirewallRule[]): Promise<void> {
    await this.#inTurn(() =>
      this.#change(rules, (present, rule) => {
        const text = `${rule.chain} ${savedRule(rule).join(" ")}`;
        return present.has(`-A ${text}`) ? undefined : `-I ${text}`;
      }),
    );
  }

  async remove(rules: readonly FirewallRule[]): Promise<void> {
    await this.#inTurn(() =>
      this.#change(rules, (present, rule) => {
        const text = `${rule.chain} ${savedRule(rule).join(" ")}`;
        return present.has(`-A ${text}`) ? `-D ${text}` : undefined;
      }),
    );
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work, work);
    this.#last = mine;
    await mine;
  }

  async #setUp(family: Family): Promise<void> {
    const present = await this.#present(family);
    const lines = new Map<Table, string[]>();
    for (const { table, chain, from } of chains) {
      const there = present.get(table) ?? new Set();
      const add = (line: string): void => void lines.set(table, [...(lines.get(table) ?? []), line]);
      if (![...there].some((line) => line.startsWith(`:${chain} `))) add(`:${chain} - [0:0]`);
      // libvirt puts each jump first, so that the last one made is the first one taken.
      if (!there.has(`-A ${from} -j ${chain}`)) add(`-I ${from} -j ${chain}`);
    }
    await this.#restore(family, lines);
  }

  async #change(
    rules: readonly FirewallRule[],
    lineFor: (present: ReadonlySet<string>, rule: FirewallRule) => string | undefined,
  ): Promise<void> {
    for (const family of ["ipv4", "ipv6"] as const) {
      const own = rules.filter((each) => each.family === family);
      if (own.length === 0) continue;
      const present = await this.#present(family);
      const lines = new Map<Table, string[]>();
      for (const each of own) {
        const line = lineFor(present.get(each.table) ?? new Set(), each);
        if (line !== undefined) lines.set(each.table, [...(lines.get(each.table) ?? []), line]);
      }
      await this.#restore(family, lines);
    }
  }

  /** The lines of `iptables-save`, by table. */
  async #present(family: Family): Promise<ReadonlyMap<Table, ReadonlySet<string>>> {
    const { stdout } = await this.#processes.check({ argv: [`${programs[family]}-save`], maxOutput: 16 * 1024 * 1024 });
    const tables = new Map<Table, Set<string>>();
    let current = new Set<string>();
    for (const line of stdout.split("\n")) {
      if (line.startsWith("*")) {
        current = new Set();
        tables.set(line.slice(1).trim() as Table, current);
      } else if (line !== "" && !line.startsWith("#")) {
        current.add(line.trimEnd());
      }
    }
    return tables;
  }

  async #restore(family: Family, lines: ReadonlyMap<Table, readonly string[]>): Promise<void> {
    if (lines.size === 0) return;
    const input = [...lines].map(([table, each]) => `*${table}\n${each.join("\n")}\nCOMMIT\n`).join("");
    await this.#processes.check({ argv: [`${programs[family]}-restore`, "--noflush", "--wait"], input });
  }
}

/** The matches and target of the rule in the form in which `iptables-save` prints them, so that texts can be compared. */
export function savedRule(rule: FirewallRule): readonly string[] {
  const { protocol, destinationPort } = rule;
  return [
    ...(rule.source === undefined ? [] : ["-s", rule.source]),
    ...(rule.destination === undefined ? [] : ["-d", rule.destination]),
    ...(rule.notDestination === undefined ? [] : ["!", "-d", rule.notDestination]),
    ...(rule.in === undefined ? [] : ["-i", rule.in]),
    ...(rule.out === undefined ? [] : ["-o", rule.out]),
    ...(protocol === undefined ? [] : ["-p", protocol]),
    ...(protocol === undefined || destinationPort === undefined
      ? []
      : ["-m", protocol, "--dport", String(destinationPort)]),
    ...(rule.established ? ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"] : []),
    "-j",
    rule.jump,
    ...(rule.jump === "REJECT"
      ? ["--reject-with", rule.family === "ipv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable"]
      : []),
    ...(rule.jump === "CHECKSUM" ? ["--checksum-fill"] : []),
    ...(rule.toPorts === undefined ? [] : ["--to-ports", rule.toPorts]),
    ...(rule.toSource === undefined ? [] : ["--to-source", rule.toSource]),
  ];
}
