import { ErrorCode, ErrorDomain, virtError } from "@tsvirt/base";
import type { ControlGroup } from "./control-group.ts";
import { assembleDeviceProgram, type DeviceRule, formatDeviceRule } from "./device-program.ts";

// What is set in and read from groups, in libvirt's units, for both versions of control groups.

/** Limits of periods and quotas in microseconds. */
export const cpuBandwidth = { minPeriod: 1000n, maxPeriod: 1_000_000n, minQuota: 1000n, maxQuota: 17_592_186_044_415n };

/** Microseconds: in each period the group may run for its quota; below 0 there is no limit. */
export interface CpuBandwidth {
  readonly period: bigint;
  readonly quota: bigint;
}

/** Nanoseconds of CPU time. */
export interface CpuUsage {
  readonly total: bigint;
  readonly user: bigint;
  readonly system: bigint;
}

const inCgroups = { domain: ErrorDomain.none };

function invalid(text: string): Error {
  return virtError(ErrorCode.invalidArg, text, inCgroups);
}

/** Relative weight for CPU time (`cpu.shares`, `cpu.weight`). */
export async function cpuShares(group: ControlGroup): Promise<bigint> {
  return BigInt(await group.require("cpu", group.version("cpu") === 1 ? "cpu.shares" : "cpu.weight"));
}

/** As {@link cpuShares}. The kernel may settle on another number. */
export async function setCpuShares(group: ControlGroup, shares: bigint): Promise<void> {
  if (group.version("cpu") === 1) return group.write("cpu", "cpu.shares", String(shares));
  if (shares < 1n || shares > 10_000n) throw invalid(`shares '${shares}' must be in range [1, 10000]`);
  await group.write("cpu", "cpu.weight", String(shares));
}

/** What a group has; `undefined` when the kernel has no bandwidth control. */
export async function readBandwidth(group: ControlGroup): Promise<CpuBandwidth | undefined> {
  if (group.version("cpu") === 1) {
    const period = await group.read("cpu", "cpu.cfs_period_us");
    const quota = await group.read("cpu", "cpu.cfs_quota_us");
    return period === undefined || quota === undefined ? undefined : { period: BigInt(period), quota: BigInt(quota) };
  }
  const [quota, period] = (await group.read("cpu", "cpu.max"))?.split(" ") ?? [];
  if (quota === undefined || period === undefined) return undefined;
  return { period: BigInt(period), quota: quota === "max" ? cpuBandwidth.maxQuota : BigInt(quota) };
}

/**
 * Sets a period, a quota, or both; 0 leaves one as it is. A failure to set the quota takes the new period back, as libvirt
 * does.
 */
export async function setBandwidth(group: ControlGroup, { period, quota }: CpuBandwidth): Promise<void> {
  if (period === 0n && quota === 0n) return;
  const { minPeriod, maxPeriod, minQuota, maxQuota } = cpuBandwidth;
  if (period !== 0n && (period < minPeriod || period > maxPeriod)) {
    throw invalid(`cfs_period '${period}' must be in range (${minPeriod}, ${maxPeriod})`);
  }
  if (quota > 0n && (quota < minQuota || quota > maxQuota)) {
    throw invalid(`cfs_quota '${quota}' must be in range (${minQuota}, ${maxQuota})`);
  }
  if (group.version("cpu") === 2) {
    const now = await readBandwidth(group);
    const limit = quota === 0n ? (now?.quota ?? -1n) : quota;
    const word = limit < 0n || limit === maxQuota ? "max" : String(limit);
    await group.write("cpu", "cpu.max", `${word} ${period === 0n ? (now?.period ?? 100_000n) : period}`);
    return;
  }
  const before = period === 0n ? undefined : await group.require("cpu", "cpu.cfs_period_us");
  if (period !== 0n) await group.write("cpu", "cpu.cfs_period_us", String(period));
  if (quota === 0n) return;
  try {
    await group.write("cpu", "cpu.cfs_quota_us", String(quota));
  } catch (error) {
    if (before !== undefined) await group.write("cpu", "cpu.cfs_period_us", before);
    throw error;
  }
}

/** KiB that stand for no limit (`VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`). */
export const UNLIMITED_KIB = 9_007_199_254_740_991n;

/** A limit of memory: at most so much; what is taken back first when memory is short; memory and swap together. */
export type MemoryLimit = "hard" | "soft" | "swap";

const memoryFiles = {
  1: { hard: "memory.limit_in_bytes", soft: "memory.soft_limit_in_bytes", swap: "memory.memsw.limit_in_bytes" },
  2: { hard: "memory.max", soft: "memory.high", swap: "memory.swap.max" },
} as const;

/** A limit in KiB, {@link UNLIMITED_KIB} for none; `undefined` when the kernel does not have it (swap). */
export async function memoryLimit(group: ControlGroup, which: MemoryLimit): Promise<bigint | undefined> {
  const version = group.version("memory");
  const text = await group.read("memory", memoryFiles[version][which]);
  if (text === undefined) return undefined;
  if (text === "max") return UNLIMITED_KIB;
  const kib = BigInt(text) >> 10n;
  // Version 1 rounds "none" down to a page.
  return kib >= UNLIMITED_KIB - 64n ? UNLIMITED_KIB : kib;
}

/** As {@link memoryLimit}. */
export async function setMemoryLimit(group: ControlGroup, which: MemoryLimit, kib: bigint): Promise<void> {
  if (kib > UNLIMITED_KIB) throw invalid(`Memory '${kib}' must be less than ${UNLIMITED_KIB}`);
  const version = group.version("memory");
  const none = version === 1 ? "-1" : "max";
  await group.write("memory", memoryFiles[version][which], kib === UNLIMITED_KIB ? none : String(kib << 10n));
}

