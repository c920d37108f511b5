import { ErrorCode, virtError } from "@tsvirt/base";
import type { Cpu, Domain } from "@tsvirt/model/domain";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";
import { settlePowerCpu, settleS390Cpu } from "../cpu/static-models.ts";
import { cpuOfHostModel, describeCpu, qemuNameOfFeature } from "../cpu/x86.ts";
import type { Board } from "./board.ts";
import type { CommandWriter } from "./command.ts";

/** `-cpu`: the model, what differs from it, and what timers and features put there. */
export function writeCpu(line: CommandWriter, domain: Domain, board: Board): void {
  const model = cpuModel(line, domain, board);
  const extras = cpuExtras(domain, board);
  if (model === undefined && extras.length === 0) return;
  line.add("-cpu", [model ?? defaultModel(domain), ...extras].join(","));
}

/** QEMU's own default, which has to be named when something is to be changed of it. */
function defaultModel(domain: Domain): string {
  const { arch } = domain.os.type;
  if (arch === "i686") return "qemu32";
  if (arch === "x86_64") return "qemu64";
  throw virtError(
    ErrorCode.configUnsupported,
    `CPU flags requested but can't determine default CPU for arch ${arch ?? "x86_64"}`,
  );
}

/** The CPU as QEMU is to be told it: what depends on the host and on QEMU is settled. */
function settledCpu(line: CommandWriter, domain: Domain, cpu: Cpu, board: Board): Cpu {
  const { caps, accelerator, context } = line;
  const { arch, machine } = board;
  const request = { caps, accelerator, virtType: domain.type, arch, machine, hostModel: context.hostCpuModel };
  if (board.isS390) return settleS390Cpu(cpu, request);
  return board.isPpc64 ? settlePowerCpu(cpu, request) : cpu;
}

function cpuModel(line: CommandWriter, domain: Domain, board: Board): string | undefined {
  const given = domain.cpu;
  if (!given || (given.mode === undefined && given.model === undefined)) return undefined;
  const cpu = settledCpu(line, domain, given, board);
  const migratable =
    cpu.migratable === undefined || !line.has("cpu.migratable") ? [] : [`migratable=${cpu.migratable ? "on" : "off"}`];
  const features = cpu.features.flatMap(({ name, policy }) =>
    featureText(name, policy === "optional" ? optionalPolicy(line, name) : policy),
  );
  switch (cpu.mode ?? "custom") {
    case "host-passthrough":
      if (line.accelerator === "tcg") {
        throw virtError(
          ErrorCode.configUnsupported,
          `CPU mode 'host-passthrough' for ${domain.os.type.arch ?? ""} qemu domain on ${line.caps.arch} host is not supported by hypervisor`,
        );
      }
      return ["host", ...migratable, ...features].join(",");
    case "maximum":
      return ["max", ...migratable, ...features].join(",");
    case "host-model": {
      // POWER has modes of its own for what an older CPU is to look like.
      if (board.isPpc64) return ["host", ...features].join(",");
      const expanded = expandHostModel(cpu, line.caps, line.accelerator === "kvm" ? "kvm" : "tcg");
      return [
        expanded.model?.name ?? "",
        ...expanded.features.flatMap(({ name, policy }) => featureText(name, policy)),
      ].join(",");
    }
    case "custom": {
      const { name, vendorId } = cpu.model ?? {};
      if (name === undefined) return undefined;
      return [name, ...(vendorId === undefined ? [] : [`vendor=${vendorId}`]), ...features].join(",");
    }
  }
}

/** An optional feature is there if the host has it; without KVM that is left to QEMU. */
function optionalPolicy(line: CommandWriter, name: string): "require" | "disable" | "optional" {
  const host = line.accelerator === "kvm" ? line.caps.accelerator("kvm")?.hostCpu : undefined;
  if (!host) return "optional";
  return cpuOfHostModel(host, false).features.has(name) ? "require" : "disable";
}

function featureText(name: string, policy: Cpu["features"][number]["policy"]): string[] {
  switch (policy) {
    case "force":
    case "require":
    case undefined:
      return [`${qemuNameOfFeature(name)}=on`];
    case "disable":
    case "forbid":
      return [`${qemuNameOfFeature(name)}=off`];
    case "optional":
      return [];
  }
}

/**
 * What `host-model` means with this emulator on this host: a named model with features, as a running guest's document
 * shows it. Features of the document override. Throws if the emulator cannot say.
 */
