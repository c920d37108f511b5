import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, type MemoryDevice, type NumaCell, parseCpuSet } from "@tsvirt/model/domain";
import { aliasOf, type Buses } from "./address.ts";
import { boardOfDomain } from "./board.ts";
import type { CommandWriter } from "./command.ts";
import { MemoryBackend, ThreadContext } from "./declarations/backends.ts";
import {
  Memory,
  NumaDistance,
  NumaHmatCache,
  NumaHmatLb,
  NumaNode,
  Overcommit,
} from "./declarations/machine-options.ts";
import { MemoryDevice as MemoryModule } from "./declarations/misc-devices.ts";
import { alignedModule, memoryStep, modulesTotal, NVDIMM_TOO_SMALL, roundUp } from "./memory-sizes.ts";

/** A size of the guest's RAM as its machine takes it, KiB. */
function aligned(domain: Domain, kib: number): number {
  return roundUp(kib, memoryStep(boardOfDomain(domain)));
}

/** KiB the guest starts with: all memory but that of modules. */
export function initialMemory(domain: Domain): number {
  const cells = domain.cpu?.numa?.cells ?? [];
  if (cells.length > 0) return cells.reduce((sum, { memory }) => sum + aligned(domain, memory ?? 0), 0);
  return aligned(domain, (domain.memory?.kib ?? 0) - modulesTotal(domain));
}

/** The machine's RAM is one memory backend of this id; `undefined` if NUMA cells or `-mem-path` are used instead. */
export function ramBackendId(line: CommandWriter, domain: Domain): string | undefined {
  const machine = line.caps.findMachine(line.accelerator, domain.os.type.machine ?? "");
  if (machine?.defaultRamId === undefined || hasCells(domain)) return undefined;
  return machine.defaultRamId;
}

function hasCells(domain: Domain): boolean {
  return (domain.cpu?.numa?.cells.length ?? 0) > 0;
}

/** Writes `-m`, the machine's RAM and memory locking. */
export function writeMemory(line: CommandWriter, domain: Domain): void {
  const kib = initialMemory(domain);
  const { maxMemory } = domain;
  if (maxMemory?.slots !== undefined) {
    line.option(Memory, { size: `${kib}k`, slots: maxMemory.slots, maxmem: `${aligned(domain, maxMemory.kib)}k` });
  } else line.add("-m", String(kib / 1024));
  const id = ramBackendId(line, domain);
  if (id !== undefined) {
    writeBackend(line, domain, { id, sizeKib: kib, system: true, force: true });
  } else if (!hasCells(domain)) writeMemPath(line, domain);
  line.option(Overcommit, { "mem-lock": domain.memoryBacking?.locked === true });
}

/** Before memory backends there was one path for all memory. */
function writeMemPath(line: CommandWriter, domain: Domain): void {
  const { memoryBacking } = domain;
  if (memoryBacking?.hugepages) {
    const size = memoryBacking.hugepages.pages.find(({ nodeset }) => nodeset === undefined)?.size;
    line.add("-mem-prealloc", "-mem-path", hugePagePath(line, size));
  } else if (memoryBacking?.source === "file") {
    line.add("-mem-path", memoryPath(line, "ram"));
  }
  if (!memoryBacking?.hugepages && memoryBacking?.allocation?.mode === "immediate") line.add("-mem-prealloc");
}

function guestDir(line: CommandWriter): string {
  return line.context.memorySubdir;
}

function memoryPath(line: CommandWriter, file: string): string {
  const directory = line.context.config.memory_backing_dir ?? "/var/lib/libvirt/qemu/ram";
  // In a directory QEMU makes a file without a name, which goes with it.
  return line.context.byHand ? directory : `${directory}/${guestDir(line)}/${file}`;
}

function hugePagePath(line: CommandWriter, sizeKib: number | undefined): string {
  const mount = findMount(line, sizeKib);
  return line.context.byHand ? mount.path : `${mount.path}/libvirt/qemu/${guestDir(line)}`;
}

