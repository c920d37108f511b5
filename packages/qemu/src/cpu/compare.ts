import { ErrorCode, virtError } from "@tsvirt/base";
import type { Cpu, CpuFeature } from "@tsvirt/model/domain";
import type { AcceleratorCapabilities } from "../capabilities/capabilities.ts";
import { cpuOfHostModel, describeCpu, type OfferedModel, type X86Model, x86Map } from "./x86.ts";
import { x86Vendors } from "./x86-data.ts";

/** A CPU as far as comparing asks: model, vendor, and features with what is asked of them. */
export type ComparedCpu = Pick<Cpu, "arch" | "match" | "model" | "vendor" | "features">;

/** How a host's CPU stands to a wanted one (libvirt's `virCPUCompareResult`), and why it does not do. */
export type CpuComparison =
  | { readonly result: "identical" | "superset" }
  | { readonly result: "incompatible"; readonly reason: string };

type Policy = NonNullable<CpuFeature["policy"]>;

/** What a CPU document asks for, by places of CPUID: two names of one place are one feature. */
class Wanted {
  readonly #model: ReadonlySet<string>;
  readonly #own = new Map<string, Policy>();

  constructor(cpu: ComparedCpu) {
    this.#model = new Set([...(modelOf(cpu)?.features ?? [])].map(placeOf));
    for (const { name, policy = "require" } of cpu.features) this.#own.set(placeOf(name), policy);
  }

