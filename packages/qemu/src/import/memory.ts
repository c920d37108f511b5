import type { Domain, MemoryDevice, NumaCell } from "@tsvirt/model/domain";
import { formatCpuSet } from "@tsvirt/model/domain";
import { MemoryBackend, ThreadContext } from "../argv/declarations/backends.ts";
import { Memory, NumaDistance, NumaHmatCache, NumaHmatLb, NumaNode } from "../argv/declarations/machine-options.ts";
import { DimmDevice, VirtioMemoryDevice } from "../argv/declarations/misc-devices.ts";
import type { Argument } from "./argument.ts";
import { takePlace } from "./bus-names.ts";
import { type DeviceArgument, type DeviceReader, deviceReader, NoPlaceError, orPass } from "./device-reader.ts";
import type { Draft } from "./draft.ts";
import { kibOfSize, numberOf, present, presentOrNone, wordOf } from "./values.ts";

/** What a memory backend is, in the document's words. */
interface Backing {
  readonly sizeKib: number;
  readonly kind: "ram" | "file" | "memfd";
  readonly path: string | undefined;
  /** Pages of this many KiB; 0 for the default size. */
  readonly hugeKib: number | undefined;
  readonly access: "shared" | "private" | undefined;
  readonly discard: boolean | undefined;
  readonly prealloc: boolean;
  readonly threads: number | undefined;
  readonly nodeset: string | undefined;
  readonly mode: "strict" | "preferred" | "interleave" | undefined;
  readonly alignKib: number | undefined;
  readonly pmem: boolean | undefined;
  readonly from: readonly Argument[];
}

const policies = { bind: "strict", preferred: "preferred", interleave: "interleave" } as const;

/** KiB of huge pages that a path of their file system is named by: `/dev/hugepages2M`, `…/hugepages-1048576kB`. */
function hugePagesIn(path: string): number | undefined {
  const match = /huge(?:pages|tlbfs)?[-_]?(?:(\d+)(k|M|G)B?)?/i.exec(path);
  if (!match) return undefined;
  return match[1] === undefined ? 0 : (kibOfSize(`${match[1]}${match[2] ?? ""}`, 1024) ?? 0);
}

/** The memory backend of an id; `undefined` if there is none. */
function readBacking(draft: Draft, id: string | undefined): Backing | undefined {
  const found = draft.objects.get(id);
  if (!found?.value.type.startsWith("memory-backend-")) return undefined;
  const {
    "qom-type": type,
    id: _id,
    hugetlb,
    hugetlbsize,
    "mem-path": path,
    "x-use-canonical-path-for-ramblock-id": _ramblock,
    "discard-data": discard,
    share,
    prealloc,
    "prealloc-threads": threads,
    reserve,
    size,
    align,
    pmem,
    "host-nodes": nodes,
    policy,
    "prealloc-context": context,
    rest,
  } = MemoryBackend.parsePartial(found.value.text);
  const [left] = Object.keys(rest ?? {});
  if (left !== undefined) found.argument.note(`'${left}' has no counterpart`);
  if (reserve !== undefined) found.argument.note("libvirt decides about reserve itself");
  const threadContext = draft.objects.get(context);
  const kib = (bytes: number | bigint | undefined): number | undefined =>
    bytes === undefined ? undefined : Math.ceil(Number(bytes) / 1024);
  const kind = type === "memory-backend-file" ? "file" : type === "memory-backend-memfd" ? "memfd" : "ram";
  const hugeKib =
    kind === "memfd"
      ? hugetlb === true
        ? (kib(hugetlbsize) ?? 0)
        : undefined
      : path === undefined
        ? undefined
        : hugePagesIn(path);
  if (threadContext) {
    const { "node-affinity": affinity } = ThreadContext.parsePartial(threadContext.value.text);
    threadContext.argument.imply(
      `libvirt binds the threads that allocate memory to its nodes (${affinity?.join(",") ?? "none"})`,
    );
  }
  return {
    sizeKib: kib(size) ?? 0,
    kind,
    path,
    hugeKib,
    access: share === undefined ? undefined : share ? "shared" : "private",
    discard,
    prealloc: prealloc === true,
    threads: numberOf(threads),
    nodeset: nodes === undefined ? undefined : formatCpuSet(nodes),
    mode:
      policy === undefined || policy === "default"
        ? undefined
        : policies[wordOf(policy, "bind", "preferred", "interleave") ?? "bind"],
    alignKib: kib(align),
    pmem,
    from: [found.argument],
  };
}

