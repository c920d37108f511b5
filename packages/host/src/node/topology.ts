import type { CacheBank, CpuPlace, NodeSummary, NumaCell } from "./node-information.ts";
import { numberedEntries, parseCpuList, parseMeminfo, readKernelFile, readKernelNumber } from "./sysfs.ts";

const CPUS = "/sys/devices/system/cpu";
const NODES = "/sys/devices/system/node";
const PAGE_KIB = 4;

/** CPUs that are online. */
export async function onlineCpus(): Promise<readonly number[]> {
  return parseCpuList((await readKernelFile(`${CPUS}/online`)) ?? "0");
}

/** CPUs by number with whether each is online. */
export async function cpuMap(): Promise<readonly boolean[]> {
  const present = parseCpuList((await readKernelFile(`${CPUS}/present`)) ?? "0");
  const online = new Set(await onlineCpus());
  return Array.from({ length: Math.max(-1, ...present) + 1 }, (_, cpu) => online.has(cpu));
}

async function placeOf(cpu: number): Promise<CpuPlace> {
  const base = `${CPUS}/cpu${cpu}/topology`;
  const [socket, die, core, siblings] = await Promise.all([
    readKernelNumber(`${base}/physical_package_id`),
    readKernelNumber(`${base}/die_id`),
    readKernelNumber(`${base}/core_id`),
    readKernelFile(`${base}/thread_siblings_list`),
  ]);
  return {
    id: cpu,
    // The kernel says -1 where the platform has no such notion.
    socket: Math.max(0, socket ?? 0),
    die: Math.max(0, die ?? 0),
    core: Math.max(0, core ?? 0),
    siblings: siblings === undefined ? [cpu] : parseCpuList(siblings),
  };
}

/** Sizes of pages in KiB, the smallest first. */
export async function pageSizes(): Promise<readonly number[]> {
  return [PAGE_KIB, ...(await numberedEntries("/sys/kernel/mm/hugepages", "hugepages-", "kB"))];
}

/** Memory of a NUMA node in KiB; of the whole machine where the kernel knows no nodes. */
export async function nodeMemory(node: number): Promise<ReadonlyMap<string, bigint> | undefined> {
  const text = await readKernelFile(`${NODES}/node${node}/meminfo`);
  if (text !== undefined) return parseMeminfo(text);
  const all = node === 0 && (await numberedEntries(NODES, "node")).length === 0;
  return all ? parseMeminfo((await readKernelFile("/proc/meminfo")) ?? "") : undefined;
}

async function hugepages(node: number, sizeKiB: number, what: "nr" | "free"): Promise<bigint | undefined> {
  const inNode = await readKernelFile(`${NODES}/node${node}/hugepages/hugepages-${sizeKiB}kB/${what}_hugepages`);
  const text = inNode ?? (await readKernelFile(`/sys/kernel/mm/hugepages/hugepages-${sizeKiB}kB/${what}_hugepages`));
  return text === undefined ? undefined : BigInt(text);
}

/** How many pages of each size a node has; huge pages are not counted among the small ones. */
async function pagesOf(node: number, memory: bigint): Promise<NumaCell["pages"]> {
  const [small = PAGE_KIB, ...huge] = await pageSizes();
  const counts = await Promise.all(
    huge.map(async (sizeKiB) => ({ sizeKiB, count: (await hugepages(node, sizeKiB, "nr")) ?? 0n })),
  );
  const reserved = counts.reduce((sum, { sizeKiB, count }) => sum + BigInt(sizeKiB) * count, 0n);
  return [{ sizeKiB: small, count: (memory - reserved) / BigInt(small) }, ...counts];
}

/** Free pages of one size in a node. */
export async function freePages(node: number, sizeKiB: number): Promise<bigint | undefined> {
  const memory = await nodeMemory(node);
  if (!memory || !(await pageSizes()).includes(sizeKiB)) return undefined;
  if (sizeKiB === PAGE_KIB) return (memory.get("MemFree") ?? 0n) / BigInt(PAGE_KIB);
  return hugepages(node, sizeKiB, "free");
}

