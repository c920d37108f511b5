import { ErrorCode, virtError } from "@tsvirt/base";
import type { Cpu, Domain } from "@tsvirt/model/domain";
import { isNative } from "../architectures.ts";
import { acceleratorOf } from "../argv/accelerator.ts";
import { boardOf } from "../argv/board.ts";
import type { HostFacts } from "../argv/context.ts";
import type { Accelerator, QemuCapabilities } from "../capabilities/capabilities.ts";
import { type ComparedCpu, compareX86Cpu } from "./compare.ts";
import { settleStaticCpu } from "./static-models.ts";
import { cpuOfHostModel, describeCpu, type OfferedModel, type X86Description, x86Map } from "./x86.ts";

/** Features that libvirt names and QEMU does not have: monitoring of caches, and what the processor says by itself. */
const unknownToQemu: ReadonlySet<string> = new Set(["cmt", "mbm_total", "mbm_local", "osxsave", "ospke"]);

/** The CPU that the accelerator can give a guest on this host. */
interface AvailableCpu {
  /** As a model and what differs from it, without what ties a guest to its host. */
  readonly description: X86Description;
  /** Every feature. */
  readonly features: ReadonlySet<string>;
}

/**
 * Makes the CPU of a guest that starts what the emulator is to give it, in place: `host-model` and `match='minimum'` become
 * a named model with features, optional features there or not there, a model that the emulator lacks the one nearest to it
 * (`qemuProcessUpdateGuestCPU`). Throws if the host or the emulator cannot give it.
 */
export function updateGuestCpu(domain: Domain, caps: QemuCapabilities, facts: HostFacts): void {
  const { cpu } = domain;
  if (!cpu) return;
  const arch = domain.os.type.arch ?? caps.arch;
  checkFeatureNames(cpu, arch);
  if ((cpu.mode ?? "custom") === "custom" && cpu.model?.name === undefined) return;
  const accelerator = acceleratorOf(domain);
  const isX86 = arch === "x86_64" || arch === "i686";
  const available = isX86 ? availableCpu(caps, accelerator, facts) : undefined;
  if (!isModePossible(cpu, caps, accelerator, arch, available !== undefined, facts)) {
    throw virtError(
      ErrorCode.configUnsupported,
      `CPU mode '${cpu.mode ?? "custom"}' for ${arch} ${domain.type} domain on ${facts.arch} host is not supported by hypervisor`,
    );
  }
  if (!isX86) {
    domain.cpu = settleStaticCpu(cpu, {
      caps,
      accelerator,
      virtType: domain.type,
      arch,
      hostArch: facts.arch,
      machine: domain.os.type.machine ?? "",
      hostModel: facts.hostCpu?.model,
    });
    return;
  }
  if (available && cpu.check !== "none") checkForbidden(cpu, available);
  if (cpu.mode !== "host-passthrough" && cpu.mode !== "maximum") {
    if (available && cpu.check === "partial" && !isUsable(cpu, caps, accelerator)) compare(cpu, available);
    update(cpu, available);
    translate(cpu, caps, accelerator);
  }
  cpu.features = cpu.features.filter(({ name }) => !unknownToQemu.has(name));
}

/** Vector lengths of ARM's SVE, in bits: the only features of ARM that documents can name (cpu_map/arm_features.xml). */
const armFeatures: ReadonlySet<string> = new Set([
  "sve",
  ...Array.from({ length: 16 }, (_, index) => `sve${128 * (index + 1)}`),
]);

/** Features are known by name on some architectures (`virCPUValidateFeatures`); of others nothing is known at all. */
function checkFeatureNames({ features }: Cpu, arch: string): void {
  const { isX86, isArm, isS390, isPpc64 } = boardOf(arch, "");
  if (!isX86 && !isArm && !isS390 && !isPpc64) {
    throw virtError(ErrorCode.noSupport, `'${arch}' architecture is not supported by CPU driver`);
  }
  if (!isX86 && !isArm) return;
  const known = isArm ? armFeatures : new Set(x86Map().features.map(({ name }) => name));
  const unknown = features.find(({ name }) => !known.has(name));
  if (unknown) throw virtError(ErrorCode.configUnsupported, `unknown CPU feature: ${unknown.name}`);
}

function isModePossible(
  cpu: Cpu,
  caps: QemuCapabilities,
  accelerator: Accelerator,
  arch: string,
  hostKnown: boolean,
  facts: HostFacts,
): boolean {
  const { isS390, isPpc64 } = boardOf(arch, "");
  switch (cpu.mode) {
    case "host-passthrough":
      return accelerator !== "tcg" && isNative(facts.arch, caps.arch);
    case "host-model":
      // Those of POWER and s390 are decided with the rest of them.
      return isNative(facts.arch, caps.arch) && (hostKnown || isS390 || isPpc64);
    case "maximum":
      return caps.has("cpu-max");
    default:
      return (caps.accelerator(accelerator)?.cpus.length ?? 0) > 0;
  }
}

/** By what was probed: the same for every guest of an emulator, and a search among all models. */
const described = new WeakMap<object, AvailableCpu | undefined>();

