import { onOff as boolean, group, integer, json, key, list, text } from "@tsvirt/codec/options";
import { command, query, rawCommand } from "./declare.ts";

// Every command is named as in QEMU's QAPI schema (docs/interop/qemu-qmp-ref), in camelCase. Where QEMU returns more
// than is declared here, the rest stays under `rest`.

/** How long commands may take that wait for disks or for the guest's memory. */
const SLOW = 300_000;

const version = group({
  qemu: key(group({ major: key(integer), minor: key(integer), micro: key(integer) })),
  package: key(text),
});
/** QEMU's version, and the distribution's name for its build. */
export const queryVersion = query("query-version", version);
/** The architecture that this emulator emulates, by QEMU's name. */
export const queryTarget = query("query-target", group({ arch: key(text) }));
/** Whether KVM is in use (`enabled`) and whether it was built in (`present`). */
export const queryKvm = query("query-kvm", group({ enabled: key(boolean), present: key(boolean) }));
/** Every command that this QEMU knows: features are told from it. */
export const queryCommands = query("query-commands", list(group({ name: key(text) }), 10_000));
/** The whole QAPI schema as `SchemaInfo` objects; half a megabyte. */
export const queryQmpSchema = query("query-qmp-schema", json);

// --- run state

/** The run state (`RunState` of QAPI), and whether the processors execute. */
export const queryStatus = query(
  "query-status",
  group({ status: key(text), running: key(boolean), singlestep: key.optional(boolean) }),
);
/** Lets the processors go on; the event RESUME comes before the reply. */
export const cont = query("cont");
/** Stops the processors; the event STOP comes before the reply. */
export const stop = query("stop");
/** Resets the machine as its button does; the event RESET follows. */
export const systemReset = query("system_reset");
/** Presses the ACPI power button; what follows is the guest's decision. */
export const systemPowerdown = query("system_powerdown");
/** Wakes a guest that suspended itself to memory. Refused in any other state. */
export const systemWakeup = query("system_wakeup");
/** Ends QEMU at once, without asking the guest. */
export const quit = query("quit");
/** Sends a non-maskable interrupt to every processor, or what the architecture has instead. */
export const injectNmi = query("inject-nmi");
/** What becomes of a reboot, a power-off, a panic and a watchdog's alarm (`RebootAction` and its like). */
export const setAction = command("set-action", {
  reboot: key.optional(text),
  shutdown: key.optional(text),
  panic: key.optional(text),
  watchdog: key.optional(text),
});
/** Forgets the timer interrupts that were missed while the guest stood still. x86 only. */
export const rtcResetReinjection = query("rtc-reset-reinjection");

// --- what is plugged in

/** Character devices: `filename` names the pty or socket behind each, `frontend-open` says whether the guest listens. */
export const queryChardev = query(
  "query-chardev",
  list(group({ label: key(text), filename: key(text), "frontend-open": key.optional(boolean) })),
);
/** The processors that are plugged in, with the thread of each. */
export const queryCpusFast = query(
  "query-cpus-fast",
  list(
    group({
      "cpu-index": key(integer),
      "qom-path": key(text),
      "thread-id": key(integer),
      target: key.optional(text),
      props: key.optional(json),
    }),
  ),
);
/** Places for processors, the last first; the ones that are taken have a `qom-path`. */
export const queryHotpluggableCpus = query(
  "query-hotpluggable-cpus",
  list(
    group({
      type: key(text),
      "vcpus-count": key(integer),
      props: key(json),
      "qom-path": key.optional(text),
    }),
  ),
);
/** The I/O threads with their polling: nanoseconds, and factors (0: QEMU's default). */
export const queryIothreads = query(
  "query-iothreads",
  list(
    group({
      id: key(text),
      "thread-id": key(integer),
      "poll-max-ns": key.optional(integer),
      "poll-grow": key.optional(integer),
      "poll-shrink": key.optional(integer),
    }),
  ),
);
/** Memory modules that are plugged in; `data` differs by `type`. */
export const queryMemoryDevices = query("query-memory-devices", list(group({ type: key(text), data: key(json) })));
/** Bytes of memory at the start, and plugged in since. */
export const queryMemorySizeSummary = query(
  "query-memory-size-summary",
  group({ "base-memory": key(integer), "plugged-memory": key.optional(integer) }),
);
/** The guest's PCI buses with all functions, as the firmware set them up. */
export const queryPci = query("query-pci", json);
/** Which packets a guest's network card lets through; all cards without a name. */
export const queryRxFilter = command("query-rx-filter", { name: key.optional(text) }, json);

