import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, MemoryDevice } from "@tsvirt/model/domain";
import { type Board, boardOfDomain } from "./board.ts";

/** KiB in whose multiples a machine takes memory: POWER hands it out in blocks of 256 MiB, QEMU elsewhere in MiB. */
export function memoryStep(board: Board): number {
  return board.isPpc64 ? 256 * 1024 : 1024;
}

/** KiB in whose multiples memory modules come; those of PCs in twice what the machine takes. */
export function moduleStep(board: Board): number {
  return board.isPpc64 ? 256 * 1024 : 2048;
}

/** The next multiple of `step`. */
export function roundUp(kib: number, step: number): number {
  return Math.ceil(kib / step) * step;
}

/** What libvirt says about an NVDIMM that is smaller than one block. */
export const NVDIMM_TOO_SMALL = "minimum target size for the NVDIMM must be 256MB plus the label size";

/**
 * The size of a memory module, KiB, as QEMU is told it. On POWER the part of an NVDIMM that the guest sees is rounded down,
 * so that it does not reach beyond its file; `undefined` if nothing would be left of it.
 */
export function alignedModule(board: Board, { model, target }: MemoryDevice): number | undefined {
  const step = moduleStep(board);
  if (model !== "nvdimm" || !board.isPpc64) return roundUp(target.size, step);
  const label = target.label?.size ?? 0;
  const seen = target.size - label;
  return seen < step ? undefined : Math.floor(seen / step) * step + label;
}

/** KiB of all modules, as documents give them. */
export function modulesTotal(domain: Domain): number {
  return (domain.devices?.memories ?? []).reduce((sum, { target }) => sum + target.size, 0);
}

/** KiB the guest starts with: all memory but that of modules. */
export function initialMemory(domain: Domain): number {
  const step = memoryStep(boardOfDomain(domain));
  const cells = domain.cpu?.numa?.cells ?? [];
  if (cells.length > 0) return cells.reduce((sum, { memory }) => sum + roundUp(memory ?? 0, step), 0);
  return roundUp((domain.memory?.kib ?? 0) - modulesTotal(domain), step);
}

/**
 * Makes the sizes of a guest that starts those that it is going to have, in place (`qemuDomainAlignMemorySizes`). Throws for
 * an NVDIMM of which nothing would be left.
 */
export function alignMemory(domain: Domain): void {
  const board = boardOfDomain(domain);
  const step = memoryStep(board);
  const initial = initialMemory(domain);
  for (const cell of domain.cpu?.numa?.cells ?? [])
    if (cell.memory !== undefined) cell.memory = roundUp(cell.memory, step);
  if (domain.maxMemory) domain.maxMemory.kib = roundUp(domain.maxMemory.kib, step);
  for (const memory of domain.devices?.memories ?? []) {
    const size = alignedModule(board, memory);
    if (size === undefined) throw virtError(ErrorCode.xmlError, NVDIMM_TOO_SMALL);
    memory.target.size = size;
  }
  domain.memory = { ...domain.memory, kib: initial + modulesTotal(domain) };
}
