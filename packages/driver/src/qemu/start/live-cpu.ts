import type { Cpu, CpuFeature } from "@tsvirt/model/domain";
import { featureOfQemu, type MonitorSession, type QemuCapabilities, qmp, x86Map } from "@tsvirt/qemu";
import type { Guest } from "../guest/guest.ts";
import type { LiveGuest } from "../guest/live.ts";

/** What QEMU says of the CPU that it gave a guest. */
export interface CpuFacts {
  /** libvirt's names of the features that are on. */
  readonly enabled: ReadonlySet<string>;
  /** How many properties QEMU was asked for. */
  readonly properties: number;
}

/** Different CPUs are few; whoever makes up many pays with asking again. */
const KNOWN_MAX = 64;

/**
 * CPUs that an emulator described before: the same question has the same answer as long as the emulator is the same, and
 * asking takes some 400 commands.
 */
const described = new WeakMap<QemuCapabilities, Map<string, CpuFacts>>();

/** The facts of a guest's first CPU, asked of QEMU if need be. */
export async function cpuFacts(guest: Guest, live: LiveGuest): Promise<CpuFacts> {
  const { domain, capabilities } = live;
  let known = described.get(capabilities);
  if (!known || known.size >= KNOWN_MAX) {
    known = new Map();
    described.set(capabilities, known);
  }
  const { type, os, cpu, features, vcpu } = domain;
  const key = JSON.stringify([type, os.type.machine, cpu, features, vcpu]);
  const facts = known.get(key) ?? (await ask(live.requireMonitor(guest.name).session));
  known.set(key, facts);
  return facts;
}

async function ask(session: MonitorSession): Promise<CpuFacts> {
  const [first] = await session.execute(qmp.queryCpusFast, {});
  if (!first) return { enabled: new Set(), properties: 0 };
  const path = first["qom-path"];
  const names = (await session.execute(qmp.qomList, { path })).flatMap(({ name, type }) =>
    type === "bool" ? [name] : [],
  );
  // All at once: QEMU answers in order, and nothing waits in between.
  const values = await Promise.all(names.map((property) => session.execute(qmp.qomGet, { path, property })));
  const enabled = new Set<string>();
  for (const [index, name] of names.entries()) {
    const feature = values[index] === true ? featureOfQemu(name) : undefined;
    if (feature) enabled.add(feature.name);
  }
  return { enabled, properties: names.length };
}

/**
 * The CPU as it runs: what QEMU added to the model, and what it could not give, as libvirt lists it. A guest that is
 * migrated or saved gets exactly this one again.
 */
export function asItRuns(cpu: Cpu, facts: CpuFacts): Cpu {
  const name = cpu.model?.name;
  const model = x86Map().models.find((each) => each.name === name);
  if (cpu.mode === "host-passthrough" || cpu.mode === "maximum" || !model) return cpu;
  const stated = new Map(cpu.features.map((each) => [each.name, each]));
  const has = new Set([...model.features].flatMap((each) => featureOfQemu(each)?.name ?? each));
  const features: CpuFeature[] = [...cpu.features];
  for (const { name: feature } of x86Map().features) {
    if (stated.has(feature)) continue;
    if (facts.enabled.has(feature) && !has.has(feature)) features.push({ policy: "require", name: feature });
    else if (!facts.enabled.has(feature) && has.has(feature)) features.push({ policy: "disable", name: feature });
  }
  return { ...cpu, mode: "custom", match: "exact", check: "full", features };
}
