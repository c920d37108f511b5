import { hostname, release } from "node:os";
import type { Processes } from "../processes/processes.ts";
import { kvmMaxVcpus, kvmState, tscFrequency } from "./kvm.ts";
import type {
  CacheBank,
  CpuDescription,
  CpuTimes,
  MemoryAmounts,
  NodeInformation,
  NodeSummary,
  NumaCell,
  SmbiosInformation,
} from "./node-information.ts";
import { readPageSharing, resizePagePool, writePageSharing } from "./page-sharing.ts";
import { parseDmidecode } from "./smbios.ts";
import { parseCpuinfo, parseMeminfo, readKernelFile } from "./sysfs.ts";
import {
  cacheBanks,
  cpuMap,
  freePages,
  nodeMemory,
  numaCells,
  onlineCpus,
  pageSizes,
  summarizeTopology,
} from "./topology.ts";

/** `/proc/stat` counts in hundredths of a second on every Linux that runs Node. */
const NANOSECONDS_PER_TICK = 10_000_000n;

/** Node's names of architectures to the kernel's. */
const machines: Readonly<Record<string, string>> = {
  x64: "x86_64",
  arm64: "aarch64",
  ia32: "i686",
  arm: "armv7l",
  ppc64: "ppc64le",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loongarch64",
};

