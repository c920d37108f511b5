import type { QmpEvent } from "@tsvirt/qemu";
import { onBlockJob } from "../block/block-job.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { localPath } from "../images/source-path.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatusSoon } from "../status/save.ts";

/** Events of a guest's devices: disks, channels, balloon, memory. Others are not for us. */
export function deviceEvent(driver: QemuDriver, guest: Guest, live: LiveGuest, event: QmpEvent): void {
  switch (event.name) {
    case "BALLOON_CHANGE":
      onBalloon(driver, guest, live, BigInt(event.data.actual) / 1024n);
      break;
    case "DEVICE_TRAY_MOVED":
      onTray(driver, guest, live, event.data.id, event.data["tray-open"]);
      break;
    case "BLOCK_IO_ERROR":
      onIoError(driver, guest, live, event.data);
      break;
    case "VSERPORT_CHANGE":
      onChannel(driver, guest, live, event.data.id, event.data.open);
      break;
    case "DEVICE_UNPLUG_GUEST_ERROR":
      if (event.data.device !== undefined) {
        driver.events.emit(guest.ref, { kind: "deviceRemovalFailed", alias: event.data.device });
      }
      break;
    case "MIGRATION":
      live.onMigration?.({ status: event.data.status });
      break;
    case "MIGRATION_PASS":
      driver.events.emit(guest.ref, { kind: "migrationIteration", iteration: Number(event.data.pass) });
      live.onMigration?.({ pass: Number(event.data.pass) });
      break;
    case "JOB_STATUS_CHANGE":
      live.jobWaiters.get(event.data.id)?.(event.data.status);
      onBlockJob(driver, guest, live, event.data.id, event.data.status);
      break;
    case "DEVICE_DELETED":
      if (event.data.device !== undefined) live.unplugWaiters.get(event.data.device)?.();
      break;
    default:
  }
}

function onBalloon(driver: QemuDriver, guest: Guest, live: LiveGuest, actual: bigint): void {
  const kib = Number(actual);
  if (live.domain.currentMemory !== kib) {
    live.domain = { ...live.domain, currentMemory: kib };
    saveStatusSoon(driver, guest);
  }
  driver.events.emit(guest.ref, { kind: "balloonChange", actual });
}

/** The disk behind a QEMU device id or QOM path; aliases are ids, and libvirt's old ones have a prefix. */
function findDisk(live: LiveGuest, id: string) {
  const attached = live.attachedAlias(id);
  if (attached !== undefined) return live.domain.devices?.disks.find(({ alias }) => alias === attached);
  const tail = id.startsWith("/machine/peripheral/") ? (id.split("/")[3] ?? "") : id;
  return live.domain.devices?.disks.find((disk) => disk.alias === tail || `drive-${disk.alias ?? ""}` === tail);
}

function onTray(driver: QemuDriver, guest: Guest, live: LiveGuest, id: string, open: boolean): void {
  const disk = findDisk(live, id);
  if (!disk?.alias) return;
  disk.target = { ...disk.target, tray: open ? "open" : "closed" };
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "trayChange", alias: disk.alias, reason: open ? "open" : "close" });
}

type IoError = Extract<QmpEvent, { name: "BLOCK_IO_ERROR" }>["data"];

function onIoError(driver: QemuDriver, guest: Guest, live: LiveGuest, data: IoError): void {
  const byPath = data["qom-path"] === undefined ? undefined : findDisk(live, data["qom-path"]);
  const disk = byPath ?? findDisk(live, data.device);
  const action = data.action === "stop" ? "pause" : data.action === "report" ? "report" : "none";
  driver.events.emit(guest.ref, {
    kind: "ioError",
    path: localPath(disk?.source) ?? "",
    alias: disk?.alias ?? data.device,
    action,
    reason: data.nospace === true ? "enospc" : "",
  });
  if (action !== "pause" || !guest.apply({ kind: "ioerror" })) return;
  saveStatusSoon(driver, guest);
  driver.events.emit(guest.ref, { kind: "lifecycle", event: "suspended", detail: "ioerror" });
}

/** The channel of the guest agent, by the name that agents open. */
const AGENT_CHANNEL = "org.qemu.guest_agent.0";

function onChannel(driver: QemuDriver, guest: Guest, live: LiveGuest, id: string, open: boolean): void {
  const channel = live.domain.devices?.channels.find((each) => each.alias === id);
  if (!channel) return;
  const state = open ? "connected" : "disconnected";
  if (channel.target.state === state) return;
  channel.target = { ...channel.target, state };
  saveStatusSoon(driver, guest);
  if (channel.target.name !== AGENT_CHANNEL) return;
  driver.events.emit(guest.ref, { kind: "agentLifecycle", state, reason: "channel" });
}
