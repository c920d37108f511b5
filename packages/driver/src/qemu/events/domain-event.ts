/** A guest as events name it; `id` is -1 when it does not run. */
export interface GuestRef {
  readonly name: string;
  /** Canonical text form. */
  readonly uuid: string;
  readonly id: number;
}

/** What happened in a guest's life, with the detail that libvirt gives each (`virDomainEventType` and its details). */
export type LifecycleEvent =
  | { readonly event: "defined"; readonly detail: "added" | "updated" | "renamed" | "fromSnapshot" }
  | { readonly event: "undefined"; readonly detail: "removed" | "renamed" }
  | { readonly event: "started"; readonly detail: "booted" | "migrated" | "restored" | "fromSnapshot" | "wakeup" }
  | {
      readonly event: "suspended";
      readonly detail:
        | "paused"
        | "migrated"
        | "ioerror"
        | "watchdog"
        | "restored"
        | "fromSnapshot"
        | "apiError"
        | "postcopy"
        | "postcopyFailed";
    }
  | {
      readonly event: "resumed";
      readonly detail: "unpaused" | "migrated" | "fromSnapshot" | "postcopy" | "postcopyFailed";
    }
  | {
      readonly event: "stopped";
      readonly detail: "shutdown" | "destroyed" | "crashed" | "migrated" | "saved" | "failed" | "fromSnapshot";
    }
  | { readonly event: "shutdown"; readonly detail: "finished" | "guest" | "host" }
  | { readonly event: "pmsuspended"; readonly detail: "memory" | "disk" }
  | { readonly event: "crashed"; readonly detail: "panicked" | "crashloaded" };

/** One end of a display connection. */
export interface GraphicsAddress {
  readonly family: "ipv4" | "ipv6" | "unix";
  readonly node: string;
  readonly service: string;
}

/** A setting that was changed, under its name in `VIR_DOMAIN_TUNABLE_*`. */
export type TunedValue = { readonly name: string } & (
  | { readonly type: "ullong" | "llong"; readonly value: bigint }
  | { readonly type: "string"; readonly value: string }
);

/** How a job that moved a guest's memory went: bytes and pages as QEMU's `query-migrate` counts them, times in milliseconds. */
export interface MemoryJobReport {
  readonly operation: "save";
  readonly elapsed: bigint;
  readonly downtime: bigint;
  readonly setupTime: bigint;
  /** Bytes of the guest's memory, of what was written of it, and of what was left when the job ended. */
  readonly total: bigint;
  readonly transferred: bigint;
  readonly remaining: bigint;
  /** Pages of nothing but one value, and others. */
  readonly constantPages: bigint;
  readonly normalPages: bigint;
  readonly normalBytes: bigint;
  /** Pages a second that the guest changed meanwhile. */
  readonly dirtyRate: bigint;
  readonly iterations: bigint;
  readonly postcopyRequests: bigint;
  readonly pageSize: bigint;
}

/** Everything a guest reports to clients. Values are as in libvirt's callbacks; sizes in KiB, offsets in seconds. */
export type DomainEvent =
  | ({ readonly kind: "lifecycle" } & LifecycleEvent)
  | { readonly kind: "reboot" }
  | { readonly kind: "rtcChange"; readonly offset: bigint }
  | {
      readonly kind: "watchdog";
      readonly action: "none" | "pause" | "reset" | "poweroff" | "shutdown" | "debug" | "injectNmi";
    }
  | {
      readonly kind: "ioError";
      readonly path: string;
      readonly alias: string;
      readonly action: "none" | "pause" | "report";
      readonly reason: string;
    }
  | {
      readonly kind: "graphics";
      readonly phase: "connect" | "initialize" | "disconnect";
      readonly local: GraphicsAddress;
      readonly remote: GraphicsAddress;
      readonly authScheme: string;
      readonly subject: readonly { readonly type: string; readonly name: string }[];
    }
  | { readonly kind: "controlError" }
  | {
      readonly kind: "blockJob";
      /** Path of the disk's source. */
      readonly path: string;
      /** The disk's target, e.g. `vda`. */
      readonly target: string;
      readonly type: "pull" | "copy" | "commit" | "activeCommit" | "backup";
      readonly status: "completed" | "failed" | "canceled" | "ready";
    }
  | {
      readonly kind: "diskChange";
      readonly oldPath: string | undefined;
      readonly newPath: string | undefined;
      readonly alias: string;
      readonly reason: "changedMissingOnStart" | "droppedMissingOnStart";
    }
  | { readonly kind: "trayChange"; readonly alias: string; readonly reason: "open" | "close" }
  | { readonly kind: "pmWakeup" }
  | { readonly kind: "pmSuspend" }
  | { readonly kind: "pmSuspendDisk" }
  | { readonly kind: "balloonChange"; readonly actual: bigint }
  | { readonly kind: "deviceRemoved"; readonly alias: string }
  | { readonly kind: "deviceRemovalFailed"; readonly alias: string }
  | { readonly kind: "deviceAdded"; readonly alias: string }
  | { readonly kind: "tunable"; readonly values: readonly TunedValue[] }
  | {
      readonly kind: "agentLifecycle";
      readonly state: "connected" | "disconnected";
      readonly reason: "unknown" | "domainStarted" | "channel";
    }
  | { readonly kind: "migrationIteration"; readonly iteration: number }
  | { readonly kind: "jobCompleted"; readonly report: MemoryJobReport }
  | {
      readonly kind: "metadataChange";
      readonly type: "description" | "title" | "element";
      readonly uri: string | undefined;
    }
  | {
      readonly kind: "blockThreshold";
      readonly device: string;
      readonly path: string | undefined;
      readonly threshold: bigint;
      readonly excess: bigint;
    }
  | {
      readonly kind: "memoryFailure";
      readonly recipient: "hypervisor" | "guest";
      readonly action: "ignore" | "inject" | "fatal" | "reset";
      readonly actionRequired: boolean;
      readonly recursive: boolean;
    }
  | { readonly kind: "memoryDeviceSizeChange"; readonly alias: string; readonly size: bigint };

/** A raw event of a guest's monitor, for clients of the QEMU program. */
export interface MonitorEvent {
  readonly name: string;
  readonly seconds: number;
  readonly microseconds: number;
  /** JSON of the event's data; absent when it has none. */
  readonly details: string | undefined;
}
