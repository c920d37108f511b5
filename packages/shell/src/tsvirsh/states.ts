// What virsh calls the states that libvirt numbers: the texts stand at their numbers.

const states = ["no state", "running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended"] as const;

const reasons: readonly (readonly string[])[] = [
  ["unknown"],
  [
    "unknown",
    "booted",
    "migrated",
    "restored",
    "from snapshot",
    "unpaused",
    "migration canceled",
    "save canceled",
    "event wakeup",
    "crashed",
    "post-copy",
    "post-copy failed",
  ],
  ["unknown"],
  [
    "unknown",
    "user",
    "migrating",
    "saving",
    "dumping",
    "I/O error",
    "watchdog",
    "from snapshot",
    "shutting down",
    "creating snapshot",
    "crashed",
    "starting up",
    "post-copy",
    "post-copy failed",
  ],
  ["unknown", "user"],
  ["unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon"],
  ["unknown", "panicked"],
  ["unknown"],
];

const controls = ["ok", "background job", "occupied", "error"] as const;
const controlErrors = ["", "unknown", "monitor failure", "internal (locking) error"] as const;
const vcpuStates = ["offline", "running", "blocked"] as const;

/** `running` of a `DomainState`. */
export function stateText(state: number): string {
  return states[state] ?? "no state";
}

/** `booted` of a reason of that state. */
export function reasonText(state: number, reason: number): string {
  return reasons[state]?.[reason] ?? "unknown";
}

/** `ok` of a `DomainControlState`. */
export function controlText(state: number): string {
  return controls[state] ?? "unknown";
}

/** `monitor failure` of a `DomainControlErrorReason`. */
export function controlErrorText(reason: number): string {
  return controlErrors[reason] ?? "unknown";
}

/** `running` of a `VcpuState`. */
export function vcpuStateText(state: number): string {
  return vcpuStates[state] ?? "no state";
}
