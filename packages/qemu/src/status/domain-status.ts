import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  element,
  flag,
  i32,
  integer,
  leaf,
  oneOf,
  type Parsed,
  STATE_LIMITS,
  single,
  text,
  u32,
  u53,
  u64,
  verbatim,
} from "@tsvirt/codec/xml";
import { Cpu, completeDocument, Domain, type DomainHooks, reportTo, writtenDomain } from "@tsvirt/model/domain";
import { Backup } from "@tsvirt/model/moment";
import { completeBlockJobs, StatusBlockJobs } from "./block-jobs.ts";
import { completeJob, StatusJob } from "./job.ts";
import { restoreAliases } from "./restore-aliases.ts";

/** Where the monitor is. */
export class StatusMonitor extends element("monitor", {
  path: attribute(text, undefined, { missing: "no monitor path", missingCode: ErrorCode.internalError }),
  type: attribute.withDefault(oneOf("unix", "pty"), "pty", undefined, {
    invalid: "unsupported monitor type '%s'",
    code: ErrorCode.internalError,
  }),
  /** 0: it is a text monitor. libvirt wrote 1 for QMP while it knew both. */
  json: attribute.optional(integer(0, 1)),
}) {}

/** The process of a guest: told apart from a later one with the same number. Not in libvirt's files. */
export class StatusProcess extends element("process", { startTime: attribute(u64, "startTime") }) {}

/**
 * What a QEMU that was not started by us calls a device: its character device, the drive, the place of the device in QEMU's
 * tree, the node that guests see.
 */
export class StatusDeviceNames extends element("device", {
  alias: attribute(text),
  chardev: attribute.optional(text),
  drive: attribute.optional(text),
  qdev: attribute.optional(text),
  node: attribute.optional(text),
}) {}

/** QEMU was not started by us but attached to. Not in libvirt's files. */
export class StatusAttached extends element("attached", { devices: children(StatusDeviceNames) }) {}

/** Threads of virtual CPUs. */
export class StatusVcpu extends element("vcpu", { id: attribute(u32), pid: attribute(u32) }) {}
/** See {@link StatusVcpu}. */
export class StatusVcpus extends element("vcpus", { vcpus: children(StatusVcpu) }, { expanded: true }) {}

/** What the emulator could do when the guest was started: it may have been replaced since. */
export class StatusCapabilities extends element("qemuCaps", { flags: single.list("name", text, "flag") }) {}

/** Aliases of the devices that QEMU has. */
export class StatusDevices extends element(
  "devices",
  { aliases: single.list("alias", text, "device") },
  { omitEmpty: true },
) {}

/** CPUs of the host that numad advised. */
export class StatusNumad extends element("numad", {
  nodeset: attribute.optional(text),
  cpuset: attribute.optional(text),
}) {}

/** What a process outside of QEMU that a user-mode network runs in can do. */
export class SlirpHelper extends element("helper", {
  alias: attribute(text),
  pid: attribute(i32),
  features: single.list(
    "name",
    oneOf("ipv4", "ipv6", "tftp", "dbus-address", "dbus-p2p", "migrate", "restrict", "exit-with-parent"),
    "feature",
    { invalid: "Unknown slirp feature %s", code: ErrorCode.internalError },
  ),
}) {}
/** See {@link SlirpHelper}. */
export class StatusSlirp extends element("slirp", { helpers: children(SlirpHelper) }, { omitEmpty: true }) {}

/** The backup that is under way. */
export class StatusBackups extends element("backups", { backups: children(Backup) }, { omitEmpty: true }) {}

const stateNames = oneOf("nostate", "running", "blocked", "paused", "shutdown", "shutoff", "crashed", "pmsuspended");

/**
 * The state of a running guest as libvirtd 9.0 keeps it in `/run/libvirt/qemu/NAME.xml`: what another daemon, ours or
 * libvirt's, needs to take the guest over. Order and names are libvirt's (`qemuDomainObjPrivateXMLFormat`); what is ours
 * alone is ignored there.
 */
