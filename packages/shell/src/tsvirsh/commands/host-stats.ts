import { type Connection, NodeGetCpuStatsAllCpus, NodeGetMemoryStatsAllCells } from "@tsvirt/client";
import { parseXml } from "@tsvirt/codec/xml";
import { type Command, command, flag, int, text } from "../../vsh/command.ts";
import { ShellError } from "../../vsh/errors.ts";
import { attempt } from "../../vsh/shell.ts";
import { exclusive } from "../affects.ts";
import { bitmapText, rangesText } from "../cpu-maps.ts";
import { orUndefined } from "../or-undefined.ts";
import { attribute, elementAt, elementsAt } from "../xml-paths.ts";

/** Figures of processors in the order they are shown; `kernel` is called system. */
const cpuFields = [
  ["user", "user:"],
  ["kernel", "system:"],
  ["idle", "idle:"],
  ["iowait", "iowait:"],
  ["intr", "intr:"],
] as const;

/** Figures of one processor or all, in nanoseconds. */
async function cpuStats({ remote }: Connection, cpuNum: number): Promise<ReadonlyMap<string, bigint>> {
  const counted = remote.nodeGetCpuStats({ cpuNum, nparams: 0, flags: 0 });
  const { nparams } = await attempt(counted, "Unable to get number of cpu stats");
  const { params } = await attempt(
    remote.nodeGetCpuStats({ cpuNum, nparams, flags: 0 }),
    "Unable to get node cpu stats",
  );
  return new Map(params.map(({ field, value }) => [field, value]));
}

