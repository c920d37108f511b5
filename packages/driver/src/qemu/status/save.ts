import { type DomainStatus, formatStatus } from "@tsvirt/qemu/status";
import { withHeader } from "../definitions/file.ts";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";
import { isPty } from "../monitor/text-link.ts";
import type { QemuDriver } from "../qemu-driver.ts";
import { stateToWords } from "./state-words.ts";
import { StatusWriter } from "./status-writer.ts";

const writers = new WeakMap<Guest, StatusWriter>();

/** Makes the guest's state durable; settles when it is on disk. Nothing is written for a guest that does not run. */
export async function saveStatus(driver: QemuDriver, guest: Guest): Promise<void> {
  let writer = writers.get(guest);
  if (!writer) {
    writer = new StatusWriter(
      () => statusText(guest),
      (text) => driver.store.write(driver.layout.domainStatus(guest.name), text),
    );
    writers.set(guest, writer);
  }
  await writer.save();
}

/** As {@link saveStatus} for changes that nobody waits for: trouble is logged and the guest goes on (D2). */
export function saveStatusSoon(driver: QemuDriver, guest: Guest): void {
  saveStatus(driver, guest).catch((error: unknown) => {
    driver.log.error("state not durable", { domain: guest.name, error: String(error) });
  });
}

function statusText(guest: Guest): string | undefined {
  const { live } = guest;
  if (!live || guest.state.kind === "shutoff" || guest.state.kind === "preparing") return undefined;
  return withHeader(formatStatus(statusOf(guest, live)), `edit ${guest.name}`);
}

/** Everything that a daemon needs to take the guest over. */
export function statusOf(guest: Guest, live: LiveGuest): DomainStatus {
  const { paths, identity, longJob } = live;
  const { job: _, ...kept } = live.kept;
  return {
    ...kept,
    ...stateToWords(guest.state),
    taints: [...live.taints],
    deprecations: kept.deprecations ?? [],
    monitor: {
      path: paths.monitor,
      type: isPty(paths.monitor) ? "pty" : "unix",
      ...(live.capabilities.legacy && { json: 0 }),
    },
    ...(identity && { process: { startTime: identity.startTime } }),
    ...(live.attached && { attached: { devices: [...live.attached] } }),
    vcpus: { vcpus: [...live.vcpuThreads].map(([id, pid]) => ({ id, pid })) },
    qemuCaps: { flags: [...live.capabilities.data.flags] },
    ...(longJob !== undefined && {
      job: { type: "none" as const, async: longJob, flags: 0, asyncStarted: 0n, disks: [] },
    }),
    ...(live.fakeReboot && { fakereboot: true as const }),
    devices: { aliases: [...live.devices] },
    libDir: paths.directory,
    channelTargetDir: paths.channels,
    ...(live.originalCpu && { cpu: live.originalCpu }),
    nodename: live.lastNode,
    fdset: kept.fdset ?? 0,
    blockjobs: { active: live.blockJobs.size > 0, jobs: [] },
    agentTimeout: kept.agentTimeout ?? -2,
    domain: { ...live.domain, id: guest.id },
  };
}
