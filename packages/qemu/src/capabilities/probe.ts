import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, type Scalar } from "@tsvirt/codec/options";
import {
  deviceListProperties,
  qomListProperties,
  qomListTypes,
  queryCommandLineOptions,
  queryCommands,
  queryCpuDefinitions,
  queryCpuModelExpansion,
  queryGicCapabilities,
  queryKvm,
  queryMachines,
  queryMigrateCapabilities,
  queryQmpSchema,
  querySevCapabilities,
  querySgxCapabilities,
  queryTarget,
  queryTpmModels,
  queryTpmTypes,
  queryVersion,
} from "../qmp/commands.ts";
import type { QmpCommand } from "../qmp/declare.ts";
import { QmpError } from "../qmp/errors.ts";
import {
  type AcceleratorCapabilities,
  CACHE_FORMAT,
  type CpuModel,
  type HostCpuModel,
  type MachineType,
  QemuCapabilities,
  type QemuCapabilitiesData,
} from "./capabilities.ts";
import { type CapabilityFlag, capabilityFlags } from "./flags.ts";
import {
  commandFlags,
  deviceRules,
  machineRules,
  migrationFlags,
  objectRules,
  optionFlags,
  schemaFlags,
  tpmModelFlags,
  tpmTypeFlags,
  typeFlags,
} from "./rules.ts";
import { SchemaQuery } from "./schema-query.ts";

/** Asks an emulator that is past `qmp_capabilities`. A `QmpSession` is one; so is a recorded conversation. */
export interface Conversation {
  /** Throws `QmpError` if the command is refused. */
  executeJson(name: string, args?: JsonObject, options?: { readonly signal?: AbortSignal }): Promise<JsonValue>;
}

/** The arguments of an emulator that only answers questions; `accel` as in `-machine none,accel=`. */
export function probeArguments(accel: "kvm:tcg" | "tcg"): readonly string[] {
  return ["-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", `none,accel=${accel}`];
}

/** How the probe goes on. */
export interface ProbeOptions {
  readonly signal?: AbortSignal;
  /**
   * Opens a second conversation, with an emulator that has only TCG ({@link probeArguments}). Called at most once and only
   * if the first one has KVM. Without it nothing is known of TCG then.
   */
  readonly openTcg?: () => Promise<Conversation>;
}

/**
 * Finds out what an emulator can do, by QMP alone. The questions and their order are those of libvirt 9.0, so that its
 * recorded conversations can be replayed. Throws what the conversation throws, refusals of optional questions aside.
 */
export async function probeCapabilities(qemu: Conversation, options: ProbeOptions = {}): Promise<QemuCapabilities> {
  const probe = new Probe(qemu, options.signal);
  const data = await probe.everything();
  if (!data.kvm || !options.openTcg) return new QemuCapabilities(data);
  const second = new Probe(await options.openTcg(), options.signal, data.arch, data.flags);
  return new QemuCapabilities({ ...data, tcg: await second.tcgOnly() });
}

/** libvirt's name for QEMU's target. */
function archOfTarget(target: string): string {
  return target === "i386" ? "i686" : target === "arm" ? "armv7l" : target;
}

class Probe {
  readonly #qemu: Conversation;
  readonly #signal: AbortSignal | undefined;
  readonly #flags: Set<string>;
  #arch: string;

  constructor(qemu: Conversation, signal: AbortSignal | undefined, arch = "", flags: readonly string[] = []) {
    this.#qemu = qemu;
    this.#signal = signal;
    this.#arch = arch;
    this.#flags = new Set(flags);
  }

