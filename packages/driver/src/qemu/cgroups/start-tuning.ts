import { ErrorCode, VirtError, virtError } from "@tsvirt/base";
import {
  type BlkioLimit,
  type ControlGroup,
  setBandwidth,
  setBlkioDevice,
  setBlkioWeight,
  setCpuShares,
  setMemoryLimit,
} from "@tsvirt/host";
import { type Domain, parseCpuSet } from "@tsvirt/model/domain";
import type { LiveGuest } from "../guest/live.ts";
import type { QemuDriver } from "../qemu-driver.ts";

/** Which threads of a guest's QEMU. */
export type ThreadRole =
  | { readonly kind: "emulator"; readonly tid: number }
  | { readonly kind: "vcpu"; readonly id: number; readonly tid: number }
  | { readonly kind: "iothread"; readonly id: number; readonly tid: number };

/** The name of a thread's group below its guest's. */
export function threadGroupName(role: {
  readonly kind: "emulator" | "vcpu" | "iothread";
  readonly id?: number;
}): string {
  return role.kind === "emulator" ? "emulator" : `${role.kind}${role.id ?? 0}`;
}

/** Sets what the document wants for the guest as a whole. Throws libvirt's refusals when the host lacks what it takes. */
export async function applyGroupTuning(driver: QemuDriver, live: LiveGuest): Promise<void> {
  const { group, domain } = live;
  await applyBlkio(driver, group, domain);
  await applyMemory(group, domain);
  const { shares } = domain.cputune ?? {};
  if (shares !== undefined) {
    if (!group?.has("cpu")) throw unsupported("CPU tuning is not available on this host");
    await setCpuShares(group, shares);
  }
  if (group?.has("cpuset") && group.version("cpuset") === 1) await group.write("cpuset", "cpuset.memory_migrate", "1");
  await setGlobalBandwidth(live);
}

async function setGlobalBandwidth({ group, domain }: LiveGuest): Promise<void> {
  const { globalPeriod = 0n, globalQuota = 0n } = domain.cputune ?? {};
  if (globalPeriod === 0n && globalQuota === 0n) return;
  if (!group?.has("cpu")) throw unsupported("cgroup cpu is required for scheduler tuning");
  await setBandwidth(group, { period: globalPeriod, quota: globalQuota });
}

/** The limits of one block device in a document, and what they are called in control groups. */
export const blkioLimits = {
  weight: "weight",
  readIopsSec: "readIops",
  writeIopsSec: "writeIops",
  readBytesSec: "readBytes",
  writeBytesSec: "writeBytes",
} as const satisfies Readonly<Record<string, BlkioLimit>>;
/** One of {@link blkioLimits}. */
export type BlkioLimitName = keyof typeof blkioLimits;

async function applyBlkio(driver: QemuDriver, group: ControlGroup | undefined, { blkiotune }: Domain): Promise<void> {
  const { weight = 0, devices = [] } = blkiotune ?? {};
  if (weight === 0 && devices.length === 0) return;
  if (!group?.has("blkio")) throw unsupported("Block I/O tuning is not available on this host");
  if (weight !== 0) await setBlkioWeight(group, weight);
  for (const device of devices) {
    for (const name of ["weight", "readIopsSec", "writeIopsSec", "readBytesSec", "writeBytesSec"] as const) {
      const value = BigInt(device[name] ?? 0);
      if (value !== 0n) await limitDevice(driver, group, device.path, name, value);
    }
  }
}

/** Sets a limit of a block device by its path, as libvirt does: throws for what is none. */
export async function limitDevice(
  driver: QemuDriver,
  group: ControlGroup,
  path: string,
  name: BlkioLimitName,
  value: bigint,
): Promise<void> {
  const facts = await driver.host.files.facts(path);
  if (!facts) {
    throw virtError(ErrorCode.systemError, `Path '${path}' is not accessible: No such file or directory`);
  }
  if (facts.kind !== "block" || !facts.node) {
    throw virtError(ErrorCode.systemError, `Path '${path}' must be a block device: Invalid argument`);
  }
  await setBlkioDevice(group, `${facts.node.major}:${facts.node.minor}`, blkioLimits[name], value);
}

async function applyMemory(group: ControlGroup | undefined, { memtune }: Domain): Promise<void> {
  const { hardLimit, softLimit, swapHardLimit } = memtune ?? {};
  if (hardLimit === undefined && softLimit === undefined && swapHardLimit === undefined) return;
  if (!group?.has("memory")) throw unsupported("Memory cgroup is not available on this host");
  if (hardLimit !== undefined) await setMemoryLimit(group, "hard", BigInt(hardLimit));
  if (softLimit !== undefined) await setMemoryLimit(group, "soft", BigInt(softLimit));
  if (swapHardLimit !== undefined) await setMemoryLimit(group, "swap", BigInt(swapHardLimit));
}

