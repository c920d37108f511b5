/** Why a guest is off; libvirt's `virDomainShutoffReason`. */
export type OffReason =
  | "unknown"
  | "shutdown"
  | "destroyed"
  | "crashed"
  | "migrated"
  | "saved"
  | "failed"
  | "fromSnapshot"
  | "daemon";

/** Why a guest runs; libvirt's `virDomainRunningReason`. */
export type RunReason =
  | "unknown"
  | "booted"
  | "migrated"
  | "restored"
  | "fromSnapshot"
  | "unpaused"
  | "migrationCanceled"
  | "saveCanceled"
  | "wakeup"
  | "crashed"
  | "postcopy"
  | "postcopyFailed";

/** Why a guest's processors stand still; libvirt's `virDomainPausedReason`. */
export type PauseReason =
  | "unknown"
  | "user"
  | "migration"
  | "save"
  | "dump"
  | "ioerror"
  | "watchdog"
  | "fromSnapshot"
  | "shuttingDown"
  | "snapshot"
  | "crashed"
  | "startingUp"
  | "postcopy"
  | "postcopyFailed";

/**
 * What a guest is doing. What exists only in some states lives in those: a pid from the launch on.
 * `preparing` and `starting` are ours; libvirt shows the first as off and the second as paused (starting up).
 */
export type GuestState =
  | { readonly kind: "shutoff"; readonly reason: OffReason }
  /** A start was admitted; nothing runs yet. */
  | { readonly kind: "preparing" }
  /** QEMU was launched and has not executed a guest instruction. */
  | { readonly kind: "starting"; readonly pid: number }
  | { readonly kind: "running"; readonly pid: number; readonly reason: RunReason }
  | { readonly kind: "paused"; readonly pid: number; readonly reason: PauseReason }
  /** The guest powered off; QEMU is still there until we have decided on `on_poweroff`. */
  | { readonly kind: "shutdown"; readonly pid: number; readonly reason: "unknown" | "user" }
  /** The guest panicked and `on_crash` wants it kept. */
  | { readonly kind: "crashed"; readonly pid: number; readonly reason: "unknown" | "panicked" }
  | { readonly kind: "pmsuspended"; readonly pid: number };

/** What can happen to a guest: by us, by QEMU's events, by the end of its process. */
export type GuestInput =
  | { readonly kind: "prepare" }
  | { readonly kind: "launched"; readonly pid: number }
  /** The start is complete and the guest stays paused, for a reason. */
  | { readonly kind: "ready"; readonly reason: PauseReason }
  /** QEMU's STOP; the reason is that of whoever asked for it, else `unknown`. */
  | { readonly kind: "stopped"; readonly reason: PauseReason }
  /** QEMU's RESUME; the reason is that of whoever asked for it, else `unpaused`. */
  | { readonly kind: "resumed"; readonly reason: RunReason }
  /** QEMU's SHUTDOWN. */
  | { readonly kind: "poweroff" }
  /** A disk failed with the action `stop`; QEMU's own STOP follows or came before. */
  | { readonly kind: "ioerror" }
  /** The watchdog fired with the action `pause`. */
  | { readonly kind: "watchdog" }
  /** QEMU's GUEST_PANICKED. */
  | { readonly kind: "panicked" }
  /** The guest suspended itself to memory (SUSPEND) or to disk (SUSPEND_DISK). */
  | { readonly kind: "suspended" }
  /** QEMU's WAKEUP. */
  | { readonly kind: "wakeup" }
  /** QEMU's RESET. */
  | { readonly kind: "reset" }
  /** The process has ended, or the start failed before there was one. */
  | { readonly kind: "ended"; readonly reason: OffReason };

/** Every input kind, for tests and tables. */
export const inputKinds: readonly GuestInput["kind"][] = [
  "prepare",
  "launched",
  "ready",
  "stopped",
  "resumed",
  "poweroff",
  "ioerror",
  "watchdog",
  "panicked",
  "suspended",
  "wakeup",
  "reset",
  "ended",
];

/** Whether a QEMU belongs to this state, or is about to. */
export function isActive(state: GuestState): boolean {
  return state.kind !== "shutoff";
}

/** The process of this state, if there is one. */
export function pidOf(state: GuestState): number | undefined {
  return "pid" in state ? state.pid : undefined;
}

/**
 * The state after `input`, the same object when the input changes nothing, `undefined` when it is not possible here.
 * Pure: no clock, no QMP, no process. Effects are the caller's, from the pair (before, after).
 */
export function step(state: GuestState, input: GuestInput): GuestState | undefined {
  if (input.kind === "ended") return state.kind === "shutoff" ? undefined : { kind: "shutoff", reason: input.reason };
  switch (state.kind) {
    case "shutoff":
      return input.kind === "prepare" ? { kind: "preparing" } : undefined;
    case "preparing":
      return input.kind === "launched" ? { kind: "starting", pid: input.pid } : undefined;
    case "starting":
      return stepStarting(state, input);
    default:
      return stepLive(state, input);
  }
}

type Starting = Extract<GuestState, { kind: "starting" }>;
type Live = Exclude<GuestState, { kind: "shutoff" | "preparing" | "starting" }>;

/** QEMU may speak before the start is complete: it stops, resumes (an incoming migration), or gives up. */
function stepStarting(state: Starting, input: GuestInput): GuestState | undefined {
  switch (input.kind) {
    case "ready":
      return { kind: "paused", pid: state.pid, reason: input.reason };
    case "resumed":
      return { kind: "running", pid: state.pid, reason: input.reason };
    case "stopped":
    case "reset":
      return state;
    case "poweroff":
      return { kind: "shutdown", pid: state.pid, reason: "unknown" };
    default:
      return undefined;
  }
}

function stepLive(state: Live, input: GuestInput): GuestState | undefined {
  const { pid } = state;
  switch (input.kind) {
    case "stopped":
      return state.kind === "running" ? { kind: "paused", pid, reason: input.reason } : state;
    case "resumed":
      return state.kind === "running" ? state : { kind: "running", pid, reason: input.reason };
    case "poweroff":
      return state.kind === "shutdown" ? state : { kind: "shutdown", pid, reason: "unknown" };
    // The two reasons below explain a stop that QEMU reports on its own, before or after.
    case "ioerror":
      return state.kind === "running" || isUnexplained(state) ? { kind: "paused", pid, reason: "ioerror" } : state;
    case "watchdog":
      return state.kind === "running" || isUnexplained(state) ? { kind: "paused", pid, reason: "watchdog" } : state;
    case "panicked":
      return { kind: "crashed", pid, reason: "panicked" };
    case "suspended":
      return state.kind === "running" ? { kind: "pmsuspended", pid } : state;
    case "wakeup":
      return state.kind === "pmsuspended" ? { kind: "running", pid, reason: "wakeup" } : state;
    case "reset":
      // A guest that was reset is no longer off, crashed or asleep; a paused one stays paused.
      return state;
    default:
      return undefined;
  }
}

function isUnexplained(state: Live): boolean {
  return state.kind === "paused" && state.reason === "unknown";
}
