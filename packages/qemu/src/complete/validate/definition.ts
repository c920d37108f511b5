import { ErrorCode } from "@tsvirt/base";
import type { Completing } from "../state.ts";

const unsupported = ErrorCode.configUnsupported;

/** What QEMU, or this QEMU, cannot do with a definition as a whole (`qemuValidateDomainDef`), in libvirt's words. */
export function validateDefinition(state: Completing): void {
  validateCpuBits(state);
  validatePower(state);
  validateFirmware(state);
  validateMachine(state);
  validateMemory(state);
  validateConsoles(state);
}

function validateFirmware({ domain, report }: Completing): void {
  const { os } = domain;
  const fail = (message: string): void => report(os, message, unsupported);
  if (os.firmware === undefined && (os.firmwareFeatures?.features.length ?? 0) > 0) {
    fail("cannot use feature-based firmware autoselection when firmware autoselection is disabled");
  }
  if (os.loader?.stateless === true) {
    if (os.nvram?.template !== undefined) fail("NVRAM template is not permitted when loader is stateless");
    else if (os.nvram) fail("NVRAM is not permitted when loader is stateless");
  }
  if (os.firmware === "bios" && os.nvram) fail("firmware type 'bios' does not support nvram");
  if (os.loader?.secure === true && domain.features?.smm?.state === false) {
    fail("Secure boot requires SMM feature enabled");
  }
}

function validateMachine({ domain, board, caps, accelerator, report }: Completing): void {
  const { type } = domain.os;
  const machine = caps.findMachine(accelerator, type.machine ?? "");
  const max = Number(machine?.maxCpus ?? 0);
  const count = domain.vcpu?.count ?? 1;
  if (machine && max > 0 && count > max) {
    report(domain, `Maximum CPUs greater than specified machine type limit ${max}`, unsupported);
  }
  const tseg = domain.features?.smm?.tseg;
  if (tseg) {
    if (!board.isQ35) report(tseg, "SMM TSEG is only supported with q35 machine type", unsupported);
    else if (!isWholeMib(tseg.size, tseg.unit)) report(tseg, "SMM TSEG size must be divisible by 1 MiB", unsupported);
  }
  const topology = domain.cpu?.topology;
  if (topology) {
    const product = topology.sockets * topology.dies * topology.cores * topology.threads;
    // Before vCPUs could be plugged in, QEMU did not mind.
    if (product !== count && caps.has("query-hotpluggable-cpus"))
      report(topology, "CPU topology doesn't match maximum vcpu count", unsupported);
  }
  if (accelerator === "kvm" && caps.accelerator("kvm") === undefined) {
    report(
      domain,
      "Domain requires KVM, but it is not available. Check that virtualization is enabled in the host BIOS, and host configuration is setup to load the kvm modules.",
      unsupported,
    );
  }
  if (domain.cpu?.mode === "host-passthrough" && accelerator !== "kvm") {
    report(
      domain.cpu,
      `CPU mode 'host-passthrough' for ${board.arch} qemu domain on ${board.arch} host is not supported by hypervisor`,
      unsupported,
    );
  }
}

function validatePower({ domain, board, caps, report }: Completing): void {
  const { pm } = domain;
  const has = (state: "s3" | "s4"): boolean =>
    caps.has(`disable-${state}`) || (board.isQ35 && caps.has(`ich9-disable-${state}`));
  if (pm?.suspendToMem !== undefined && !has("s3")) report(pm, "setting ACPI S3 not supported", unsupported);
  if (pm?.suspendToDisk !== undefined && !has("s4")) report(pm, "setting ACPI S4 not supported", unsupported);
}

function validateMemory({ domain, board, report }: Completing): void {
  const cells = domain.cpu?.numa?.cells ?? [];
  if (domain.maxMemory && cells.length === 0 && board.isX86) {
    report(domain.maxMemory, "At least one numa node has to be configured when enabling memory hotplug", unsupported);
  }
}

function validateCpuBits({ domain, report }: Completing): void {
  const phys = domain.cpu?.maxphysaddr;
  if (phys?.mode === "emulate" && phys.bits === undefined) {
    report(phys, "if using CPU maximum physical address mode='emulate', bits= must be specified too", unsupported);
  }
  if (phys?.mode === "passthrough" && phys.bits !== undefined) {
    report(
      phys,
      "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
      unsupported,
    );
  }
}

function isWholeMib(size: number, unit: string | undefined): boolean {
  const bytes: Readonly<Record<string, number>> = {
    b: 1,
    bytes: 1,
    B: 1,
    k: 1024,
    K: 1024,
    KiB: 1024,
    M: 1_048_576,
    m: 1_048_576,
    MiB: 1_048_576,
  };
  const scale = bytes[unit ?? "MiB"] ?? 1_048_576;
  return (size * scale) % 1_048_576 === 0;
}

function validateConsoles({ devices, report }: Completing): void {
  if (devices.parallels.length > 3) {
    report(devices, "Only 3 parallel ports are supported", unsupported);
  }
}
