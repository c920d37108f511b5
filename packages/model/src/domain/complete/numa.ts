import { ErrorCode } from "@tsvirt/base";
import type { NumaBandwidth, NumaCell, NumaLatency } from "../cpu.ts";
import type { Domain } from "../domain.ts";
import { parseRanges } from "../scalars.ts";
import type { Report } from "./report.ts";

const LOCAL = 10;
const UNREACHABLE = 255;

/** Numbers the cells, and gives both ends of a distance the same where only one has it (`virDomainNumaDefParseXML`). */
export function completeNumaCells(domain: Domain, report: Report): void {
  const { cpu } = domain;
  if (cpu?.numa === undefined) return;
  const { numa } = cpu;
  const { cells } = numa;
  if (cells.length === 0) {
    report(numa, "NUMA topology defined without NUMA cells");
    return;
  }
  if (!numberCells(cells, report)) return;
  cells.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  for (const cell of cells) if (cell.cpus === "") delete cell.cpus;
  completeDistances(cells, report);
  checkCounts(domain, cells, report);
}

function numberCells(cells: readonly NumaCell[], report: Report): boolean {
  const before: NumaCell[] = [];
  for (const [index, cell] of cells.entries()) {
    cell.id ??= index;
    const { id } = cell;
    if (id >= cells.length) {
      report(
        cell,
        "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed",
      );
      return false;
    }
    if (before.some((other) => other.id === id)) {
      report(cell, `Duplicate NUMA cell info for cell id '${id}'`);
      return false;
    }
    const shared = before.find((other) => overlaps(other.cpus ?? "", cell.cpus ?? ""));
    if (shared !== undefined) {
      report(cell, `NUMA cells ${id} and ${shared.id} have overlapping vCPU ids`, ErrorCode.configUnsupported);
    }
    before.push(cell);
  }
  return true;
}

/** True if two sets of numbers have one in common. */
export function overlaps(a: string, b: string): boolean {
  const others = parseRanges(b) ?? [];
  return (parseRanges(a) ?? []).some(([first, last]) => others.some((other) => first <= other[1] && other[0] <= last));
}

function completeDistances(cells: readonly NumaCell[], report: Report): void {
  const known = new Map<number, Map<number, number>>();
  const rowOf = (id: number): Map<number, number> => {
    const row = known.get(id) ?? new Map([[id, LOCAL]]);
    known.set(id, row);
    return row;
  };
  // A distance that a cell states itself counts more than one that the other end states.
  for (const cell of cells) {
    const { id = 0, distances } = cell;
    if (distances === undefined) continue;
    if (distances.siblings.length === 0) report(distances, "NUMA distances defined without siblings");
    for (const sibling of distances.siblings) {
      const { id: other, value } = sibling;
      if (other >= cells.length) {
        report(sibling, `'sibling_id ${other}' does not refer to a valid cell within NUMA 'cell id ${id}'`);
      } else if (value < LOCAL || value > UNREACHABLE || (other === id) !== (value === LOCAL)) {
        report(sibling, `'value ${value}' is invalid for 'sibling id ${other}' under NUMA 'cell id ${id}'`);
      } else {
        rowOf(id).set(other, value);
        const back = rowOf(other);
        if (!back.has(id)) back.set(id, value);
      }
    }
  }
  for (const cell of cells) {
    const row = known.get(cell.id ?? 0);
    if (row === undefined) continue;
    const siblings = [...row].sort(([a], [b]) => a - b).map(([id, value]) => ({ id, value }));
    cell.distances = { ...cell.distances, siblings };
  }
}

function checkCounts(domain: Domain, cells: readonly NumaCell[], report: Report): void {
  const count = domain.vcpu?.count ?? 1;
  const ranges = cells.flatMap(({ cpus }) => parseRanges(cpus ?? "") ?? []);
  const sum = ranges.reduce((all, [first, last]) => all + last - first + 1, 0);
  const place = domain.cpu?.numa ?? domain;
  if (sum > count) {
    report(place, "Number of CPUs in <numa> exceeds the <vcpu> count", ErrorCode.internalError);
  } else if (ranges.some(([, last]) => last >= count)) {
    report(place, "CPU IDs in <numa> exceed the <vcpu> count", ErrorCode.internalError);
  }
}

