import type { Files } from "@tsvirt/host";
import type { Domain } from "@tsvirt/model/domain";
import type { HostPciDevice } from "@tsvirt/qemu";

/** Where the kernel shows PCI devices. */
const DEVICES = "/sys/bus/pci/devices";

interface Place {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** `0001:01:00.0`, as the kernel names a PCI device. */
function nameOf({ domain, bus, slot, function: fn }: Place): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
}

/** The devices of the host that a guest is to be given, by name; those that are not there are left out. */
export async function hostPciDevices(files: Files, domain: Domain): Promise<ReadonlyMap<string, HostPciDevice>> {
  const names = new Set<string>();
  for (const { type, source } of domain.devices?.hostdevs ?? []) {
    if (type === "pci" && source?.address && "slot" in source.address) names.add(nameOf(source.address));
  }
  for (const { type, source } of domain.devices?.interfaces ?? []) {
    if (type === "hostdev" && source?.hostAddress) names.add(nameOf(source.hostAddress));
  }
  const found = new Map<string, HostPciDevice>();
  for (const name of names) {
    const path = `${DEVICES}/${name}`;
    if (!(await files.access(path, "exist"))) continue;
    const group = await files.readLink(`${path}/iommu_group`);
    const number = group === undefined ? Number.NaN : Number(group.slice(group.lastIndexOf("/") + 1));
    found.set(name, {
      // Only links of PCI Express have a speed.
      isExpress: await files.access(`${path}/max_link_speed`, "exist"),
      ...(Number.isInteger(number) && { iommuGroup: number }),
    });
  }
  return found;
}
