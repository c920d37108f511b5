import { OptionError } from "@tsvirt/codec/options";
import { parseEvent, type QmpEvent, type RawQmpEvent } from "@tsvirt/qemu";
import type { LifecycleEvent } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { PauseReason, RunReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatusSoon } from "../status/save.ts";
import { afterPanic, afterPoweroff, afterReset } from "../stop/power.ts";
import { deviceEvent } from "./device-events.ts";
import { graphicsEvent } from "./graphics-events.ts";

type EventOf<N extends QmpEvent["name"]> = Extract<QmpEvent, { name: N }>;

/** What a guest's QEMU reports: turned into the guest's state, what follows from it, and events for clients. */
export function handleQmpEvent(driver: QemuDriver, guest: Guest, live: LiveGuest, raw: RawQmpEvent): void {
  if (driver.events.wantsMonitorEvents) {
    driver.events.emitMonitor(guest.ref, {
      name: raw.name,
      seconds: raw.seconds,
      microseconds: raw.microseconds,
      details: Object.keys(raw.data).length > 0 ? JSON.stringify(raw.data) : undefined,
    });
  }
  // The run this event is of may be over already.
  if (guest.live !== live) return;
  const event = parseEvent(raw);
  if (event instanceof OptionError) {
    driver.log.warn("event of another shape", { domain: guest.name, event: raw.name, error: event.message });
    return;
  }
  if (event) dispatch(driver, guest, live, event);
}

function dispatch(driver: QemuDriver, guest: Guest, live: LiveGuest, event: QmpEvent): void {
  const emit = driver.events.emit.bind(driver.events, guest.ref);
  switch (event.name) {
    case "STOP":
      return onStop(driver, guest, live);
    case "RESUME":
      return onResume(driver, guest, live);
    case "SHUTDOWN":
      return onShutdown(driver, guest, live, event);
    case "RESET":
      emit({ kind: "reboot" });
      return afterReset(driver, guest, live);
    case "SUSPEND":
    case "SUSPEND_DISK":
      return onSuspend(driver, guest, event.name === "SUSPEND" ? "memory" : "disk");
    case "WAKEUP":
      emit({ kind: "pmWakeup" });
      if (!guest.apply({ kind: "wakeup" })) return;
      saveStatusSoon(driver, guest);
      return emit({ kind: "lifecycle", event: "started", detail: "wakeup" });
    case "RTC_CHANGE":
      return emit({ kind: "rtcChange", offset: BigInt(event.data.offset) });
    case "WATCHDOG":
      return onWatchdog(driver, guest, event);
    case "GUEST_PANICKED":
      if (!guest.apply({ kind: "panicked" })) return;
      saveStatusSoon(driver, guest);
      emit({ kind: "lifecycle", event: "crashed", detail: "panicked" });
      return afterPanic(driver, guest, live);
    case "GUEST_CRASHLOADED":
      return emit({ kind: "lifecycle", event: "crashed", detail: "crashloaded" });
    case "VNC_CONNECTED":
    case "VNC_INITIALIZED":
    case "VNC_DISCONNECTED":
    case "SPICE_CONNECTED":
    case "SPICE_INITIALIZED":
    case "SPICE_DISCONNECTED":
      return graphicsEvent(driver, guest, event);
    default:
      return deviceEvent(driver, guest, live, event);
  }
}

function onStop(driver: QemuDriver, guest: Guest, live: LiveGuest): void {
  const reason = live.pauseReason;
  live.pauseReason = "unknown";
  if (!guest.apply({ kind: "stopped", reason })) return;
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "lifecycle", ...suspendedBy(reason) });
}

function onResume(driver: QemuDriver, guest: Guest, live: LiveGuest): void {
  const reason = live.runReason;
  live.runReason = "unpaused";
  if (!guest.apply({ kind: "resumed", reason })) return;
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "lifecycle", ...resumedBy(reason) });
}

/** The event of a guest that stands still for this reason. */
export function suspendedBy(reason: PauseReason): LifecycleEvent {
  switch (reason) {
    case "migration":
      return { event: "suspended", detail: "migrated" };
    case "fromSnapshot":
      return { event: "suspended", detail: "fromSnapshot" };
    case "postcopy":
    case "postcopyFailed":
      return { event: "suspended", detail: reason };
    default:
      return { event: "suspended", detail: "paused" };
  }
}

/** The event of a guest that goes on for this reason. */
export function resumedBy(reason: RunReason): LifecycleEvent {
  switch (reason) {
    case "migrated":
    case "migrationCanceled":
      return { event: "resumed", detail: "migrated" };
    case "restored":
    case "fromSnapshot":
      return { event: "resumed", detail: "fromSnapshot" };
    case "postcopy":
    case "postcopyFailed":
      return { event: "resumed", detail: reason };
    default:
      return { event: "resumed", detail: "unpaused" };
  }
}

function onShutdown(driver: QemuDriver, guest: Guest, live: LiveGuest, event: EventOf<"SHUTDOWN">): void {
  // Our own SIGTERM or `quit` makes QEMU say this too; what we do ourselves is reported by its end alone.
  if (live.ending !== undefined) return;
  if (!guest.apply({ kind: "poweroff" })) return;
  saveStatusSoon(driver, guest);
  const by = event.data.guest;
  const detail = by === undefined ? "finished" : by ? "guest" : "host";
  driver.events.emit(guest.ref, { kind: "lifecycle", event: "shutdown", detail });
  afterPoweroff(driver, guest, live, event.data.guest === true);
}

function onSuspend(driver: QemuDriver, guest: Guest, detail: "memory" | "disk"): void {
  driver.events.emit(guest.ref, { kind: detail === "memory" ? "pmSuspend" : "pmSuspendDisk" });
  if (!guest.apply({ kind: "suspended" })) return;
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "lifecycle", event: "pmsuspended", detail });
}

const watchdogActions = {
  none: "none",
  pause: "pause",
  reset: "reset",
  poweroff: "poweroff",
  shutdown: "shutdown",
  debug: "debug",
  "inject-nmi": "injectNmi",
} as const;

function onWatchdog(driver: QemuDriver, guest: Guest, event: EventOf<"WATCHDOG">): void {
  const { action: name } = event.data;
  const action = Object.hasOwn(watchdogActions, name) ? watchdogActions[name as keyof typeof watchdogActions] : "none";
  driver.events.emit(guest.ref, { kind: "watchdog", action });
  if (action !== "pause" || !guest.apply({ kind: "watchdog" })) return;
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "lifecycle", event: "suspended", detail: "watchdog" });
}
