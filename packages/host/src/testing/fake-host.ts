import { errnoNumber, SystemError } from "../errors.ts";
import type { Host } from "../host.ts";
import type {
  CacheBank,
  CpuDescription,
  CpuTimes,
  MemoryAmounts,
  NodeInformation,
  NodeSummary,
  NumaCell,
} from "../node/node-information.ts";
import type { Group, User, Users } from "../users/users.ts";
import { FakeControlFiles } from "./fake-control-files.ts";
import { FakeFiles } from "./fake-files.ts";
import { FakeNetwork } from "./fake-network.ts";
import { FakeProcesses } from "./fake-processes.ts";
import { FakeSockets } from "./fake-sockets.ts";
import { FakeStreams } from "./fake-streams.ts";

/** Users and groups of a small Debian host. */
export class FakeUsers implements Users {
  self = { uid: 0, gid: 0 };
  readonly users: User[] = [
    { name: "root", uid: 0, gid: 0, home: "/root" },
    { name: "libvirt-qemu", uid: 64055, gid: 106, home: "/var/lib/libvirt" },
  ];
  readonly groups: Group[] = [
    { name: "root", gid: 0 },
    { name: "kvm", gid: 106 },
    { name: "libvirt", gid: 120 },
  ];

  async findUser(nameOrId: string): Promise<User | undefined> {
    return this.users.find(({ name, uid }) => name === nameOrId || String(uid) === nameOrId.replace(/^\+/, ""));
  }

  async findGroup(nameOrId: string): Promise<Group | undefined> {
    return this.groups.find(({ name, gid }) => name === nameOrId || String(gid) === nameOrId.replace(/^\+/, ""));
  }

  async groupsOf(user: User): Promise<readonly number[]> {
    return [user.gid];
  }
}

/** A machine of 2 CPUs and 4 GiB that never changes. */
export class FakeNode implements NodeInformation {
  kvmAvailable = true;
  readonly architecture = "x86_64";

  async hostname(): Promise<string> {
    return "host.example";
  }

  async summary(): Promise<NodeSummary> {
    const shape = { cpus: 2, mhz: 2400, nodes: 1, sockets: 1, cores: 2, threads: 1 };
    return { model: "x86_64", memory: 4_194_304n, ...shape };
  }

  async numa(): Promise<readonly NumaCell[]> {
    const cpus = [0, 1].map((id) => ({ id, socket: 0, die: 0, core: id, siblings: [id] }));
    const pages = [{ sizeKiB: 4, count: 1_048_576n }];
    return [{ id: 0, memory: 4_194_304n, pages, distances: [{ id: 0, value: 10 }], cpus }];
  }

  async caches(): Promise<readonly CacheBank[]> {
    return [{ id: 0, level: 3, type: "both", sizeKiB: 32_768, cpus: [0, 1] }];
  }

  async cpuTimes(cpu?: number): Promise<CpuTimes | undefined> {
    if (cpu !== undefined && cpu > 1) return undefined;
    return { kernel: 1_000_000_000n, user: 2_000_000_000n, idle: 3_000_000_000n, iowait: 0n };
  }

  async memory(node?: number): Promise<MemoryAmounts | undefined> {
    if (node !== undefined && node > 0) return undefined;
    const cache = node === undefined ? 1024n : undefined;
    return { total: 4_194_304n, free: 2_097_152n, buffers: cache, cached: cache };
  }

  async cpuMap(): Promise<readonly boolean[]> {
    return [true, true];
  }

  async freePages(node: number, sizeKiB: number): Promise<bigint | undefined> {
    return node === 0 && sizeKiB === 4 ? 524_288n : undefined;
  }

  async pageSizes(): Promise<readonly number[]> {
    return [4];
  }

  async pageSharing(): Promise<ReadonlyMap<string, bigint>> {
    return new Map([["pages_to_scan", 100n]]);
  }

  async setPageSharing(): Promise<void> {
    // The fake machine has no page sharing to tune.
  }

  async resizePagePool(): Promise<boolean> {
    return false;
  }

  async cpu(): Promise<CpuDescription> {
    const identity = { vendor: "GenuineIntel", family: 6, model: 142, stepping: 10, modelName: "Fake CPU" };
    const rest = { flags: ["fpu", "sse2", "vmx"], microcode: undefined, tsc: undefined, physicalBits: 39 };
    return { architecture: "x86_64", ...identity, ...rest };
  }

  async smbios(): Promise<undefined> {
    return undefined;
  }

  async smbiosUuid(): Promise<undefined> {
    return undefined;
  }

  kvmMaxVcpus(): number {
    if (!this.kvmAvailable) throw new SystemError(errnoNumber("ENOENT"), "Unable to open /dev/kvm");
    return 288;
  }

  async kvm(): Promise<{ readonly available: boolean; readonly nested: boolean }> {
    return { available: this.kvmAvailable, nested: false };
  }

  async powerManagement(): Promise<{
    readonly suspend: boolean;
    readonly hibernate: boolean;
    readonly hybrid: boolean;
  }> {
    return { suspend: false, hibernate: false, hybrid: false };
  }

  async iommu(): Promise<boolean> {
    return false;
  }

  async bootId(): Promise<string> {
    return "00000000-0000-4000-8000-000000000001";
  }

  kernelRelease(): string {
    return "6.1.0-fake";
  }
}

/** A machine in memory: every part can be looked into and made to fail by a test. */
export class FakeHost implements Host {
  files = new FakeFiles();
  readonly streams = new FakeStreams();
  readonly processes = new FakeProcesses();
  readonly sockets = new FakeSockets();
  readonly users = new FakeUsers();
  readonly network = new FakeNetwork();
  readonly node = new FakeNode();
  readonly controlFiles = new FakeControlFiles();
}