function findMount(
  line: CommandWriter,
  sizeKib: number | undefined,
): { readonly path: string; readonly sizeKib: number } {
  const mounts = line.context.hugePages;
  if (mounts.length === 0) {
    throw virtError(ErrorCode.internalError, "hugetlbfs filesystem is not mounted or disabled by administrator config");
  }
  const found =
    sizeKib === undefined
      ? (mounts.find(({ isDefault }) => isDefault) ?? mounts[0])
      : mounts.find((mount) => mount.sizeKib === sizeKib);
  if (!found) {
    throw virtError(ErrorCode.internalError, `Unable to find any usable hugetlbfs mount for ${sizeKib ?? 0} KiB`);
  }
  return found;
}

interface BackendRequest {
  readonly id: string;
  readonly sizeKib: number;
  /** Number of the guest's cell. */
  readonly cell?: number | undefined;
  /** The guest's RAM, not a module. */
  readonly system: boolean;
  /** Write it even if a plain one would do. */
  readonly force: boolean;
  readonly access?: "shared" | "private" | undefined;
  readonly discard?: boolean | undefined;
  readonly pageSizeKib?: number | undefined;
  readonly nodes?: string | undefined;
  readonly path?: string | undefined;
  readonly alignKib?: number | undefined;
  readonly pmem?: boolean | undefined;
  readonly prealloc?: boolean | undefined;
  readonly reserve?: boolean | undefined;
}

/** The page size a cell is to have: KiB; `undefined` = not huge. */
function pageSizeOf(line: CommandWriter, domain: Domain, request: BackendRequest): number | undefined {
  const pages = domain.memoryBacking?.hugepages?.pages;
  let wanted = request.pageSizeKib;
  if (wanted === undefined && pages) {
    const { cell } = request;
    const special = pages.find(
      ({ nodeset }) => cell !== undefined && nodeset !== undefined && parseCpuSet(nodeset)?.includes(cell),
    );
    const common = pages.find(({ nodeset }) => nodeset === undefined);
    if (pages.length === 0) wanted = findMount(line, undefined).sizeKib;
    else if (special ?? common) wanted = (special ?? common)?.size;
  }
  if (wanted === undefined || wanted === 0) return undefined;
  // The host's ordinary pages are no huge pages.
  return wanted === 4 ? undefined : wanted;
}

/** Host nodes and policy for a cell's memory. */
function placement(
  line: CommandWriter,
  domain: Domain,
  request: BackendRequest,
): { readonly nodes?: readonly number[]; readonly policy?: string } {
  const { numatune } = domain;
  const own = numatune?.memnodes.find(({ cellid }) => cellid === request.cell);
  const common = numatune?.memory;
  const mode = own?.mode ?? common?.mode ?? "strict";
  const auto = common?.placement === "auto" ? line.context.autoNodeset : undefined;
  const nodeset = request.nodes ?? own?.nodeset ?? common?.nodeset ?? auto;
  if (nodeset === undefined || mode === "restrictive") return {};
  const policies = { strict: "bind", preferred: "preferred", interleave: "interleave" } as const;
  return { nodes: parseCpuSet(nodeset) ?? [], policy: policies[mode] };
}

