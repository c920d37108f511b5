import type { Domain } from "../domain.ts";
import type { Report } from "./report.ts";

/** KiB of all memory devices. */
function hotplugged(domain: Domain): number {
  return (domain.devices?.memories ?? []).reduce((sum, memory) => sum + memory.target.size, 0);
}

/** Works out the memory sizes (`virDomainDefPostParseMemory`). `abiUpdate` lets NUMA cells decide the total. */
export function completeMemory(domain: Domain, abiUpdate: boolean, report: Report): void {
  const cells = domain.cpu?.numa?.cells ?? [];
  const given = domain.memory?.kib ?? 0;
  const numa = given === 0 || abiUpdate ? cells.reduce((sum, cell) => sum + (cell.memory ?? 0), 0) : 0;
  const extra = hotplugged(domain);
  if (numa > 0) domain.memory = { ...domain.memory, unit: "KiB", kib: numa + extra };
  else if (extra > given) {
    report(domain, "Total size of memory devices exceeds the total memory size");
    return;
  }
  const total = domain.memory?.kib ?? 0;
  if (total - extra <= 0) {
    report(domain, "Memory size must be specified via <memory> or in the <numa> configuration");
    return;
  }
  const current = domain.currentMemory ?? 0;
  if (current === 0 || current > total) domain.currentMemory = total;
  completeMaxMemory(domain, total, report);
  if (cells.length === 0) {
    for (const page of domain.memoryBacking?.hugepages?.pages ?? []) if (page.nodeset === "0") delete page.nodeset;
  }
}

function completeMaxMemory(domain: Domain, total: number, report: Report): void {
  const max = domain.maxMemory;
  if (max === undefined) return;
  if (max.kib === 0 && (max.slots ?? 0) > 0) {
    report(max, "maximum memory size must be specified when specifying number of memory slots");
  } else if (max.kib !== 0 && max.kib < total) {
    report(max, "maximum memory size must be equal or greater than the actual memory size");
  } else if (max.kib === 0) delete domain.maxMemory;
}