/** What the emulator says of the host, or else the host's own description; `undefined` if there is neither. */
function availableCpu(caps: QemuCapabilities, accelerator: Accelerator, facts: HostFacts): AvailableCpu | undefined {
  const offered = caps.accelerator(accelerator);
  if (offered?.hostCpu) {
    if (!described.has(offered)) described.set(offered, describeOffered(offered.hostCpu, offered.cpus));
    return described.get(offered);
  }
  const { hostCpu } = facts;
  const { models, byName } = x86Map();
  const model = models.find(({ name }) => name === hostCpu?.model);
  if (!hostCpu || !model) return undefined;
  const { vendor = model.vendor, features } = hostCpu;
  return {
    description: {
      model: model.name,
      ...(vendor !== undefined && { vendor }),
      require: features.filter((name) => byName.get(name)?.migratable !== false),
      disable: [],
    },
    features: new Set([...model.features, ...features]),
  };
}

function describeOffered(
  hostCpu: Parameters<typeof cpuOfHostModel>[0],
  offered: readonly OfferedModel[],
): AvailableCpu | undefined {
  const description = describeCpu(cpuOfHostModel(hostCpu, true), "guest", { offered });
  return description && { description, features: cpuOfHostModel(hostCpu, false).features };
}

function checkForbidden({ features }: Cpu, available: AvailableCpu): void {
  const present = features.filter(({ name, policy }) => policy === "forbid" && available.features.has(name));
  if (present.length === 0) return;
  const names = present.map(({ name }) => name).join(",");
  throw virtError(ErrorCode.cpuIncompatible, `Host CPU provides forbidden features: ${names}`);
}

/** True if the emulator itself says that the model as it is can be had. */
function isUsable({ model, features }: Cpu, caps: QemuCapabilities, accelerator: Accelerator): boolean {
  const offered = caps.accelerator(accelerator)?.cpus.find(({ name }) => name === model?.name);
  if (offered?.usable !== "yes") return false;
  return features.every(({ policy }) => policy === "disable" || policy === "forbid");
}

/** Whether the host has what the guest asks for. */
function compare(cpu: Cpu, { description: { vendor }, features }: AvailableCpu): void {
  if (cpu.mode !== "custom" || cpu.model?.name === undefined) return;
  const host: ComparedCpu = {
    ...(vendor !== undefined && { vendor }),
    features: [...features].map((name) => ({ name })),
  };
  const comparison = compareX86Cpu(host, cpu);
  if (comparison.result === "incompatible") throw virtError(ErrorCode.cpuIncompatible, comparison.reason);
}

/** What depends on the host is decided (`virCPUUpdate`). */
function update(cpu: Cpu, available: AvailableCpu | undefined): void {
  const relative =
    cpu.mode === "host-model" || cpu.match === "minimum" || cpu.features.some(({ policy }) => policy === "optional");
  if (relative) {
    if (!available) throw virtError(ErrorCode.configUnsupported, "unknown host CPU model");
    for (const feature of cpu.features) {
      if (feature.policy !== "optional") continue;
      feature.policy = available.features.has(feature.name) ? "require" : "disable";
    }
    if (cpu.mode === "host-model" || cpu.match === "minimum") takeHostModel(cpu, available.description);
  }
  const model = x86Map().models.find(({ name }) => name === cpu.model?.name);
  for (const name of model?.removed ?? []) {
    if (!cpu.features.some((feature) => feature.name === name)) cpu.features.push({ policy: "disable", name });
  }
}

/** The host's model and features; the document's own features override. */
function takeHostModel(cpu: Cpu, { model, vendor, require, disable }: X86Description): void {
  const own = cpu.features;
  cpu.mode = "custom";
  cpu.match = "exact";
  cpu.model = { ...cpu.model, name: model };
  if (vendor !== undefined) cpu.vendor = vendor;
  cpu.features = [
    ...require.map((name) => ({ policy: "require" as const, name })),
    ...disable.map((name) => ({ policy: "disable" as const, name })),
  ];
  for (const feature of own) {
    const existing = cpu.features.find(({ name }) => name === feature.name);
    if (existing) existing.policy = feature.policy ?? "require";
    else cpu.features.push(feature);
  }
}

/** A model that the emulator does not know becomes the nearest one it knows, if that is allowed (`virCPUTranslate`). */
function translate(cpu: Cpu, caps: QemuCapabilities, accelerator: Accelerator): void {
  const { model } = cpu;
  if (model?.name === undefined) return;
  const offered = caps.accelerator(accelerator)?.cpus ?? [];
  if (!offered.some(({ name }) => name === model.name)) {
    const known = x86Map().models.find(({ name }) => name === model.name);
    if (model.fallback === "forbid" || !known) {
      throw virtError(ErrorCode.configUnsupported, `CPU model ${model.name} is not supported by hypervisor`);
    }
    const [signature] = known.signatures;
    const nearest = describeCpu(
      {
        ...(known.vendor !== undefined && { vendor: known.vendor }),
        family: signature?.family ?? 0,
        model: signature?.model ?? 0,
        stepping: signature?.steppings?.[0] ?? 0,
        features: known.features,
      },
      "guest",
      { offered },
    );
    if (!nearest) {
      throw virtError(ErrorCode.configUnsupported, `CPU model ${model.name} is not supported by hypervisor`);
    }
    const { vendor, ...description } = nearest;
    const { match, mode } = cpu;
    takeHostModel(cpu, description);
    if (vendor !== undefined) cpu.vendor ??= vendor;
    Object.assign(cpu, { mode, match });
  }
  cpu.model = { ...cpu.model, fallback: "forbid" };
}
