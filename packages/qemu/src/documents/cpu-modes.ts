import type { CapsCpuMode, CapsEnum } from "@tsvirt/model/capabilities";
import { isNative } from "../architectures.ts";
import { type Board, boardOf } from "../argv/board.ts";
import type { Accelerator, AcceleratorCapabilities, CpuModel, QemuCapabilities } from "../capabilities/capabilities.ts";
import { hostModelCpu } from "../cpu/compare.ts";
import { isHostCpuOnly, powerVendors } from "../cpu/static-models.ts";
import { x86Map } from "../cpu/x86.ts";

/** What decides which CPUs a guest can have, besides the emulator. */
export interface CpuModesRequest {
  readonly accelerator: Accelerator;
  readonly arch: string;
  readonly machine: string;
  readonly hostArch: string;
  /** Model of the host's CPU, as far as it is known. */
  readonly hostCpuModel?: string | undefined;
}

type Mode = Omit<CapsCpuMode, "name" | "supported" | "enums" | "models" | "features"> &
  Partial<Pick<CapsCpuMode, "enums" | "models" | "features">>;

function modeOf(name: CapsCpuMode["name"], details: Mode | undefined): CapsCpuMode {
  return { enums: [], models: [], features: [], ...details, name, supported: details !== undefined };
}

/** The CPUs that guests can have (`virQEMUCapsFillDomainCPUCaps`). */
export function cpuModes(caps: QemuCapabilities, request: CpuModesRequest): CapsCpuMode[] {
  const available = caps.accelerator(request.accelerator);
  const board = boardOf(caps.arch, request.machine);
  // s390 before CPU models: the host's CPU or none.
  const hostOnly = board.isS390 && isHostCpuOnly(request.accelerator, request.machine);
  return [
    modeOf("host-passthrough", passthrough(caps, request)),
    modeOf(
      "maximum",
      caps.has("cpu-max") && !hostOnly ? { enums: [migratable("maximumMigratable", true)] } : undefined,
    ),
    modeOf("host-model", hostOnly || !available ? undefined : hostModel(caps, board, available, request)),
    modeOf("custom", hostOnly || !available ? undefined : customModels(board, available.cpus)),
  ];
}

function migratable(name: string, both: boolean): CapsEnum {
  return { name, values: both ? ["on", "off"] : ["off"] };
}

function passthrough(caps: QemuCapabilities, { accelerator, hostArch }: CpuModesRequest): Mode | undefined {
  if (accelerator === "tcg" || !isNative(hostArch, caps.arch)) return undefined;
  return { enums: [migratable("hostPassthroughMigratable", caps.has("cpu.migratable"))] };
}

/** What a guest with `host-model` would have: what the emulator says, or else the host's CPU itself. */
function hostModel(
  caps: QemuCapabilities,
  board: Board,
  available: AcceleratorCapabilities,
  { hostArch, hostCpuModel }: CpuModesRequest,
): Mode | undefined {
  if (!isNative(hostArch, caps.arch)) return undefined;
  const host = available.hostCpu;
  if (board.isX86) {
    const described = hostModelCpu(available);
    return (
      described && {
        models: [{ fallback: "forbid", name: described.model?.name ?? "" }],
        ...(described.vendor !== undefined && { vendor: described.vendor }),
        features: described.features,
      }
    );
  }
  if (board.isS390 && host) {
    return {
      models: [{ fallback: "forbid", name: host.model }],
      features: host.properties.flatMap(({ name, value }) =>
        typeof value === "boolean" ? [{ policy: value ? ("require" as const) : ("disable" as const), name }] : [],
      ),
    };
  }
  if (!board.isPpc64 || hostCpuModel === undefined) return undefined;
  return { models: [{ fallback: "allow", name: hostCpuModel }] };
}

/** The models of the emulator that documents can name. */
function customModels(board: Board, cpus: readonly CpuModel[]): Mode | undefined {
  const vendorOf = vendors(board);
  if (!vendorOf || cpus.length === 0) return undefined;
  const models = cpus.flatMap(({ name, usable, deprecated }) => {
    const vendor = name === "host" ? undefined : vendorOf(name);
    return vendor === undefined ? [] : [{ usable, ...(deprecated && { deprecated: true }), vendor, name }];
  });
  return { models };
}

/**
 * The vendor of each CPU model that libvirt takes for an architecture; `undefined` for other names. None for architectures
 * of whose CPUs it knows nothing.
 */
function vendors({ isX86, isPpc64, isS390, isArm }: Board): ((name: string) => string | undefined) | undefined {
  if (isX86) {
    const models = new Map(x86Map().models.map((model) => [model.name, model.vendor ?? "unknown"]));
    return (name) => models.get(name);
  }
  if (isPpc64) return (name) => powerVendors.get(name);
  return isS390 || isArm ? () => "unknown" : undefined;
}

/**
 * The CPU models that documents of an architecture may name; empty if that is left to the emulator, `undefined` for
 * architectures of whose CPUs libvirt knows nothing (`virCPUGetModels`).
 */
export function cpuModelNames(arch: string): readonly string[] | undefined {
  const { isX86, isPpc64, isS390, isArm } = boardOf(arch, "");
  if (isX86) return x86Map().models.map(({ name }) => name);
  if (isPpc64) return [...powerVendors.keys()];
  return isS390 || isArm || arch === "armv7b" ? [] : undefined;
}