// --- balloon

/** Bytes of memory that the guest has left. Refused without a balloon. */
export const queryBalloon = query("query-balloon", group({ actual: key(integer) }));
/** Asks the guest to keep so many bytes; BALLOON_CHANGE tells how far it came. */
export const balloon = command("balloon", { value: key(integer) });

// --- block devices

/** Drives by their QOM path or id. */
export const queryBlock = query(
  "query-block",
  list(
    group({
      device: key(text),
      qdev: key.optional(text),
      removable: key.optional(boolean),
      inserted: key.optional(json),
    }),
  ),
);
/** As {@link queryBlock}, with all that is known of what is in the drives (`BlockInfo`). */
export const queryBlockInserted = query("query-block", json);
/** What was read and written: of drives, or of every node with `query-nodes`. Bytes and nanoseconds. */
export const queryBlockstats = command(
  "query-blockstats",
  { "query-nodes": key.optional(boolean) },
  list(
    group({
      device: key.optional(text),
      qdev: key.optional(text),
      "node-name": key.optional(text),
      stats: key(json),
      parent: key.optional(json),
      backing: key.optional(json),
    }),
  ),
);
/** Every block node with the image that it has open; `flat` leaves out what is behind it. */
export const queryNamedBlockNodes = command("query-named-block-nodes", { flat: key.optional(boolean) }, json);
/** Jobs on block nodes: how far each is, and whether it is ready (`BlockJobInfo`). */
export const queryBlockJobs = query("query-block-jobs", json);
/** Background jobs with their state (`JobStatus`), and the error of those that failed. */
export const queryJobs = query(
  "query-jobs",
  list(
    group({
      id: key(text),
      type: key(text),
      status: key(text),
      "current-progress": key(integer),
      "total-progress": key(integer),
      error: key.optional(text),
    }),
  ),
);
/** Arguments are a `BlockdevOptions` object, e.g. from `buildBlockdev`. */
export const blockdevAdd = rawCommand("blockdev-add");
/** Removes a block node that nothing uses any more. */
export const blockdevDel = command("blockdev-del", { "node-name": key(text) });
/** Opens a drive's tray; one that the guest locked only with `force`, or when the guest gives way. */
export const blockdevOpenTray = command("blockdev-open-tray", { id: key(text), force: key.optional(boolean) });
/** Closes a drive's tray. */
export const blockdevCloseTray = command("blockdev-close-tray", { id: key(text) });
/** Takes the medium out of an open tray. */
export const blockdevRemoveMedium = command("blockdev-remove-medium", { id: key(text) });
/** Puts a block node into an open, empty tray. */
export const blockdevInsertMedium = command("blockdev-insert-medium", { id: key(text), "node-name": key(text) });
/** Gives an image another size in bytes. Shrinking loses what was there. */
export const blockResize = command("block_resize", { "node-name": key(text), size: key(integer) }, undefined, SLOW);
/** Arguments are `BlockdevCreateOptions`; done when its job is. */
export const blockdevCreate = command("blockdev-create", { "job-id": key(text), options: key(json) });
/** Both ends are named by their nodes; the job waits for `job-finalize`. */
export const blockCommit = command("block-commit", {
  "job-id": key(text),
  device: key(text),
  "base-node": key.optional(text),
  "top-node": key.optional(text),
  "backing-file": key.optional(text),
  speed: key.optional(integer),
  "auto-finalize": key.optional(boolean),
  "auto-dismiss": key.optional(boolean),
});
/** Ends a job of a disk; with a finished mirror that means to stay on the source. */
export const blockJobCancel = command("block-job-cancel", { device: key(text), force: key.optional(boolean) });
/** Lets a job that is ready (`JobStatus`) come to its end: a mirror pivots to its target. */
export const jobComplete = command("job-complete", { id: key(text) });
/** Lets a pending job change the block graph; used where `auto-finalize` is off. */
export const jobFinalize = command("job-finalize", { id: key(text) });
/** Forgets a concluded job; used where `auto-dismiss` is off. */
export const jobDismiss = command("job-dismiss", { id: key(text) });
/** Ends a job that has not concluded. */
export const jobCancel = command("job-cancel", { id: key(text) });
/** Limits a drive's traffic; arguments are a `BlockIOThrottle` object. */
export const blockSetIoThrottle = rawCommand("block_set_io_throttle");
/** Several block operations (`TransactionAction`), all of them or none. */
export const transaction = rawCommand("transaction", SLOW);

