import { deferred, ErrorCode, VirtError, virtError } from "@tsvirt/base";
import { type MonitorSession, qmp } from "@tsvirt/qemu";
import type { MemoryJobReport } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { counterOf, memberOf } from "../monitor/json-member.ts";
import { whileOpen } from "../monitor/while-open.ts";

/** As fast as the disk takes it: what libvirt sets for memory images. Bytes a second. */
const UNLIMITED = 0x7fff_ffff_ffff_ffffn;
const MIB = 1_048_576n;
/** QEMU's own default, put back afterwards: what a network migration later starts from. */
const DEFAULT_BANDWIDTH = 32n * MIB;

/** The name under which QEMU knows the descriptor of an image. */
const FD_NAME = "image";

/**
 * Lets QEMU write the guest's state to a descriptor, and waits until all is written. The processors stand still, or will
 * when it is done. Throws what QEMU says, and `signal.reason` after having called it off.
 */
export async function migrateTo(
  guest: Guest,
  live: LiveGuest,
  fd: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  await session.execute(qmp.migrateSetParameters, { "max-bandwidth": UNLIMITED });
  try {
    await session.execute(qmp.getfd, { fdname: FD_NAME }, { fds: [fd] });
    const begin = () => session.execute(qmp.migrate, { uri: `fd:${FD_NAME}` });
    await untilMigrated(guest, live, "save", begin, options.signal);
  } catch (error) {
    await restoreBandwidth(session);
    throw error;
  }
}

/** The guest goes on. A QEMU that is gone has no bandwidth. */
async function restoreBandwidth(session: MonitorSession): Promise<void> {
  try {
    await session.execute(qmp.migrateSetParameters, { "max-bandwidth": DEFAULT_BANDWIDTH });
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
  }
}

/** Lets a QEMU that was started with `-incoming defer` read a guest's state from a descriptor. */
export async function migrateFrom(guest: Guest, live: LiveGuest, fd: number): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  await session.execute(qmp.getfd, { fdname: FD_NAME }, { fds: [fd] });
  const begin = () => session.execute(qmp.migrateIncoming, { uri: `fd:${FD_NAME}` });
  await untilMigrated(guest, live, "start", begin, undefined);
}

/** `job` is libvirt's word for what is going on (`virDomainAsyncJob`). */
async function untilMigrated(
  guest: Guest,
  live: LiveGuest,
  job: "save" | "start",
  begin: () => Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = deferred<string>();
  live.onMigration = (progress) => {
    if ("status" in progress && ["completed", "failed", "cancelled"].includes(progress.status))
      end.resolve(progress.status);
  };
  const { session } = live.requireMonitor(guest.name);
  const cancel = (): void => {
    session.execute(qmp.migrateCancel, {}).catch((error: unknown) => end.reject(error));
  };
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    signal?.throwIfAborted();
    await begin();
    const status = await whileOpen(session, end.promise);
    if (status === "completed") return;
    if (status === "cancelled") {
      signal?.throwIfAborted();
      throw virtError(ErrorCode.operationAborted, `job '${job}' canceled by client`);
    }
    const why = memberOf(await session.execute(qmp.queryMigrate, {}), "error-desc");
    throw virtError(
      ErrorCode.operationFailed,
      typeof why === "string" ? `job '${job}' failed: ${why}` : `job '${job}' unexpectedly failed`,
    );
  } finally {
    signal?.removeEventListener("abort", cancel);
    live.onMigration = undefined;
  }
}

/** How a migration went that has completed. */
export async function migrationReport(
  guest: Guest,
  live: LiveGuest,
  operation: MemoryJobReport["operation"],
  elapsed: number,
): Promise<MemoryJobReport> {
  const answer = await live.requireMonitor(guest.name).session.execute(qmp.queryMigrate, {});
  const ram = memberOf(answer, "ram");
  return {
    operation,
    elapsed: BigInt(Math.trunc(elapsed)),
    downtime: counterOf(answer, "downtime"),
    setupTime: counterOf(answer, "setup-time"),
    total: counterOf(ram, "total"),
    transferred: counterOf(ram, "transferred"),
    remaining: counterOf(ram, "remaining"),
    constantPages: counterOf(ram, "duplicate"),
    normalPages: counterOf(ram, "normal"),
    normalBytes: counterOf(ram, "normal-bytes"),
    dirtyRate: counterOf(ram, "dirty-pages-rate"),
    iterations: counterOf(ram, "dirty-sync-count"),
    postcopyRequests: counterOf(ram, "postcopy-requests"),
    pageSize: counterOf(ram, "page-size"),
  };
}
