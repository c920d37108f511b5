import { InternalError } from "@tsvirt/base";
import type { CpuModel, HostCpuModel } from "../capabilities/capabilities.ts";
import { x86FeatureLines, x86ModelLines, x86Vendors } from "./x86-data.ts";

/** A feature of x86 CPUs. */
export interface X86Feature {
  /** libvirt's name. */
  readonly name: string;
  /** Where it is: two names for one place are one feature to a decoder. */
  readonly place: string;
  readonly migratable: boolean;
  /** Names QEMU has for it besides `name`. */
  readonly aliases: readonly string[];
}

interface Signature {
  readonly family: number;
  readonly model: number;
  /** Inclusive; absent = any. */
  readonly steppings?: readonly [number, number];
}

/** A CPU model that documents may name. */
export interface X86Model {
  readonly name: string;
  readonly vendor?: string;
  readonly signatures: readonly Signature[];
  /** May describe a host; may describe a guest. */
  readonly forHost: boolean;
  readonly forGuest: boolean;
  readonly features: ReadonlySet<string>;
  /** Were the model's once: a description says whether they are there. */
  readonly removed: readonly string[];
}

interface X86Map {
  readonly features: readonly X86Feature[];
  readonly byName: ReadonlyMap<string, X86Feature>;
  readonly models: readonly X86Model[];
}

let map: X86Map | undefined;

/** The tables, read at first use. */
export function x86Map(): X86Map {
  map ??= readMap();
  return map;
}