// --- objects and devices

/** Makes an object (`ObjectOptions`): a secret, a memory backend, an I/O thread. */
export const objectAdd = rawCommand("object-add", SLOW);
/** Removes an object that nothing uses any more. */
export const objectDel = command("object-del", { id: key(text) });
/** Plugs a device in; arguments are its driver, its id and its properties. */
export const deviceAdd = rawCommand("device_add");
/** Asks the guest to let go of a device. The reply says that it was asked, DEVICE_DELETED that it did. */
export const deviceDel = command("device_del", { id: key(text) });
/** Makes the host's end of a network card; arguments are a `Netdev` object. */
export const netdevAdd = rawCommand("netdev_add");
/** Removes the host's end of a network card that is unplugged. */
export const netdevDel = command("netdev_del", { id: key(text) });
/** Makes a character device; arguments are its id and a `ChardevBackend`. Returns the name of a pty. */
export const chardevAdd = rawCommand("chardev-add");
/** Removes a character device that nothing uses any more. */
export const chardevRemove = command("chardev-remove", { id: key(text) });
/** Plugs a network card's cable in or out. */
export const setLink = command("set_link", { name: key(text), up: key(boolean) });

const property = group({
  name: key(text),
  type: key(text),
  description: key.optional(text),
  "default-value": key.optional(json),
});
/** The properties of an object, children (`child<TYPE>`) among them. */
export const qomList = command("qom-list", { path: key(text) }, list(property));
/** The value of an object's property. */
export const qomGet = command("qom-get", { path: key(text), property: key(text) }, json);
/** Sets a property of an object, where that is possible while it is in use. */
export const qomSet = command("qom-set", { path: key(text), property: key(text), value: key(json) });
/** The types that this QEMU has; without `abstract`, those that can be made. */
export const qomListTypes = command(
  "qom-list-types",
  { implements: key.optional(text), abstract: key.optional(boolean) },
  list(group({ name: key(text), parent: key.optional(text) })),
);
/** The properties of a type, without making one. */
export const qomListProperties = command("qom-list-properties", { typename: key(text) }, list(property));
/** The properties of a device type with their defaults. */
export const deviceListProperties = command("device-list-properties", { typename: key(text) }, list(property));

// --- machines and CPUs

/** Machine types with what a definition has to know of them. */
export const queryMachines = query(
  "query-machines",
  list(
    group({
      name: key(text),
      alias: key.optional(text),
      "is-default": key.optional(boolean),
      "cpu-max": key(integer),
      "hotpluggable-cpus": key(boolean),
      "numa-mem-supported": key.optional(boolean),
      deprecated: key.optional(boolean),
      "default-cpu-type": key.optional(text),
      "default-ram-id": key.optional(text),
    }),
  ),
);
/** CPU models, with the features that keep each from running here. */
export const queryCpuDefinitions = query(
  "query-cpu-definitions",
  list(
    group({
      name: key(text),
      typename: key.optional(text),
      "unavailable-features": key.optional(list(text)),
      "migration-safe": key.optional(boolean),
      static: key.optional(boolean),
      "alias-of": key.optional(text),
      deprecated: key.optional(boolean),
    }),
  ),
);
const cpuModel = group({ name: key(text), props: key.optional(json) });
/** What a CPU model consists of; `type` is `static` or `full`. */
export const queryCpuModelExpansion = command(
  "query-cpu-model-expansion",
  { type: key(text), model: key(cpuModel) },
  group({ model: key(cpuModel) }),
);
/** The guest's side of TPMs: device models. */
export const queryTpmModels = query("query-tpm-models", list(text));
/** The host's side of TPMs: `passthrough`, `emulator`. */
export const queryTpmTypes = query("query-tpm-types", list(text));
/** Options of the command line that have parameters, as far as QEMU lists them. */
export const queryCommandLineOptions = query(
  "query-command-line-options",
  list(group({ option: key(text), parameters: key(list(group({ name: key(text), type: key(text) }))) })),
);
/** The interrupt controllers of ARM that can be had, by version. */
export const queryGicCapabilities = query(
  "query-gic-capabilities",
  list(group({ version: key(integer), emulated: key(boolean), kernel: key(boolean) })),
);
/** What AMD's memory encryption offers. Refused without it. */
export const querySevCapabilities = query(
  "query-sev-capabilities",
  group({
    pdh: key(text),
    "cert-chain": key(text),
    "cpu0-id": key.optional(text),
    cbitpos: key(integer),
    "reduced-phys-bits": key(integer),
  }),
);
/** What Intel's enclaves offer; sizes in bytes. Refused without them. */
export const querySgxCapabilities = query(
  "query-sgx-capabilities",
  group({
    sgx1: key(boolean),
    sgx2: key(boolean),
    flc: key(boolean),
    sections: key.optional(list(group({ node: key(integer), size: key(integer) }))),
    "section-size": key.optional(integer),
  }),
);