/** Figures of the host. */
export const commands: readonly Command[] = [
  command({
    name: "freecell",
    help: "NUMA free memory",
    about: "display available free memory for the NUMA cell.",
    options: {
      cellno: int("NUMA cell number"),
      all: flag("show free memory for all NUMA cells"),
    },
    async run(shell, args) {
      exclusive(args, ["all", "cellno"]);
      const { remote } = shell.connection;
      const amount = (kib: bigint): string => `${kib} KiB`;
      if (args.all) {
        const root = parseXml(await attempt(shell.connection.getCapabilities(), "unable to get node capabilities"));
        const cells = elementsAt(root, "host/topology/cells/cell").map((cell) => Number(attribute(cell, "id")));
        let total = 0n;
        for (const cell of cells) {
          const got = remote.nodeGetCellsFreeMemory({ startCell: cell, maxcells: 1 });
          const [bytes = 0n] = (await attempt(got, `failed to get free memory for NUMA node number: ${cell}`)).cells;
          const kib = bytes / 1024n;
          total += kib;
          shell.out.print(`${String(cell).padStart(5)}: ${String(kib).padStart(10)} KiB\n`);
          shell.out.json({ [`cell${cell}`]: kib });
        }
        shell.out.print(`--------------------\n${"Total".padStart(5)}: ${String(total).padStart(10)} KiB\n`);
        shell.out.json({ totalKib: total });
        return;
      }
      const cell = args.cellno;
      if (cell === undefined) {
        const kib = (await remote.nodeGetFreeMemory(undefined)).freeMem / 1024n;
        shell.out.print(`Total: ${amount(kib)}\n`);
        shell.out.json({ totalKib: kib });
        return;
      }
      const [bytes = 0n] = (await remote.nodeGetCellsFreeMemory({ startCell: cell, maxcells: 1 })).cells;
      shell.out.print(`${cell}: ${amount(bytes / 1024n)}\n`);
      shell.out.json({ [`cell${cell}`]: bytes / 1024n });
    },
  }),
  command({
    name: "maxvcpus",
    help: "connection vcpu maximum",
    about: "Show maximum number of virtual CPUs for guests on this connection.",
    options: {
      type: text("domain type"),
    },
    async run(shell, args) {
      const { type } = args;
      // The daemon's own answer to this question is the host's; a guest of this kind may have more.
      const caps = await orUndefined(
        shell.connection.getDomainCapabilities(type === undefined ? {} : { virttype: type }),
      );
      const max = caps === undefined ? undefined : elementAt(parseXml(caps), "vcpu")?.attribute("max");
      shell.out.value("maxVcpus", max === undefined ? await shell.connection.getMaxVcpus(type) : Number(max));
    },
  }),
  command({
    name: "nodecpumap",
    help: "node cpu map",
    about: "Displays the node's total number of CPUs, the number of online CPUs and the list of online CPUs.",
    options: {
      pretty: flag("return human readable output"),
    },
    async run(shell, args) {
      const got = shell.connection.remote.nodeGetCpuMap({ needMap: 1, needOnline: 1, flags: 0 });
      const { cpumap, online, ret } = await attempt(got, "Unable to get cpu map");
      shell.out.facts(
        [
          { key: "present", label: "CPUs present:", value: ret },
          { key: "online", label: "CPUs online:", value: online },
          {
            key: "map",
            label: "CPU map:",
            value: args.pretty ? rangesText(cpumap, ret) : bitmapText(cpumap, ret),
          },
        ],
        16,
      );
    },
  }),
  command({
    name: "nodecpustats",
    help: "Prints cpu stats of the node.",
    about: "Returns cpu stats of the node, in nanoseconds.",
    options: {
      cpu: int("prints specified cpu statistics only."),
      percent: flag("prints by percentage during 1 second."),
    },
    async run(shell, args) {
      const cpu = args.cpu ?? NodeGetCpuStatsAllCpus.allCpus;
      if (args.cpu !== undefined && args.cpu < 0) throw new ShellError(`Invalid value of cpuNum`);
      const before = await cpuStats(shell.connection, cpu);
      if (!args.percent) {
        for (const [field, label] of cpuFields) {
          const value = before.get(field);
          if (value === undefined) continue;
          shell.out.print(`${label.padEnd(15)} ${String(value).padStart(20)}\n`);
          shell.out.json({ [label.slice(0, -1)]: value });
        }
        return;
      }
      await new Promise((resolve) => AbortSignal.timeout(1000).addEventListener("abort", resolve, { once: true }));
      const after = await cpuStats(shell.connection, cpu);
      const spent = (field: string): number => Number((after.get(field) ?? 0n) - (before.get(field) ?? 0n));
      const total = cpuFields.reduce((sum, [field]) => sum + spent(field), 0);
      const percent = (label: string, part: number): void => {
        const share = total === 0 ? 0 : (part / total) * 100;
        shell.out.print(`${label.padEnd(15)} ${share.toFixed(1).padStart(5)}%\n`);
        shell.out.json({ [label.slice(0, -1)]: Number(share.toFixed(1)) });
      };
      percent("usage:", spent("user") + spent("kernel"));
      for (const [field, label] of cpuFields) if (after.has(field)) percent(label, spent(field));
    },
  }),
  command({
    name: "nodememstats",
    help: "Prints memory stats of the node.",
    about: "Returns memory stats of the node, in kilobytes.",
    options: {
      cell: int("prints specified cell statistics only."),
    },
    async run(shell, args) {
      const cellNum = args.cell ?? NodeGetMemoryStatsAllCells.allCells;
      if (args.cell !== undefined && args.cell < 0) throw new ShellError("Invalid value of cellNum");
      const { remote } = shell.connection;
      const counted = remote.nodeGetMemoryStats({ nparams: 0, cellNum, flags: 0 });
      const { nparams } = await attempt(counted, "Unable to get number of memory stats");
      if (nparams === 0) return;
      const got = remote.nodeGetMemoryStats({ nparams, cellNum, flags: 0 });
      const { params } = await attempt(got, "Unable to get memory stats");
      for (const { field, value } of params) {
        shell.out.print(`${field.padEnd(7)}: ${String(value).padStart(20)} KiB\n`);
        shell.out.json({ [field]: value });
      }
    },
  }),
];
