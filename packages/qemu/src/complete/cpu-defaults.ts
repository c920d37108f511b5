import { ErrorCode } from "@tsvirt/base";
import type { Cpu, NumaCell } from "@tsvirt/model/domain";
import { hasS390HostModel } from "../cpu/static-models.ts";
import type { Completing } from "./state.ts";

/** The guest's CPU: the machine's own if none is named, and how strictly it is checked (`qemuDomainDefCPUPostParse`). */
export function fillCpuDefaults(state: Completing): void {
  const { domain, caps, board, accelerator, report } = state;
  fillDistances(domain.cpu?.numa?.cells ?? []);
  if (!isNamed(domain.cpu)) nameDefaultCpu(state);
  if (domain.cpu) settleSve(domain.cpu, report);
  const named = domain.cpu;
  if (!isNamed(named)) return;
  switch (named.mode ?? "custom") {
    case "maximum":
      named.check ??= "none";
      break;
    case "host-passthrough":
      named.check ??= "none";
      if (caps.has("cpu.migratable")) named.migratable ??= true;
      else if (board.isX86) named.migratable ??= false;
      break;
    case "host-model":
      named.check ??= "partial";
      break;
    case "custom":
      named.mode = "custom";
      named.match ??= "exact";
      // An emulated CPU is not compared with the host's.
      named.check ??= accelerator === "tcg" ? "none" : "partial";
      if (named.model) named.model.fallback ??= "allow";
      for (const feature of named.features) feature.policy ??= "require";
      break;
  }
}

/** True for a CPU of which more is known than its topology. */
function isNamed(cpu: Cpu | undefined): cpu is Cpu {
  return cpu !== undefined && ((cpu.mode ?? "custom") !== "custom" || cpu.model?.name !== undefined);
}

/** Takes the CPU that the machine has by itself, where QEMU's word on it can be used (`qemuDomainDefSetDefaultCPU`). */
function nameDefaultCpu({ domain, caps, accelerator, board, report }: Completing): void {
  const { isX86, isS390, isPpc64, isArm } = board;
  // Of other architectures, libvirt knows no CPUs; on ARM the default is one that KVM cannot run.
  if (!isX86 && !isS390 && !isPpc64 && !(isArm && accelerator === "tcg")) return;
  const machine = caps.findMachine(accelerator, domain.os.type.machine ?? "");
  if (machine?.defaultCpu === undefined) return;
  const model = caps.accelerator(accelerator)?.cpus.find(({ typename }) => typename === machine.defaultCpu)?.name;
  if (model === undefined) return;
  const cpu: Cpu = { features: [], pages: [], ...domain.cpu };
  if (model === "host") {
    if (accelerator !== "kvm") {
      report(
        domain,
        'QEMU reports invalid default CPU model "host" for non-kvm domain virt type',
        ErrorCode.internalError,
      );
    }
    const hostModel = isS390 && hasS390HostModel(caps, accelerator, board.machine);
    domain.cpu = { ...cpu, mode: hostModel ? "host-model" : "host-passthrough" };
    return;
  }
  domain.cpu = {
    ...cpu,
    mode: "custom",
    match: "exact",
    check: "none",
    model: { ...cpu.model, fallback: "forbid", name: model },
  };
}

/** Vector lengths of ARM's SVE are of no use without it. */
function settleSve(cpu: Cpu, report: Completing["report"]): void {
  const isSve = (name: string): boolean => name.startsWith("sve");
  if (!cpu.features.some(({ name }) => isSve(name) && name !== "sve")) return;
  const sve = cpu.features.find(({ name }) => name === "sve");
  if (!sve) cpu.features.push({ name: "sve", policy: "require" });
  else if (sve.policy === "disable" || sve.policy === "forbid") {
    report(cpu, "SVE disabled, but SVE vector lengths provided", ErrorCode.configUnsupported);
  } else sve.policy = "require";
}

/** Once one distance is given all are: what is left out is symmetric, or the usual 10 and 20. */
function fillDistances(cells: readonly NumaCell[]): void {
  if (!cells.some(({ distances }) => distances !== undefined)) return;
  const given = (from: NumaCell, to: NumaCell, index: number): number | undefined =>
    from.distances?.siblings.find(({ id }) => id === (to.id ?? index))?.value;
  const all = cells.map((cell, src) =>
    cells.map((other, dst) => ({
      id: other.id ?? dst,
      value: given(cell, other, dst) ?? given(other, cell, src) ?? (src === dst ? 10 : 20),
    })),
  );
  for (const [index, cell] of cells.entries()) cell.distances = { siblings: all[index] ?? [] };
}
