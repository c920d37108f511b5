import { ErrorCode } from "@tsvirt/base";
import type { Completing } from "../state.ts";
import { validateClock } from "./clock.ts";
import { validateCpu } from "./cpu.ts";
import { validateConsoles, validatePanics, validateTpms, validateWatchdogs } from "./device-sets.ts";
import { validateFeatures } from "./features.ts";
import { validateFirmware } from "./firmware.ts";
import { validateGuestMemory, validateMemoryHotplug, validateNuma } from "./memory.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU, or this QEMU, cannot do of the guest as a whole, in libvirt's words and order (`qemuValidateDomainDef`). */
export function validateDefinition(state: Completing): void {
  validateKind(state);
  validateBiosSerial(state);
  validateLifecycle(state);
  validateCpu(state);
  validateMemoryHotplug(state);
  validateIothreads(state);
  validateClock(state);
  validatePower(state);
  validateFirmware(state);
  validateVcpus(state);
  const { domain, report } = state;
  const groups = [...(domain.cputune?.cachetunes ?? []), ...(domain.cputune?.memorytunes ?? [])];
  if (groups.length > 0 && domain.type !== "kvm") {
    report(groups[0] ?? domain, "cachetune is only supported for KVM domains", unsupported);
  }
  validateFeatures(state);
  validateGuestMemory(state);
  validateNuma(state);
  validateConsoles(state);
  validateFirmwareConfig(state);
  validatePanics(state);
  validateTpms(state);
  validateWatchdogs(state);
  validateLaunchSecurity(state);
}

function validateKind({ domain, devices, board, caps, accelerator, report }: Completing): void {
  const { os } = domain;
  const refuse = (place: object, message: string): void => report(place, message, unsupported);
  if (os.type.value !== "hvm") {
    refuse(os.type, `Emulator '${devices.emulator ?? ""}' does not support os type '${os.type.value}'`);
  }
  if (domain.type !== "qemu" && caps.accelerator(accelerator) === undefined) {
    refuse(domain, `Emulator '${devices.emulator ?? ""}' does not support virt type '${domain.type}'`);
  }
  if ((domain.memtune?.minGuarantee ?? 0) !== 0) {
    refuse(domain.memtune ?? domain, "Parameter 'min_guarantee' not supported by QEMU.");
  }
  const acpi = domain.features?.acpi === true;
  const uefi = os.firmware === "efi" || (os.loader?.type === "pflash" && os.loader.readonly === true);
  if (uefi && board.isX86 && !acpi) refuse(os, "UEFI requires ACPI on this architecture");
  if (acpi && board.arch === "aarch64" && !uefi) refuse(os, "ACPI requires UEFI on this architecture");
  if (domain.genid !== undefined && !caps.has("vmgenid")) {
    refuse(domain, "this QEMU does not support the 'genid' capability");
  }
}

function validateBiosSerial({ domain, devices, board, report }: Completing): void {
  const { bios } = domain.os;
  if (bios?.useserial !== true) return;
  if (!board.isX86) report(bios, "BIOS serial console only supported on x86 architectures", unsupported);
  if (devices.serials.length === 0) report(bios, "need at least one serial port to use BIOS serial output");
}

function validateLifecycle({ domain, report }: Completing): void {
  const { onPoweroff, onReboot, onCrash } = domain;
  const refuse = (what: string): void => report(domain, `qemu driver doesn't support ${what}`, unsupported);
  if ([onPoweroff, onReboot, onCrash].includes("rename-restart")) {
    refuse("the 'rename-restart' action for 'on_reboot'/'on_poweroff'/'on_crash'");
  }
  if (onPoweroff === "preserve" || onReboot === "preserve") {
    refuse("the 'preserve' action for 'on_reboot'/'on_poweroff'");
  }
  if (onPoweroff === "restart" && onReboot === "destroy") {
    // The unbalanced quote is libvirt's.
    refuse("'onReboot' set to 'destroy and 'onPoweroff' set to 'reboot'");
  }
}

