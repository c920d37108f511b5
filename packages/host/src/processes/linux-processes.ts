import { constants } from "node:fs";
import { access, readdir, writeFile } from "node:fs/promises";
import { errnoNumber, SystemError } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import type { Sockets } from "../sockets/sockets.ts";
import { type LaunchTools, launchProcess } from "./launch.ts";
import { inspectProcess, processSurroundings, readProcStat } from "./proc.ts";
import { attachProcess } from "./process-ref.ts";
import {
  type Child,
  type LaunchSpec,
  type Processes,
  type ProcessFacts,
  type ProcessIdentity,
  type ProcessRef,
  type ProcessSurroundings,
  type ProcStat,
  type RunOptions,
  type RunResult,
  type SchedulerPolicy,
  schedulerPolicies,
} from "./processes.ts";
import { requireSuccess, runHelper } from "./run.ts";

/** The directories programs are looked up in; the environment's PATH is not trusted. */
const programDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Processes of this machine. */
export class LinuxProcesses implements Processes {
  readonly #sockets: Sockets;
  readonly #programs = new Map<string, string>();
  #tools: Promise<LaunchTools> | undefined;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
  }

  async launch(spec: LaunchSpec): Promise<Child> {
    const program = spec.argv[0];
    if (!(await executable(program))) throw new SystemError(errnoNumber("ENOENT"), `Unable to start '${program}'`);
    this.#tools ??= this.#findTools();
    return launchProcess(spec, await this.#tools, (path, text) => writeFile(path, text));
  }

  async run(options: RunOptions): Promise<RunResult> {
    const [name, ...rest] = options.argv;
    const program = await this.#require(name);
    return runHelper({ ...options, argv: [program, ...rest] }, this.#sockets, (spec) => this.launch(spec));
  }

  async check(options: RunOptions): Promise<RunResult> {
    return requireSuccess(options, await this.run(options));
  }

  inspect(pid: number): ProcessFacts | undefined {
    return inspectProcess(pid);
  }

  surroundings(pid: number): Promise<ProcessSurroundings | undefined> {
    return processSurroundings(pid);
  }

  usage(pid: number, thread?: number): ProcStat | undefined {
    return readProcStat(pid, thread);
  }

  affinity(tid: number): readonly number[] {
    return libc().affinity(tid);
  }

  setAffinity(tid: number, cpus: readonly number[]): void {
    libc().setAffinity(tid, cpus);
  }

  setScheduler(tid: number, policy: SchedulerPolicy, priority: number): void {
    libc().setScheduler(tid, schedulerPolicies[policy], priority);
  }

  attach(identity: ProcessIdentity): ProcessRef | undefined {
    return attachProcess(identity);
  }

  async list(): Promise<readonly number[]> {
    const names = await readdir("/proc");
    return names.filter((name) => /^[1-9][0-9]*$/.test(name)).map(Number);
  }

  async findProgram(name: string): Promise<string | undefined> {
    if (name.startsWith("/")) return (await executable(name)) ? name : undefined;
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    for (const directory of programDirectories) {
      const path = `${directory}/${name}`;
      if (await executable(path)) {
        this.#programs.set(name, path);
        return path;
      }
    }
    return undefined;
  }

  async #require(name: string): Promise<string> {
    const path = await this.findProgram(name);
    if (path === undefined) throw new SystemError(errnoNumber("ENOENT"), `Cannot find '${name}' in path`);
    return path;
  }

  async #findTools(): Promise<LaunchTools> {
    const [setpriv, flock, prlimit] = await Promise.all([
      this.#require("setpriv"),
      this.#require("flock"),
      this.#require("prlimit"),
    ]);
    return { setpriv, flock, prlimit };
  }
}

async function executable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