/** The NUMA nodes with their CPUs; one node with everything where the kernel knows none. */
export async function numaCells(): Promise<readonly NumaCell[]> {
  const nodes = await numberedEntries(NODES, "node");
  const online = new Set(await onlineCpus());
  const cells = (nodes.length === 0 ? [0] : nodes).map(async (id): Promise<NumaCell> => {
    const list = await readKernelFile(`${NODES}/node${id}/cpulist`);
    const cpus = list === undefined ? [...online] : parseCpuList(list).filter((cpu) => online.has(cpu));
    const memory = (await nodeMemory(id))?.get("MemTotal") ?? 0n;
    const distances = (await readKernelFile(`${NODES}/node${id}/distance`))?.trim().split(/\s+/).map(Number) ?? [];
    return {
      id,
      memory,
      pages: await pagesOf(id, memory),
      distances: distances.map((value, index) => ({ id: nodes[index] ?? index, value })),
      cpus: await Promise.all(cpus.map(placeOf)),
    };
  });
  return Promise.all(cells);
}

/**
 * Counts nodes, sockets, cores and threads as libvirt does: the largest of each, and when their product is not the
 * number of CPUs (offline or uneven ones) a flat machine of one socket.
 */
export function summarizeTopology(
  cells: readonly NumaCell[],
  cpus: number,
): Pick<NodeSummary, "nodes" | "sockets" | "cores" | "threads"> {
  const nodes = Math.max(1, cells.length);
  let sockets = 0;
  let cores = 0;
  let threads = 0;
  for (const { cpus: places } of cells) {
    const bySocket = new Map<number, Set<string>>();
    for (const place of places) {
      const inSocket = bySocket.get(place.socket) ?? new Set();
      inSocket.add(`${place.die}:${place.core}`);
      bySocket.set(place.socket, inSocket);
      threads = Math.max(threads, place.siblings.length);
    }
    sockets = Math.max(sockets, bySocket.size);
    for (const inSocket of bySocket.values()) cores = Math.max(cores, inSocket.size);
  }
  return nodes * sockets * cores * threads === cpus
    ? { nodes, sockets, cores, threads }
    : { nodes: 1, sockets: 1, cores: cpus, threads: 1 };
}

const cacheTypes: Readonly<Record<string, CacheBank["type"]>> = { Unified: "both", Instruction: "code", Data: "data" };

/** The caches of level 3 and above; each is told once, not once a CPU. */
export async function cacheBanks(): Promise<readonly CacheBank[]> {
  const banks = new Map<string, CacheBank>();
  for (const cpu of await onlineCpus()) {
    const directory = `${CPUS}/cpu${cpu}/cache`;
    for (const index of await numberedEntries(directory, "index")) {
      const base = `${directory}/index${index}`;
      const level = (await readKernelNumber(`${base}/level`)) ?? 0;
      if (level < 3) continue;
      const [id, kind, size, shared] = await Promise.all([
        readKernelNumber(`${base}/id`),
        readKernelFile(`${base}/type`),
        readKernelFile(`${base}/size`),
        readKernelFile(`${base}/shared_cpu_list`),
      ]);
      const type = cacheTypes[kind ?? ""];
      if (id === undefined || type === undefined) continue;
      // The kernel writes "32768K".
      const sizeKiB = Number.parseInt(size ?? "0", 10);
      banks.set(`${level}:${type}:${id}`, { id, level, type, sizeKiB, cpus: parseCpuList(shared ?? String(cpu)) });
    }
  }
  const rank = ({ level, type, id }: CacheBank): number =>
    level * 1e6 + ["both", "code", "data"].indexOf(type) * 1e5 + id;
  return [...banks.values()].sort((a, b) => rank(a) - rank(b));
}
