import { ErrorCode, virtError } from "@tsvirt/base";
import type { Cpu, CpuFeature } from "@tsvirt/model/domain";
import type { Accelerator, HostCpuModel, QemuCapabilities } from "../capabilities/capabilities.ts";

/** What has to be known to settle the CPU of a guest of POWER or s390. */
export interface CpuRequest {
  readonly caps: QemuCapabilities;
  readonly accelerator: Accelerator;
  /** The domain's type, for messages. */
  readonly virtType: string;
  readonly arch: string;
  readonly hostArch: string;
  readonly machine: string;
  /** Model of the host's CPU, if it is known: what POWER's compatibility modes are compared with. */
  readonly hostModel?: string | undefined;
}

const unsupported = ErrorCode.configUnsupported;

/** Machines of s390 from before CPU models: with KVM they can only have the host's CPU as it is. */
const hostOnlyMachines = new Set(["2.4", "2.5", "2.6", "2.7"].map((version) => `s390-ccw-virtio-${version}`));

/** True for a machine of s390 that knows no CPU models. */
export function isHostCpuOnly(accelerator: Accelerator, machine: string): boolean {
  return accelerator === "kvm" && hostOnlyMachines.has(machine);
}

/** True if `host-model` can be had on s390: QEMU says what it would be, and the machine knows CPU models. */
export function hasS390HostModel(caps: QemuCapabilities, accelerator: Accelerator, machine: string): boolean {
  if (isHostCpuOnly(accelerator, machine)) return false;
  return caps.accelerator(accelerator)?.hostCpu !== undefined;
}

/**
 * The CPU of a guest of an architecture whose models QEMU itself defines, as QEMU is to be told it. Of those of ARM and
 * others nothing depends on the host.
 */
export function settleStaticCpu(cpu: Cpu, request: CpuRequest): Cpu {
  switch (request.arch) {
    case "s390":
    case "s390x":
      return settleS390Cpu(cpu, request);
    case "ppc64":
    case "ppc64le":
      return settlePowerCpu(cpu, request);
    case "aarch64":
    case "armv7l":
    case "armv6l":
      return settleArmCpu(cpu, request);
    default:
      return cpu;
  }
}

/**
 * The CPU of a guest of s390 as QEMU is to be told it, and as a running guest's document shows it: `host-model` becomes
 * the model with the features that QEMU names. QEMU itself checks what the host can do. Throws for what s390's CPUs do
 * not know.
 */
/** QEMU itself knows what ARM's models are; it must have the one that is named. */
function settleArmCpu(cpu: Cpu, request: CpuRequest): Cpu {
  checkFeatures(cpu, request);
  if (cpu.mode === "custom" && cpu.model?.name !== undefined) checkModel(cpu, request);
  return cpu;
}

/** Without a way to ask for it, QEMU has no features that could be chosen. */
function checkFeatures({ features }: Cpu, { caps, arch }: CpuRequest): void {
  if (features.length === 0 || caps.has("query-cpu-model-expansion")) return;
  throw virtError(ErrorCode.internalError, `CPU features not supported by hypervisor for ${arch} architecture`);
}

function settleS390Cpu(cpu: Cpu, request: CpuRequest): Cpu {
  const { caps, accelerator, machine } = request;
  for (const { name, policy } of cpu.features) {
    if (policy !== "optional") continue;
    throw virtError(unsupported, `only cpu feature policies 'require' and 'disable' are supported for ${name}`);
  }
  checkFeatures(cpu, request);
  if (cpu.mode === "host-model") {
    const host = caps.accelerator(accelerator)?.hostCpu;
    if (!host || !hasS390HostModel(caps, accelerator, machine)) throw modeUnsupported("host-model", request);
    return expand(cpu, host);
  }
  if (cpu.mode !== "custom" || cpu.model?.name === undefined) return cpu;
  if (isHostCpuOnly(accelerator, machine)) throw modeUnsupported("custom", request);
  if (cpu.match === "minimum") throw virtError(unsupported, "match mode minimum not supported");
  checkModel(cpu, request);
  return cpu;
}

