import { ErrorCode, virtError } from "@tsvirt/base";
import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { saveStatus } from "../status/save.ts";

/** By which way the guest is asked; none means libvirt's choice: the agent if there is one, else ACPI. */
export interface ShutdownOptions {
  readonly acpi?: boolean;
  readonly agent?: boolean;
}

/** Asks a guest to power off (`virDomainShutdownFlags`); what it does about it is its own business. */
export async function shutdownGuest(driver: QemuDriver, guest: Guest, options: ShutdownOptions): Promise<void> {
  await ask(driver, guest, "shutdown", options);
}

/** Asks a guest to reboot (`virDomainReboot`): it is asked to power off, and started anew when it has. */
export async function rebootGuest(driver: QemuDriver, guest: Guest, options: ShutdownOptions): Promise<void> {
  await ask(driver, guest, "reboot", options);
}

async function ask(
  driver: QemuDriver,
  guest: Guest,
  what: "shutdown" | "reboot",
  options: ShutdownOptions,
): Promise<void> {
  guest.requireLive();
  await guest.change(what, async () => {
    const live = guest.requireLive();
    if (options.agent === true && options.acpi !== true) {
      throw virtError(ErrorCode.argumentUnsupported, "QEMU guest agent is not configured");
    }
    if (what === "reboot") refuseTextReboot(live, guest.name);
    if (what === "reboot") refuseEndingReboot(driver, live);
    // `<on_poweroff>` and `<on_reboot>` override what was asked for.
    const { onPoweroff, onReboot } = live.domain;
    const reboot = what === "reboot" ? onReboot !== "destroy" : onPoweroff === "restart";
    if (live.fakeReboot !== reboot) {
      live.fakeReboot = reboot;
      // A daemon that takes over has to know what the power-off is to mean.
      await saveStatus(driver, guest);
    }
    await live.requireMonitor(guest.name).session.execute(qmp.systemPowerdown, {});
  });
}

/** A power-off becomes a reboot when QEMU tells of it, and stays: without QMP it does neither. */
function refuseTextReboot(live: LiveGuest, name: string): void {
  if (live.requireMonitor(name).session.kind === "qmp") return;
  throw virtError(ErrorCode.noSupport, "Reboot is not supported without the JSON monitor");
}

/** A QEMU that others started may end when its guest powers off: a reboot would be its end. */
function refuseEndingReboot(driver: QemuDriver, { attached, identity }: LiveGuest): void {
  if (!attached) return;
  const argv = identity ? (driver.host.processes.inspect(identity.pid)?.argv ?? []) : [];
  if (argv.some((word) => /^--?no-shutdown$/.test(word) || /(?:^|,)shutdown=pause(?:,|$)/.test(word))) return;
  throw virtError(
    ErrorCode.operationUnsupported,
    "Reboot is not supported: this QEMU was started without -no-shutdown and ends when its guest powers off (virsh reset works)",
  );
}
