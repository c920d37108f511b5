import { qmp } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import { integerOf, memberOf } from "../monitor/json-member.ts";

/** QEMU's names of what the guest's balloon driver reports, with libvirt's; bytes there, KiB here. */
const balloonFigures: readonly (readonly [qemu: string, libvirt: string, unit: bigint])[] = [
  ["stat-swap-in", "swap_in", 1024n],
  ["stat-swap-out", "swap_out", 1024n],
  ["stat-major-faults", "major_fault", 1n],
  ["stat-minor-faults", "minor_fault", 1n],
  ["stat-free-memory", "unused", 1024n],
  ["stat-total-memory", "available", 1024n],
  ["stat-available-memory", "usable", 1024n],
  ["stat-disk-caches", "disk_caches", 1024n],
  ["stat-htlb-pgalloc", "hugetlb_pgalloc", 1n],
  ["stat-htlb-pgfail", "hugetlb_pgfail", 1n],
];

/** -1 in the unsigned form in which QEMU sends what the guest's driver does not count. */
const NOT_REPORTED = (1n << 64n) - 1n;

/** What the guest's balloon driver says of its memory; empty without a balloon. Sizes in KiB, the last one in seconds. */
export async function memoryFigures(guest: Guest): Promise<readonly (readonly [name: string, value: bigint])[]> {
  const live = guest.requireLive();
  const balloon = live.domain.devices?.memballoon;
  if (!balloon || balloon.model === "none" || balloon.alias === undefined) return [];
  const path = `/machine/peripheral/${balloon.alias}`;
  const answer = await live
    .requireMonitor(guest.name)
    .session.execute(qmp.qomGet, { path, property: "guest-stats" })
    .catch(() => undefined);
  const stats = memberOf(answer, "stats");
  const figures: (readonly [string, bigint])[] = [];
  for (const [qemu, libvirt, unit] of balloonFigures) {
    const value = integerOf(stats, qemu);
    if (value !== undefined && value >= 0n && value !== NOT_REPORTED) figures.push([libvirt, value / unit]);
  }
  const at = integerOf(answer, "last-update");
  if (at !== undefined) figures.push(["last-update", at]);
  return figures;
}
