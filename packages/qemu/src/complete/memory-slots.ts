import type { Completing } from "./state.ts";

/** Slots of memory modules. */
export function assignMemorySlots({ devices }: Completing): void {
  const used = new Set<number>();
  for (const { address } of devices.memories)
    if (address?.type === "dimm" && address.slot !== undefined) used.add(address.slot);
  for (const memory of devices.memories) {
    if (memory.model !== "dimm" && memory.model !== "nvdimm") continue;
    if (memory.address?.type === "dimm" && memory.address.slot !== undefined) continue;
    let slot = 0;
    while (used.has(slot)) slot++;
    used.add(slot);
    memory.address = {
      ...(memory.address?.type === "dimm" && memory.address.base !== undefined && { base: memory.address.base }),
      type: "dimm",
      slot,
    };
  }
}
