import { deferred, ErrorCode, virtError } from "@tsvirt/base";
import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { whileOpen } from "../monitor/while-open.ts";

/** Begins a job of QEMU's, waits until it has concluded, and clears it away. Throws the job's own error. */
export async function runJob(
  guest: Guest,
  live: LiveGuest,
  id: string,
  begin: (id: string) => Promise<unknown>,
): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  const concluded = deferred<void>();
  live.jobWaiters.set(id, (status) => {
    if (status === "concluded") concluded.resolve();
  });
  try {
    await begin(id);
    await whileOpen(session, concluded.promise);
    const jobs = await session.execute(qmp.queryJobs, {});
    const error = jobs.find((each) => each.id === id)?.error;
    await session.execute(qmp.jobDismiss, { id });
    if (error !== undefined) throw virtError(ErrorCode.operationFailed, `job failed: ${error}`);
  } finally {
    live.jobWaiters.delete(id);
  }
}