// --- migration

/** Which features of migration there are, and are on. */
export const queryMigrateCapabilities = query(
  "query-migrate-capabilities",
  list(group({ capability: key(text), state: key(boolean) })),
);
/** Turns features of the next migration on or off. */
export const migrateSetCapabilities = command("migrate-set-capabilities", {
  capabilities: key(list(group({ capability: key(text), state: key(boolean) }))),
});
/** The figures that the next migration will go by (`MigrationParameters`). */
export const queryMigrateParameters = query("query-migrate-parameters", json);
/** Sets figures of the next migration; bandwidth in bytes a second, times in milliseconds. */
export const migrateSetParameters = rawCommand("migrate-set-parameters");
/** How the last or running migration gets on (`MigrationInfo`), and why it failed (`error-desc`). */
export const queryMigrate = query("query-migrate", json);
/** Begins to send the guest's state to a URI; MIGRATION tells when that is done. */
export const migrate = rawCommand("migrate");
/** Reads a guest's state from a URI; only after `-incoming defer`. */
export const migrateIncoming = command("migrate-incoming", { uri: key(text) });
/** Calls a migration off; the guest goes on where it is. Nothing happens when there is none. */
export const migrateCancel = query("migrate_cancel");

// --- display and input

/** Writes what a screen shows to a file; a `/dev/fdset/` path names a descriptor given before. */
export const screendump = command(
  "screendump",
  { filename: key(text), device: key.optional(text), head: key.optional(integer), format: key.optional(text) },
  undefined,
  SLOW,
);
/** Presses keys together (`KeyValue`), and lets go after `hold-time` milliseconds. */
export const sendKey = command("send-key", {
  keys: key(list(group({ type: key(text), data: key(json) }), 64)),
  "hold-time": key.optional(integer),
});
/** Sets the password of a display, and what becomes of those who are connected. */
export const setPassword = command("set_password", {
  protocol: key(text),
  password: key(text),
  connected: key.optional(text),
});
/** When a display's password ends: `now`, `never`, or seconds since the epoch. */
export const expirePassword = command("expire_password", { protocol: key(text), time: key(text) });
/** The VNC server: where it listens, and who is connected. */
export const queryVnc = query("query-vnc", json);
/** The SPICE server: where it listens, and who is connected. */
export const querySpice = query("query-spice", json);
/** Gives a display a client that is connected already, by a descriptor of `getfd`. */
export const addClient = command("add_client", {
  protocol: key(text),
  fdname: key(text),
  skipauth: key.optional(boolean),
});
/** Reads a display's certificates again. */
export const displayReload = rawCommand("display-reload");

// --- descriptors

/** The descriptor travels with the command (`ExecuteOptions.fds`). */
export const getfd = command("getfd", { fdname: key(text) });
/** Closes a descriptor of `getfd` that was not used. */
export const closefd = command("closefd", { fdname: key(text) });
/** The descriptor travels with the command (`ExecuteOptions.fds`). */
export const addFd = command(
  "add-fd",
  { "fdset-id": key.optional(integer), opaque: key.optional(text) },
  group({ "fdset-id": key(integer), fd: key(integer) }),
);
/** Removes a descriptor, or a whole set, of `add-fd`; it is closed when nothing uses it any more. */
export const removeFd = command("remove-fd", { "fdset-id": key(integer), fd: key.optional(integer) });
/** Sets of descriptors that `add-fd` made. */
export const queryFdsets = query("query-fdsets", json);

// --- the rest

/** The human monitor; returns what it printed. */
export const humanMonitorCommand = command("human-monitor-command", { "command-line": key(text) }, text, SLOW);
/** Writes the guest's memory to a file, for debuggers. */
export const dumpGuestMemory = rawCommand("dump-guest-memory", SLOW);
/** Figures of KVM and of block devices; arguments are a `StatsFilter`. */
export const queryStats = rawCommand("query-stats");
/** What the figures of `query-stats` mean. */
export const queryStatsSchemas = rawCommand("query-stats-schemas");