  async everything(): Promise<QemuCapabilitiesData> {
    const { qemu, package: packageText } = await this.#ask(queryVersion, {});
    const version = Number(qemu.major) * 1_000_000 + Number(qemu.minor) * 1_000 + Number(qemu.micro);
    this.#arch = archOfTarget((await this.#ask(queryTarget, {})).arch);
    this.#setByArch();
    this.#setByVersion(version);
    const schema = new SchemaQuery(await this.#ask(queryQmpSchema, {}));
    this.#setAll(schemaFlags, (path) => schema.has(path));
    const commands = new Set((await this.#ask(queryCommands, {})).map(({ name }) => name));
    this.#setAll(commandFlags, (name) => commands.has(name));
    const kvm = (await this.#try(queryKvm, {}))?.enabled ?? false;
    if (kvm) this.#flags.add("kvm");
    const types = new Set((await this.#ask(qomListTypes, {})).map(({ name }) => name));
    this.#setAll(typeFlags, (name) => types.has(name));
    // Before there was a type to look for, TCG was always there.
    if (version < 5_001_000 || !kvm) this.#flags.add("tcg");
    await this.#properties();
    const machines = await this.#machines();
    await this.#machineProperties(machines);
    const cpus = await this.#cpus();
    await this.#tpm();
    await this.#options();
    const migration = new Set((await this.#try(queryMigrateCapabilities, {}))?.map(({ capability }) => capability));
    this.#setAll(migrationFlags, (name) => migration.has(name));
    const gic = this.#isArm() ? await this.#gic() : [];
    const sev = this.#flags.has("sev-guest") ? await this.#sev() : undefined;
    const sgx = this.#flags.has("sgx-epc") ? await this.#sgx() : undefined;
    const model = kvm ? "host" : "max";
    const hostCpu = await this.#hostCpu(model);
    const hyperv = await this.#hyperv(model);
    this.#settle(version);
    const accelerator: AcceleratorCapabilities = {
      ...(hostCpu && { hostCpu }),
      ...(hyperv && { hyperv }),
      cpus,
      machines,
    };
    return {
      format: CACHE_FORMAT,
      version,
      package: packageText,
      arch: this.#arch,
      flags: capabilityFlags.filter((flag) => this.#flags.has(flag)),
      ...(kvm ? { kvm: accelerator } : { tcg: accelerator }),
      gic,
      ...(sev && { sev }),
      ...(sgx && { sgx }),
    };
  }

  async tcgOnly(): Promise<AcceleratorCapabilities> {
    const cpus = await this.#cpus();
    const hostCpu = await this.#hostCpu("max");
    const machines = await this.#machines();
    return { ...(hostCpu && { hostCpu }), cpus, machines };
  }

  async #ask<A, R>(command: QmpCommand<A, R>, args: A): Promise<R> {
    const encoded = command.args.toJson(args);
    const given = isJsonObject(encoded) && Object.keys(encoded).length > 0 ? encoded : undefined;
    const options = this.#signal ? { signal: this.#signal } : {};
    return read(command.returns, await this.#qemu.executeJson(command.name, given, options), command.name);
  }

  /** `undefined` where QEMU refuses: the question is about something this QEMU, or this host, has not. */
  async #try<A, R>(command: QmpCommand<A, R>, args: A): Promise<R | undefined> {
    try {
      return await this.#ask(command, args);
    } catch (error) {
      if (error instanceof QmpError) return undefined;
      throw error;
    }
  }

  #setAll(finds: readonly (readonly [string, CapabilityFlag])[], found: (what: string) => boolean): void {
    for (const [what, flag] of finds) if (found(what)) this.#flags.add(flag);
  }

  #isX86(): boolean {
    return this.#arch === "x86_64" || this.#arch === "i686";
  }

  #isArm(): boolean {
    return this.#arch === "aarch64" || this.#arch === "armv7l";
  }

  #setByArch(): void {
    const add = (...flags: CapabilityFlag[]): void => flags.forEach((flag) => void this.#flags.add(flag));
    if (this.#isX86()) add("no-acpi", "cpu-cache", "canonical-cpu-features", "no-hpet");
    if (this.#arch === "aarch64") add("aarch64-off", "no-acpi", "gic-version");
    if (this.#arch === "sparc") add("ncr53c90");
  }

  #setByVersion(version: number): void {
    if (version < 5_002_000) this.#flags.add("enable-fips");
    if (version >= 6_000_000) this.#flags.add("compat-deprecated");
  }

  async #properties(): Promise<void> {
    for (const rule of deviceRules) {
      if (rule.needs && !this.#flags.has(rule.needs)) continue;
      const properties = await this.#try(deviceListProperties, { typename: rule.type });
      const names = new Set(properties?.map(({ name }) => name));
      this.#setAll(rule.properties, (name) => names.has(name));
      const scsi = properties?.find(({ name }) => name === "scsi");
      if (rule.type === "virtio-blk-pci" && scsi?.["default-value"] === false) {
        this.#flags.add("virtio-blk-pci.scsi.default.disabled");
      }
    }
    for (const rule of objectRules) {
      if (rule.needs && !this.#flags.has(rule.needs)) continue;
      const names = new Set((await this.#try(qomListProperties, { typename: rule.type }))?.map(({ name }) => name));
      this.#setAll(rule.properties, (name) => names.has(name));
    }
  }

  async #machines(): Promise<MachineType[]> {
    const machines = (await this.#ask(queryMachines, {})).map(
      (machine): MachineType => ({
        name: machine.name,
        ...(machine.alias !== undefined && { alias: machine.alias }),
        maxCpus: machine["cpu-max"],
        hotplugCpus: machine["hotpluggable-cpus"],
        isDefault: machine["is-default"] ?? false,
        ...(machine["default-cpu-type"] !== undefined && { defaultCpu: machine["default-cpu-type"] }),
        numaMemSupported: machine["numa-mem-supported"] ?? false,
        ...(machine["default-ram-id"] !== undefined && { defaultRamId: machine["default-ram-id"] }),
        deprecated: machine.deprecated ?? false,
      }),
    );
    // `none` is no machine a guest could have. The default goes first, as libvirt lists it.
    const usable = machines.filter(({ name }) => name !== "none");
    const preferred = this.#isArm() ? "integratorcp" : undefined;
    const first = usable.findIndex(({ isDefault, name }) => isDefault || name === preferred);
    return first > 0
      ? [...usable.slice(first, first + 1), ...usable.slice(0, first), ...usable.slice(first + 1)]
      : usable;
  }

  async #machineProperties(machines: readonly MachineType[]): Promise<void> {
    for (const rule of machineRules) {
      const name = machines.find((machine) => machine.alias === rule.type)?.name ?? rule.type;
      const known = rule.type === "none" || machines.some((machine) => machine.name === name);
      if (!known) continue;
      const names = new Set(
        (await this.#try(qomListProperties, { typename: `${name}-machine` }))?.map((each) => each.name),
      );
      this.#setAll(rule.properties, (property) => names.has(property));
    }
  }

  async #cpus(): Promise<CpuModel[]> {
    if (!this.#flags.has("query-cpu-definitions")) return [];
    const cpus = await this.#ask(queryCpuDefinitions, {});
    if (cpus.some(({ name }) => name === "max")) this.#flags.add("cpu-max");
    return cpus.map((cpu): CpuModel => {
      const blockers = cpu["unavailable-features"];
      const blocked = blockers !== undefined && blockers.length > 0 && !blockers.includes(cpu.name);
      return {
        // libvirt writes POWER9 where QEMU writes power9.
        name: this.#arch.startsWith("ppc") ? cpu.name.replace(/^power(?=\d+$)/, "POWER") : cpu.name,
        ...(cpu.typename !== undefined && { typename: cpu.typename }),
        usable: blockers === undefined ? "unknown" : blockers.length === 0 ? "yes" : "no",
        ...(blocked && { blockers }),
        deprecated: cpu.deprecated ?? false,
      };
    });
  }

  async #tpm(): Promise<void> {
    const models = (await this.#try(queryTpmModels, {})) ?? [];
    this.#setAll(tpmModelFlags, (name) => models.includes(name));
    const types = (await this.#try(queryTpmTypes, {})) ?? [];
    if (models.length > 0) this.#setAll(tpmTypeFlags, (name) => types.includes(name));
  }

  async #options(): Promise<void> {
    const options = new Map(
      (await this.#ask(queryCommandLineOptions, {})).map((each) => [each.option, each.parameters]),
    );
    for (const [option, parameter, flag] of optionFlags) {
      const parameters = options.get(option);
      if (parameters && (parameter === undefined || parameters.some(({ name }) => name === parameter)))
        this.#flags.add(flag);
    }
  }

  async #gic(): Promise<QemuCapabilitiesData["gic"]> {
    return (await this.#try(queryGicCapabilities, {})) ?? [];
  }

  async #sev(): Promise<QemuCapabilitiesData["sev"]> {
    const sev = await this.#try(querySevCapabilities, {});
    if (!sev) {
      // QEMU knows SEV and this host does not have it.
      this.#flags.delete("sev-guest");
      return undefined;
    }
    const { pdh, cbitpos } = sev;
    return { pdh, certChain: sev["cert-chain"], cbitpos, reducedPhysBits: sev["reduced-phys-bits"] };
  }

  async #sgx(): Promise<QemuCapabilitiesData["sgx"]> {
    const sgx = await this.#try(querySgxCapabilities, {});
    if (!sgx) {
      this.#flags.delete("sgx-epc");
      return undefined;
    }
    return {
      flc: sgx.flc,
      sgx1: sgx.sgx1,
      sgx2: sgx.sgx2,
      sectionSize: sgx["section-size"] ?? 0,
      sections: sgx.sections?.map(({ node, size }) => ({ node, size })) ?? [],
    };
  }

  /** The host's CPU, and which of its properties a guest may have and still be migrated. */
  async #hostCpu(model: "host" | "max"): Promise<HostCpuModel | undefined> {
    if (!this.#flags.has("query-cpu-model-expansion")) return undefined;
    if (model === "max" && !this.#flags.has("cpu-max")) return undefined;
    // Static expansion exists for x86 and s390x; others only tell the properties.
    const type = this.#isX86() || this.#arch === "s390x" ? "static" : "full";
    const expanded = await this.#try(queryCpuModelExpansion, { type, model: { name: model } });
    if (!expanded) return undefined;
    const properties = propertiesOf(expanded.model.props);
    const name = expanded.model.name;
    if (!this.#isX86()) {
      return {
        model: name,
        migratability: false,
        properties: properties.map(([key, value]) => ({ name: key, value })),
      };
    }
    const all = await this.#try(queryCpuModelExpansion, { type, model: { name: model, props: { migratable: false } } });
    if (!all)
      return {
        model: name,
        migratability: false,
        properties: properties.map(([key, value]) => ({ name: key, value })),
      };
    const migratable = new Map(properties);
    return {
      model: name,
      migratability: true,
      properties: propertiesOf(all.model.props).map(([key, value]) => ({
        name: key,
        value,
        // A feature that is off without migratability is off anyway.
        ...(value === true && { migratable: migratable.get(key) === true }),
      })),
    };
  }

  /** With TCG too, which answers what needs no help of the accelerator. */
  async #hyperv(name: "host" | "max"): Promise<readonly string[] | undefined> {
    if (!this.#flags.has("query-cpu-model-expansion")) return undefined;
    const model = { name, props: { migratable: false, "hv-passthrough": true } };
    const expanded = await this.#try(queryCpuModelExpansion, { type: "full", model });
    if (!expanded) return undefined;
    return propertiesOf(expanded.model.props)
      .filter(([key, value]) => key.startsWith("hv-") && value !== false && value !== 0)
      .map(([key]) => key);
  }

  /** Flags that follow from others. */
  #settle(version: number): void {
    const flags = this.#flags;
    if (flags.has("machine-hpet")) flags.delete("no-hpet");
    if (this.#arch !== "s390x") for (const flag of ["aes-key-wrap", "dea-key-wrap", "loadparm"]) flags.delete(flag);
    if (flags.has("blockdev-reopen") && version >= 6_001_000) flags.add("incremental-backup");
  }
}

function propertiesOf(props: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(props)
    ? Object.entries(props).filter(([, value]) => !isJsonArray(value) && !isJsonObject(value))
    : [];
}

/** Replies are QEMU's word: of the declared shape, or an error. */
function read<T>(shape: Scalar<T>, value: JsonValue, command: string): T {
  return shape.fromJson(value, command, "json");
}
