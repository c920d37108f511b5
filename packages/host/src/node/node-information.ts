/** `virNodeInfo`: what `virsh nodeinfo` prints. */
export interface NodeSummary {
  /** Machine name of `uname`, e.g. `x86_64`. */
  readonly model: string;
  /** KiB of memory. */
  readonly memory: bigint;
  /** Online CPUs. */
  readonly cpus: number;
  readonly mhz: number;
  readonly nodes: number;
  /** Sockets of a NUMA node. */
  readonly sockets: number;
  /** Cores of a socket. */
  readonly cores: number;
  /** Threads of a core. */
  readonly threads: number;
}

/** Where a CPU sits. */
export interface CpuPlace {
  readonly id: number;
  readonly socket: number;
  readonly die: number;
  readonly core: number;
  /** CPUs that share its core, itself included. */
  readonly siblings: readonly number[];
}

/** One NUMA node, as the host capabilities show it. */
export interface NumaCell {
  readonly id: number;
  /** KiB. */
  readonly memory: bigint;
  readonly pages: readonly { readonly sizeKiB: number; readonly count: bigint }[];
  readonly distances: readonly { readonly id: number; readonly value: number }[];
  readonly cpus: readonly CpuPlace[];
}

/** A CPU cache of level 3 or above, as the host capabilities show it. */
export interface CacheBank {
  readonly id: number;
  readonly level: number;
  readonly type: "both" | "code" | "data";
  readonly sizeKiB: number;
  readonly cpus: readonly number[];
}

/** Nanoseconds of CPU time since boot, as `virNodeGetCPUStats` counts them. */
export interface CpuTimes {
  readonly kernel: bigint;
  readonly user: bigint;
  readonly idle: bigint;
  readonly iowait: bigint;
}

/** KiB, as `virNodeGetMemoryStats` counts them; `buffers` and `cached` only for the whole node. */
export interface MemoryAmounts {
  readonly total: bigint;
  readonly free: bigint;
  readonly buffers: bigint | undefined;
  readonly cached: bigint | undefined;
}

/** What `/proc/cpuinfo` and sysfs tell of the CPU model; x86 fields are empty elsewhere. */
export interface CpuDescription {
  readonly architecture: string;
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  readonly flags: readonly string[];
  readonly modelName: string;
  readonly microcode: number | undefined;
  /** TSC frequency in Hz and whether it can be scaled, when KVM says so. */
  readonly tsc: { readonly frequency: bigint; readonly scaling: boolean } | undefined;
  /** Physical address bits. */
  readonly physicalBits: number | undefined;
}

/** Tables of the machine's firmware: section to (name to value), in `virsh sysinfo`'s names. */
export interface SmbiosInformation {
  readonly bios: Readonly<Record<string, string>>;
  readonly system: Readonly<Record<string, string>>;
  readonly baseBoards: readonly Readonly<Record<string, string>>[];
  readonly chassis: Readonly<Record<string, string>>;
  readonly processors: readonly Readonly<Record<string, string>>[];
  readonly memoryDevices: readonly Readonly<Record<string, string>>[];
}

/** The machine itself. Read anew at each call unless it cannot change. */
export interface NodeInformation {
  /** The kernel's host name, with the domain when the resolver knows one, as libvirt reports it. */
  hostname(): Promise<string>;
  summary(): Promise<NodeSummary>;
  numa(): Promise<readonly NumaCell[]>;
  /** Caches that CPUs share, in the order of level, type and id. */
  caches(): Promise<readonly CacheBank[]>;
  /** Of one CPU, or of all together. `undefined` for a CPU that does not exist. */
  cpuTimes(cpu?: number): Promise<CpuTimes | undefined>;
  /** Of one NUMA node, or of the machine. `undefined` for a node that does not exist. */
  memory(node?: number): Promise<MemoryAmounts | undefined>;
  /** CPUs by number with whether each is online (`virNodeGetCPUMap`). */
  cpuMap(): Promise<readonly boolean[]>;
  /** Free pages of a size (KiB) in a NUMA node; `undefined` when there is no such node or size. */
  freePages(node: number, sizeKiB: number): Promise<bigint | undefined>;
  pageSizes(): Promise<readonly number[]>;
  /** Counters and settings of kernel same-page merging by the kernel's names; what it lacks is absent. */
  pageSharing(names: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /** Changes one of them. */
  setPageSharing(name: string, value: bigint): Promise<void>;
  /** Sets the number of huge pages of a size (KiB) on a NUMA node, or adds to it; `false` where there is no such pool. */
  resizePagePool(node: number, sizeKiB: number, count: bigint, add: boolean): Promise<boolean>;
  cpu(): Promise<CpuDescription>;
  /** `undefined` where there is no SMBIOS or no right to read it. */
  smbios(): Promise<SmbiosInformation | undefined>;
  /** UUID from SMBIOS when it is a real one; `undefined` otherwise. */
  smbiosUuid(): Promise<string | undefined>;
  /** The most virtual CPUs of a guest under KVM; throws a `SystemError` when there is no KVM. */
  kvmMaxVcpus(): number;
  /** Whether `/dev/kvm` opens and speaks the API QEMU needs. */
  kvm(): Promise<{ readonly available: boolean; readonly nested: boolean; readonly reason?: string }>;
  /** Whether an IOMMU is present, and the machine can do suspend-to-RAM, to-disk, hybrid. */
  powerManagement(): Promise<{ readonly suspend: boolean; readonly hibernate: boolean; readonly hybrid: boolean }>;
  iommu(): Promise<boolean>;
  /** Identifies this boot of the kernel. */
  bootId(): Promise<string>;
  /** Machine name of `uname`, e.g. `x86_64`; costs nothing. */
  readonly architecture: string;
  /** `uname -r`. */
  kernelRelease(): string;
}
