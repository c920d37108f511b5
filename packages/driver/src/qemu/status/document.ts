import {
  attribute,
  child,
  children,
  element,
  flag,
  i32,
  leaf,
  oneOf,
  STATE_LIMITS,
  single,
  text,
  u32,
  u64,
  verbatim,
  yesNo,
} from "@tsvirt/codec/xml";
import { Cpu, Domain } from "@tsvirt/model/domain";
import type { GuestState, OffReason, PauseReason, RunReason } from "../guest/state.ts";

/** Where the monitor is. */
class StatusMonitor extends element("monitor", {
  path: attribute(text),
  type: attribute.withDefault(oneOf("unix", "pty"), "unix"),
}) {}

/** The process of a guest: told apart from a later one with the same number. Not in libvirt's files. */
class StatusProcess extends element("process", { startTime: attribute(u64, "startTime") }) {}

/** Threads of virtual CPUs. */
class StatusVcpu extends element("vcpu", { id: attribute(u32), pid: attribute(u32) }) {}
class StatusVcpus extends element("vcpus", { vcpus: children(StatusVcpu) }, { omitEmpty: true }) {}

/** What the emulator could do when the guest was started: it may have been replaced since. */
class StatusCapabilities extends element("qemuCaps", { flags: single.list("name", text, "flag") }) {}

/** Aliases of the devices that QEMU has. */
class StatusDevices extends element(
  "devices",
  { aliases: single.list("alias", text, "device") },
  { omitEmpty: true },
) {}

/** A change that is under way: `async` names the longer ones (`virDomainAsyncJob`). */
class StatusJob extends element("job", {
  type: attribute(text),
  agent: attribute.optional(text),
  async: attribute.optional(text),
  phase: attribute.optional(text),
  flags: attribute.optional(text),
}) {}

/** Jobs on disks. Ours are found by asking QEMU. */
class StatusBlockJobs extends element("blockjobs", { active: attribute(yesNo) }) {}

/** CPUs of the host that numad advised. */
class StatusNumad extends element("numad", { nodeset: attribute.optional(text), cpuset: attribute.optional(text) }) {}

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
  dbusDaemon: flag(),
  namespaces: verbatim(),
  vcpus: child.optional(StatusVcpus),
  qemuCaps: child.optional(StatusCapabilities),
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
  nodename: single("index", u32),
  fdset: single("index", u32),
  blockjobs: child.optional(StatusBlockJobs),
  agentTimeout: leaf.optional(i32),
  slirp: verbatim(),
  memoryBackingDir: verbatim(),
  domain: child(Domain),
}) {}

/** Reads a status file. Throws `DocumentError` for one that is torn or foreign. */
export function parseStatus(source: string, file: string): DomainStatus {
  return DomainStatus.parse(source, { file, state: true, limits: STATE_LIMITS });
}

/** Writes a status file: everything, secrets included (the file is root's alone), and what we did not understand. */
export function formatStatus(status: DomainStatus): string {
  return DomainStatus.format(status, { live: true, secrets: true, state: true, unknown: true });
}

// libvirt's words for reasons (`virDomain*ReasonTypeToString`), where they are not our names.
const runWords: Readonly<Record<RunReason, string>> = {
  unknown: "unknown",
  booted: "booted",
  migrated: "migrated",
  restored: "restored",
  fromSnapshot: "from snapshot",
  unpaused: "unpaused",
  migrationCanceled: "migration canceled",
  saveCanceled: "save canceled",
  wakeup: "wakeup",
  crashed: "crashed",
  postcopy: "post-copy",
  postcopyFailed: "post-copy failed",
};
const pauseWords: Readonly<Record<PauseReason, string>> = {
  unknown: "unknown",
  user: "user",
  migration: "migration",
  save: "save",
  dump: "dump",
  ioerror: "ioerror",
  watchdog: "watchdog",
  fromSnapshot: "from snapshot",
  shuttingDown: "shutdown",
  snapshot: "snapshot",
  crashed: "panicked",
  startingUp: "starting up",
  postcopy: "post-copy",
  postcopyFailed: "post-copy failed",
};
const offWords: Readonly<Record<OffReason, string>> = {
  unknown: "unknown",
  shutdown: "shutdown",
  destroyed: "destroyed",
  crashed: "crashed",
  migrated: "migrated",
  saved: "saved",
  failed: "failed",
  fromSnapshot: "from snapshot",
  daemon: "daemon",
};

/** A state in libvirt's words. */
export function stateToWords(state: GuestState): Pick<DomainStatus, "state" | "reason" | "pid"> {
  switch (state.kind) {
    case "running":
      return { state: "running", reason: runWords[state.reason], pid: state.pid };
    case "paused":
      return { state: "paused", reason: pauseWords[state.reason], pid: state.pid };
    case "starting":
      return { state: "paused", reason: "starting up", pid: state.pid };
    case "preparing":
      return { state: "paused", reason: "starting up", pid: 0 };
    case "shutdown":
    case "crashed":
      return { state: state.kind, reason: state.reason, pid: state.pid };
    case "pmsuspended":
      return { state: "pmsuspended", reason: "unknown", pid: state.pid };
    case "shutoff":
      return { state: "shutoff", reason: offWords[state.reason], pid: 0 };
  }
}

/** The state that a status file tells of; words we do not know are `unknown`. */
export function stateFromWords(status: Pick<DomainStatus, "state" | "reason" | "pid">): GuestState {
  const { state, reason = "unknown", pid } = status;
  switch (state) {
    case "running":
    case "blocked":
      return { kind: "running", pid, reason: keyOf(runWords, reason) ?? "unknown" };
    case "paused": {
      const why = keyOf(pauseWords, reason) ?? "unknown";
      return why === "startingUp" ? { kind: "starting", pid } : { kind: "paused", pid, reason: why };
    }
    case "shutdown":
      return { kind: "shutdown", pid, reason: reason === "user" ? "user" : "unknown" };
    case "crashed":
      return { kind: "crashed", pid, reason: reason === "panicked" ? "panicked" : "unknown" };
    case "pmsuspended":
      return { kind: "pmsuspended", pid };
    default:
      return { kind: "shutoff", reason: keyOf(offWords, reason) ?? "unknown" };
  }
}

function keyOf<K extends string>(words: Readonly<Record<K, string>>, word: string): K | undefined {
  for (const key in words) if (words[key] === word) return key;
  return undefined;
}
