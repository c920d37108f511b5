import { ErrorCode, virtError } from "@tsvirt/base";
import { type Domain, type MemoryDevice, parseCpuSet } from "@tsvirt/model/domain";
import type { CommandWriter } from "./command.ts";
import { MemoryBackend, ThreadContext } from "./declarations/backends.ts";

/** Ordinary pages of the host, KiB: asked for by size they are no huge pages. */
const SYSTEM_PAGE_KIB = 4;

/** Memory that a backend is to stand for: the machine's RAM, a cell's, or a module's. */
export interface BackendRequest {
  readonly id: string;
  readonly sizeKib: number;
  /** Number of the guest's cell. */
  readonly cell?: number | undefined;
  /** The machine's RAM as a whole. */
  readonly isRam?: boolean;
  readonly module?: MemoryDevice;
}

/** A backend that has been worked out, and whether the guest cannot do without it. */
export interface BackendPlan {
  readonly backend: MemoryBackend;
  readonly isNeeded: boolean;
  /** It is to be filled at the start, as far as that is the backend's own business. */
  readonly isFilled: boolean;
  /** Host nodes that its memory comes from. */
  readonly nodes: readonly number[] | undefined;
}

/** Works out the backend of some memory (`qemuBuildMemoryBackendProps`). */
export function planBackend(line: CommandWriter, domain: Domain, request: BackendRequest): BackendPlan {
  const { memoryBacking, numatune } = domain;
  const { module } = request;
  const { source } = module ?? {};
  const cell = domain.cpu?.numa?.cells.find((each, index) => (each.id ?? index) === request.cell);
  const access = module?.access ?? cell?.memAccess ?? memoryBacking?.access;
  // What is not said of the module or its cell is said of all memory; there it can only be on.
  const discard = module?.discard ?? cell?.discard ?? memoryBacking?.discard;
  const pages = pageSizeOf(line, domain, request);
  const path = source?.path;
  const shape = { ...pages, access, discard, path };
  const kind =
    module?.model === "sgx-epc"
      ? ({ "qom-type": "memory-backend-epc" } as const)
      : backendKind(line, domain, request, shape);
  const memnode = numatune?.memnodes.find(({ cellid }) => cellid === request.cell);
  const nodes = nodesOf(line, domain, source?.nodemask, memnode?.nodeset);
  const mode = memnode?.mode ?? numatune?.memory?.mode ?? "strict";
  const bound = nodes !== undefined && mode !== "restrictive" ? { "host-nodes": nodes, policy: policies[mode] } : {};
  const fromFile = memoryBacking?.source === "file" || memoryBacking?.source === "memfd";
  return {
    backend: {
      ...kind,
      id: request.id,
      ...preallocation(line, domain, module, pages.prealloc),
      size: request.sizeKib * 1024,
      ...(module?.model === "nvdimm" && nvdimmKeys(line, module)),
      ...bound,
    },
    isNeeded:
      module !== undefined ||
      request.isRam === true ||
      pages.isOwn ||
      memnode !== undefined ||
      access !== undefined ||
      fromFile,
    isFilled: pages.prealloc,
    nodes,
  };
}

const policies = { strict: "bind", preferred: "preferred", interleave: "interleave" } as const;

/** Writes a backend, behind the threads that fill it if they are to run on its nodes. */
export function writeBackend(line: CommandWriter, { backend, nodes }: BackendPlan): void {
  if (nodes === undefined || backend.prealloc !== true || !line.has("thread-context")) {
    line.option(MemoryBackend, backend);
    return;
  }
  const id = `tc-${backend.id}`;
  line.option(ThreadContext, { "qom-type": "thread-context", id, "node-affinity": [...nodes] });
  line.option(MemoryBackend, { ...backend, "prealloc-context": id });
}

interface PageChoice {
  /** KiB; `undefined` = ordinary pages. */
  readonly hugeKib: number | undefined;
  /** Chosen for this very memory, not for the guest as a whole. */
  readonly isOwn: boolean;
  readonly prealloc: boolean;
}

/** The pages that some memory is to have (`qemuBuildMemoryGetPagesize`). */
function pageSizeOf(line: CommandWriter, domain: Domain, { module, cell }: BackendRequest): PageChoice {
  const { hugepages, allocation } = domain.memoryBacking ?? {};
  const immediate = allocation?.mode === "immediate";
  let size = module?.source?.pagesize;
  let isOwn = size !== undefined && size > 0;
  if (!isOwn && hugepages) {
    const special = hugepages.pages.find(
      ({ nodeset }) => cell !== undefined && nodeset !== undefined && parseCpuSet(nodeset)?.includes(cell),
    );
    isOwn = special !== undefined;
    // Without entries: the host's default.
    size =
      special?.size ??
      (hugepages.pages.length === 0 ? 0 : hugepages.pages.findLast((p) => p.nodeset === undefined)?.size);
  }
  if (size === SYSTEM_PAGE_KIB) {
    isOwn = false;
    size = undefined;
  }
  const hugeKib = size === undefined ? undefined : size === 0 ? findMount(line, undefined).sizeKib : size;
  // What lies in a file of its own is there already, and a real device would only be worn off.
  const isFile = module?.source?.path !== undefined;
  const fill = isFile ? module?.model === "nvdimm" && module.source?.pmem !== true : hugeKib !== undefined;
  return { hugeKib, isOwn, prealloc: immediate || fill };
}

interface BackendShape extends PageChoice {
  readonly access: "shared" | "private" | undefined;
  readonly discard: boolean | undefined;
  readonly path: string | undefined;
}

type BackendKind = Pick<
  MemoryBackend,
  | "qom-type"
  | "hugetlb"
  | "hugetlbsize"
  | "mem-path"
  | "discard-data"
  | "share"
  | "x-use-canonical-path-for-ramblock-id"