/** `-m`, and the backend of all memory if the machine names one. */
export function readMemorySize(draft: Draft, argument: Argument): void {
  const text = /^[\d.]+[a-zA-Z]*(?:,|$)/.test(argument.value) ? `size=${argument.value}` : argument.value;
  const { size, slots, maxmem, rest } = Memory.parsePartial(text);
  const [left] = Object.keys(rest ?? {});
  if (left !== undefined) throw new NoPlaceError(`'${left}' of the memory has no counterpart`);
  const kib = kibOfSize(size ?? "128M", 2 ** 20);
  if (kib === undefined) throw new NoPlaceError(`'${size ?? ""}' is no size`);
  setMemory(draft.domain, kib);
  argument.place("/domain/memory", "/domain/currentMemory");
  if (maxmem === undefined) return;
  draft.domain.maxMemory = { slots: Number(slots ?? 0), kib: kibOfSize(maxmem, 2 ** 20) ?? 0, unit: "KiB" };
  argument.place("/domain/maxMemory");
}

/** The size of all memory. */
export function setMemory(domain: Domain, kib: number): void {
  domain.memory = { ...domain.memory, kib };
  domain.currentMemory = kib;
}

/** The machine's RAM as one backend. */
export function readRam(draft: Draft, id: string): void {
  const backing = readBacking(draft, id);
  if (!backing) throw new NoPlaceError(`there is no memory backend '${id}'`);
  applyBacking(draft, [backing]);
  for (const argument of backing.from) argument.place("/domain/memoryBacking");
  if (backing.nodeset !== undefined) {
    draft.domain.numatune = {
      memnodes: [],
      ...draft.domain.numatune,
      memory: { mode: backing.mode ?? "strict", nodeset: backing.nodeset },
    };
  }
}

/** What backends have in common is said of the guest's memory as a whole. */
function applyBacking(draft: Draft, backings: readonly Backing[]): void {
  const [first] = backings;
  if (!first) return;
  const { domain } = draft;
  const all = <K extends keyof Backing>(key: K): Backing[K] | undefined =>
    backings.every((each) => each[key] === first[key]) ? first[key] : undefined;
  const huge = backings.flatMap(({ hugeKib }, cell) => (hugeKib === undefined ? [] : [{ hugeKib, cell }]));
  const same = huge.length === backings.length && huge.every(({ hugeKib }) => hugeKib === first.hugeKib);
  const plainFile = backings.find(
    ({ kind, path, hugeKib, access }) =>
      kind === "file" && path !== undefined && hugeKib === undefined && access !== "shared",
  );
  const sharedFile = backings.find(({ kind, hugeKib }) => kind === "file" && hugeKib === undefined);
  for (const { path, hugeKib, from } of backings) {
    if (path !== undefined && hugeKib === undefined && !path.includes("/qemu/ram/"))
      for (const argument of from) argument.note("qemu.conf says where files of memory are (memory_backing_dir)");
  }
  const immediate = backings.some(({ prealloc, hugeKib }) => prealloc && hugeKib === undefined);
  const threads = backings.find((each) => each.threads !== undefined)?.threads;
  const found = presentOrNone({
    hugepages:
      huge.length === 0
        ? undefined
        : {
            pages: same
              ? first.hugeKib === 0
                ? []
                : [{ size: first.hugeKib ?? 0, unit: "KiB" }]
              : huge.map(({ hugeKib, cell }) => ({ size: hugeKib, unit: "KiB", nodeset: String(cell) })),
          },
    source: all("kind") === "memfd" ? ("memfd" as const) : (plainFile ?? sharedFile) ? ("file" as const) : undefined,
    access: all("access"),
    allocation: presentOrNone({ mode: immediate ? ("immediate" as const) : undefined, threads }),
    discard: all("discard") === true ? (true as const) : undefined,
  });
  if (found) domain.memoryBacking = { ...domain.memoryBacking, ...found };
}

