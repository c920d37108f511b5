import { deferred, Rollback } from "@tsvirt/base";
import type { ControlGroup, Credentials, DeviceRule, ProcessIdentity, ProcessRef } from "@tsvirt/host";
import type { Cpu, Domain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "@tsvirt/qemu";
import type { DomainStatus, StatusDeviceNames } from "@tsvirt/qemu/status";
import type { BlockJob } from "../block/block-job.ts";
import type { Labelled } from "../labels/ownership.ts";
import type { Monitor } from "../monitor/monitor.ts";
import { controlLost } from "./errors.ts";
import type { OffReason, PauseReason, RunReason } from "./state.ts";

/** Ways in which a guest is not what a plain definition gives; libvirt's `virDomainTaintFlags`. */
const taints = [
  "custom-argv",
  "custom-monitor",
  "high-privileges",
  "shell-scripts",
  "disk-probing",
  "external-launch",
  "host-cpu",
  "hook-script",
  "cdrom-passthrough",
  "custom-dtb",
  "custom-ga-command",
  "custom-hypervisor-feature",
  "deprecated-config",
] as const;
/** One of libvirt's taints. */
export type Taint = (typeof taints)[number];

/** Where the files of one run of a guest are. */
export interface RunPaths {
  /** Of the monitor socket and the master key. */
  readonly directory: string;
  readonly channels: string;
  readonly monitor: string;
  /** A second name of the monitor socket, root's alone. */
  readonly spareMonitor: string;
}

/** QEMU's MIGRATION and MIGRATION_PASS. */
export type MigrationProgress = { readonly status: string } | { readonly pass: number };

/** What a {@link LiveGuest} is made of. */
export interface LiveGuestOptions {
  readonly domain: Domain;
  readonly capabilities: QemuCapabilities;
  readonly paths: RunPaths;
}

/** What only a running guest has. It exists from the first step of a start to the last of the release. */
export class LiveGuest {
  /** What runs. A change replaces the parts that change; the object itself may be modified in a job only. */
  domain: Domain;
  readonly capabilities: QemuCapabilities;
  paths: RunPaths;
  process: ProcessRef | undefined;
  /** The process as the status file names it, also while there is no handle on it. */
  identity: ProcessIdentity | undefined;
  monitor: Monitor | undefined;
  /** Everything held for this run, in the order taken. */
  readonly holdings = new Rollback();
  /** Who this guest's QEMU is; `undefined`: as we are. */
  user: Credentials | undefined;
  /** Files given to this guest's user, by path. */
  readonly labelled = new Map<string, Labelled>();
  readonly taints = new Set<Taint>();
  /** Thread of each virtual CPU by index. */
  vcpuThreads: ReadonlyMap<number, number> = new Map();
  /** Thread of each I/O thread by its id in the document. */
  ioThreads: ReadonlyMap<number, number> = new Map();
  /** The guest's control group; `undefined` when it has none. */
  group: ControlGroup | undefined;
  /** The devices that its control group lets it use; `undefined` when it may use all. */
  deviceRules: readonly DeviceRule[] | undefined;
  /** Aliases of the devices that QEMU has. */
  devices: ReadonlySet<string> = new Set();
  /** The last number used for a block node (`libvirt-N-format`). */
  lastNode = 0;
  /** Why the next STOP and RESUME come; set by whoever is about to cause them. */
  pauseReason: PauseReason = "unknown";
  runReason: RunReason = "unpaused";
  /** The label that names QEMU's user is not the document's own: the start added it. */
  hasAddedLabel = false;
  /** Models of security whose label is the start's as well. */
  readonly addedLabels = new Set<string>();
  /** The guest's power-off is to become a reboot. */
  fakeReboot = false;
  /**
   * Found as a process alone, of which no file says that its start came to an end: when it has not executed an instruction
   * either, it is what a daemon's end left of a start that was never acknowledged.
   */
  unwitnessed = false;
  /** Set before we end QEMU ourselves: what the end will have been. */
  ending: OffReason | undefined;
  /** The CPU as the definition has it; what runs names the features that QEMU gave it. */
  originalCpu: Cpu | undefined;
  /** Jobs on disks by their QEMU id. */
  readonly blockJobs = new Map<string, BlockJob>();
  /** Hears of QEMU's jobs that are no disk's own, by their id. */
  readonly jobWaiters = new Map<string, (status: string) => void>();
  /** Hears that QEMU has let go of a device, by its alias. */
  readonly unplugWaiters = new Map<string, () => void>();
  /** Where in the guest's log QEMU's own words of this run begin. */
  logStart = 0;
  /** Hears how QEMU gets on with a memory image on its way out or in. */
  onMigration: ((progress: MigrationProgress) => void) | undefined;
  /** Encrypts secrets for QEMU; not there after a restart of the daemon until it is read from its file. */
  masterKey: Uint8Array | undefined;
  /** Ends the agreement to end the guest with a client. */
  autoDestroy: (() => void) | undefined;
  /** What goes on in QEMU that a daemon which takes the guest over has to bring to an end. */
  longJob: "save" | undefined;
  /**
   * Somebody else started this QEMU, and it was attached to: what QEMU calls those of its devices whose names there do not
   * follow from their aliases. Nothing but the status is ours then.
   */
  attached: readonly StatusDeviceNames[] | undefined;
  /** What another daemon's status file said and we do not act on, to be written back. */
  kept: Partial<DomainStatus> = {};
  readonly #finished = deferred<void>();

  constructor(options: LiveGuestOptions) {
    this.domain = options.domain;
    this.capabilities = options.capabilities;
    this.paths = options.paths;
  }

  /** What runs, without what only this run has of its own accord. */
  get document(): Domain {
    if (!this.hasAddedLabel && this.addedLabels.size === 0) return this.domain;
    const isAdded = (model = ""): boolean => (model === "dac" ? this.hasAddedLabel : this.addedLabels.has(model));
    return { ...this.domain, seclabels: this.domain.seclabels.filter(({ model }) => !isAdded(model)) };
  }

  /** Settles when QEMU is gone and everything is released. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** Notes a taint by its name in a status file; unknown ones are dropped. */
  noteTaint(name: string): void {
    const known = taints.find((each) => each === name);
    if (known) this.taints.add(known);
  }

  /** The label of a device's character device at QEMU. */
  chardevOf(alias: string | undefined): string {
    if (!this.attached) return `char${alias ?? ""}`;
    return this.attached.find((each) => each.alias === alias && each.chardev !== undefined)?.chardev ?? "";
  }

  /** The alias of the device whose drive or place in QEMU's tree this is, in a QEMU that was attached to. */
  attachedAlias(...ids: readonly (string | undefined)[]): string | undefined {
    return this.attached?.find(
      ({ drive, qdev }) => (drive !== undefined && ids.includes(drive)) || (qdev !== undefined && ids.includes(qdev)),
    )?.alias;
  }

  markFinished(): void {
    this.#finished.resolve();
  }

  /** The monitor, or libvirt-style refusal when it does not answer at the moment. */
  requireMonitor(name: string): Monitor {
    if (!this.monitor) throw controlLost(name);
    return this.monitor;
  }
}
