import type { Processes } from "@tsvirt/host";
import type { Guest } from "../guest/guest.ts";

/** Nanoseconds in a clock tick: a hundredth of a second on every Linux that runs Node. */
const TICK = 10_000_000n;

/** Nanoseconds of CPU time of the guest's QEMU; `undefined` when there is none. */
export function cpuTimeOf(processes: Processes, guest: Guest): bigint | undefined {
  const split = cpuModesOf(processes, guest);
  return split && split.user + split.system;
}

/** Nanoseconds of the guest's QEMU in user and kernel mode. */
export function cpuModesOf(
  processes: Processes,
  guest: Guest,
): { readonly user: bigint; readonly system: bigint } | undefined {
  const pid = guest.live?.identity?.pid;
  const used = pid === undefined ? undefined : processes.usage(pid);
  return used && { user: used.userTicks * TICK, system: used.systemTicks * TICK };
}

/** What one virtual CPU's thread has used, in nanoseconds, and the host CPU it was on last. */
export interface VcpuUsage {
  readonly number: number;
  readonly time: bigint;
  readonly cpu: number;
}

/** Every virtual CPU that is plugged in; figures are 0 for those whose thread is not known (TCG may share one). */
export function vcpuUsage(processes: Processes, guest: Guest): VcpuUsage[] {
  const live = guest.live;
  const pid = live?.identity?.pid;
  if (!live || pid === undefined) return [];
  const count = live.domain.vcpu?.current ?? live.domain.vcpu?.count ?? 1;
  return Array.from({ length: count }, (_, number) => {
    const thread = live.vcpuThreads.get(number);
    const used = thread === undefined ? undefined : processes.usage(pid, thread);
    return { number, time: used ? (used.userTicks + used.systemTicks) * TICK : 0n, cpu: used?.processor ?? 0 };
  });
}

/** KiB of the host's memory that QEMU has now. */
export function residentMemory(processes: Processes, guest: Guest): bigint | undefined {
  const pid = guest.live?.identity?.pid;
  const used = pid === undefined ? undefined : processes.usage(pid);
  return used && used.residentPages * 4n;
}
