import { type Deferred, deferred } from "@tsvirt/base";
import { errnoNumber, SystemError } from "../errors.ts";
import type {
  Child,
  ExitStatus,
  LaunchSpec,
  Processes,
  ProcessFacts,
  ProcessIdentity,
  ProcessRef,
  ProcessSurroundings,
  ProcStat,
  RunOptions,
  RunResult,
  SchedulerPolicy,
} from "../processes/processes.ts";
import { requireSuccess } from "../processes/run.ts";

/** A child that a test ends when it likes. */
export class FakeChild implements Child {
  readonly identity: ProcessIdentity;
  readonly spec: LaunchSpec;
  readonly signals: number[] = [];
  /** What a signal does; by default SIGKILL and SIGTERM end it. */
  onSignal: (signal: number) => void = (signal) => {
    if (signal === 9 || signal === 15) this.exit({ code: undefined, signal });
  };
  readonly #ended: Deferred<ExitStatus> = deferred();
  #alive = true;

  constructor(identity: ProcessIdentity, spec: LaunchSpec) {
    this.identity = identity;
    this.spec = spec;
  }

  get ended(): Promise<ExitStatus> {
    return this.#ended.promise;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Ends it. */
  exit(status: ExitStatus = { code: 0, signal: undefined }): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#ended.resolve(status);
  }

  signal(signal: number): boolean {
    if (!this.#alive) return false;
    this.signals.push(signal);
    this.onSignal(signal);
    return true;
  }

  close(): void {
    this.onSignal = () => undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Surroundings of a process of root's in the root directory. */
const PLAIN: ProcessSurroundings = { uid: 0, directory: "/", environment: {}, sharesFiles: true, terminals: [] };

/** Answers a helper's run. */
export type FakeHelper = (options: RunOptions) => Promise<Partial<RunResult>> | Partial<RunResult>;

/** Processes that do not exist: launched children are handed to the test, helpers are functions. */
export class FakeProcesses implements Processes {
  /** Every child launched, dead ones included. */
  readonly children: FakeChild[] = [];
  /** Helpers that were run, in order. */
  readonly runs: RunOptions[] = [];
  /** Called when a child's program begins to run: play the program here. */
  onLaunch: (child: FakeChild) => void | Promise<void> = () => undefined;
  readonly #helpers = new Map<string, FakeHelper>();
  readonly #facts = new Map<number, ProcessFacts>();
  readonly #surroundings = new Map<number, ProcessSurroundings>();
  /** Launched, but held back before their program runs: they end with the process that launches them. */
  readonly #held = new Set<FakeChild>();
  #nextPid = 4001;

  /** Installs a helper program under its bare name. */
  helper(name: string, answer: FakeHelper): void {
    this.#helpers.set(name, answer);
  }

  /** A process that runs without our having launched it: a daemon that a helper left behind, a guest of a former run. */
  appear(
    argv: readonly [string, ...string[]],
    {
      surroundings,
      ...facts
    }: Partial<Pick<ProcessFacts, "executable" | "state">> & {
      readonly surroundings?: Partial<ProcessSurroundings>;
    } = {},
  ): FakeChild {
    const pid = this.#nextPid++;
    this.#surroundings.set(pid, { ...PLAIN, ...surroundings });
    const child = new FakeChild({ pid, startTime: BigInt(pid) * 10n }, { argv, env: {} });
    this.children.push(child);
    this.#facts.set(pid, { ...child.identity, executable: argv[0], argv, state: "S", parent: 1, ...facts });
    return child;
  }

  /** What a new process finds after ours was killed now: those that live, which ours neither sees nor reaches any more. */
  afterKill(): FakeProcesses {
    const next = new FakeProcesses();
    next.#nextPid = this.#nextPid;
    for (const [name, helper] of this.#helpers) next.#helpers.set(name, helper);
    for (const child of this.children.filter((each) => each.alive && !this.#held.has(each))) {
      next.children.push(new FakeChild(child.identity, child.spec));
      const facts = this.#facts.get(child.identity.pid);
      if (facts) next.#facts.set(child.identity.pid, { ...facts, parent: 1 });
      const around = this.#surroundings.get(child.identity.pid);
      if (around) next.#surroundings.set(child.identity.pid, around);
      child.onSignal = () => undefined;
    }
    this.onLaunch = () => new Promise<never>(() => undefined);
    return next;
  }

  async launch(spec: LaunchSpec): Promise<Child> {
    const pid = this.#nextPid++;
    const child = new FakeChild({ pid, startTime: BigInt(pid) * 10n }, spec);
    this.children.push(child);
    const facts = { ...child.identity, executable: spec.argv[0], argv: spec.argv, state: "S", parent: 1 };
    this.#facts.set(pid, facts);
    this.#held.add(child);
    try {
      await spec.place?.(child.identity);
      this.#held.delete(child);
    } catch (error) {
      child.signal(9);
      throw error;
    }
    await this.onLaunch(child);
    return child;
  }

  async run(options: RunOptions): Promise<RunResult> {
    this.runs.push(options);
    const name = options.argv[0].split("/").at(-1) ?? "";
    const helper = this.#helpers.get(name);
    if (!helper) throw new SystemError(errnoNumber("ENOENT"), `Cannot find '${options.argv[0]}' in path`);
    return { code: 0, signal: undefined, stdout: "", stderr: "", ...(await helper(options)) };
  }

  async check(options: RunOptions): Promise<RunResult> {
    return requireSuccess(options, await this.run(options));
  }

  inspect(pid: number): ProcessFacts | undefined {
    const child = this.children.find((each) => each.identity.pid === pid);
    return child?.alive ? this.#facts.get(pid) : undefined;
  }

  async surroundings(pid: number): Promise<ProcessSurroundings | undefined> {
    return this.inspect(pid) && (this.#surroundings.get(pid) ?? PLAIN);
  }

  usage(pid: number): ProcStat | undefined {
    const facts = this.inspect(pid);
    if (!facts) return undefined;
    const { parent, startTime, state } = facts;
    return {
      command: "qemu",
      state,
      parent,
      userTicks: 0n,
      systemTicks: 0n,
      startTime,
      residentPages: 0n,
      processor: 0,
    };
  }

  /** By thread; those not here may run on both CPUs. */
  readonly affinities = new Map<number, readonly number[]>();
  readonly schedulers = new Map<number, { readonly policy: SchedulerPolicy; readonly priority: number }>();

  affinity(tid: number): readonly number[] {
    return this.affinities.get(tid) ?? [0, 1];
  }

  setAffinity(tid: number, cpus: readonly number[]): void {
    if (!cpus.some((cpu) => cpu < 2)) {
      throw new SystemError(errnoNumber("EINVAL"), `cannot set CPU affinity on process ${tid}`);
    }
    this.affinities.set(tid, cpus);
  }

  setScheduler(tid: number, policy: SchedulerPolicy, priority: number): void {
    this.schedulers.set(tid, { policy, priority });
  }

  attach(identity: ProcessIdentity): ProcessRef | undefined {
    return this.children.find(
      ({ identity: { pid, startTime }, alive }) => alive && pid === identity.pid && startTime === identity.startTime,
    );
  }

  async list(): Promise<readonly number[]> {
    return this.children.filter(({ alive }) => alive).map(({ identity }) => identity.pid);
  }

  async findProgram(name: string): Promise<string | undefined> {
    if (name.startsWith("/")) return name;
    return this.#helpers.has(name) ? `/usr/bin/${name}` : undefined;
  }
}