/** Which host nodes the memory comes from: where and how, if the document leaves it open (`virDomainNumatuneParseXML`). */
export function completeNumatune(domain: Domain, report: Report): void {
  const { vcpu } = domain;
  const isAutomatic = vcpu?.placement === "auto";
  if (isAutomatic && vcpu !== undefined) {
    delete vcpu.cpuset;
    domain.numatune ??= { memnodes: [] };
    domain.numatune.memory ??= { mode: "strict", placement: "auto" };
  }
  const memory = domain.numatune?.memory;
  if (memory !== undefined) {
    const { nodeset } = memory;
    if (nodeset === "") report(memory, "Invalid value of 'nodeset': ", ErrorCode.configUnsupported);
    if (memory.mode === undefined && memory.placement === undefined && nodeset === undefined) {
      // It says nothing.
      if (domain.numatune !== undefined) delete domain.numatune.memory;
    } else {
      memory.mode ??= "strict";
      if (nodeset === undefined) memory.placement ??= isAutomatic ? "auto" : "static";
      if (memory.placement === "static" && nodeset === undefined) {
        report(
          memory,
          "nodeset for NUMA memory tuning must be set if 'placement' is 'static'",
          ErrorCode.configUnsupported,
        );
      }
      if (memory.placement === "auto") delete memory.nodeset;
      else if (nodeset !== undefined) delete memory.placement;
    }
  }
  completeMemnodes(domain, report);
}

function completeMemnodes(domain: Domain, report: Report): void {
  const { numatune } = domain;
  const [first] = numatune?.memnodes ?? [];
  if (numatune === undefined || first === undefined) return;
  const cells = domain.cpu?.numa?.cells.length ?? 0;
  if (numatune.memory?.placement === "auto") {
    report(first, "Per-node binding is not compatible with automatic NUMA placement.", ErrorCode.configUnsupported);
    return;
  }
  if (cells === 0) {
    report(first, "Element 'memnode' is invalid without any guest NUMA cells");
    return;
  }
  const seen = new Set<number>();
  for (const node of numatune.memnodes) {
    const { cellid } = node;
    if (cellid >= cells) {
      report(node, "Argument 'cellid' in memnode element must correspond to existing guest's NUMA cell");
    } else if (seen.has(cellid)) report(node, `Multiple memnode elements with cellid ${cellid}`);
    else if (node.nodeset === "") report(node, "Invalid value of 'nodeset': ", ErrorCode.configUnsupported);
    seen.add(cellid);
    node.mode ??= "strict";
  }
  numatune.memnodes.sort((a, b) => a.cellid - b.cellid);
}

/** What cells and the memory behind them must not say (`virDomainNumaDefValidate`). */
export function validateNuma(domain: Domain, report: Report): void {
  const { cells = [], interconnects } = domain.cpu?.numa ?? {};
  const mode = domain.numatune?.memory?.mode ?? "strict";
  for (const node of domain.numatune?.memnodes ?? []) {
    if (mode !== "restrictive" || node.mode === "restrictive") continue;
    report(node, "'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element");
  }
  for (const { caches } of cells) {
    const levels = new Set<number>();
    for (const cache of caches) {
      const { level } = cache;
      if (level > 3) report(cache, "Ain't nobody heard of that much cache level");
      else if (levels.has(level)) report(cache, `Cache level '${level}' already defined`);
      levels.add(level);
    }
  }
  const { latencies = [], bandwidths = [] } = interconnects ?? {};
  const seen = new Set<string>();
  const pairs = new Set<string>();
  for (const [kind, links] of Object.entries({ latencies, bandwidths })) {
    for (const link of links) {
      const { initiator, target, cache = 0, type } = link;
      const key = `${kind} ${initiator} ${target} ${cache} ${type}`;
      const problem = badLink(link, cells);
      if (problem !== undefined) report(link, problem);
      else if (seen.has(key)) report(link, "Duplicate info for NUMA latencies");
      else if (initiator !== target && pairs.has(`${target} ${initiator}`)) report(link, "Link already defined");
      seen.add(key);
      pairs.add(`${initiator} ${target}`);
    }
  }
}

function badLink(
  { initiator, target, cache = 0 }: NumaLatency | NumaBandwidth,
  cells: readonly NumaCell[],
): string | undefined {
  const from = cells[initiator];
  const to = cells[target];
  if (from === undefined) return "'initiator' refers to a non-existent NUMA node";
  if (to === undefined) return "'target' refers to a non-existent NUMA node";
  if (from.cpus === undefined) return "NUMA nodes without CPUs can't be initiator";
  const isThere = cache === 0 || to.caches.some(({ level }) => level === cache);
  return isThere ? undefined : "'cache' refers to a non-existent NUMA node cache";
}