function modeUnsupported(mode: string, { arch, virtType, hostArch }: CpuRequest): Error {
  return virtError(
    unsupported,
    `CPU mode '${mode}' for ${arch} ${virtType} domain on ${hostArch} host is not supported by hypervisor`,
  );
}

function expand(cpu: Cpu, host: HostCpuModel): Cpu {
  const features: CpuFeature[] = host.properties.flatMap(({ name, value }) =>
    typeof value === "boolean" ? [{ policy: value ? ("require" as const) : ("disable" as const), name }] : [],
  );
  for (const feature of cpu.features) {
    const existing = features.find(({ name }) => name === feature.name);
    if (!existing) features.push({ ...feature });
    else if (feature.policy !== undefined) existing.policy = feature.policy;
  }
  return {
    ...cpu,
    mode: "custom",
    match: "exact",
    model: { ...cpu.model, fallback: "forbid", name: host.model },
    features,
  };
}

/** The models of POWER that libvirt can tell apart, with their vendors. */
export const powerVendors: ReadonlyMap<string, string> = new Map([
  ["POWER6", "IBM"],
  ["POWER7", "IBM"],
  ["POWER8", "IBM"],
  ["POWER9", "IBM"],
  ["POWER10", "IBM"],
  ["POWERPC_e5500", "Freescale"],
  ["POWERPC_e6500", "Freescale"],
]);

/** Names that POWER's CPUs had once, by what they are called now. */
const legacyPower: Readonly<Record<string, string>> = {
  "POWER7_v2.1": "POWER7",
  "POWER7_v2.3": "POWER7",
  "POWER7+_v2.1": "POWER7",
  "POWER8_v1.0": "POWER8",
};

/**
 * The CPU of a guest of POWER: a model by today's name. `host-model` stays what it is: the host's CPU, held to an older
 * one's instructions if the document names that. Throws for what the host or QEMU does not have.
 */
function settlePowerCpu(cpu: Cpu, request: CpuRequest): Cpu {
  if (cpu.mode === "host-model") {
    checkCompatibility(request.hostModel, cpu.model?.name);
    return cpu;
  }
  const name = cpu.model?.name;
  if (cpu.mode !== "custom" || name === undefined) return cpu;
  const today = legacyPower[name] ?? name;
  if (cpu.check === "partial" && request.hostModel !== undefined) {
    if (!powerVendors.has(today)) throw virtError(ErrorCode.internalError, `Unknown CPU model ${today}`);
    if (today !== request.hostModel) {
      throw virtError(ErrorCode.cpuIncompatible, `host CPU model does not match required CPU model ${today}`);
    }
  }
  const settled: Cpu = { ...cpu, match: "exact", model: { ...cpu.model, name: today } };
  checkModel(settled, request);
  return settled;
}

/** The generation a name such as `POWER9` or `power9` means; `undefined` if there is no mode for it. */
function generation(prefix: string, name: string): number | undefined {
  const number = name.startsWith(prefix) ? Number(/^\d+/.exec(name.slice(prefix.length))?.[0]) : Number.NaN;
  return number >= 6 && number <= 10 ? number : undefined;
}

function checkCompatibility(hostModel: string | undefined, mode: string | undefined): void {
  if (mode === undefined || hostModel === undefined) return;
  const host = generation("POWER", hostModel);
  if (host === undefined) {
    throw virtError(ErrorCode.internalError, "Host CPU does not support compatibility modes");
  }
  const wanted = generation("power", mode);
  if (wanted === undefined) throw virtError(ErrorCode.internalError, `Unknown compatibility mode ${mode}`);
  if (wanted > host) throw virtError(ErrorCode.cpuIncompatible);
}

/** QEMU must have the model; for these architectures there is none that another could stand in for. */
function checkModel({ model }: Cpu, { caps, accelerator }: CpuRequest): void {
  const known = caps.accelerator(accelerator)?.cpus ?? [];
  const name = model?.name ?? "";
  if (known.length === 0 || known.some((each) => each.name === name)) return;
  if (model?.fallback === "forbid") throw virtError(unsupported, `CPU model ${name} is not supported by hypervisor`);
  throw virtError(ErrorCode.noSupport, `cannot translate CPU model ${name} to a supported model`);
}
