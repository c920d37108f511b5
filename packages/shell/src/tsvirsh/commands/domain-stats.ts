import { DomainMemoryStatTags, DomainStatsTypes, ConnectGetAllDomainStatsFlags as StatsFlags } from "@tsvirt/client";
import { type Command, command, data, flag, int, rest } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { affects, exclusive } from "../affects.ts";
import { bits } from "../flags.ts";
import { typedJson, typedText } from "../typed-value.ts";

/** What virsh calls the figures of memory, by their tag. */
const memoryNames: Readonly<Record<number, string>> = {
  [DomainMemoryStatTags.swapIn]: "swap_in",
  [DomainMemoryStatTags.swapOut]: "swap_out",
  [DomainMemoryStatTags.majorFault]: "major_fault",
  [DomainMemoryStatTags.minorFault]: "minor_fault",
  [DomainMemoryStatTags.unused]: "unused",
  [DomainMemoryStatTags.available]: "available",
  [DomainMemoryStatTags.usable]: "usable",
  [DomainMemoryStatTags.actualBalloon]: "actual",
  [DomainMemoryStatTags.rss]: "rss",
  [DomainMemoryStatTags.lastUpdate]: "last_update",
  [DomainMemoryStatTags.diskCaches]: "disk_caches",
  [DomainMemoryStatTags.hugetlbPgalloc]: "hugetlb_pgalloc",
  [DomainMemoryStatTags.hugetlbPgfail]: "hugetlb_pgfail",
};

/** Figures of guests. */
export const commands: readonly Command[] = [
  command({
    name: "dommemstat",
    help: "get memory statistics for a domain",
    about: "Get memory statistics for a running domain.",
    options: {
      domain: data("domain name, id or uuid", { complete: "domain" }),
      period: int("period in seconds to set collection", { named: true }),
      config: flag("affect next boot"),
      live: flag("affect running domain"),
      current: flag("affect current domain"),
    },
    async run(shell, args) {
      exclusive(args, ["current", "live"], ["current", "config"]);
      const flags = affects(args);
      const domain = await shell.domain(args.domain);
      const { period } = args;
      if (period !== undefined) {
        if (period < 0) throw new ShellError(`Invalid collection period value '${period}'`);
        const set = shell.connection.remote.domainSetMemoryStatsPeriod({ dom: domain.ref, period, flags });
        await attempt(set, "Unable to change balloon collection period.");
        return;
      }
      const stats = await attempt(domain.memoryStats(), `Failed to get memory statistics for domain ${args.domain}`);
      for (const { tag, val } of stats) {
        const name = memoryNames[tag];
        if (name === undefined) continue;
        shell.out.print(`${name} ${val}\n`);
        shell.out.json({ [name]: val });
      }
    },
  }),
  command({
    name: "domstats",
    help: "get statistics about one or multiple domains",
    about: "Gets statistics about one or more (or all) domains",
    options: {
      state: flag("report domain state"),
      "cpu-total": flag("report domain physical cpu usage"),
      balloon: flag("report domain balloon statistics"),
      vcpu: flag("report domain virtual cpu information"),
      interface: flag("report domain network interface information"),
      block: flag("report domain block device statistics"),
      perf: flag("report domain perf event statistics"),
      iothread: flag("report domain IOThread information"),
      memory: flag("report domain memory usage"),
      dirtyrate: flag("report domain dirty rate information"),
      vm: flag("report hypervisor-specific statistics"),
      "list-active": flag("list only active domains"),
      "list-inactive": flag("list only inactive domains"),
      "list-persistent": flag("list only persistent domains"),
      "list-transient": flag("list only transient domains"),
      "list-running": flag("list only running domains"),
      "list-paused": flag("list only paused domains"),
      "list-shutoff": flag("list only shutoff domains"),
      "list-other": flag("list only domains in other states"),
      raw: flag("do not pretty-print the fields"),
      enforce: flag("enforce requested stats parameters"),
      backing: flag("add backing chain information to block stats"),
      nowait: flag("report only stats that are accessible instantly"),
      domain: rest("list of domains to get stats for", { complete: "domain" }),
    },
    async run(shell, args) {
      const stats = bits(
        [args.state, DomainStatsTypes.state],
        [args["cpu-total"], DomainStatsTypes.cpuTotal],
        [args.balloon, DomainStatsTypes.balloon],
        [args.vcpu, DomainStatsTypes.vcpu],
        [args.interface, DomainStatsTypes.interface],
        [args.block, DomainStatsTypes.block],
        [args.perf, DomainStatsTypes.perf],
        [args.iothread, DomainStatsTypes.iothread],
        [args.memory, DomainStatsTypes.memory],
        [args.dirtyrate, DomainStatsTypes.dirtyrate],
        [args.vm, DomainStatsTypes.vm],
      );
      const flags = bits(
        [args["list-active"], StatsFlags.active],
        [args["list-inactive"], StatsFlags.inactive],
        [args["list-persistent"], StatsFlags.persistent],
        [args["list-transient"], StatsFlags.transient],
        [args["list-running"], StatsFlags.running],
        [args["list-paused"], StatsFlags.paused],
        [args["list-shutoff"], StatsFlags.shutoff],
        [args["list-other"], StatsFlags.other],
        [args.enforce, StatsFlags.enforceStats],
        [args.backing, StatsFlags.backing],
        [args.nowait, StatsFlags.nowait],
      );
      const domains = [];
      for (const name of args.domain) domains.push(await shell.domain(name));
      const records = await shell.connection.getAllDomainStats({ domains, stats, flags });
      for (const [at, { dom, params }] of records.entries()) {
        if (at > 0) shell.out.print("\n");
        shell.out.print(`Domain: '${dom.name}'\n`);
        for (const param of params) shell.out.print(`  ${param.field}=${typedText(param.value)}\n`);
      }
      shell.out.json(
        records.map(({ dom, params }) => ({
          domain: dom.name,
          ...Object.fromEntries(params.map((param) => [param.field, typedJson(param.value)])),
        })),
      );
    },
  }),
];
