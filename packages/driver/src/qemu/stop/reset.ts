import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";

/** Presses the reset button (`virDomainReset`); QEMU's RESET brings the event. */
export async function resetGuest(guest: Guest): Promise<void> {
  guest.requireLive();
  await guest.change("reset", async () => {
    const live = guest.requireLive();
    live.fakeReboot = false;
    await live.requireMonitor(guest.name).session.execute(qmp.systemReset, {});
  });
}