export class DomainStatus extends element("domstatus", {
  state: attribute(stateNames),
  reason: attribute.optional(text),
  pid: attribute(i32),
  taints: single.list("flag", text, "taint"),
  deprecations: leaf.list(text, "deprecation"),
  monitor: child.optional(StatusMonitor),
  process: child.optional(StatusProcess),
  attached: child.optional(StatusAttached),
  dbusDaemon: flag(),
  dbusVmState: flag("dbusVMState"),
  namespaces: verbatim(),
  vcpus: child.optional(StatusVcpus),
  qemuCaps: child.optional(StatusCapabilities),
  lockState: leaf.optional(text, "lockstate"),
  job: child.optional(StatusJob),
  fakereboot: flag(),
  devices: child.optional(StatusDevices),
  numad: child.optional(StatusNumad),
  libDir: single("path", text),
  channelTargetDir: single("path", text),
  cpu: child.optional(Cpu),
  chardevStdioLogd: flag(),
  rememberOwner: flag(),
  allowReboot: single("value", text),
  prDaemon: flag(),
  nodename: single("index", u53),
  fdset: single("index", u32),
  memoryPreallocated: flag("memPrealloc"),
  blockjobs: child.optional(StatusBlockJobs),
  slirp: child.optional(StatusSlirp),
  /** Seconds; negative for the special ones. */
  agentTimeout: leaf.optional(i32, undefined, {
    invalid: "failed to parse agent timeout",
    code: ErrorCode.internalError,
  }),
  backups: child.optional(StatusBackups),
  /** The limit that QEMU had for locked memory, bytes. */
  originalMemlock: leaf.optional(u64),
  preMigrationMemlock: leaf.optional(u64),
  domain: child(Domain, { missing: "no domain config", missingCode: ErrorCode.internalError }),
}) {}

/** Reads a status file as it is. Throws `DocumentError` for one that is torn or foreign. */
export function parseStatus(source: string, file: string): DomainStatus {
  return DomainStatus.parse(source, { file, state: true, limits: STATE_LIMITS });
}

/** Agents that say nothing are waited for without an end. */
const AGENT_WAITS_FOR_EVER = -2;

/**
 * Reads a status file and fills in what older versions did not write, as a libvirtd that takes the guest over does;
 * `hooksFor` completes the domain for an emulator with the capabilities that the file tells of, if it does. Throws
 * `DocumentError`.
 */
export function readStatus(
  source: string,
  file: string,
  hooksFor: (flags: readonly string[] | undefined) => DomainHooks,
): Parsed<DomainStatus> {
  const parsed = DomainStatus.read(source, { file, state: true, limits: STATE_LIMITS });
  const { value: status, reader } = parsed;
  const report = reportTo(reader);
  const { domain, job, allowReboot } = status;
  if (status.monitor === undefined) report(status, "no monitor path", ErrorCode.internalError);
  // A guest that runs must not vanish because a check was added.
  const hooks = hooksFor(status.qemuCaps?.flags);
  completeDocument(domain, { state: true, hooks, skipValidation: true }, report);
  restoreAliases(domain);
  status.vcpus ??= { vcpus: [] };
  if (job !== undefined) {
    completeJob(job, domain);
    if (job.type === "none" && job.async === "none") delete status.job;
  }
  if (allowReboot === "default") delete status.allowReboot;
  else if (allowReboot !== undefined && allowReboot !== "yes" && allowReboot !== "no") {
    report(status, `Invalid value for attribute 'value' in element 'allowReboot': '${allowReboot}'.`);
  }
  status.nodename ??= 0;
  status.fdset ??= 0;
  status.blockjobs ??= { active: false, jobs: [] };
  completeBlockJobs(status.blockjobs, domain);
  status.agentTimeout ??= AGENT_WAITS_FOR_EVER;
  if ((status.backups?.backups.length ?? 0) > 1) {
    report(status, "only one backup job is supported", ErrorCode.internalError);
  }
  for (const key of ["originalMemlock", "preMigrationMemlock"] as const) if (status[key] === 0n) delete status[key];
  reader.throwIfFailed(file);
  return { ...parsed, warnings: reader.warnings };
}

/** Writes a status file: everything, secrets included (the file is root's alone), and what we did not understand. */
export function formatStatus(status: DomainStatus): string {
  const written = { ...status, domain: writtenDomain(status.domain, true, false) };
  return DomainStatus.format(written, { live: true, secrets: true, state: true, unknown: true });
}
