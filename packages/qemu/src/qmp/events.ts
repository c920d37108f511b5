import { onOff as boolean, group, integer, json, key, OptionError, type Scalar, text } from "@tsvirt/codec/options";
import type { RawQmpEvent } from "./session.ts";

// Named as in QEMU's QAPI schema. Events that are not declared are passed on raw.

const none = group({});
const vncPeer = group({ host: key.optional(text), service: key.optional(text), family: key.optional(text) });
const display = group({ server: key(vncPeer), client: key(vncPeer) });
const blockJob = group({
  type: key(text),
  device: key(text),
  len: key.optional(integer),
  offset: key.optional(integer),
  speed: key.optional(integer),
  error: key.optional(text),
});

/** The events tsvirt looks at, with the shape of their data. */
export const qmpEvents = {
  STOP: none,
  RESUME: none,
  POWERDOWN: none,
  SUSPEND: none,
  SUSPEND_DISK: none,
  WAKEUP: none,
  SHUTDOWN: group({ guest: key.optional(boolean), reason: key.optional(text) }),
  RESET: group({ guest: key.optional(boolean), reason: key.optional(text) }),
  RTC_CHANGE: group({ offset: key(integer), "qom-path": key.optional(text) }),
  WATCHDOG: group({ action: key(text) }),
  GUEST_PANICKED: group({ action: key(text), info: key.optional(json) }),
  GUEST_CRASHLOADED: group({ action: key(text), info: key.optional(json) }),
  BALLOON_CHANGE: group({ actual: key(integer) }),
  MEMORY_DEVICE_SIZE_CHANGE: group({ id: key.optional(text), size: key(integer) }),
  BLOCK_IO_ERROR: group({
    device: key(text),
    "node-name": key.optional(text),
    "qom-path": key.optional(text),
    operation: key(text),
    action: key(text),
    nospace: key.optional(boolean),
    reason: key.optional(text),
  }),
  BLOCK_WRITE_THRESHOLD: group({
    "node-name": key(text),
    "amount-exceeded": key(integer),
    "write-threshold": key(integer),
  }),
  BLOCK_JOB_COMPLETED: blockJob,
  BLOCK_JOB_CANCELLED: blockJob,
  BLOCK_JOB_READY: blockJob,
  JOB_STATUS_CHANGE: group({ id: key(text), status: key(text) }),
  DEVICE_TRAY_MOVED: group({ device: key(text), id: key(text), "tray-open": key(boolean) }),
  DEVICE_DELETED: group({ device: key.optional(text), path: key(text) }),
  DEVICE_UNPLUG_GUEST_ERROR: group({ device: key.optional(text), path: key(text) }),
  NIC_RX_FILTER_CHANGED: group({ name: key.optional(text), path: key(text) }),
  VSERPORT_CHANGE: group({ id: key(text), open: key(boolean) }),
  ACPI_DEVICE_OST: group({ info: key(json) }),
  DUMP_COMPLETED: group({ result: key(json), error: key.optional(text) }),
  MIGRATION: group({ status: key(text) }),
  MIGRATION_PASS: group({ pass: key(integer) }),
  VNC_CONNECTED: display,
  VNC_INITIALIZED: display,
  VNC_DISCONNECTED: display,
  SPICE_CONNECTED: display,
  SPICE_INITIALIZED: display,
  SPICE_DISCONNECTED: display,
  PR_MANAGER_STATUS_CHANGED: group({ id: key(text), connected: key(boolean) }),
} as const satisfies Record<string, Scalar<object>>;

type DataOf<S> = S extends Scalar<infer T> ? T : never;

/** A declared event: `name` says what `data` is. */
export type QmpEvent = {
  readonly [K in keyof typeof qmpEvents]: {
    readonly name: K;
    readonly data: DataOf<(typeof qmpEvents)[K]>;
    readonly seconds: number;
    readonly microseconds: number;
  };
}[keyof typeof qmpEvents];

/**
 * Gives a raw event its declared type: `undefined` for one that is not declared, {@link OptionError} as a value for one
 * whose data has another shape (QEMU may be hostile: the caller logs and goes on).
 */
export function parseEvent(raw: RawQmpEvent): QmpEvent | OptionError | undefined {
  if (!Object.hasOwn(qmpEvents, raw.name)) return undefined;
  const name = raw.name as keyof typeof qmpEvents;
  try {
    const data = qmpEvents[name].fromJson(raw.data, "", "json");
    // `name` selected the codec that made `data`, so the pair is a member of the union.
    return { name, data, seconds: raw.seconds, microseconds: raw.microseconds } as QmpEvent;
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
}