/** Writes a memory backend, unless a plain one would do and need not be there. Gives true if it was written. */
function writeBackend(line: CommandWriter, domain: Domain, request: BackendRequest): boolean {
  const { memoryBacking } = domain;
  const pageSize = pageSizeOf(line, domain, request);
  const cell = domain.cpu?.numa?.cells.find((each, index) => (each.id ?? index) === request.cell);
  const access = request.access ?? cell?.memAccess ?? memoryBacking?.access;
  const discard = request.discard ?? cell?.discard ?? memoryBacking?.discard;
  const immediate = request.prealloc ?? memoryBacking?.allocation?.mode === "immediate";
  const threads = memoryBacking?.allocation?.threads;
  let type: MemoryBackend["qom-type"];
  let path: string | undefined;
  let prealloc: boolean | undefined = immediate ? true : undefined;
  const memfd = memoryBacking?.source === "memfd" && request.path === undefined;
  if (memfd) type = "memory-backend-memfd";
  else if (
    pageSize !== undefined ||
    request.path !== undefined ||
    access !== undefined ||
    memoryBacking?.source === "file"
  ) {
    type = "memory-backend-file";
    if (request.path !== undefined) path = request.path;
    else if (pageSize !== undefined) path = hugePagePath(line, pageSize);
    else path = memoryPath(line, request.id.replace(/^mem/, ""));
  } else type = "memory-backend-ram";
  if (pageSize !== undefined && request.path === undefined) prealloc = true;
  const { nodes, policy } = placement(line, domain, request);
  const plain = type === "memory-backend-ram" && nodes === undefined;
  if (plain && !request.force) return false;
  const context =
    prealloc === true && nodes !== undefined && line.has("thread-context") ? `tc-${request.id}` : undefined;
  if (context !== undefined) {
    line.option(ThreadContext, { "qom-type": "thread-context", id: context, "node-affinity": nodes ?? [] });
  }
  line.option(MemoryBackend, {
    "qom-type": type,
    id: request.id,
    hugetlb: memfd && pageSize !== undefined ? true : undefined,
    hugetlbsize: memfd && pageSize !== undefined ? pageSize * 1024 : undefined,
    "mem-path": path,
    "x-use-canonical-path-for-ramblock-id":
      type === "memory-backend-ram" ||
      !request.system ||
      !line.has("memory-backend-file.x-use-canonical-path-for-ramblock-id") ||
      hasCells(domain)
        ? undefined
        : false,
    "discard-data": type === "memory-backend-file" ? discard : undefined,
    share: access === undefined ? undefined : access === "shared",
    prealloc,
    "prealloc-threads": prealloc === true && line.has("memory-backend-file.prealloc-threads") ? threads : undefined,
    reserve: request.reserve,
    size: request.sizeKib * 1024,
    align: request.alignKib === undefined ? undefined : request.alignKib * 1024,
    pmem: request.pmem === true ? true : undefined,
    "host-nodes": nodes,
    policy,
    "prealloc-context": context,
  });
  return true;
}

/** Writes the guest's NUMA cells. */
export function writeNuma(line: CommandWriter, domain: Domain): void {
  const numa = domain.cpu?.numa;
  if (!numa || numa.cells.length === 0) return;
  if (plainCells(line, domain) && domain.memoryBacking?.allocation?.mode === "immediate") line.add("-mem-prealloc");
  const machine = line.caps.findMachine(line.accelerator, domain.os.type.machine ?? "");
  const hmat = usesHmat(domain);
  for (const [index, cell] of numa.cells.entries()) {
    const id = cell.id ?? index;
    const written = writeBackend(line, domain, {
      id: `ram-node${id}`,
      sizeKib: aligned(domain, cell.memory ?? 0),
      cell: id,
      system: true,
      force: machine?.numaMemSupported === false || needsBackends(domain),
      access: cell.memAccess,
      discard: cell.discard,
    });
    line.option(NumaNode, {
      type: "node",
      nodeid: id,
      cpus: cell.cpus === undefined || cell.cpus === "" ? [] : cell.cpus.split(","),
      initiator: hmat ? initiatorOf(numa.cells, cell, id) : undefined,
      mem: written ? undefined : aligned(domain, cell.memory ?? 0) / 1024,
      memdev: written ? `ram-node${id}` : undefined,
    });
  }
  writeDistances(line, numa.cells);
  if (hmat) writeHmat(line, domain);
}

/** Distances are written if any differs from what QEMU assumes: 10 to itself, 20 to every other node. */
function writeDistances(line: CommandWriter, cells: readonly NumaCell[]): void {
  const siblings = cells.flatMap(({ distances }) => distances?.siblings ?? []);
  if (siblings.every(({ value }) => value === 10 || value === 20)) return;
  for (const [index, cell] of cells.entries()) {
    for (const { id, value } of cell.distances?.siblings ?? []) {
      line.option(NumaDistance, { type: "dist", src: cell.id ?? index, dst: id, val: value });
    }
  }
}

/** Cells whose memory needs no backend: the machine takes their sizes. */
function plainCells(line: CommandWriter, domain: Domain): boolean {
  const machine = line.caps.findMachine(line.accelerator, domain.os.type.machine ?? "");
  return machine?.numaMemSupported !== false && !needsBackends(domain);
}