/** This machine. */
export class LinuxNode implements NodeInformation {
  readonly architecture = machines[process.arch] ?? process.arch;
  readonly #processes: Processes;
  #smbios: Promise<SmbiosInformation | undefined> | undefined;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async hostname(): Promise<string> {
    const name = hostname();
    // As libvirt: a name with a domain, or a placeholder, is not looked up.
    if (name.startsWith("localhost") || name.includes(".")) return name;
    const { stdout } = await this.#processes.run({ argv: ["getent", "ahosts", name], timeout: 10_000 });
    const canonical = stdout.split("\n")[0]?.trim().split(/\s+/)[2];
    return canonical === undefined || canonical.startsWith("localhost") ? name : canonical;
  }

  async summary(): Promise<NodeSummary> {
    const [cells, online, meminfo, cpuinfo] = await Promise.all([
      numaCells(),
      onlineCpus(),
      readKernelFile("/proc/meminfo"),
      readKernelFile("/proc/cpuinfo"),
    ]);
    // libvirt adds up the NUMA nodes, which on some virtual machines is not what /proc/meminfo says.
    const total = cells.reduce((sum, cell) => sum + cell.memory, 0n);
    const mhz = parseCpuinfo(cpuinfo ?? "")[0]?.get("cpu MHz");
    return {
      model: this.architecture,
      memory: total > 0n ? total : (parseMeminfo(meminfo ?? "").get("MemTotal") ?? 0n),
      cpus: online.length,
      mhz: mhz === undefined ? 0 : Math.trunc(Number(mhz)),
      ...summarizeTopology(cells, online.length),
    };
  }

  async numa(): Promise<readonly NumaCell[]> {
    return numaCells();
  }

  async caches(): Promise<readonly CacheBank[]> {
    return cacheBanks();
  }

  async cpuTimes(cpu?: number): Promise<CpuTimes | undefined> {
    const wanted = cpu === undefined ? "cpu" : `cpu${cpu}`;
    const line = ((await readKernelFile("/proc/stat")) ?? "").split("\n").find((each) => each.startsWith(`${wanted} `));
    if (line === undefined) return undefined;
    const [user = 0n, nice = 0n, system = 0n, idle = 0n, iowait = 0n, irq = 0n, softirq = 0n] = line
      .trim()
      .split(/\s+/)
      .slice(1)
      .map((ticks) => BigInt(ticks) * NANOSECONDS_PER_TICK);
    return { kernel: system + irq + softirq, user: user + nice, idle, iowait };
  }

  async memory(node?: number): Promise<MemoryAmounts | undefined> {
    const values =
      node === undefined ? parseMeminfo((await readKernelFile("/proc/meminfo")) ?? "") : await nodeMemory(node);
    if (!values) return undefined;
    return {
      total: values.get("MemTotal") ?? 0n,
      free: values.get("MemFree") ?? 0n,
      buffers: node === undefined ? values.get("Buffers") : undefined,
      cached: node === undefined ? values.get("Cached") : undefined,
    };
  }

  async cpuMap(): Promise<readonly boolean[]> {
    return cpuMap();
  }

  async freePages(node: number, sizeKiB: number): Promise<bigint | undefined> {
    return freePages(node, sizeKiB);
  }

  async pageSizes(): Promise<readonly number[]> {
    return pageSizes();
  }

  async pageSharing(names: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
    return readPageSharing(names);
  }

  async setPageSharing(name: string, value: bigint): Promise<void> {
    await writePageSharing(name, value);
  }

  async resizePagePool(node: number, sizeKiB: number, count: bigint, add: boolean): Promise<boolean> {
    return resizePagePool(node, sizeKiB, count, add);
  }

  async cpu(): Promise<CpuDescription> {
    const [first] = parseCpuinfo((await readKernelFile("/proc/cpuinfo")) ?? "");
    const number = (name: string): number => Number(first?.get(name) ?? 0);
    const microcode = first?.get("microcode");
    const bits = /^(\d+) bits physical/.exec(first?.get("address sizes") ?? "");
    return {
      architecture: this.architecture,
      vendor: first?.get("vendor_id") ?? "",
      family: number("cpu family"),
      model: number("model"),
      stepping: number("stepping"),
      flags: (first?.get("flags") ?? first?.get("Features") ?? "").split(/\s+/).filter((flag) => flag !== ""),
      modelName: first?.get("model name") ?? "",
      microcode: microcode === undefined ? undefined : Number(microcode),
      tsc: tscFrequency(),
      physicalBits: bits ? Number(bits[1]) : undefined,
    };
  }

  async smbios(): Promise<SmbiosInformation | undefined> {
    this.#smbios ??= this.#readSmbios();
    return this.#smbios;
  }

  async smbiosUuid(): Promise<string | undefined> {
    const uuid = (await readKernelFile("/sys/class/dmi/id/product_uuid"))?.toLowerCase();
    // Boards whose maker left the field out say all zeros, all ones, or other single digits.
    return uuid === undefined || new Set(uuid.replaceAll("-", "")).size === 1 ? undefined : uuid;
  }

  kvmMaxVcpus(): number {
    return kvmMaxVcpus();
  }

  async kvm(): Promise<{ readonly available: boolean; readonly nested: boolean; readonly reason?: string }> {
    return kvmState();
  }

  async powerManagement(): Promise<{
    readonly suspend: boolean;
    readonly hibernate: boolean;
    readonly hybrid: boolean;
  }> {
    const [states, disk] = await Promise.all([readKernelFile("/sys/power/state"), readKernelFile("/sys/power/disk")]);
    const has = (state: string): boolean => (states ?? "").split(/\s+/).includes(state);
    const hibernate = has("disk") && disk !== undefined && !disk.includes("[disabled]");
    return { suspend: has("mem"), hibernate, hybrid: has("mem") && hibernate && disk.includes("suspend") };
  }

  async iommu(): Promise<boolean> {
    return (await readKernelFile("/sys/kernel/iommu_groups/0/type")) !== undefined;
  }

  async bootId(): Promise<string> {
    return (await readKernelFile("/proc/sys/kernel/random/boot_id")) ?? "";
  }

  kernelRelease(): string {
    return release();
  }

  async #readSmbios(): Promise<SmbiosInformation | undefined> {
    const dmidecode = await this.#processes.findProgram("dmidecode");
    if (dmidecode === undefined) return undefined;
    const { code, stdout } = await this.#processes.run({ argv: [dmidecode, "-q", "-t", "0,1,2,3,4,17"] });
    const found = code === 0 ? parseDmidecode(stdout) : undefined;
    return found && Object.keys(found.bios).length + Object.keys(found.system).length > 0 ? found : undefined;
  }
}
