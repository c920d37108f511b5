import { createHash } from "node:crypto";
import type { Processes } from "../processes/processes.ts";
import type { Firewall, FirewallRule } from "./host-network.ts";

type Family = FirewallRule["family"];

const TABLE = "libvirt_network";
const families: Readonly<Record<Family, string>> = { ipv4: "ip", ipv6: "ip6" };

/** The hooks and the chains of ours that they jump to, in that order. */
const hooks = [
  { name: "input", type: "filter", hook: "input", priority: 0, to: ["LIBVIRT_INP"] },
  { name: "output", type: "filter", hook: "output", priority: 0, to: ["LIBVIRT_OUT"] },
  { name: "forward", type: "filter", hook: "forward", priority: 0, to: ["LIBVIRT_FWX", "LIBVIRT_FWI", "LIBVIRT_FWO"] },
  { name: "postrouting", type: "nat", hook: "postrouting", priority: 100, to: ["LIBVIRT_PRT"] },
] as const;

/** A rule in the kernel: where it is and by which number it is deleted. */
interface PresentRule {
  readonly chain: string;
  readonly handle: number;
}

/**
 * The packet filter through `nft`: a table of our own for each family. A rule carries a digest of itself as its comment,
 * by which it is found again. Rules that nftables cannot express (filling in checksums) are left out.
 */
export class NftFirewall implements Firewall {
  readonly #processes: Processes;
  /** One change at a time: each reads the rules and then writes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async setUp(): Promise<void> {
    await this.#inTurn(async () => {
      for (const family of ["ipv4", "ipv6"] as const)
        if (!(await this.#present(family))) await this.#apply(tableScript(family));
    });
  }

  async add(rules: readonly FirewallRule[]): Promise<void> {
    await this.#change(rules, (present, rule) => {
      const expression = nftRule(rule);
      if (expression === undefined || present.has(digest(rule))) return undefined;
      return `insert rule ${families[rule.family]} ${TABLE} ${rule.chain} ${expression} comment "${digest(rule)}"`;
    });
  }

  async remove(rules: readonly FirewallRule[]): Promise<void> {
    await this.#change(rules, (present, rule) => {
      const found = present.get(digest(rule));
      return found && `delete rule ${families[rule.family]} ${TABLE} ${found.chain} handle ${found.handle}`;
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work, work);
    this.#last = mine;
    await mine;
  }

  async #change(
    rules: readonly FirewallRule[],
    lineFor: (present: ReadonlyMap<string, PresentRule>, rule: FirewallRule) => string | undefined,
  ): Promise<void> {
    await this.#inTurn(async () => {
      for (const family of ["ipv4", "ipv6"] as const) {
        const own = rules.filter((rule) => rule.family === family);
        if (own.length === 0) continue;
        const present = (await this.#present(family)) ?? new Map<string, PresentRule>();
        const lines = own.flatMap((rule) => lineFor(present, rule) ?? []);
        if (lines.length > 0) await this.#apply(lines.join("\n"));
      }
    });
  }

  /** The rules of our table by their comments; `undefined` when there is no such table. */
  async #present(family: Family): Promise<ReadonlyMap<string, PresentRule> | undefined> {
    const argv = ["nft", "-j", "list", "table", families[family], TABLE] as const;
    const { code, stdout } = await this.#processes.run({ argv, maxOutput: 16 * 1024 * 1024 });
    return code === 0 ? parseTable(stdout) : undefined;
  }

  async #apply(script: string): Promise<void> {
    await this.#processes.check({ argv: ["nft", "-f", "-"], input: `${script}\n` });
  }
}

function tableScript(family: Family): string {
  const chains = hooks.flatMap(({ to }) => to).map((chain) => `  chain ${chain} { }`);
  const base = hooks.map(({ name, type, hook, priority, to }) => {
    const jumps = to.map((chain) => `    jump ${chain}`).join("\n");
    return `  chain ${name} {\n    type ${type} hook ${hook} priority ${priority}; policy accept;\n${jumps}\n  }`;
  });
  return `table ${families[family]} ${TABLE} {\n${[...chains, ...base].join("\n")}\n}`;
}

/** Reads `nft -j list table`. */
function parseTable(text: string): ReadonlyMap<string, PresentRule> {
  const found = new Map<string, PresentRule>();
  const { nftables } = JSON.parse(text) as { readonly nftables?: readonly unknown[] };
  for (const entry of nftables ?? []) {
    const { rule } = entry as { readonly rule?: Partial<PresentRule> & { readonly comment?: string } };
    if (rule?.comment === undefined || rule.chain === undefined || rule.handle === undefined) continue;
    found.set(rule.comment, { chain: rule.chain, handle: rule.handle });
  }
  return found;
}

function digest(rule: FirewallRule): string {
  const text = JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(text).digest("hex").slice(0, 24);
}

/** A rule in nft(8)'s words; `undefined` for what nftables has no word for. */
export function nftRule(rule: FirewallRule): string | undefined {
  if (rule.jump === "CHECKSUM" || rule.table === "mangle") return undefined;
  const ip = families[rule.family];
  const { protocol, destinationPort } = rule;
  const verdict = {
    ACCEPT: "accept",
    REJECT: "reject",
    RETURN: "return",
    MASQUERADE: rule.toPorts === undefined ? "masquerade" : `masquerade to :${rule.toPorts}`,
    SNAT: `snat to ${rule.toSource}`,
  }[rule.jump];
  return [
    ...(rule.in === undefined ? [] : [`iifname "${rule.in}"`]),
    ...(rule.out === undefined ? [] : [`oifname "${rule.out}"`]),
    ...(rule.source === undefined ? [] : [`${ip} saddr ${rule.source}`]),
    ...(rule.destination === undefined ? [] : [`${ip} daddr ${rule.destination}`]),
    ...(rule.notDestination === undefined ? [] : [`${ip} daddr != ${rule.notDestination}`]),
    ...(protocol === undefined
      ? []
      : [destinationPort === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${destinationPort}`]),
    ...(rule.established ? ["ct state related,established"] : []),
    "counter",
    verdict,
  ].join(" ");
}
