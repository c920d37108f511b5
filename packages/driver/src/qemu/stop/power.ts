import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { OffReason } from "../guest/state.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { endGuest } from "./destroy.ts";
import { unpause } from "./suspend.ts";

/** The guest powered off: QEMU, which stays because of `-no-shutdown`, ends or boots the guest anew. */
export function afterPoweroff(driver: QemuDriver, guest: Guest, live: LiveGuest, byGuest: boolean): void {
  const restart = live.fakeReboot || (byGuest && live.domain.onPoweroff === "restart");
  if (restart) background(driver, guest, "reboot", () => rebootInPlace(guest, live));
  else background(driver, guest, "power-off", () => end(guest, live, "shutdown"));
}

/** The guest panicked: `<on_crash>`. */
export function afterPanic(driver: QemuDriver, guest: Guest, live: LiveGuest): void {
  switch (live.domain.onCrash) {
    case "preserve":
      return;
    case "restart":
    case "coredump-restart":
    case "rename-restart":
      return background(driver, guest, "restart after a crash", () => rebootInPlace(guest, live));
    default:
      return background(driver, guest, "end after a crash", () => end(guest, live, "crashed"));
  }
}

/** The guest was reset: with `<on_reboot>destroy</on_reboot>` that is its end. */
export function afterReset(driver: QemuDriver, guest: Guest, live: LiveGuest): void {
  if (live.domain.onReboot !== "destroy") return;
  background(driver, guest, "end instead of a reboot", () => end(guest, live, "destroyed"));
}

async function end(guest: Guest, live: LiveGuest, reason: OffReason): Promise<void> {
  if (guest.live !== live) return;
  await endGuest(guest, live, reason);
}

/** libvirt's fake reboot: the same QEMU, reset and set going. */
async function rebootInPlace(guest: Guest, live: LiveGuest): Promise<void> {
  await guest.change("reboot", async () => {
    if (guest.live !== live || !guest.isActive) return;
    live.fakeReboot = false;
    await live.requireMonitor(guest.name).session.execute(qmp.systemReset, {});
    await unpause(guest, live, guest.state.kind === "crashed" ? "crashed" : "booted");
  });
}

function background(driver: QemuDriver, guest: Guest, what: string, work: () => Promise<void>): void {
  work().catch((error: unknown) => {
    driver.log.error("a guest's own wish could not be met", { domain: guest.name, what, error: String(error) });
  });
}