/** `-numa node`, `dist`, `hmat-lb`, `hmat-cache` and `cpu`, all of them. */
export function readNuma(draft: Draft, args: readonly Argument[]): void {
  const cells: NumaCell[] = [];
  const backings: (Backing | undefined)[] = [];
  const cellOf = (id: number): NumaCell => {
    let cell = cells.find((each) => each.id === id);
    if (!cell) {
      cell = { id, caches: [] };
      cells.push(cell);
    }
    return cell;
  };
  for (const argument of args) orPass(argument, () => readNumaPart(draft, argument, { cells, backings, cellOf }));
  if (cells.length === 0) return;
  const known = backings.filter((each) => each !== undefined);
  applyBacking(draft, known);
  for (const [index, cell] of cells.entries()) applyCell(draft, cell, backings[index]);
  const { domain } = draft;
  const total = cells.reduce((sum, { memory }) => sum + (memory ?? 0), 0);
  // Cells without a size share what the machine has.
  if (total > 0) setMemory(domain, total);
  else shareMemory(domain, cells);
  domain.cpu = {
    features: [],
    pages: [],
    ...domain.cpu,
    numa: { cells, ...(domain.cpu?.numa?.interconnects && { interconnects: domain.cpu.numa.interconnects }) },
  };
}

function shareMemory(domain: Domain, cells: readonly NumaCell[]): void {
  const each = Math.floor((domain.memory?.kib ?? 0) / cells.length);
  for (const cell of cells) cell.memory = each;
}

interface NumaParts {
  readonly cells: NumaCell[];
  /** Of the cells, in their order. */
  readonly backings: (Backing | undefined)[];
  readonly cellOf: (id: number) => NumaCell;
}

/** One `-numa`. */
function readNumaPart(draft: Draft, argument: Argument, { cells, backings, cellOf }: NumaParts): void {
  const kind = argument.value.split(",", 1)[0]?.replace(/^type=/, "");
  const place = (): void => argument.place("/domain/cpu/numa");
  switch (kind) {
    case "node": {
      const { nodeid, cpus, mem, memdev, initiator: _initiator, rest } = NumaNode.parsePartial(argument.value);
      const [left] = Object.keys(rest ?? {});
      if (left !== undefined) argument.note(`'${left}' has no counterpart`);
      const id = numberOf(nodeid) ?? cells.length;
      const cell = cellOf(id);
      const backing = readBacking(draft, memdev);
      backings[cells.indexOf(cell)] = backing;
      if (cpus && cpus.length > 0) cell.cpus = cpus.join(",");
      const kib = backing?.sizeKib ?? (mem === undefined ? undefined : Number(mem) * 1024);
      cell.memory = kib ?? 0;
      cell.unit = "KiB";
      for (const each of backing?.from ?? []) each.place("/domain/cpu/numa");
      place();
      break;
    }
    case "dist": {
      const { src, dst, val } = NumaDistance.parsePartial(argument.value);
      const cell = cellOf(Number(src ?? 0));
      cell.distances ??= { siblings: [] };
      cell.distances.siblings.push({ id: Number(dst ?? 0), value: Number(val ?? 20) });
      place();
      break;
    }
    case "hmat-lb":
      readHmatLb(draft, argument);
      break;
    case "hmat-cache":
      readHmatCache(argument, cellOf);
      break;
    default:
      argument.pass(`'-numa ${kind ?? ""}' has no counterpart`);
  }
}

