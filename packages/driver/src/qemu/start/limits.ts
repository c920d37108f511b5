import type { ResourceLimits } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import type { QemuConf } from "@tsvirt/qemu";

/** What devices that write to memory themselves need beside the guest's own, KiB: their registers. */
const DEVICE_MEMORY_KIB = 1_048_576;

/** libvirt's word for no limit. */
const UNLIMITED_KIB = 9_007_199_254_740_991;

/** Limits of a guest's QEMU: what qemu.conf says, and as much locked memory as its devices need. */
export function limitsOf(domain: Domain, conf: QemuConf): ResourceLimits {
  const memlock = lockedMemory(domain);
  return {
    core: conf.max_core,
    ...(conf.max_processes > 0 && { nproc: BigInt(conf.max_processes) }),
    ...(conf.max_files > 0 && { nofile: BigInt(conf.max_files) }),
    ...(memlock !== undefined && { memlock }),
  };
}

/**
 * Bytes that QEMU may lock (libvirt's `qemuDomainGetMemLockLimitBytes`): the guest's hard limit where it has one; no limit
 * when all memory is locked; for devices that write to memory themselves, all of it once, and again for each that has a
 * view of its own. `undefined`: as the host has it.
 */
export function lockedMemory(domain: Domain): bigint | "unlimited" | undefined {
  const { memtune, memoryBacking, memory, devices } = domain;
  const hard = memtune?.hardLimit;
  if (hard !== undefined && hard > 0 && hard < UNLIMITED_KIB) return BigInt(hard) * 1024n;
  if (memoryBacking?.locked) return "unlimited";
  const hostdevs = devices?.hostdevs ?? [];
  const interfaces = devices?.interfaces ?? [];
  const vfio =
    hostdevs.filter(({ mode, type }) => (mode ?? "subsystem") === "subsystem" && (type === "pci" || type === "mdev"))
      .length + interfaces.filter(({ type }) => type === "hostdev").length;
  const vdpa = interfaces.filter(({ type }) => type === "vdpa").length;
  const nvme = (devices?.disks ?? []).some(({ type }) => type === "nvme");
  // With an IOMMU of its own the guest maps memory for each device apart.
  const times = vdpa + (devices?.iommu ? vfio : Math.min(vfio, 1)) + (nvme ? 1 : 0);
  if (times === 0) return undefined;
  const plugged = (devices?.memories ?? []).reduce((sum, { target }) => sum + (target?.size ?? 0), 0);
  return BigInt(times * ((memory?.kib ?? 0) + plugged) + DEVICE_MEMORY_KIB) * 1024n;
}