function validateIothreads({ domain, caps, report }: Completing): void {
  const pools = [...(domain.iothreadids?.iothreads ?? []), ...(domain.defaultIothread ? [domain.defaultIothread] : [])];
  const pool = pools.find(({ threadPoolMin, threadPoolMax }) => (threadPoolMin ?? threadPoolMax) !== undefined);
  if (pool && !caps.has("iothread.thread-pool-max")) {
    report(pool, "thread_pool_min and thread_pool_max is not supported by this QEMU binary", unsupported);
  }
}

function validatePower({ domain, board, caps, report }: Completing): void {
  const { pm } = domain;
  const has = (state: "s3" | "s4"): boolean =>
    caps.has(`disable-${state}`) || (board.isQ35 && caps.has(`ich9-disable-${state}`));
  if (pm?.suspendToMem !== undefined && !has("s3")) report(pm, "setting ACPI S3 not supported", unsupported);
  if (pm?.suspendToDisk !== undefined && !has("s4")) report(pm, "setting ACPI S4 not supported", unsupported);
}

/** Most virtual CPUs that interrupts of the ordinary form can reach. */
const MAX_VCPUS_WITHOUT_EIM = 255;

function validateVcpus({ domain, devices, board, caps, accelerator, report }: Completing): void {
  const refuse = (place: object, message: string): void => report(place, message, unsupported);
  const count = domain.vcpu?.count ?? 1;
  const current = domain.vcpu?.current ?? count;
  const place = domain.vcpu ?? domain;
  if (current === 0) refuse(place, "Domain requires at least 1 vCPU");
  const max = Number(caps.findMachine(accelerator, domain.os.type.machine ?? "")?.maxCpus ?? 0);
  if (max > 0 && count > max) refuse(place, `Maximum CPUs greater than specified machine type limit ${max}`);
  const topology = domain.cpu?.topology;
  if (topology) {
    const product = topology.sockets * topology.dies * topology.cores * topology.threads;
    // Before vCPUs could be plugged in, QEMU did not mind.
    if (product !== count && caps.has("query-hotpluggable-cpus")) {
      refuse(topology, "CPU topology doesn't match maximum vcpu count");
    }
  }
  // Power plugs in whole cores.
  const step = topology && board.isPseries ? topology.threads : 1;
  if (caps.has("query-hotpluggable-cpus") && current % step !== 0) {
    refuse(place, `vCPUs count must be a multiple of the vCPU hotplug granularity (${step})`);
  }
  if (!board.isX86 || count <= MAX_VCPUS_WITHOUT_EIM) return;
  const more = `more than ${MAX_VCPUS_WITHOUT_EIM} vCPUs`;
  if (!board.isQ35) refuse(place, `${more} are only supported on q35-based machine types`);
  if (devices.iommu?.driver?.eim !== true) {
    refuse(place, `${more} require extended interrupt mode enabled on the iommu device`);
  }
}

/** Names in QEMU's configuration space belong to whom their prefix says. */
function validateFirmwareConfig({ domain, report }: Completing): void {
  for (const config of domain.sysinfos) {
    if (config.type !== "fwcfg") continue;
    for (const entry of config.entries) {
      const { name = "" } = entry;
      if (!name.startsWith("opt/")) report(entry, "Invalid firmware name", unsupported);
      else if (name.startsWith("opt/ovmf/") || name.startsWith("opt/org.qemu/")) {
        report(entry, "That firmware name is reserved", unsupported);
      }
    }
  }
}

function validateLaunchSecurity({ domain, caps, report }: Completing): void {
  const { launchSecurity } = domain;
  if (!launchSecurity) return;
  const refuse = (message: string): void => report(launchSecurity, message, unsupported);
  switch (launchSecurity.type) {
    case "sev":
      // The flag proper is gone where the host has no SEV; the binary's knowledge of it also shows in the others.
      if (!caps.has("sev-guest") && !caps.has("sev-guest-kernel-hashes") && !caps.has("sev-inject-launch-secret")) {
        refuse("SEV launch security is not supported with this QEMU binary");
      }
      if (launchSecurity.kernelHashes !== undefined && !caps.has("sev-guest-kernel-hashes")) {
        refuse("SEV measured direct kernel boot is not supported with this QEMU binary");
      }
      return;
    case "s390-pv":
      if (!caps.has("confidential-guest-support") || !caps.has("s390-pv-guest")) {
        refuse("S390 PV launch security is not supported with this QEMU binary");
      }
      return;
  }
}
