import type { Completing } from "./state.ts";

/** The guest's CPU: the machine's own if none is named, and how strictly it is checked (`qemuDomainDefCPUPostParse`). */
export function fillCpuDefaults({ domain, caps, accelerator }: Completing): void {
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
      named.check ??= "partial";
      if (named.model) named.model.fallback ??= "allow";
      for (const feature of named.features) feature.policy ??= "require";
      break;
  }
}