>;

function backendKind(
  line: CommandWriter,
  { memoryBacking }: Domain,
  { id, isRam }: BackendRequest,
  { hugeKib, access, discard, path }: BackendShape,
): BackendKind {
  const share = access === undefined ? {} : { share: access === "shared" };
  // The machine's own RAM has a name that guests may be migrated by; an explicit backend would get another.
  const canonical =
    isRam === true && line.has("memory-backend-file.x-use-canonical-path-for-ramblock-id")
      ? { "x-use-canonical-path-for-ramblock-id": false }
      : {};
  if (path === undefined && memoryBacking?.source === "memfd") {
    if (!line.has("memory-backend-memfd")) {
      throw virtError(ErrorCode.configUnsupported, "this qemu doesn't support the memory-backend-memfd object");
    }
    const huge = hugeKib === undefined ? {} : { hugetlb: true, hugetlbsize: hugeKib * 1024 };
    return { "qom-type": "memory-backend-memfd", ...huge, ...share, ...canonical };
  }
  const inFile =
    hugeKib !== undefined || path !== undefined || access !== undefined || memoryBacking?.source === "file";
  if (!inFile) return { "qom-type": "memory-backend-ram" };
  return {
    "qom-type": "memory-backend-file",
    "mem-path":
      path ?? (hugeKib === undefined ? memoryPath(line, id.replace(/^mem/, "")) : hugePagePath(line, hugeKib)),
    ...(path === undefined && discard !== undefined && { "discard-data": discard }),
    ...share,
    ...canonical,
  };
}

/** Whether the backend is filled at the start, and by how many threads. */
function preallocation(
  line: CommandWriter,
  { memoryBacking }: Domain,
  module: MemoryDevice | undefined,
  wanted: boolean,
): Pick<MemoryBackend, "prealloc" | "prealloc-threads" | "reserve"> {
  if (module?.model === "virtio-mem") {
    // It is filled as the guest takes it, by the device.
    const all = !line.has("virtio-mem-pci.prealloc") && line.preallocatesAll;
    return {
      ...(all && { prealloc: false }),
      ...(line.has("memory-backend-file.reserve") && { reserve: false }),
    };
  }
  if (line.preallocatesAll) return {};
  const threads = memoryBacking?.allocation?.threads ?? 0;
  return {
    ...((wanted || module?.model === "sgx-epc") && { prealloc: true }),
    ...(threads > 0 && { "prealloc-threads": threads }),
  };
}

function nvdimmKeys(line: CommandWriter, { source }: MemoryDevice): Pick<MemoryBackend, "align" | "pmem"> {
  if (source?.pmem === true && !line.has("memory-backend-file.pmem")) {
    throw virtError(ErrorCode.configUnsupported, "nvdimm pmem property is not available with this QEMU binary");
  }
  const align = source?.alignsize ?? 0;
  return { ...(align > 0 && { align: align * 1024 }), ...(source?.pmem === true && { pmem: true }) };
}

/** Host nodes for some memory: its own, or those of numad, of its cell, or of the guest. */
function nodesOf(
  line: CommandWriter,
  { numatune }: Domain,
  own: string | undefined,
  ofCell: string | undefined,
): readonly number[] | undefined {
  const common = numatune?.memory;
  const auto = common?.placement === "auto";
  const { autoNodeset } = line.context;
  if (own === undefined && auto && autoNodeset === undefined) {
    throw virtError(ErrorCode.internalError, "Advice from numad is needed in case of automatic numa placement");
  }
  const nodeset = own ?? (auto ? autoNodeset : (ofCell ?? common?.nodeset));
  if (nodeset === undefined) return undefined;
  const nodes = parseCpuSet(nodeset) ?? [];
  requireNodes(line, nodes);
  return nodes;
}

/** Refuses nodes that the host does not have, if its nodes are known. */
export function requireNodes(line: CommandWriter, nodes: readonly number[]): void {
  const { numaNodes } = line.context;
  const missing = numaNodes && nodes.find((node) => !numaNodes.includes(node));
  if (missing !== undefined) {
    throw virtError(ErrorCode.configUnsupported, `NUMA node ${missing} is unavailable`);
  }
}

/**
 * What old machines take for all memory at once, whose RAM is no backend: a path and that it is filled
 * (`qemuBuildMemPathStr`).
 */
export function writeMemPath(line: CommandWriter, { memoryBacking }: Domain): void {
  const hugepages = memoryBacking?.hugepages;
  const first = hugepages?.pages[0]?.size;
  let path: string | undefined;
  let fill = memoryBacking?.allocation?.mode === "immediate";
  if (hugepages && first !== SYSTEM_PAGE_KIB) {
    path = hugePagePath(line, first);
    fill = true;
  } else if (memoryBacking?.source === "file") path = memoryPath(line, "ram");
  if (fill && !line.preallocatesAll) {
    line.add("-mem-prealloc");
    line.preallocatesAll = true;
  }
  if (path !== undefined) line.add("-mem-path", path);
}

function memoryPath(line: CommandWriter, file: string): string {
  const directory = line.context.config.memory_backing_dir ?? "/var/lib/libvirt/qemu/ram";
  // In a directory QEMU makes a file without a name, which goes with it.
  return line.context.byHand ? directory : `${directory}/${line.context.memorySubdir}/${file}`;
}

function hugePagePath(line: CommandWriter, sizeKib: number | undefined): string {
  const mount = findMount(line, sizeKib);
  return line.context.byHand ? mount.path : `${mount.path}/libvirt/qemu/${line.context.memorySubdir}`;
}

/** The mount for pages of a size; without one, the default. */
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