/** What a cell's memory has of its own. */
function applyCell({ domain }: Draft, cell: NumaCell, backing: Backing | undefined): void {
  if (!backing) return;
  const common = domain.memoryBacking;
  if (backing.access !== undefined && common?.access !== backing.access) cell.memAccess = backing.access;
  if (backing.discard !== undefined && common?.discard !== backing.discard) cell.discard = backing.discard;
  if (backing.nodeset === undefined) return;
  domain.numatune ??= { memnodes: [] };
  domain.numatune.memnodes.push({ cellid: cell.id ?? 0, mode: backing.mode ?? "strict", nodeset: backing.nodeset });
}

const hierarchies = ["memory", "first-level", "second-level", "third-level"];

function readHmatLb({ domain }: Draft, argument: Argument): void {
  const {
    initiator,
    target,
    hierarchy = "memory",
    "data-type": data = "",
    latency,
    bandwidth,
  } = NumaHmatLb.parsePartial(argument.value);
  domain.cpu ??= { features: [], pages: [] };
  domain.cpu.numa ??= { cells: [] };
  domain.cpu.numa.interconnects ??= { latencies: [], bandwidths: [] };
  const { latencies, bandwidths } = domain.cpu.numa.interconnects;
  const level = hierarchies.indexOf(hierarchy);
  const common = {
    initiator: Number(initiator ?? 0),
    target: Number(target ?? 0),
    ...(level > 0 && { cache: level }),
    type: wordOf(data.split("-")[0], "access", "read", "write") ?? "access",
  };
  if (latency !== undefined) latencies.push({ ...common, value: BigInt(numberOf(latency) ?? 0) });
  else bandwidths.push({ ...common, value: BigInt(kibOfSize(bandwidth, 1) ?? 0), unit: "KiB" });
  argument.place("/domain/cpu/numa/interconnects");
}

function readHmatCache(argument: Argument, cellOf: (id: number) => NumaCell): void {
  const { "node-id": node, size, level, associativity, policy, line } = NumaHmatCache.parsePartial(argument.value);
  const associations = { none: "none", direct: "direct", complex: "full" } as const;
  const writing = { none: "none", "write-back": "writeback", "write-through": "writethrough" } as const;
  cellOf(Number(node ?? 0)).caches.push({
    level: Number(level ?? 1),
    associativity: associations[wordOf(associativity, "none", "direct", "complex") ?? "none"],
    policy: writing[wordOf(policy, "none", "write-back", "write-through") ?? "none"],
    size: { value: kibOfSize(size, 1) ?? 0, unit: "KiB" },
    line: { value: Number(line ?? 0), unit: "B" },
  });
  argument.place("/domain/cpu/numa");
}

/** Bytes as documents count memory. */
function kibOf(bytes: number | bigint | undefined): number | undefined {
  return bytes === undefined ? undefined : Number(bytes) / 1024;
}

/** What the keys of a memory device say of it, whatever it is plugged in to. */
interface Module {
  readonly model: MemoryDevice["model"];
  readonly memdev: string | undefined;
  readonly target: Omit<MemoryDevice["target"], "size">;
  readonly uuid?: string | undefined;
  readonly place: Pick<MemoryDevice, "address">;
}