/** Once one cell has a backend, all must. */
function needsBackends(domain: Domain): boolean {
  const { memoryBacking, numatune, cpu } = domain;
  return (
    memoryBacking?.hugepages !== undefined ||
    memoryBacking?.source !== undefined ||
    memoryBacking?.access !== undefined ||
    (numatune?.memnodes.length ?? 0) > 0 ||
    (cpu?.numa?.cells.some(({ memAccess }) => memAccess !== undefined) ?? false)
  );
}

/** True if cells have caches or interconnects: an HMAT table. */
export function usesHmat(domain: Domain): boolean {
  const numa = domain.cpu?.numa;
  return numa !== undefined && (numa.interconnects !== undefined || numa.cells.some(({ caches }) => caches.length > 0));
}

function initiatorOf(cells: readonly NumaCell[], cell: NumaCell, id: number): number {
  if (cell.cpus !== undefined && cell.cpus !== "") return id;
  const first = cells.find(({ cpus }) => cpus !== undefined && cpus !== "");
  return first?.id ?? 0;
}

const hierarchies = ["memory", "first-level", "second-level", "third-level"] as const;

function writeHmat(line: CommandWriter, domain: Domain): void {
  const numa = domain.cpu?.numa;
  const { latencies = [], bandwidths = [] } = numa?.interconnects ?? {};
  for (const { initiator, target, cache, type, value } of latencies) {
    line.option(NumaHmatLb, {
      type: "hmat-lb",
      initiator,
      target,
      hierarchy: hierarchies[cache ?? 0] ?? "memory",
      "data-type": `${type}-latency`,
      latency: String(value),
    });
  }
  for (const { initiator, target, cache, type, value } of bandwidths) {
    line.option(NumaHmatLb, {
      type: "hmat-lb",
      initiator,
      target,
      hierarchy: hierarchies[cache ?? 0] ?? "memory",
      "data-type": `${type}-bandwidth`,
      bandwidth: `${value}K`,
    });
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

/** Writes a memory module. */
export function writeMemoryDevice(line: CommandWriter, domain: Domain, device: MemoryDevice, buses: Buses): void {
  const alias = aliasOf(device);
  const { source, target, model } = device;
  const size = alignedModule(boardOfDomain(domain), device);
  if (size === undefined) throw virtError(ErrorCode.xmlError, NVDIMM_TOO_SMALL);
  const memdev = `mem${alias}`;
  const persistent = model === "nvdimm" || model === "virtio-pmem";
  writeBackend(line, domain, {
    id: memdev,
    sizeKib: size,
    cell: target.node,
    system: false,
    force: true,
    access: device.access ?? (persistent && model === "virtio-pmem" ? "shared" : undefined),
    discard: device.discard,
    pageSizeKib: source?.pagesize,
    nodes: source?.nodemask,
    path: source?.path,
    alignKib: source?.alignsize,
    pmem: source?.pmem,
    ...(model === "nvdimm" && { prealloc: true }),
  });
  const { address } = device;
  const slot = address?.type === "dimm" ? address.slot : undefined;
  const base = address?.type === "dimm" ? address.base : undefined;
  const { bus, multifunction, addr } = buses.props(device);
  switch (model) {
    case "dimm":
    case "nvdimm":
      line.option(MemoryModule, {
        driver: model === "dimm" ? "pc-dimm" : "nvdimm",
        node: target.node,
        "label-size": target.label === undefined ? undefined : target.label.size * 1024,
        uuid: device.uuid,
        unarmed: target.readonly === true ? true : undefined,
        memdev,
        id: alias,
        slot,
        addr: base === undefined ? undefined : String(base),
      });
      return;
    case "virtio-pmem":
      line.option(MemoryModule, { driver: "virtio-pmem-pci", memdev, id: alias, bus, multifunction, addr });
      return;
    case "virtio-mem":
      line.option(MemoryModule, {
        driver: "virtio-mem-pci",
        node: target.node,
        "block-size": target.block === undefined ? undefined : target.block * 1024,
        "requested-size": target.requested === undefined ? undefined : target.requested * 1024,
        memdev,
        prealloc: line.has("virtio-mem-pci.prealloc") && domain.memoryBacking?.hugepages ? true : undefined,
        id: alias,
        bus,
        multifunction,
        addr,
      });
      return;
    case "sgx-epc":
      return;
  }
}