  /** Places that the document itself gives one of these policies. */
  with(...policies: readonly Policy[]): Set<string> {
    return new Set([...this.#own].filter(([, policy]) => policies.includes(policy)).map(([place]) => place));
  }

  /** What a host must have. Forbidding a feature of the model does not take it away from it. */
  get required(): Set<string> {
    const asked = new Set([...this.#model, ...this.with("require")]);
    return difference(asked, this.with("force", "optional", "disable"));
  }

  /** What a CPU made by the document has. */
  get features(): Set<string> {
    return difference(new Set([...this.#model, ...this.with("require", "force")]), this.with("disable", "forbid"));
  }
}

/** What a CPU has. Optional features do not count, not even if nobody knows them. */
function featuresOf(cpu: ComparedCpu): Set<string> {
  return new Wanted({ ...cpu, features: cpu.features.filter(({ policy }) => policy !== "optional") }).features;
}

function modelOf(cpu: ComparedCpu): X86Model | undefined {
  const name = cpu.model?.name;
  if (name === undefined) return undefined;
  const model = x86Map().models.find((each) => each.name === name);
  if (!model) throw virtError(ErrorCode.internalError, `Unknown CPU model ${name}`);
  return model;
}

function placeOf(name: string): string {
  const feature = x86Map().byName.get(name);
  // Documents know one name of each; the others are QEMU's.
  if (feature?.name !== name) throw virtError(ErrorCode.internalError, `Unknown CPU feature ${name}`);
  return feature.place;
}

/** One name for each place, in the map's order. */
function namesOf(places: ReadonlySet<string>): string[] {
  const left = new Set(places);
  return x86Map()
    .features.filter(({ place }) => left.delete(place))
    .map(({ name }) => name);
}

/**
 * Compares x86 CPUs as libvirt does (`virCPUCompare`). Throws a `VirtError` for a model or a feature that libvirt's CPU map
 * does not have.
 */
export function compareX86Cpu(host: ComparedCpu, cpu: ComparedCpu): CpuComparison {
  if (cpu.arch !== undefined && cpu.arch !== "x86_64" && cpu.arch !== "i686") {
    return { result: "incompatible", reason: `CPU arch ${cpu.arch} does not match host arch` };
  }
  if (cpu.vendor !== undefined && cpu.vendor !== host.vendor) {
    return { result: "incompatible", reason: `host CPU vendor does not match required CPU vendor ${cpu.vendor}` };
  }
  const has = featuresOf(host);
  const wanted = new Wanted(cpu);
  const forbidden = intersection(wanted.with("forbid"), has);
  if (forbidden.size > 0) return lists("Host CPU provides forbidden features", forbidden);
  const { required } = wanted;
  const missing = difference(required, has);
  if (missing.size > 0) return lists("Host CPU does not provide required features", missing);
  const extra = difference(difference(has, required), wanted.with("optional", "disable", "force"));
  if (extra.size === 0) return { result: "identical" };
  // Only guests' CPUs have a match.
  return cpu.match === "strict"
    ? lists("Host CPU does not strictly match guest CPU: Extra features", extra)
    : { result: "superset" };
}

function lists(what: string, places: ReadonlySet<string>): CpuComparison {
  return { result: "incompatible", reason: `${what}: ${namesOf(places).join(", ")}` };
}

/** How a common CPU is looked for. */
export interface BaselineOptions {
  /** Models to choose from; all of the map's unless given. */
  readonly offered?: readonly OfferedModel[];
  /** What there is besides: features beyond these are left out. */
  readonly features?: readonly string[];
  /** Leave out what ties a guest to its host. */
  readonly migratable?: boolean;
  /** Write the features that the model implies too. */
  readonly expand?: boolean;
}

/**
 * The richest CPU that all of these can give a guest (libvirt's `virCPUBaseline`). Throws a `VirtError` when there is none, for
 * vendors that differ, and for names that libvirt's CPU map does not have.
 */
export function baselineX86Cpu(cpus: readonly ComparedCpu[], options: BaselineOptions = {}): Cpu {
  const [first] = cpus;
  if (!first) throw virtError(ErrorCode.invalidArg, "no CPUs given");
  for (const [index, { model }] of cpus.entries()) {
    if (model?.name === undefined) throw virtError(ErrorCode.invalidArg, `no CPU model specified at index ${index}`);
  }
  let common = featuresOf(first);
  let vendor = knownVendor(first.vendor);
  for (const cpu of cpus.slice(1)) {
    const own = featuresOf(cpu);
    vendor = agree(vendor, cpu);
    common = intersection(common, own);
  }
  if (options.features) common = intersection(common, placesOf(options.features));
  if (common.size === 0) throw virtError(ErrorCode.operationFailed, "CPUs are incompatible");
  const name = first.model?.name;
  const preferred = cpus.every(({ model }) => model?.name === name) ? name : undefined;
  const features = new Set(namesOf(common));
  const found = describeCpu(
    { ...(vendor !== undefined && { vendor }), family: 0, model: 0, stepping: 0, features },
    "guest",
    { ...(options.offered && { offered: options.offered }), ...(preferred !== undefined && { preferred }) },
  );
  if (!found) throw virtError(ErrorCode.internalError, "Cannot find suitable CPU model for given data");
  const stays = (feature: string): boolean =>
    options.migratable !== true || x86Map().byName.get(feature)?.migratable !== false;
  const cpu: Cpu = {
    mode: "custom",
    match: "exact",
    model: { name: found.model, fallback: found.model === preferred ? "forbid" : "allow" },
    // Documents without a vendor do not get one.
    ...(vendor !== undefined && cpus.every((each) => each.vendor !== undefined) && { vendor }),
    features: [
      ...found.require.filter(stays).map((feature) => ({ policy: "require" as const, name: feature })),
      ...found.disable.filter(stays).map((feature) => ({ policy: "disable" as const, name: feature })),
    ],
    pages: [],
  };
  return options.expand === true ? expandX86Cpu(cpu) : cpu;
}

/** The CPU with the features that its model implies (libvirt's `virCPUExpandFeatures`). */
export function expandX86Cpu(cpu: Cpu): Cpu {
  const model = modelOf(cpu);
  if (!model) return cpu;
  const features = new Map<string, Policy>();
  for (const { name } of x86Map().features) if (model.features.has(name)) features.set(name, "require");
  for (const { name, policy = "require" } of cpu.features) {
    if (policy === "require" || policy === "disable") features.set(name, policy);
  }
  for (const name of model.removed) if (!features.has(name)) features.set(name, "disable");
  const byName = [...features].sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...cpu, features: byName.map(([name, policy]) => ({ policy, name })) };
}

function knownVendor(vendor: string | undefined): string | undefined {
  if (vendor !== undefined && !x86Vendors.some(([name]) => name === vendor)) {
    throw virtError(ErrorCode.operationFailed, `Unknown CPU vendor ${vendor}`);
  }
  return vendor;
}

/** The vendor so far and that of another document, or else of its model, when they are the same. */
function agree(vendor: string | undefined, cpu: ComparedCpu): string | undefined {
  const ofModel = modelOf(cpu)?.vendor;
  if (cpu.vendor !== undefined && ofModel !== undefined && ofModel !== cpu.vendor) {
    const text = `CPU vendor ${ofModel} of model ${cpu.model?.name} differs from vendor ${cpu.vendor}`;
    throw virtError(ErrorCode.operationFailed, text);
  }
  const own = cpu.vendor ?? ofModel;
  if (own === undefined || own === vendor) return vendor;
  if (vendor === undefined) return knownVendor(own);
  throw virtError(ErrorCode.operationFailed, "CPU vendors do not match");
}

/**
 * Features that the emulator has a property for, whether the host has them or not, as libvirt counts them; empty if it did
 * not say.
 */
export function featuresOfAccelerator({ hostCpu }: AcceleratorCapabilities, migratable: boolean): string[] {
  return (hostCpu?.properties ?? [])
    .filter((property) => !migratable || property.value !== true || property.migratable !== false)
    .flatMap(({ name }) => x86Map().byName.get(name)?.name ?? []);
}

/** The CPU that `host-model` stands for with an accelerator, in a document's form; `undefined` if it is not known. */
export function hostModelCpu({ hostCpu, cpus }: AcceleratorCapabilities): Cpu | undefined {
  const found = hostCpu && describeCpu(cpuOfHostModel(hostCpu, false), "guest", { offered: cpus });
  if (!found) return undefined;
  return {
    mode: "custom",
    match: "exact",
    model: { name: found.model, fallback: "forbid" },
    ...(found.vendor !== undefined && { vendor: found.vendor }),
    features: [
      ...found.require.map((name) => ({ policy: "require" as const, name })),
      ...found.disable.map((name) => ({ policy: "disable" as const, name })),
    ],
    pages: [],
  };
}

function placesOf(names: readonly string[]): Set<string> {
  const { byName } = x86Map();
  return new Set(names.flatMap((name) => byName.get(name)?.place ?? []));
}

function intersection<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Set<T> {
  return new Set([...a].filter((item) => b.has(item)));
}

function difference<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Set<T> {
  return new Set([...a].filter((item) => !b.has(item)));
}
