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
export const queryVersion = query("query-version", version);
export const queryTarget = query("query-target", group({ arch: key(text) }));
export const queryKvm = query("query-kvm", group({ enabled: key(boolean), present: key(boolean) }));
export const queryCommands = query("query-commands", list(group({ name: key(text) }), 10_000));
export const queryQmpSchema = query("query-qmp-schema", json);

// --- run state

export const queryStatus = query(
  "query-status",
  group({ status: key(text), running: key(boolean), singlestep: key.optional(boolean) }),
);
export const cont = query("cont");
export const stop = query("stop");
export const systemReset = query("system_reset");
export const systemPowerdown = query("system_powerdown");
export const systemWakeup = query("system_wakeup");
export const quit = query("quit");
export const injectNmi = query("inject-nmi");
export const setAction = command("set-action", {
  reboot: key.optional(text),
  shutdown: key.optional(text),
  panic: key.optional(text),
  watchdog: key.optional(text),
});
export const rtcResetReinjection = query("rtc-reset-reinjection");

// --- what is plugged in

export const queryChardev = query(
  "query-chardev",
  list(group({ label: key(text), filename: key(text), "frontend-open": key.optional(boolean) })),
);
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
export const queryMemoryDevices = query("query-memory-devices", list(group({ type: key(text), data: key(json) })));
export const queryMemorySizeSummary = query(
  "query-memory-size-summary",
  group({ "base-memory": key(integer), "plugged-memory": key.optional(integer) }),
);
export const queryPci = query("query-pci", json);
export const queryRxFilter = command("query-rx-filter", { name: key.optional(text) }, json);

// --- balloon

export const queryBalloon = query("query-balloon", group({ actual: key(integer) }));
export const balloon = command("balloon", { value: key(integer) });

// --- block devices

export const queryBlock = query("query-block", list(group({ device: key(text), qdev: key.optional(text) })));
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
export const queryNamedBlockNodes = command("query-named-block-nodes", { flat: key.optional(boolean) }, json);
export const queryBlockJobs = query("query-block-jobs", json);
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
export const blockdevDel = command("blockdev-del", { "node-name": key(text) });
export const blockdevOpenTray = command("blockdev-open-tray", { id: key(text), force: key.optional(boolean) });
export const blockdevCloseTray = command("blockdev-close-tray", { id: key(text) });
export const blockdevRemoveMedium = command("blockdev-remove-medium", { id: key(text) });
export const blockdevInsertMedium = command("blockdev-insert-medium", { id: key(text), "node-name": key(text) });
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
export const blockJobCancel = command("block-job-cancel", { device: key(text), force: key.optional(boolean) });
export const jobComplete = command("job-complete", { id: key(text) });
export const jobFinalize = command("job-finalize", { id: key(text) });
export const jobDismiss = command("job-dismiss", { id: key(text) });
export const jobCancel = command("job-cancel", { id: key(text) });
export const blockSetIoThrottle = rawCommand("block_set_io_throttle");
export const transaction = rawCommand("transaction", SLOW);

// --- objects and devices

export const objectAdd = rawCommand("object-add", SLOW);
export const objectDel = command("object-del", { id: key(text) });
export const deviceAdd = rawCommand("device_add");
export const deviceDel = command("device_del", { id: key(text) });
export const netdevAdd = rawCommand("netdev_add");
export const netdevDel = command("netdev_del", { id: key(text) });
export const chardevAdd = rawCommand("chardev-add");
export const chardevRemove = command("chardev-remove", { id: key(text) });
export const setLink = command("set_link", { name: key(text), up: key(boolean) });

const property = group({
  name: key(text),
  type: key(text),
  description: key.optional(text),
  "default-value": key.optional(json),
});
export const qomList = command("qom-list", { path: key(text) }, list(property));
export const qomGet = command("qom-get", { path: key(text), property: key(text) }, json);
export const qomSet = command("qom-set", { path: key(text), property: key(text), value: key(json) });
export const qomListTypes = command(
  "qom-list-types",
  { implements: key.optional(text), abstract: key.optional(boolean) },
  list(group({ name: key(text), parent: key.optional(text) })),
);
export const qomListProperties = command("qom-list-properties", { typename: key(text) }, list(property));
export const deviceListProperties = command("device-list-properties", { typename: key(text) }, list(property));

// --- machines and CPUs

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
export const queryCpuModelExpansion = command(
  "query-cpu-model-expansion",
  { type: key(text), model: key(cpuModel) },
  group({ model: key(cpuModel) }),
);
export const queryTpmModels = query("query-tpm-models", list(text));
export const queryTpmTypes = query("query-tpm-types", list(text));
export const queryCommandLineOptions = query(
  "query-command-line-options",
  list(group({ option: key(text), parameters: key(list(group({ name: key(text), type: key(text) }))) })),
);
export const queryGicCapabilities = query(
  "query-gic-capabilities",
  list(group({ version: key(integer), emulated: key(boolean), kernel: key(boolean) })),
);
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

export const queryMigrateCapabilities = query(
  "query-migrate-capabilities",
  list(group({ capability: key(text), state: key(boolean) })),
);
export const migrateSetCapabilities = command("migrate-set-capabilities", {
  capabilities: key(list(group({ capability: key(text), state: key(boolean) }))),
});
export const queryMigrateParameters = query("query-migrate-parameters", json);
export const migrateSetParameters = rawCommand("migrate-set-parameters");
export const queryMigrate = query("query-migrate", json);
export const migrate = rawCommand("migrate");
export const migrateIncoming = command("migrate-incoming", { uri: key(text) });
export const migrateCancel = query("migrate_cancel");

// --- display and input

export const screendump = command(
  "screendump",
  { filename: key(text), device: key.optional(text), head: key.optional(integer), format: key.optional(text) },
  undefined,
  SLOW,
);
export const sendKey = command("send-key", {
  keys: key(list(group({ type: key(text), data: key(json) }), 64)),
  "hold-time": key.optional(integer),
});
export const setPassword = command("set_password", {
  protocol: key(text),
  password: key(text),
  connected: key.optional(text),
});
export const expirePassword = command("expire_password", { protocol: key(text), time: key(text) });
export const queryVnc = query("query-vnc", json);
export const querySpice = query("query-spice", json);
export const addClient = command("add_client", {
  protocol: key(text),
  fdname: key(text),
  skipauth: key.optional(boolean),
});
export const displayReload = rawCommand("display-reload");

// --- descriptors

/** The descriptor travels with the command (`ExecuteOptions.fds`). */
export const getfd = command("getfd", { fdname: key(text) });
export const closefd = command("closefd", { fdname: key(text) });
/** The descriptor travels with the command (`ExecuteOptions.fds`). */
export const addFd = command(
  "add-fd",
  { "fdset-id": key.optional(integer), opaque: key.optional(text) },
  group({ "fdset-id": key(integer), fd: key(integer) }),
);
export const removeFd = command("remove-fd", { "fdset-id": key(integer), fd: key.optional(integer) });
export const queryFdsets = query("query-fdsets", json);

// --- the rest

/** The human monitor; returns what it printed. */
export const humanMonitorCommand = command("human-monitor-command", { "command-line": key(text) }, text, SLOW);
export const dumpGuestMemory = rawCommand("dump-guest-memory", SLOW);
export const queryStats = rawCommand("query-stats");
export const queryStatsSchemas = rawCommand("query-stats-schemas");
