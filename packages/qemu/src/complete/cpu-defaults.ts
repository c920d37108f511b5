import type { NumaCell } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** The guest's CPU: the machine's own if none is named, and how strictly it is checked (`qemuDomainDefCPUPostParse`). */
export function fillCpuDefaults({ domain, caps, accelerator }: Completing): void {
  fillDistances(domain.cpu?.numa?.cells ?? []);
  const machine = caps.findMachine(accelerator, domain.os.type.machine ?? "");
  const cpu = domain.cpu;
  const unnamed = !cpu || ((cpu.mode === undefined || cpu.mode === "custom") && cpu.model?.name === undefined);
  if (unnamed && machine?.defaultCpu !== undefined) {
    const model = caps.accelerator(accelerator)?.cpus.find(({ typename }) => typename === machine.defaultCpu);
    if (model) {
      domain.cpu = {
        features: [],
        pages: [],
        ...cpu,
        mode: "custom",
        match: "exact",
        check: "none",
        model: {
          ...cpu?.model,
          fallback: "forbid",
          name: model.name,
        },
      };
    }
  }
  if (!domain.cpu || unnamed) return;
  const named = domain.cpu;
  switch (named.mode ?? "custom") {
    case "maximum":
      named.check ??= "none";
      break;
    case "host-passthrough":
      named.check ??= "none";
      if (named.migratable === undefined && caps.has("cpu.migratable")) named.migratable = true;
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
