import {
  onOff as boolean,
  formatJson,
  group,
  integer,
  JsonError,
  type JsonValue,
  json,
  key,
  list,
  type OptionOf,
  oneOf,
  text,
} from "@tsvirt/codec/options";
import { isLegacyFlag, type LegacyFlag } from "../legacy/help.ts";
import { type CapabilityFlag, isCapabilityFlag } from "./flags.ts";

/** How a guest's instructions are run; libvirt's domain types `kvm`, `hvf` (macOS) and `qemu`. */
export type Accelerator = "kvm" | "hvf" | "tcg";

const machineFields = {
  /** Versioned name, e.g. `pc-q35-7.2`. */
  name: key(text),
  alias: key.optional(text),
  maxCpus: key(integer),
  hotplugCpus: key(boolean),
  isDefault: key(boolean),
  /** QOM type of the CPU if none is asked for, e.g. `qemu64-x86_64-cpu`. */
  defaultCpu: key.optional(text),
  /** `-numa node,mem=` is possible. */
  numaMemSupported: key(boolean),
  /** Id of the memory backend that is the machine's RAM, e.g. `pc.ram`. */
  defaultRamId: key.optional(text),
  deprecated: key(boolean),
} as const;
/** A machine type of the emulator. */
export type MachineType = OptionOf<typeof machineFields>;

const cpuFields = {
  name: key(text),
  typename: key.optional(text),
  usable: key(oneOf("yes", "no", "unknown")),
  /** Why it is not usable: features the host lacks. */
  blockers: key.optional(list(text)),
  deprecated: key(boolean),
} as const;
/** A CPU model of the emulator. */
export type CpuModel = OptionOf<typeof cpuFields>;

const hostPropertyFields = {
  name: key(text),
  /** boolean, number or string. */
  value: key(json),
  migratable: key.optional(boolean),
} as const;
const hostCpuFields = {
  /** Static model the properties refine, e.g. `base`. */
  model: key(text),
  migratability: key(boolean),
  properties: key(list(group(hostPropertyFields))),
} as const;
/** The host's CPU as the accelerator can give it to a guest (`query-cpu-model-expansion`). */
export type HostCpuModel = OptionOf<typeof hostCpuFields>;

const acceleratorFields = {
  hostCpu: key.optional(group(hostCpuFields)),
  /** Hyper-V enlightenments that KVM offers, by QEMU's property names. */
  hyperv: key.optional(list(text)),
  cpus: key(list(group(cpuFields))),
  machines: key(list(group(machineFields))),
} as const;
/** What depends on the accelerator. */
export type AcceleratorCapabilities = OptionOf<typeof acceleratorFields>;

const gicFields = { version: key(integer), emulated: key(boolean), kernel: key(boolean) } as const;
const sevFields = {
  pdh: key(text),
  certChain: key(text),
  cbitpos: key(integer),
  reducedPhysBits: key(integer),
} as const;
const sgxFields = {
  flc: key(boolean),
  sgx1: key(boolean),
  sgx2: key(boolean),
  sectionSize: key(integer),
  sections: key(list(group({ node: key(integer), size: key(integer) }))),
} as const;

const legacyFields = {
  /** Names of what its command line and its text monitor take. */
  flags: key(list(text)),
  /** Of the KVM fork. */
  isKvm: key(boolean),
  /** Of forks before 0.10, e.g. 72; 0 elsewhere. */
  kvmVersion: key(integer),
  /** Xenner: runs Xen's paravirtual guests with KVM, and no others. */
  xenner: key(boolean),
} as const;
/** An emulator from before QMP, read from its help. */
export type LegacyProfile = OptionOf<typeof legacyFields>;

const dataFields = {
  /** Of this form; another number is another program's cache. */
  format: key(integer),
  /** major × 1,000,000 + minor × 1,000 + micro. */
  version: key(integer),
  /** The distribution's version text. */
  package: key(text),
  /** libvirt's architecture name. */
  arch: key(text),
  flags: key(list(text)),
  kvm: key.optional(group(acceleratorFields)),
  tcg: key.optional(group(acceleratorFields)),
  gic: key(list(group(gicFields))),
  sev: key.optional(group(sevFields)),
  sgx: key.optional(group(sgxFields)),
  /** There if the emulator has no QMP to be asked or told by. */
  legacy: key.optional(group(legacyFields)),
} as const;
/** {@link QemuCapabilities} as plain data. */
export type QemuCapabilitiesData = OptionOf<typeof dataFields>;

