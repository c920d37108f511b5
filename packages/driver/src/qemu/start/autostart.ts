import type { QemuDriver } from "../qemu-driver.ts";
import { startGuest } from "./start-guest.ts";

/** Guests started at the same time. */
const AT_ONCE = 4;

/**
 * Starts what is marked autostart, once per boot of the host: the mark lies in a directory that does not survive one, and
 * names the boot for where it does. One that does not start holds nobody up.
 */
export async function autostartGuests(driver: QemuDriver): Promise<void> {
  const { host, layout, log } = driver;
  const boot = await host.node.bootId();
  const mark = layout.qemuAutostartedMark;
  if (await host.files.facts(mark)) {
    const text = (await host.files.readText(mark)).trim();
    // libvirtd leaves an empty mark.
    if (text === "" || text === boot) return;
  }
  await driver.store.write(mark, `${boot}\n`);
  const waiting = [...driver.guests].filter((guest) => guest.autostart && !guest.isActive);
  const worker = async (): Promise<void> => {
    for (let guest = waiting.shift(); guest; guest = waiting.shift()) {
      try {
        await startGuest(driver, guest, {});
      } catch (error) {
        log.error("autostart failed", { domain: guest.name, error: error instanceof Error ? error.message : error });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
