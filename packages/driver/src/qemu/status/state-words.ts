import type { DomainStatus } from "@tsvirt/qemu/status";
import type { GuestState, OffReason, PauseReason, RunReason } from "../guest/state.ts";

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
