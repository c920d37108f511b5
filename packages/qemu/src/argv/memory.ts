import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, MemoryDevice } from "@tsvirt/model/domain";
import { aliasOf, type Buses } from "./address.ts";
import { boardOfDomain } from "./board.ts";
import type { CommandWriter } from "./command.ts";
import { Memory, Overcommit } from "./declarations/machine-options.ts";
import { DimmDevice, VirtioMemoryDevice } from "./declarations/misc-devices.ts";
import { planBackend, writeBackend, writeMemPath } from "./memory-backend.ts";
import { alignedModule, initialMemory, memoryStep, NVDIMM_TOO_SMALL, roundUp } from "./memory-sizes.ts";

/** A size of the guest's RAM as its machine takes it, KiB. */
function aligned(domain: Domain, kib: number): number {
  return roundUp(kib, memoryStep(boardOfDomain(domain)));
}

/** The machine's RAM is one memory backend of this id; `undefined` if NUMA cells or `-mem-path` are used instead. */
export function ramBackendId(line: CommandWriter, domain: Domain): string | undefined {
  const machine = line.caps.findMachine(line.accelerator, domain.os.type.machine ?? "");
  if (machine?.defaultRamId === undefined || hasCells(domain)) return undefined;
  return machine.defaultRamId;
}

function hasCells(domain: Domain): boolean {
  return (domain.cpu?.numa?.cells.length ?? 0) > 0;
}

/** Writes `-m`, the machine's RAM and memory locking. */
export function writeMemory(line: CommandWriter, domain: Domain): void {
  const kib = initialMemory(domain);
  const { maxMemory } = domain;
  if (maxMemory?.slots !== undefined) {
    line.option(Memory, { size: `${kib}k`, slots: maxMemory.slots, maxmem: `${aligned(domain, maxMemory.kib)}k` });
  } else line.add("-m", String(kib / 1024));
  const id = ramBackendId(line, domain);
  if (id !== undefined) writeBackend(line, planBackend(line, domain, { id, sizeKib: kib, isRam: true }));
  else if (!hasCells(domain)) writeMemPath(line, domain);
  line.option(Overcommit, { "mem-lock": domain.memoryBacking?.locked === true });
}

/** Writes a memory module. */
export function writeMemoryDevice(line: CommandWriter, domain: Domain, device: MemoryDevice, buses: Buses): void {
  const alias = aliasOf(device);
  const { target, model } = device;
  const size = alignedModule(boardOfDomain(domain), device);
  if (size === undefined) throw virtError(ErrorCode.xmlError, NVDIMM_TOO_SMALL);
  const memdev = `mem${alias}`;
  const plan = planBackend(line, domain, { id: memdev, sizeKib: size, cell: target.node, module: device });
  writeBackend(line, plan);
  const { address } = device;
  const slot = address?.type === "dimm" ? address.slot : undefined;
  const base = address?.type === "dimm" ? address.base : undefined;
  const { bus, multifunction, addr } = buses.props(device);
  switch (model) {
    case "dimm":
    case "nvdimm":
      line.option(DimmDevice, {
        driver: model === "dimm" ? "pc-dimm" : "nvdimm",
        node: target.node,
        "label-size": target.label?.size === undefined ? undefined : target.label.size * 1024,
        uuid: device.uuid,
        unarmed: target.readonly === true ? true : undefined,
        memdev,
        id: alias,
        slot,
        addr: base,
      });
      return;
    case "virtio-pmem":
      line.option(VirtioMemoryDevice, { driver: "virtio-pmem-pci", memdev, id: alias, bus, multifunction, addr });
      return;
    case "virtio-mem":
      line.option(VirtioMemoryDevice, {
        driver: "virtio-mem-pci",
        node: target.node,
        "block-size": target.block === undefined ? undefined : target.block * 1024,
        "requested-size": target.requested === undefined ? undefined : target.requested * 1024,
        memdev,
        prealloc: line.has("virtio-mem-pci.prealloc") && plan.isFilled ? true : undefined,
        id: alias,
        bus,
        multifunction,
        addr,
      });
      return;
    case "sgx-epc":
      // The machine refers to the backend itself.
      return;
  }
}
