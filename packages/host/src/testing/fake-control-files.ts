import type { ControlFiles } from "../cgroups/control-files.ts";
import { errnoNumber, SystemError } from "../errors.ts";

/** Files that the kernel puts into every new group of a version 1 hierarchy, by the last part of its mount's path. */
const kernelFiles: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cpu: { "cpu.shares": "1024", "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "-1" },
  cpuacct: {
    "cpuacct.usage": "3000000000",
    "cpuacct.stat": "user 100\nsystem 200",
    "cpuacct.usage_percpu": "1000000000 2000000000 ",
  },
  cpuset: { "cpuset.cpus": "", "cpuset.mems": "", "cpuset.memory_migrate": "0" },
  memory: {
    "memory.limit_in_bytes": "9223372036854771712",
    "memory.soft_limit_in_bytes": "9223372036854771712",
    "memory.memsw.limit_in_bytes": "9223372036854771712",
  },
  devices: { "devices.allow": "", "devices.deny": "", "devices.list": "a *:* rwm" },
  blkio: { "blkio.weight": "500", "blkio.throttle.read_bps_device": "", "blkio.throttle.write_iops_device": "" },
  unified: {
    "cgroup.subtree_control": "",
    "cgroup.type": "domain",
    "cgroup.threads": "",
    "cpu.weight": "100",
    "cpu.max": "max 100000",
    "cpu.stat": "usage_usec 3000\nuser_usec 1000\nsystem_usec 2000",
    "memory.max": "max",
    "memory.high": "max",
    "memory.swap.max": "max",
    "io.weight": "default 100",
    "io.max": "",
  },
};

/**
 * Control group file systems in memory. What is written stays as written; {@link writes} has it in order. Nothing is mounted
 * until a test calls {@link mount}.
 */
export class FakeControlFiles implements ControlFiles {
  readonly files = new Map<string, string>();
  readonly writes: (readonly [path: string, text: string])[] = [];
  readonly programs = new Map<string, Uint8Array>();
  /** Paths whose changes fail, with the errno's name. */
  readonly failures = new Map<string, "EPERM" | "EBUSY" | "EINVAL">();
  readonly #directories = new Map<string, string>();

  /** Mounts hierarchies: version 1 by controller at `/sys/fs/cgroup/NAME`, version 2 as `unified`. */
  mount(names: readonly string[], base = "/sys/fs/cgroup"): void {
    const line = (name: string): string =>
      name === "unified" ? `cgroup2 ${base}/unified cgroup2 rw 0 0` : `cgroup ${base}/${name} cgroup rw,${name} 0 0`;
    this.files.set("/proc/mounts", names.map(line).join("\n"));
    this.files.set("/proc/self/cgroup", names.map((name, index) => `${index + 1}:${name}:/`).join("\n"));
    for (const name of names) {
      this.#populate(`${base}/${name}`, name);
      if (name === "cpuset") {
        this.files.set(`${base}/cpuset/cpuset.cpus`, "0-1");
        this.files.set(`${base}/cpuset/cpuset.mems`, "0");
      }
      if (name === "unified") this.files.set(`${base}/unified/cgroup.controllers`, "cpuset cpu io memory pids");
    }
  }

  async read(path: string): Promise<string | undefined> {
    return this.files.get(path);
  }

  async write(path: string, text: string): Promise<void> {
    this.#fail(path);
    if (!this.files.has(path)) throw new SystemError(errnoNumber("ENOENT"), `Unable to write to '${path}'`);
    this.writes.push([path, text]);
    this.files.set(path, text);
  }

  async makeDirectory(path: string): Promise<boolean> {
    this.#fail(path);
    if (this.#directories.has(path)) return false;
    const kind = this.#directories.get(path.slice(0, path.lastIndexOf("/")));
    if (kind === undefined)
      throw new SystemError(errnoNumber("ENOENT"), `Failed to create controller directory ${path}`);
    this.#populate(path, kind);
    return true;
  }

  async removeDirectory(path: string): Promise<boolean> {
    this.#fail(path);
    if (!this.#directories.delete(path)) return false;
    for (const file of [...this.files.keys()]) if (file.startsWith(`${path}/`)) this.files.delete(file);
    return true;
  }

  async directories(path: string): Promise<readonly string[]> {
    const below = `${path}/`;
    return [...this.#directories.keys()].flatMap((each) => {
      const name = each.startsWith(below) ? each.slice(below.length) : "";
      return name === "" || name.includes("/") ? [] : [name];
    });
  }

  attachDeviceProgram(path: string, program: Uint8Array): void {
    this.#fail(path);
    this.programs.set(path, program);
  }

  #populate(path: string, kind: string): void {
    this.#directories.set(path, kind);
    for (const [file, text] of Object.entries({ "cgroup.procs": "", tasks: "", ...kernelFiles[kind] })) {
      this.files.set(`${path}/${file}`, text);
    }
  }

  #fail(path: string): void {
    const errno = this.failures.get(path);
    if (errno) throw new SystemError(errnoNumber(errno), `Unable to change '${path}'`);
  }
}