/** The form of the cache; count up when what is probed or how it is written changes. */
export const CACHE_FORMAT = 1;

/** Everything that is known of one emulator binary. Immutable. */
export class QemuCapabilities {
  readonly data: QemuCapabilitiesData;
  readonly #flags: ReadonlySet<CapabilityFlag>;
  readonly #legacyFlags: ReadonlySet<LegacyFlag>;

  constructor(data: QemuCapabilitiesData) {
    this.data = data;
    this.#flags = new Set(data.flags.filter(isCapabilityFlag));
    this.#legacyFlags = new Set(data.legacy?.flags.filter(isLegacyFlag));
  }

  /** Reads the JSON that {@link format} wrote; `undefined` if it is of another {@link CACHE_FORMAT}. Throws for other text. */
  static parse(source: string): QemuCapabilities | undefined {
    // Our own text, which has no number beyond a double: the built-in parser is five times as fast.
    const value = parsePlain(source);
    if (typeof value !== "object" || value === null || !("format" in value) || value.format !== CACHE_FORMAT)
      return undefined;
    return new QemuCapabilities(group(dataFields).fromJson(value, "", "json"));
  }

  /** One line of JSON, for a cache. */
  format(): string {
    return formatJson(group(dataFields).toJson(this.data));
  }

  get version(): number {
    return Number(this.data.version);
  }

  get arch(): string {
    return this.data.arch;
  }

  /** True if the emulator has what `flag` stands for. */
  has(flag: CapabilityFlag): boolean {
    return this.#flags.has(flag);
  }

  /** What is known of an emulator from before QMP; `undefined` for all others. */
  get legacy(): LegacyProfile | undefined {
    return this.data.legacy;
  }

  /** True if this is an emulator from before QMP which has what `flag` stands for. */
  hasLegacy(flag: LegacyFlag): boolean {
    return this.#legacyFlags.has(flag);
  }

  /** The same with more or fewer flags: for tests and for `<qemu:capabilities>`. */
  with(add: readonly CapabilityFlag[], remove: readonly string[] = []): QemuCapabilities {
    const flags = [...new Set([...this.data.flags, ...add])].filter((flag) => !remove.includes(flag));
    return new QemuCapabilities({ ...this.data, flags });
  }

  /** {@link with} for names from a document. Names of flags that nothing depends on any more are passed over. */
  withNames(add: readonly string[], remove: readonly string[]): QemuCapabilities {
    return this.with(add.filter(isCapabilityFlag), remove);
  }

  /** What depends on the accelerator; `undefined` when it cannot be used. */
  accelerator(accelerator: Accelerator): AcceleratorCapabilities | undefined {
    if (accelerator !== "hvf") return this.data[accelerator];
    // It is not asked for what it makes of a machine or CPU: the others stand in.
    return this.has("hvf") ? (this.data.kvm ?? this.data.tcg) : undefined;
  }

  /** Machine types, first the default one. Falls back to the other accelerator's when there is no such one. */
  machines(accelerator: Accelerator): readonly MachineType[] {
    return this.accelerator(accelerator)?.machines ?? this.data.kvm?.machines ?? this.data.tcg?.machines ?? [];
  }

  /** A machine type by its versioned name or by its alias. */
  findMachine(accelerator: Accelerator, name: string): MachineType | undefined {
    const machines = this.machines(accelerator);
    return machines.find((machine) => machine.name === name) ?? machines.find((machine) => machine.alias === name);
  }

  /** `pc` to `pc-i440fx-7.2`; a name that is unknown comes back as it is. */
  canonicalMachine(accelerator: Accelerator, name: string): string {
    return this.findMachine(accelerator, name)?.name ?? name;
  }

  /** The machine type QEMU takes when none is named. */
  defaultMachine(accelerator: Accelerator): MachineType | undefined {
    const machines = this.machines(accelerator);
    return machines.find((machine) => machine.isDefault);
  }
}

/** `JSON.parse` that fails as our own parser does. */
function parsePlain(source: string): JsonValue {
  try {
    return JSON.parse(source) as JsonValue;
  } catch (error) {
    throw new JsonError(error instanceof Error ? error.message : "no JSON", 0);
  }
}
