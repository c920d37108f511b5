import type { Descriptor } from "../descriptor.ts";

/** Fields of `/proc/PID/stat` that are of use, by `proc(5)`. */
export interface ProcStat {
  readonly command: string;
  readonly state: string;
  readonly parent: number;
  /** Clock ticks (100 a second) in user and kernel mode. */
  readonly userTicks: bigint;
  readonly systemTicks: bigint;
  /** Clock ticks since boot. */
  readonly startTime: bigint;
  /** Resident pages. */
  readonly residentPages: bigint;
  /** The CPU it last ran on. */
  readonly processor: number;
}

/** What is sent to processes; numbers are Linux's. */
export const Signal = { hup: 1, int: 2, kill: 9, usr1: 10, term: 15, cont: 18, stop: 19 } as const;
/** One of those numbers. */
export type Signal = (typeof Signal)[keyof typeof Signal];

/** Ways in which Linux schedules a thread; the values are the kernel's `SCHED_*`. */
export const schedulerPolicies = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const;
/** One of {@link schedulerPolicies}. */
export type SchedulerPolicy = keyof typeof schedulerPolicies;

/** How a process ended: its exit code, or the signal that killed it. */
export interface ExitStatus {
  readonly code: number | undefined;
  readonly signal: number | undefined;
}

/**
 * Which process exactly: pids are reused, pid and start time together are not. What a status file stores, and what is
 * compared before anything is believed about, or done to, a process (threat-model F7).
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/PID/stat`: clock ticks since boot. */
  readonly startTime: bigint;
}

/** What `/proc` says of a living process. */
export interface ProcessFacts extends ProcessIdentity {
  /** Target of `/proc/PID/exe`; `undefined` for kernel threads or without permission. */
  readonly executable: string | undefined;
  readonly argv: readonly string[];
  /** A zombie or dead process has ended although its entry is still there. */
  readonly state: string;
  readonly parent: number;
}

/** Where and as whom a process runs: what managing one that others started needs besides its {@link ProcessFacts}. */
export interface ProcessSurroundings {
  /** Effective user. */
  readonly uid: number;
  /** Its working directory; `undefined` without permission. */
  readonly directory: string | undefined;
  /** Its environment as it was at its start; empty without permission. */
  readonly environment: Readonly<Record<string, string>>;
  /** It has the same file systems as we do: the paths it names are ours. False without permission. */
  readonly sharesFiles: boolean;
  /** Pseudoterminals it has made (`/dev/pts/N`), in the order of its descriptors. */
  readonly terminals: readonly string[];
}

/** A living (or just ended) process that is watched and signalled through a pidfd, never through its number. */
export interface ProcessRef extends Disposable {
  readonly identity: ProcessIdentity;
  /** Settles when the process has ended, with its status when it was our child. Never rejects. */
  readonly ended: Promise<ExitStatus | undefined>;
  /** True until the end has been seen. */
  readonly alive: boolean;
  /** False when it has ended already. */
  signal(signal: number): boolean;
  /** Stops watching; the process lives on. */
  close(): void;
}

/** A child of ours. Its end is always reaped, whether or not anybody waits for it. */
export interface Child extends ProcessRef {
  readonly ended: Promise<ExitStatus>;
}

/** Kernel resource limits by name, in the unit of `setrlimit(2)`; `"unlimited"` for none. */
export type ResourceLimits = Partial<
  Readonly<Record<"core" | "memlock" | "nofile" | "nproc" | "as" | "cpu" | "fsize", bigint | "unlimited">>
>;

/** Who a child is to be. Left out: as we are. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** All supplementary groups; none of ours are kept. */
  readonly groups: readonly number[];
}

