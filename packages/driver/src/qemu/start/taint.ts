import type { Guest } from "../guest/guest.ts";
import type { LiveGuest, Taint } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";
import { appendToLog, taintEntry } from "./guest-log.ts";

/** Notes, once a run, that a guest is not what its definition alone would make it: in its log and status. */
export async function taint(driver: QemuDriver, guest: Guest, live: LiveGuest, what: Taint): Promise<void> {
  if (live.taints.has(what)) return;
  live.taints.add(what);
  driver.log.warn("guest tainted", { domain: guest.name, id: guest.id, taint: what });
  await appendToLog(driver, guest.name, taintEntry(driver.clock.now(), guest.id, what));
  if (guest.state.kind !== "preparing") await saveStatus(driver, guest);
}
