import { deferred, ErrorCode, virtError } from "@tsvirt/base";
import { isJsonObject, type JsonValue } from "@tsvirt/codec/options";
import { qmp } from "@tsvirt/qemu";
import { DomainJobOperation, DomainJobParameter as Job } from "@tsvirt/rpc";
import type { JobFigure } from "../events/domain-event.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";

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
    await untilMigrated(guest, live, () => session.execute(qmp.migrate, { uri: `fd:${FD_NAME}` }), options.signal);
  } finally {
    // QEMU may be gone; then there is nothing to put back.
    if (live.monitor) await session.execute(qmp.migrateSetParameters, { "max-bandwidth": DEFAULT_BANDWIDTH });
  }
}

/** Lets a QEMU that was started with `-incoming defer` read a guest's state from a descriptor. */
export async function migrateFrom(guest: Guest, live: LiveGuest, fd: number): Promise<void> {
  const { session } = live.requireMonitor(guest.name);
  await session.execute(qmp.getfd, { fdname: FD_NAME }, { fds: [fd] });
  await untilMigrated(guest, live, () => session.execute(qmp.migrateIncoming, { uri: `fd:${FD_NAME}` }), undefined);
}

async function untilMigrated(
  guest: Guest,
  live: LiveGuest,
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
  const gone = session.ended.then((reason) => {
    throw reason;
  });
  try {
    signal?.throwIfAborted();
    await begin();
    const status = await Promise.race([end.promise, gone]);
    if (status === "completed") return;
    signal?.throwIfAborted();
    const answer = await session.execute(qmp.queryMigrate, {});
    const why = isJsonObject(answer) ? answer["error-desc"] : undefined;
    throw virtError(
      ErrorCode.operationFailed,
      typeof why === "string" ? `job ${status}: ${why}` : "job: unexpectedly failed",
    );
  } finally {
    gone.catch(() => undefined);
    signal?.removeEventListener("abort", cancel);
    live.onMigration = undefined;
  }
}

/** The figures of a completed job as `virDomainGetJobStats` has them, from QEMU's `query-migrate`. */
export async function migrationFigures(
  guest: Guest,
  live: LiveGuest,
  operation: number,
  elapsed: number,
): Promise<JobFigure[]> {
  const answer = await live.requireMonitor(guest.name).session.execute(qmp.queryMigrate, {});
  const ram = isJsonObject(answer) ? answer.ram : undefined;
  const of = (from: JsonValue | undefined, key: string): bigint => {
    const value = isJsonObject(from) ? from[key] : undefined;
    return typeof value === "bigint" ? value : typeof value === "number" ? BigInt(Math.trunc(value)) : 0n;
  };
  const total = of(ram, "total");
  const transferred = of(ram, "transferred");
  const remaining = of(ram, "remaining");
  const big = (name: string, value: bigint): JobFigure => [name, "ullong", value];
  return [
    [Job.operation, "int", operation],
    big(Job.timeElapsed, BigInt(Math.trunc(elapsed))),
    big(Job.downtime, of(answer, "downtime")),
    big(Job.setupTime, of(answer, "setup-time")),
    big(Job.dataTotal, total),
    big(Job.dataProcessed, transferred),
    big(Job.dataRemaining, remaining),
    big(Job.memoryTotal, total),
    big(Job.memoryProcessed, transferred),
    big(Job.memoryRemaining, remaining),
    big(Job.memoryConstant, of(ram, "duplicate")),
    big(Job.memoryNormal, of(ram, "normal")),
    big(Job.memoryNormalBytes, of(ram, "normal-bytes")),
    big(Job.memoryDirtyRate, of(ram, "dirty-pages-rate")),
    big(Job.memoryIteration, of(ram, "dirty-sync-count")),
    big(Job.memoryPostcopyReqs, of(ram, "postcopy-requests")),
    big(Job.memoryPageSize, of(ram, "page-size")),
  ];
}

/** What a saved memory image was the work of. */
export const SAVE_OPERATION = DomainJobOperation.save;