function readMap(): X86Map {
  const features = lines(x86FeatureLines).map(readFeature);
  const byName = new Map<string, X86Feature>();
  // A name of its own wins over an alias of another feature.
  for (const feature of features) for (const alias of feature.aliases) byName.set(alias, feature);
  for (const feature of features) byName.set(feature.name, feature);
  const models = new Map<string, X86Model>();
  for (const line of lines(x86ModelLines)) {
    const model = readModel(line, models);
    models.set(model.name, model);
  }
  return { features, byName, models: [...models.values()] };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function readFeature(line: string): X86Feature {
  const [head = "", aliases] = line.split(" = ");
  const [name = "", place = "", mark] = head.split(" ");
  return { name, place, migratable: mark !== "!", aliases: aliases?.split(",") ?? [] };
}

function readModel(line: string, known: ReadonlyMap<string, X86Model>): X86Model {
  const [head = "", body = ""] = line.split(" : ");
  const [name = "", ...words] = head.split(" ");
  const features = new Set<string>();
  const removed: string[] = [];
  for (const word of body.split(" ")) {
    if (word.startsWith("+")) features.add(word.slice(1));
    else if (word.startsWith("-")) features.delete(word.slice(1));
    else if (word.startsWith("~")) removed.push(word.slice(1));
    else {
      const base = known.get(word);
      if (!base) throw new InternalError(`CPU model ${name} is based on ${word}, which does not come before it`);
      for (const feature of base.features) features.add(feature);
    }
  }
  const vendor = words.find((word) => x86Vendors.some(([vendorName]) => vendorName === word));
  const signatures = words
    .filter((word) => /^\d/.test(word))
    .map((word): Signature => {
      const [family = "", model = "", steppings] = word.split("/");
      const range = steppings?.split("-").map(Number);
      return {
        family: Number(family),
        model: Number(model),
        ...(range && { steppings: [range[0] ?? 0, range[1] ?? range[0] ?? 0] }),
      };
    });
  return {
    name,
    ...(vendor !== undefined && { vendor }),
    signatures,
    forHost: words.includes("host"),
    forGuest: words.includes("guest"),
    features,
    removed,
  };
}

/** libvirt's name of a feature QEMU names; `undefined` for properties that are no features. */
export function featureOfQemu(name: string): X86Feature | undefined {
  return x86Map().byName.get(name);
}

/** QEMU's spelling of features whose libvirt name is an old one. */
const qemuNames: ReadonlyMap<string, string> = new Map([
  ["cmp_legacy", "cmp-legacy"],
  ["ds_cpl", "ds-cpl"],
  ["fxsr_opt", "fxsr-opt"],
  ["kvm_pv_eoi", "kvm-pv-eoi"],
  ["kvm_pv_unhalt", "kvm-pv-unhalt"],
  ["lahf_lm", "lahf-lm"],
  ["nodeid_msr", "nodeid-msr"],
  ["pclmuldq", "pclmulqdq"],
  ["perfctr_core", "perfctr-core"],
  ["perfctr_nb", "perfctr-nb"],
  ["tsc_adjust", "tsc-adjust"],
]);

/** The name to write on QEMU's command line. */
export function qemuNameOfFeature(name: string): string {
  return qemuNames.get(name) ?? name;
}

/** A CPU as CPUID shows it. */
export interface X86Cpu {
  /** Name as libvirt's `<vendor>`. */
  readonly vendor?: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** Names of {@link X86Feature}. */
  readonly features: ReadonlySet<string>;
}

/** A CPU described as a model and what differs from it. Features are in the map's order. */
export interface X86Description {
  readonly model: string;
  readonly vendor?: string;
  readonly require: readonly string[];
  readonly disable: readonly string[];
}

/** The CPU that an accelerator gives a guest of `host` (or `max`). `migratable` leaves out what ties a guest to its host. */
export function cpuOfHostModel(host: HostCpuModel, migratable: boolean): X86Cpu {
  const features = new Set<string>();
  const numbers = new Map<string, number>();
  let vendor: string | undefined;
  for (const property of host.properties) {
    if (typeof property.value === "number") numbers.set(property.name, property.value);
    else if (property.name === "vendor") vendor = x86Vendors.find(([, id]) => id === property.value)?.[0];
    if (property.value !== true || (migratable && property.migratable === false)) continue;
    const feature = featureOfQemu(property.name);
    if (feature) features.add(feature.name);
  }
  return {
    ...(vendor !== undefined && { vendor }),
    family: numbers.get("family") ?? 0,
    model: numbers.get("model") ?? 0,
    stepping: numbers.get("stepping") ?? 0,
    features,
  };
}

/** What the emulator says of a model it offers. */
export type OfferedModel = Pick<CpuModel, "name" | "usable" | "blockers">;

/** What limits the choice of a model. */
export interface DescribeOptions {
  /** The emulator's models. */
  readonly offered?: readonly OfferedModel[];
  /** The model to take if it may be taken. */
  readonly preferred?: string;
}

/**
 * Finds the model that describes a CPU best: first one of its family and model number, then the one with the fewest
 * differences (libvirt's `x86Decode`). `offered` limits the choice to the emulator's models; features that keep one of
 * them from being usable are disabled. A host's description may not need disabled features.
 */
export function describeCpu(
  cpu: X86Cpu,
  kind: "host" | "guest",
  options: DescribeOptions = {},
): X86Description | undefined {
  const { offered, preferred } = options;
  const { models } = x86Map();
  let best: Candidate | undefined;
  for (const model of [...models].reverse()) {
    if (!(kind === "host" ? model.forHost : model.forGuest)) continue;
    if (model.vendor !== undefined && cpu.vendor !== undefined && model.vendor !== cpu.vendor) continue;
    const offer = offered?.find(({ name }) => name === model.name);
    if (offered && !offer) continue;
    const candidate = compare(cpu, model, kind, offer);
    if (kind === "host" && candidate.disable.length > 0) continue;
    if (model.name === preferred) {
      best = candidate;
      break;
    }
    if (!best || isBetter(candidate, best)) best = candidate;
  }
  if (!best) return undefined;
  const { model, require, disable } = best;
  return { model: model.name, ...(cpu.vendor !== undefined && { vendor: cpu.vendor }), require, disable };
}

interface Candidate {
  readonly model: X86Model;
  readonly require: readonly string[];
  readonly disable: readonly string[];
  readonly signature: boolean;
}

function compare(cpu: X86Cpu, model: X86Model, kind: "host" | "guest", offer: OfferedModel | undefined): Candidate {
  const names = x86Map().features.map(({ name }) => name);
  const extra = names.filter((name) => cpu.features.has(name) && !model.features.has(name));
  // The emulator's version of the model has features that it cannot give, unless they are extra ones.
  const blocked = new Set((offer?.blockers ?? []).flatMap((name) => featureOfQemu(name)?.name ?? []));
  const disable = names.filter(
    (name) => (model.features.has(name) && !cpu.features.has(name)) || (blocked.has(name) && !extra.includes(name)),
  );
  const gone = model.removed.filter((name) => !cpu.features.has(name) && !disable.includes(name));
  return {
    model,
    require: extra,
    disable: kind === "guest" ? [...disable, ...gone] : disable,
    signature: model.signatures.some(
      ({ family, model: number, steppings }) =>
        family === cpu.family &&
        number === cpu.model &&
        (!steppings || (cpu.stepping >= steppings[0] && cpu.stepping <= steppings[1])),
    ),
  };
}

function isBetter(candidate: Candidate, current: Candidate): boolean {
  if (candidate.signature !== current.signature) return candidate.signature;
  const [next, now] = [cost(candidate), cost(current)];
  return next.total < now.total || (next.total === now.total && next.penalty < now.penalty);
}

/**
 * A disabled feature costs two, and each further one more: software expects a model's features, and nobody misses an extra one. Of the
 * disabled ones libvirt weighs the first half so and counts the others once; the choice must be the same, or a guest with
 * `host-model` would change its CPU with the daemon.
 */
function cost({ require, disable }: Candidate): { readonly total: number; readonly penalty: number } {
  const weighed = Math.ceil(disable.length / 2);
  const penalty = (weighed * (weighed + 3)) / 2;
  return { total: require.length + disable.length - weighed + penalty, penalty };
}