export function expandHostModel(cpu: Cpu, caps: QemuCapabilities, accelerator: "kvm" | "tcg"): Cpu {
  const available = caps.accelerator(accelerator);
  const host = available?.hostCpu;
  const found = host && describeCpu(cpuOfHostModel(host, true), "guest", available.cpus);
  if (!found) {
    throw virtError(
      ErrorCode.configUnsupported,
      "CPU mode 'host-model' for " +
        `${caps.arch} ${accelerator === "kvm" ? "kvm" : "qemu"} domain on ${caps.arch} host is not supported by hypervisor`,
    );
  }
  const features: Cpu["features"] = [
    ...found.require.map((name) => ({ policy: "require" as const, name })),
    ...found.disable.map((name) => ({ policy: "disable" as const, name })),
  ];
  for (const feature of cpu.features) {
    const existing = features.find(({ name }) => name === feature.name);
    if (!existing) features.push({ ...feature });
    else if (feature.policy !== undefined) existing.policy = feature.policy;
  }
  return {
    ...cpu,
    mode: "custom",
    match: "exact",
    check: "partial",
    model: { ...cpu.model, fallback: "forbid", name: found.model },
    ...(found.vendor !== undefined && { vendor: found.vendor }),
    features,
  };
}

function cpuExtras(domain: Domain, board: Board): string[] {
  const { clock, features, cpu, devices } = domain;
  const extras: string[] = [];
  const onOff = (key: string, value: boolean | undefined): void => {
    if (value !== undefined) extras.push(`${key}=${value ? "on" : "off"}`);
  };
  for (const timer of clock?.timers ?? []) {
    if (timer.name === "kvmclock") onOff("kvmclock", timer.present);
    else if (timer.name === "hypervclock") onOff("hv-time", timer.present === false ? undefined : timer.present);
    else if (timer.name === "tsc" && timer.frequency !== undefined) extras.push(`tsc-frequency=${timer.frequency}`);
  }
  onOff("kvm-pv-eoi", features?.apic?.eoi);
  onOff("kvm-pv-unhalt", features?.pvspinlock);
  const hyperv = features?.hyperv;
  if (hyperv?.mode === "passthrough") extras.push("hv-passthrough=on");
  if (hyperv) {
    const on = (key: string, value: boolean | undefined): void => {
      if (value === true) extras.push(`${key}=on`);
    };
    on("hv-relaxed", hyperv.relaxed);
    on("hv-vapic", hyperv.vapic);
    if (hyperv.spinlocks?.state === true)
      extras.push(`hv-spinlocks=0x${(hyperv.spinlocks.retries ?? 4095).toString(16)}`);
    on("hv-vpindex", hyperv.vpindex);
    on("hv-runtime", hyperv.runtime);
    on("hv-synic", hyperv.synic);
    on("hv-stimer", hyperv.stimer?.state);
    if (hyperv.stimer?.state === true) on("hv-stimer-direct", hyperv.stimer.direct);
    on("hv-reset", hyperv.reset);
    if (hyperv.vendorId?.state === true) extras.push(`hv-vendor-id=${hyperv.vendorId.value ?? ""}`);
    on("hv-frequencies", hyperv.frequencies);
    on("hv-reenlightenment", hyperv.reenlightenment);
    on("hv-tlbflush", hyperv.tlbflush);
    on("hv-ipi", hyperv.ipi);
    on("hv-evmcs", hyperv.evmcs);
    on("hv-avic", hyperv.avic);
  }
  if (devices?.panics.some(({ model }) => model === "hyperv") === true) extras.push("hv-crash");
  const kvm = features?.kvm;
  if (kvm?.hidden === true) extras.push("kvm=off");
  if (kvm?.hintDedicated === true) extras.push("kvm-hint-dedicated=on");
  if (kvm?.pollControl === true) extras.push("kvm-poll-control=on");
  if (kvm?.pvIpi === false) extras.push("kvm-pv-ipi=off");
  // POWER always has one, and no word for it.
  if (!board.isPpc64) onOff("pmu", features?.pmu);
  extras.push(...cacheTexts(cpu));
  const phys = cpu?.maxphysaddr;
  if (phys?.mode === "passthrough") {
    extras.push("host-phys-bits=on");
    if (phys.limit !== undefined) extras.push(`host-phys-bits-limit=${phys.limit}`);
  } else if (phys?.bits !== undefined) extras.push(`phys-bits=${phys.bits}`);
  return extras;
}

function cacheTexts(cpu: Cpu | undefined): string[] {
  // With the host's CPU the host's caches would be shown otherwise.
  const hostOff = cpu?.mode === "host-passthrough" || cpu?.mode === "maximum" ? ["host-cache-info=off"] : [];
  switch (cpu?.cache?.mode) {
    case undefined:
      return [];
    case "emulate":
      return ["l3-cache=on", ...hostOff];
    case "passthrough":
      return ["host-cache-info=on", "l3-cache=off"];
    case "disable":
      return [...hostOff, "l3-cache=off"];
  }
}