/** What to start and how. Nothing is inherited but what is named here. */
export interface LaunchSpec {
  /** Absolute path of the program, then its arguments. */
  readonly argv: readonly [string, ...string[]];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory; `/` unless said otherwise. */
  readonly cwd?: string;
  /** Child descriptor number to descriptor of ours, which stays ours. 0, 1 and 2 are /dev/null unless given. */
  readonly fds?: ReadonlyMap<number, Pick<Descriptor, "fd">>;
  readonly credentials?: Credentials;
  /**
   * Capabilities kept, by `capabilities(7)` name without `cap_`; everything else leaves all five sets. `[]` drops all.
   * Left out: untouched.
   */
  readonly capabilities?: readonly string[];
  /** Set no_new_privs. */
  readonly noNewPrivileges?: boolean;
  /** AppArmor profile or SELinux label that the program is started in. */
  readonly label?: { readonly model: "apparmor" | "selinux"; readonly value: string };
  /** Applied before the program runs. */
  readonly limits?: ResourceLimits;
  /** Value for `/proc/PID/oom_score_adj`. */
  readonly oomScoreAdjust?: number;
  /**
   * A file whose exclusive lock we hold while the child is placed, and whose shared lock the child then holds, through
   * one descriptor, as long as it or a descendant lives. It is created, 0600. Asked for when `place` is given.
   */
  readonly lockFile?: string;
  /**
   * Called with the pid while the child waits, already a process but not yet the program: put it into control groups,
   * set its affinity, write its pid file. When it throws, the child is killed and the program never runs.
   */
  readonly place?: (child: ProcessIdentity) => Promise<void>;
  /** Kill the program when we die. For helpers; a guest outlives the daemon. */
  readonly dieWithUs?: boolean;
  readonly signal?: AbortSignal;
}

/** One run of a helper program to its end. */
export interface RunOptions {
  /** Absolute, or a bare name that is looked up in the system directories (never in PATH of the environment). */
  readonly argv: readonly [string, ...string[]];
  /** Added to the small environment that helpers get (PATH, LC_ALL). */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds until it is killed; 30 s unless said otherwise. */
  readonly timeout?: number;
  /** Bytes kept of each output; what exceeds it ends the program. 1 MiB unless said otherwise. */
  readonly maxOutput?: number;
  readonly credentials?: Credentials;
  /** As in {@link LaunchSpec}. */
  readonly capabilities?: readonly string[];
  readonly limits?: ResourceLimits;
  /** Set no_new_privs. */
  readonly noNewPrivileges?: boolean;
  readonly signal?: AbortSignal;
}

/** What a helper left behind. */
export interface RunResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

/** Processes of the machine. */
export interface Processes {
  /** Starts a program. Throws a `SystemError` when it cannot be executed. */
  launch(spec: LaunchSpec): Promise<Child>;
  /** Runs a helper to its end and collects its output; a non-zero exit is a result, not an error. */
  run(options: RunOptions): Promise<RunResult>;
  /** As {@link run}, but anything but exit code 0 is thrown as libvirt words it, with the helper's last words. */
  check(options: RunOptions): Promise<RunResult>;
  /** Facts of a process; `undefined` when there is none of that number. */
  inspect(pid: number): ProcessFacts | undefined;
  /** What surrounds a process; `undefined` when there is none of that number. */
  surroundings(pid: number): Promise<ProcessSurroundings | undefined>;
  /** What a process, or one of its threads, has used; `undefined` when there is none of that number. */
  usage(pid: number, thread?: number): ProcStat | undefined;
  /** The host CPUs that a thread may run on. */
  affinity(tid: number): readonly number[];
  /** Lets a thread run on these host CPUs only. */
  setAffinity(tid: number, cpus: readonly number[]): void;
  /** Sets how a thread is scheduled; the priority counts for `fifo` and `rr`. */
  setScheduler(tid: number, policy: SchedulerPolicy, priority: number): void;
  /** A handle on a process that is not our child; `undefined` unless exactly that process is still alive. */
  attach(identity: ProcessIdentity): ProcessRef | undefined;
  /** Every process of the machine. */
  list(): Promise<readonly number[]>;
  /** Where a program is in the system directories; `undefined` when it is not installed. */
  findProgram(name: string): Promise<string | undefined>;
}