/** Relative weight for block I/O. Throws libvirt's refusal when no I/O scheduler of the host weighs. */
export async function blkioWeight(group: ControlGroup): Promise<number> {
  const file = await weightFile(group);
  const text = await group.require("blkio", file);
  return Number(/(\d+)\s*$/.exec(text.split("\n", 1)[0] ?? "")?.[1] ?? "0");
}

/** As {@link blkioWeight}. */
export async function setBlkioWeight(group: ControlGroup, weight: number): Promise<void> {
  const file = await weightFile(group);
  await group.write("blkio", file, group.version("blkio") === 1 ? String(weight) : `default ${weight}`);
}

async function weightFile(group: ControlGroup): Promise<string> {
  const names = group.version("blkio") === 1 ? ["blkio.bfq.weight", "blkio.weight"] : ["io.bfq.weight", "io.weight"];
  for (const name of names) if ((await group.read("blkio", name)) !== undefined) return name;
  throw virtError(ErrorCode.operationInvalid, "blkio device weight is valid only for bfq or cfq scheduler", inCgroups);
}

/** What can be limited for one block device. */
export type BlkioLimit = "weight" | "readIops" | "writeIops" | "readBytes" | "writeBytes";

const throttles = {
  readIops: ["blkio.throttle.read_iops_device", "riops"],
  writeIops: ["blkio.throttle.write_iops_device", "wiops"],
  readBytes: ["blkio.throttle.read_bps_device", "rbps"],
  writeBytes: ["blkio.throttle.write_bps_device", "wbps"],
} as const;

/** Limits a block device (`MAJOR:MINOR`) for the group; 0 takes the limit off. */
export async function setBlkioDevice(
  group: ControlGroup,
  device: string,
  limit: BlkioLimit,
  value: bigint,
): Promise<void> {
  const version = group.version("blkio");
  if (limit === "weight") {
    const file = await deviceWeightFile(group);
    await group.write("blkio", file, `${device} ${value}`);
    return;
  }
  const [first, second] = throttles[limit];
  if (version === 1) await group.write("blkio", first, `${device} ${value}`);
  else await group.write("blkio", "io.max", `${device} ${second}=${value === 0n ? "max" : value}`);
}

async function deviceWeightFile(group: ControlGroup): Promise<string> {
  if (group.version("blkio") === 2) return weightFile(group);
  for (const name of ["blkio.bfq.weight_device", "blkio.weight_device"]) {
    if ((await group.read("blkio", name)) !== undefined) return name;
  }
  throw virtError(ErrorCode.configUnsupported, "blkio device weight is valid only for bfq or cfq scheduler", inCgroups);
}

/** CPU time of all processes of the group, those that have ended included. */
export async function cpuUsage(group: ControlGroup): Promise<CpuUsage> {
  if (group.version("cpuacct") === 1) {
    const total = BigInt(await group.require("cpuacct", "cpuacct.usage"));
    const stat = keyed(await group.require("cpuacct", "cpuacct.stat"));
    // Clock ticks, a hundredth of a second.
    const ticks = (name: string): bigint => (stat.get(name) ?? 0n) * 10_000_000n;
    return { total, user: ticks("user"), system: ticks("system") };
  }
  const stat = keyed(await group.require("cpuacct", "cpu.stat"));
  const micros = (name: string): bigint => (stat.get(name) ?? 0n) * 1000n;
  return { total: micros("usage_usec"), user: micros("user_usec"), system: micros("system_usec") };
}

/** Nanoseconds of CPU time on each of the host's CPUs. Version 2 does not count that: throws as libvirt does. */
export async function cpuUsagePerCpu(group: ControlGroup): Promise<readonly bigint[]> {
  if (group.version("cpuacct") === 2) {
    throw virtError(ErrorCode.operationUnsupported, "operation 'getCpuacctPercpuUsage' not supported", inCgroups);
  }
  const text = await group.require("cpuacct", "cpuacct.usage_percpu");
  return text
    .trim()
    .split(/\s+/)
    .map((each) => BigInt(each));
}

function keyed(text: string): Map<string, bigint> {
  return new Map(
    text.split("\n").flatMap((line): [string, bigint][] => {
      const [name, value] = line.split(" ");
      return name === undefined || value === undefined || !/^\d+$/.test(value) ? [] : [[name, BigInt(value)]];
    }),
  );
}

/** Denies all devices but those of the rules. In version 1 by the kernel's list, in version 2 by a program. */
export async function restrictDevices(group: ControlGroup, rules: readonly DeviceRule[]): Promise<void> {
  if (group.version("devices") === 2) {
    group.files.attachDeviceProgram(group.path("devices", ".").slice(0, -2), assembleDeviceProgram(rules));
    return;
  }
  await group.write("devices", "devices.deny", "a");
  for (const rule of rules) await group.write("devices", "devices.allow", formatDeviceRule(rule));
}

/** Changes which devices a running group may use from one list of rules to another. */
export async function changeDevices(
  group: ControlGroup,
  before: readonly DeviceRule[],
  after: readonly DeviceRule[],
): Promise<void> {
  if (group.version("devices") === 2) return restrictDevices(group, after);
  const had = new Set(before.map(formatDeviceRule));
  const has = new Set(after.map(formatDeviceRule));
  for (const rule of has) if (!had.has(rule)) await group.write("devices", "devices.allow", rule);
  for (const rule of had) if (!has.has(rule)) await group.write("devices", "devices.deny", rule);
}