/** Adds a memory device with its backend to the document. */
function addModule(draft: Draft, device: DeviceArgument, module: Module, id: string | undefined, left: object): void {
  const { model, memdev, uuid } = module;
  const backing = readBacking(draft, memdev);
  if (!backing) throw new NoPlaceError(`there is no memory backend '${memdev ?? ""}'`);
  const persistent = model === "nvdimm" || model === "virtio-pmem";
  const common = draft.domain.memoryBacking;
  const source = presentOrNone({
    nodemask: backing.nodeset,
    pagesize: persistent || backing.hugeKib === undefined || backing.hugeKib === 0 ? undefined : backing.hugeKib,
    path: persistent ? backing.path : undefined,
    alignsize: backing.alignKib,
    pmem: backing.pmem === true ? (true as const) : undefined,
  });
  const entry: MemoryDevice = {
    model,
    ...(backing.access !== undefined &&
      backing.access !== common?.access &&
      (model !== "virtio-pmem" || backing.access !== "shared") && { access: backing.access }),
    ...(backing.discard !== undefined && backing.discard !== common?.discard && { discard: backing.discard }),
    ...(uuid !== undefined && { uuid }),
    ...(source && { source }),
    target: { size: backing.sizeKib, ...module.target },
    ...module.place,
  };
  draft.add("memories", entry, device.argument, ...backing.from);
  draft.keep(entry, id, left);
  draft.moduleKib += backing.sizeKib;
}

const slotModels = { "pc-dimm": "dimm", nvdimm: "nvdimm", "sgx-epc": "sgx-epc" } as const;

/** Every module belongs to a cell; without any, to the one there is. */
const dimm = deviceReader(DimmDevice, (draft, { driver = "pc-dimm", ...keys }, device) => {
  const { id, node, "label-size": label, uuid, unarmed, memdev, slot, addr, ...left } = keys;
  const base = addr === undefined ? undefined : BigInt(addr);
  if (base !== undefined && BigInt.asUintN(64, base) !== base) throw new NoPlaceError(`'${addr}' is no address`);
  const labelKib = kibOf(label);
  const module: Module = {
    model: slotModels[driver],
    memdev,
    uuid,
    target: {
      node: Number(node ?? 0),
      ...(labelKib !== undefined && { label: { size: labelKib } }),
      ...(unarmed === true && { readonly: true }),
    },
    place:
      slot === undefined && addr === undefined
        ? {}
        : {
            address: present({
              type: "dimm" as const,
              // QEMU takes the next.
              slot: numberOf(slot) ?? draft.devices.memories.length,
              base,
            }),
          },
  };
  addModule(draft, device, module, id, left);
});

const virtioModels = { "virtio-pmem-pci": "virtio-pmem", "virtio-mem-pci": "virtio-mem" } as const;

const virtioMemory = deviceReader(VirtioMemoryDevice, (draft, { driver = "virtio-mem-pci", ...keys }, device) => {
  const { id, node, "block-size": block, "requested-size": requested, memdev, prealloc, ...rest } = keys;
  const { bus, multifunction, addr, ...left } = rest;
  const blockKib = kibOf(block);
  const requestedKib = kibOf(requested);
  const module: Module = {
    model: virtioModels[driver],
    memdev,
    target: {
      ...((node !== undefined || driver !== "virtio-pmem-pci") && { node: Number(node ?? 0) }),
      ...(blockKib !== undefined && { block: blockKib }),
      ...(requestedKib !== undefined && { requested: requestedKib }),
    },
    place: takePlace({ bus, multifunction, addr }, draft.buses).device,
  };
  addModule(draft, device, module, id, left);
  if (prealloc === true) device.argument.note("libvirt decides about prealloc itself");
});

/** Memory of enclaves, which the machine has instead of modules. */
export function addEnclaveMemory(draft: Draft, memdev: string, node: number): void {
  const backing = readBacking(draft, memdev);
  if (!backing) throw new NoPlaceError(`there is no memory backend '${memdev}'`);
  const entry: MemoryDevice = {
    model: "sgx-epc",
    ...(backing.nodeset !== undefined && { source: { nodemask: backing.nodeset } }),
    target: { size: backing.sizeKib, node },
  };
  draft.add("memories", entry, ...backing.from);
  draft.moduleKib += backing.sizeKib;
}

/** Memory modules. */
export const memoryReaders: readonly DeviceReader[] = [dimm, virtioMemory];
