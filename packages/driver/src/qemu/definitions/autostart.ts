import { ErrorCode, virtError } from "@tsvirt/base";
import type { Guest } from "../guest/guest.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Marks a guest to be started with the host, or not (`virDomainSetAutostart`): a link to its definition. */
export async function setAutostart(driver: QemuDriver, guest: Guest, autostart: boolean): Promise<void> {
  const refuseTransient = (): void => {
    if (!guest.isPersistent) {
      throw virtError(ErrorCode.operationInvalid, "cannot set autostart for transient domain");
    }
  };
  refuseTransient();
  await guest.change("autostart", async () => {
    refuseTransient();
    if (guest.autostart === autostart) return;
    const { layout, store } = driver;
    if (autostart) {
      await driver.host.files.makeDirectory(layout.domainAutostartDirectory, { mode: 0o700 });
      await store.link(layout.domainDefinition(guest.name), layout.domainAutostart(guest.name));
    } else await store.remove(layout.domainAutostart(guest.name));
    guest.autostart = autostart;
  });
}
