import { ErrorCode, virtError } from "@tsvirt/base";
import type { Cpu, Domain } from "@tsvirt/model/domain";
import { qemuNameOfFeature } from "../cpu/x86.ts";
import type { Board } from "./board.ts";
import type { CommandWriter } from "./command.ts";

/** `-cpu`: the model, what differs from it, and what timers and features put there. */
export function writeCpu(line: CommandWriter, domain: Domain, board: Board): void {
  const model = cpuModel(line, domain, board) ?? narrowModel(line, domain);
  const extras = cpuExtras(line, domain, board);
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

/** A 32-bit guest of an emulator whose CPUs have 64 bits otherwise. */
function narrowModel(line: CommandWriter, domain: Domain): string | undefined {
  if (domain.os.type.arch !== "i686") return undefined;
  const wide = line.caps.arch === "x86_64" || domain.devices?.emulator?.includes("x86_64") === true;
  return wide ? defaultModel(domain) : undefined;
}

function cpuModel(line: CommandWriter, domain: Domain, board: Board): string | undefined {
  const { cpu } = domain;
  if (!cpu || (cpu.mode === undefined && cpu.model === undefined)) return undefined;
  const migratable =
    cpu.migratable === undefined || !line.has("cpu.migratable") ? [] : [`migratable=${cpu.migratable ? "on" : "off"}`];
  const features = cpu.features.flatMap(({ name, policy }) => featureText(name, policy));
  // The host's processor, as far as 32-bit guests are concerned.
  const narrow = board.arch === "armv7l" && line.context.hostArch === "aarch64" ? ["aarch64=off"] : [];
  switch (cpu.mode ?? "custom") {
    case "host-passthrough":
      return ["host", ...narrow, ...migratable, ...features].join(",");
    case "maximum":
      return ["max", ...narrow, ...migratable, ...features].join(",");
    case "host-model":
      // POWER has modes of its own for what an older CPU is to look like.
      if (board.isPpc64) return ["host", ...features].join(",");
      throw virtError(
        ErrorCode.configUnsupported,
        `CPU mode 'host-model' for ${board.arch} ${domain.type} domain on ${line.caps.arch} host is not supported by hypervisor`,
      );
    case "custom": {
      const { name, vendorId } = cpu.model ?? {};
      if (name === undefined) return undefined;
      return [name, ...(vendorId === undefined ? [] : [`vendor=${vendorId}`]), ...features].join(",");
    }
  }
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

function cpuExtras(line: CommandWriter, domain: Domain, board: Board): string[] {
  const { clock, features, cpu, devices } = domain;
  const extras: string[] = [];
  const onOff = (key: string, value: boolean | undefined): void => {
    if (value !== undefined) extras.push(`${key}=${value ? "on" : "off"}`);
  };
  for (const timer of clock?.timers ?? []) {
    if (timer.name === "kvmclock") onOff("kvmclock", timer.present);
    else if (timer.name === "hypervclock") onOff("hv-time", timer.present === false ? undefined : timer.present);
    else if (timer.name === "tsc" && timer.frequency !== undefined) extras.push(`tsc-frequency=${timer.frequency}`);
    else if (timer.name === "armvtimer" && (timer.tickpolicy === "delay" || timer.tickpolicy === "discard")) {
      onOff("kvm-no-adjvtime", timer.tickpolicy === "discard");
    }
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
  extras.push(...cacheTexts(line, cpu));
  const phys = cpu?.maxphysaddr;
  if (phys?.mode === "passthrough") {
    extras.push("host-phys-bits=on");
    if (phys.limit !== undefined) extras.push(`host-phys-bits-limit=${phys.limit}`);
  } else if (phys?.bits !== undefined) extras.push(`phys-bits=${phys.bits}`);
  return extras;
}

function cacheTexts(line: CommandWriter, cpu: Cpu | undefined): string[] {
  const known = line.has("cpu-cache");
  // With the host's CPU the host's caches would be shown otherwise.
  const isHost = cpu?.mode === "host-passthrough" || cpu?.mode === "maximum";
  const hostOff = known && isHost ? ["host-cache-info=off"] : [];
  const l3Off = known ? ["l3-cache=off"] : [];
  switch (cpu?.cache?.mode) {
    case undefined:
      return [];
    case "emulate":
      return ["l3-cache=on", ...hostOff];
    case "passthrough":
      return ["host-cache-info=on", ...l3Off];
    case "disable":
      return [...hostOff, ...l3Off];
  }
}
