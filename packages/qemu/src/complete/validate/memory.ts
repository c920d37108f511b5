import { ErrorCode } from "@tsvirt/base";
import { type Domain, type MemoryDevice, parseCpuSet } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";

/** Ordinary pages of the host, KiB. */
const SYSTEM_PAGE_KIB = 4;

function cellsOf(domain: Domain): number {
  return domain.cpu?.numa?.cells.length ?? 0;
}

/** What QEMU cannot do of huge pages (`qemuValidateDomainDefMemory`). */
export function validateGuestMemory({ domain, caps, accelerator, report }: Completing): void {
  const { memoryBacking } = domain;
  const hugepages = memoryBacking?.hugepages;
  if (!hugepages) return;
  const refuse = (message: string): void => report(hugepages, message, ErrorCode.configUnsupported);
  const { allocation, source, access } = memoryBacking;
  if (allocation?.mode === "ondemand") refuse("hugepages are not allowed with memory allocation ondemand");
  if ((allocation?.threads ?? 0) > 0 && !caps.has("memory-backend-file.prealloc-threads")) {
    refuse("preallocation threads are unsupported with this QEMU");
  }
  if (source === "anonymous") refuse("hugepages are not allowed with anonymous memory source");
  if (source === "memfd" && !caps.has("memory-backend-memfd.hugetlb")) {
    refuse("hugepages is not supported with memfd memory source");
  }
  // Memory that is no backend of its own cannot be shared.
  const ram = caps.findMachine(accelerator, domain.os.type.machine ?? "")?.defaultRamId;
  if (
    ram === undefined &&
    hugepages.pages[0]?.size !== SYSTEM_PAGE_KIB &&
    cellsOf(domain) === 0 &&
    access === "shared"
  ) {
    refuse(`memory access mode '${access}' not supported without guest numa node`);
  }
}

/** What QEMU cannot do of NUMA (`qemuValidateDomainDefNuma`). */
export function validateNuma({ domain, caps, report }: Completing): void {
  const numa = domain.cpu?.numa;
  if (!numa) return;
  const { interconnects } = numa;
  const links = (interconnects?.latencies.length ?? 0) + (interconnects?.bandwidths.length ?? 0);
  const hmat = links > 0 || numa.cells.some(({ caches }) => caches.length > 0);
  if (hmat && !caps.has("numa.hmat")) report(numa, "HMAT is not supported with this QEMU", ErrorCode.configUnsupported);
}

/** Memory modules need room and slots (`qemuDomainDefValidateMemoryHotplug`). */
export function validateMemoryHotplug(state: Completing): void {
  const { domain, devices, board, report } = state;
  const refuse = (place: object, message: string): void => report(place, message, ErrorCode.configUnsupported);
  const { maxMemory } = domain;
  // These occupy no slot and no hotplug area.
  const modules = devices.memories.filter(({ model }) => model !== "sgx-epc");
  if (!maxMemory) {
    if (modules[0]) {
      refuse(modules[0], "cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
    }
    return;
  }
  if (!board.arch.startsWith("ppc64") && cellsOf(domain) === 0) {
    refuse(maxMemory, "At least one numa node has to be configured when enabling memory hotplug");
  }
  const slots = maxMemory.slots ?? 0;
  const slotted = modules.filter(({ model }) => model === "dimm" || model === "nvdimm");
  if (slotted.length > slots) {
    refuse(maxMemory, `memory device count '${slotted.length}' exceeds slots count '${slots}'`);
  }
  const total = domain.memory?.kib ?? 0;
  const plugged = modules.reduce((sum, { target }) => sum + target.size, 0);
  const all = devices.memories.reduce((sum, { target }) => sum + target.size, 0);
  if (plugged > maxMemory.kib - (total - all)) {
    refuse(maxMemory, "memory device total size exceeds hotplug space");
  }
  for (const memory of modules) validateModule(state, memory, slots);
}

/** Where one module sits (`qemuDomainDefValidateMemoryHotplugDevice`). */
function validateModule({ domain, devices, report }: Completing, memory: MemoryDevice, slots: number): void {
  const refuse = (message: string): void => report(memory, message, ErrorCode.configUnsupported);
  const { model, address, target } = memory;
  if (model === "virtio-pmem" || model === "virtio-mem") {
    if (address && address.type !== "pci" && address.type !== "ccw") {
      refuse(`only 'pci' addresses are supported for the ${model} device`);
    }
    return;
  }
  if (address && address.type !== "dimm") refuse("only 'dimm' addresses are supported for the pc-dimm device");
  if (cellsOf(domain) > 0 && target.node === undefined) {
    refuse("target NUMA node needs to be specified for memory device");
  }
  if (address?.type !== "dimm" || address.slot === undefined) return;
  const { slot, base } = address;
  if (slot >= slots) refuse(`memory device slot '${slot}' exceeds slots count '${slots}'`);
  for (const other of devices.memories) {
    if (other === memory || other.address?.type !== "dimm") continue;
    if (other.address.slot === slot) {
      refuse(`memory device slot '${slot}' is already being used by another memory device`);
      return;
    }
    if (base !== undefined && Number(base) !== 0 && other.address.base === base) {
      refuse(`memory device base '0x${base.toString(16)}' is already being used by another memory device`);
      return;
    }
  }
}

/** What this QEMU lacks of a memory device (`qemuValidateDomainDeviceDefMemory`). */
export function validateMemoryDevice({ caps, report }: Completing, memory: MemoryDevice): void {
  const refuse = (message: string): void => report(memory, message, ErrorCode.configUnsupported);
  switch (memory.model) {
    case "dimm":
      if (!caps.has("pc-dimm")) refuse("memory hotplug isn't supported by this QEMU binary");
      return;
    case "nvdimm":
      if (!caps.has("nvdimm")) refuse("nvdimm isn't supported by this QEMU binary");
      else if (memory.target.readonly === true && !caps.has("nvdimm.unarmed")) {
        refuse("nvdimm readonly property is not available with this QEMU binary");
      }
      return;
    case "virtio-pmem":
      if (!caps.has("virtio-pmem-pci")) refuse("virtio-pmem isn't supported by this QEMU binary");
      return;
    case "virtio-mem":
      if (!caps.has("virtio-mem-pci")) refuse("virtio-mem isn't supported by this QEMU binary");
      return;
    case "sgx-epc":
      if (!caps.has("sgx-epc")) refuse("sgx epc isn't supported by this QEMU binary");
      else validateEpc(caps.data.sgx?.sections ?? [], memory, refuse);
      return;
  }
}

/** Enclave pages come from the host's: from each node named, or from the first. */
function validateEpc(
  sections: readonly { readonly size: number | bigint }[],
  memory: MemoryDevice,
  refuse: (message: string) => void,
): void {
  if (sections.length === 0) {
    refuse("this QEMU version didn't provide SGX EPC NUMA info");
    return;
  }
  const nodes = memory.source?.nodemask === undefined ? [0] : (parseCpuSet(memory.source.nodemask) ?? []);
  for (const node of nodes) {
    const size = Number(sections[node]?.size ?? 0);
    if (memory.target.size > size) {
      refuse(`sgx epc size ${size} on host node ${node} is less than requested size ${memory.target.size}`);
      return;
    }
  }
}