/** Puts one thread into its own group, and gives it its CPUs, its share and its scheduler. */
export async function applyThreadTuning(driver: QemuDriver, live: LiveGuest, role: ThreadRole): Promise<void> {
  const { group, domain } = live;
  const bandwidth = bandwidthOf(domain, role.kind);
  if ((bandwidth.period !== 0n || bandwidth.quota !== 0n) && !group?.has("cpu")) {
    throw unsupported("cgroup cpu is required for scheduler tuning");
  }
  const pinned = pinOf(domain, role);
  if (group && (group.has("cpu") || group.has("cpuset"))) {
    const threads = await group.makeThreadGroup(threadGroupName(role));
    await threads.addThread(role.tid);
    if (threads.has("cpuset")) {
      if (pinned !== undefined) await threads.write("cpuset", "cpuset.cpus", pinned);
      const nodes = nodesOf(domain, role);
      if (nodes !== undefined) await threads.write("cpuset", "cpuset.mems", nodes);
    }
    if (threads.has("cpu")) await setBandwidth(threads, bandwidth);
  }
  await bindThread(driver, role.tid, pinned);
  const sched = schedulerOf(domain, role);
  if (sched) driver.host.processes.setScheduler(role.tid, sched.scheduler, sched.priority ?? 0);
}

/** Gives a thread its CPUs; all that are online when none are named, which may fail where we do not have all ourselves. */
async function bindThread(driver: QemuDriver, tid: number, pinned: string | undefined): Promise<void> {
  const { processes, node } = driver.host;
  if (pinned !== undefined) {
    processes.setAffinity(tid, parseCpuSet(pinned) ?? []);
    return;
  }
  if (!driver.privileged) return;
  const online = (await node.cpuMap()).flatMap((isOnline, cpu) => (isOnline ? [cpu] : []));
  try {
    processes.setAffinity(tid, online);
  } catch (error) {
    if (!(error instanceof VirtError)) throw error;
    driver.log.debug("a guest's thread keeps the CPUs it has", { tid, error: error.message });
  }
}

/** The CPUs that a document gives a thread: its own, else those of the guest. */
export function pinOf(
  domain: Domain,
  role: { readonly kind: ThreadRole["kind"]; readonly id?: number },
): string | undefined {
  const { cputune, vcpu } = domain;
  const general = vcpu?.placement === "auto" ? undefined : vcpu?.cpuset;
  switch (role.kind) {
    case "emulator":
      return cputune?.emulatorPin ?? general;
    case "vcpu":
      return cputune?.vcpuPins.find((pin) => pin.vcpu === role.id)?.cpuset ?? general;
    case "iothread":
      return cputune?.iothreadPins.find((pin) => pin.iothread === role.id)?.cpuset ?? general;
  }
}

/** Period and quota of a kind of threads; 0 for none. */
export function bandwidthOf({ cputune }: Domain, kind: ThreadRole["kind"]): { period: bigint; quota: bigint } {
  switch (kind) {
    case "emulator":
      return { period: cputune?.emulatorPeriod ?? 0n, quota: cputune?.emulatorQuota ?? 0n };
    case "vcpu":
      return { period: cputune?.period ?? 0n, quota: cputune?.quota ?? 0n };
    case "iothread":
      return { period: cputune?.iothreadPeriod ?? 0n, quota: cputune?.iothreadQuota ?? 0n };
  }
}

/** QEMU allocates in its emulator thread: for `strict` every thread gets all nodes that any cell has. */
function nodesOf({ numatune, cpu }: Domain, role: ThreadRole): string | undefined {
  const { memory, memnodes = [] } = numatune ?? {};
  if (role.kind === "vcpu") {
    const cell = cpu?.numa?.cells.findIndex(({ cpus }) => parseCpuSet(cpus ?? "")?.includes(role.id) === true);
    const own = memnodes.find(({ cellid, mode }) => cellid === cell && mode === "restrictive");
    if (own) return own.nodeset;
  }
  if (memory?.placement === "auto") return undefined;
  if (memory?.mode === "restrictive") return memory.nodeset;
  if ((memory?.mode ?? "strict") !== "strict" || !memory?.nodeset) return undefined;
  return [memory.nodeset, ...memnodes.map(({ nodeset }) => nodeset)].join(",");
}

function schedulerOf({ cputune }: Domain, role: ThreadRole) {
  switch (role.kind) {
    case "emulator":
      // After its start only: what it starts would inherit it.
      return undefined;
    case "vcpu":
      return cputune?.vcpuScheds.find(({ vcpus }) => parseCpuSet(vcpus)?.includes(role.id) === true);
    case "iothread":
      return cputune?.iothreadScheds.find(({ iothreads }) => parseCpuSet(iothreads)?.includes(role.id) === true);
  }
}

/** Once QEMU has its threads: each gets its group, its CPUs and its scheduler. */
export async function tuneThreads(driver: QemuDriver, live: LiveGuest): Promise<void> {
  if (hasVcpuThreads(live)) {
    for (const [id, tid] of live.vcpuThreads) await applyThreadTuning(driver, live, { kind: "vcpu", id, tid });
  }
  for (const [id, tid] of live.ioThreads) await applyThreadTuning(driver, live, { kind: "iothread", id, tid });
  const { emulatorSched } = live.domain.cputune ?? {};
  const pid = live.identity?.pid;
  if (emulatorSched && pid !== undefined) {
    driver.host.processes.setScheduler(pid, emulatorSched.scheduler, emulatorSched.priority ?? 0);
  }
}

/** Whether each virtual CPU has a thread of its own: an emulator without acceleration may run all in one. */
export function hasVcpuThreads({ vcpuThreads, identity }: LiveGuest): boolean {
  const threads = new Set(vcpuThreads.values());
  return threads.size > 0 && threads.size === vcpuThreads.size && !threads.has(identity?.pid ?? 0);
}

function unsupported(text: string): Error {
  return virtError(ErrorCode.configUnsupported, text);
}
