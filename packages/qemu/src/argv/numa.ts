import { ErrorCode, virtError } from "@tsvirt/base";
import type { CpuNuma, Domain, NumaBandwidth, NumaCell, NumaLatency } from "@tsvirt/model/domain";
import { boardOfDomain } from "./board.ts";
import type { CommandWriter } from "./command.ts";
import { NumaDistance, NumaHmatCache, NumaHmatLb, NumaNode } from "./declarations/machine-options.ts";
import { planBackend, writeBackend, writeMemPath } from "./memory-backend.ts";
import { memoryStep, roundUp } from "./memory-sizes.ts";

/** Writes the guest's NUMA cells (`qemuBuildNumaCommandLine`). */
export function writeNuma(line: CommandWriter, domain: Domain): void {
  const numa = domain.cpu?.numa;
  if (!numa || numa.cells.length === 0) return;
  const hmat = usesHmat(domain);
  const step = memoryStep(boardOfDomain(domain));
  const planned = numa.cells.map((cell, index) => {
    const id = cell.id ?? index;
    const sizeKib = roundUp(cell.memory ?? 0, step);
    return { cell, id, sizeKib, plan: planBackend(line, domain, { id: `ram-node${id}`, sizeKib, cell: id }) };
  });
  const machine = line.caps.findMachine(line.accelerator, domain.os.type.machine ?? "");
  // Once one cell has a backend, all must.
  const backends = hmat || machine?.numaMemSupported === false || planned.some(({ plan }) => plan.isNeeded);
  if (!backends) writeMemPath(line, domain);
  for (const { cell, id, sizeKib, plan } of planned) {
    if (backends) writeBackend(line, plan);
    line.option(NumaNode, {
      type: "node",
      nodeid: id,
      cpus: cell.cpus === undefined || cell.cpus === "" ? [] : cell.cpus.split(","),
      initiator: hmat ? initiatorOf(numa, cell, id) : undefined,
      mem: backends ? undefined : sizeKib / 1024,
      memdev: backends ? `ram-node${id}` : undefined,
    });
  }
  writeDistances(line, numa.cells);
  if (hmat) writeHmat(line, domain);
}

/** Distances are written if any differs from what QEMU assumes: 10 to itself, 20 to every other node. */
function writeDistances(line: CommandWriter, cells: readonly NumaCell[]): void {
  const siblings = cells.flatMap(({ distances }) => distances?.siblings ?? []);
  if (siblings.every(({ value }) => value === 10 || value === 20)) return;
  for (const [src, { distances }] of cells.entries()) {
    for (const dst of cells.keys()) {
      const given = distances?.siblings.find(({ id }) => id === dst)?.value;
      line.option(NumaDistance, { type: "dist", src, dst, val: given ?? (src === dst ? 10 : 20) });
    }
  }
}

/** True if cells have caches or interconnects: an HMAT table. */
export function usesHmat(domain: Domain): boolean {
  const numa = domain.cpu?.numa;
  return numa !== undefined && (numa.interconnects !== undefined || numa.cells.some(({ caches }) => caches.length > 0));
}

/** The cell with CPUs that reaches a cell best: itself, else that of the least latency or the greatest bandwidth. */
function initiatorOf({ cells, interconnects }: CpuNuma, cell: NumaCell, id: number): number {
  const hasCpus = ({ cpus }: NumaCell): boolean => cpus !== undefined && cpus !== "";
  if (hasCpus(cell)) return id;
  const { latencies = [], bandwidths = [] } = interconnects ?? {};
  const quickest = latencies
    .filter(({ target }) => target === id)
    .reduce<NumaLatency | undefined>((best, each) => (best && best.value <= each.value ? best : each), undefined);
  const widest = bandwidths
    .filter(({ target }) => target === id)
    .reduce<NumaBandwidth | undefined>((best, each) => (best && best.value >= each.value ? best : each), undefined);
  const best = (quickest ?? widest)?.initiator;
  if (best !== undefined) return best;
  const first = cells.findIndex(hasCpus);
  if (first < 0) throw virtError(ErrorCode.internalError, "At least one NUMA node has to have CPUs");
  return cells[first]?.id ?? first;
}

const hierarchies = ["memory", "first-level", "second-level", "third-level"] as const;

function writeHmat(line: CommandWriter, domain: Domain): void {
  const numa = domain.cpu?.numa;
  const { latencies = [], bandwidths = [] } = numa?.interconnects ?? {};
  const connection = ({ initiator, target, cache }: NumaLatency | NumaBandwidth) =>
    ({ type: "hmat-lb", initiator, target, hierarchy: hierarchies[cache ?? 0] ?? "memory" }) as const;
  for (const one of latencies) {
    const measured = { "data-type": `${one.type}-latency`, latency: String(one.value) };
    line.option(NumaHmatLb, { ...connection(one), ...measured });
  }
  for (const one of bandwidths) {
    const measured = { "data-type": `${one.type}-bandwidth`, bandwidth: `${one.value}K` };
    line.option(NumaHmatLb, { ...connection(one), ...measured });
  }
  const policies = { none: "none", writeback: "write-back", writethrough: "write-through" } as const;
  const associativity = { none: "none", direct: "direct", full: "complex" } as const;
  for (const [index, cell] of (numa?.cells ?? []).entries()) {
    for (const cache of cell.caches) {
      line.option(NumaHmatCache, {
        type: "hmat-cache",
        "node-id": cell.id ?? index,
        size: `${cache.size.value}K`,
        level: cache.level,
        associativity: associativity[cache.associativity],
        policy: policies[cache.policy],
        line: cache.line.value,
      });
    }
  }
}
