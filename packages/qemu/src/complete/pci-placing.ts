import type { AnyDevice } from "@tsvirt/model/domain";
import { formatPciPlace, type PciAddressSet, type PciPlace } from "../addresses/pci-set.ts";
import { blame } from "./blame.ts";
import { connectFlags, type EndpointFlags, type Placeable } from "./pci-devices.ts";
import type { Completing } from "./state.ts";

/** One of the two passes over the devices. */
export interface AssigningPci {
  readonly state: Completing;
  readonly set: PciAddressSet;
  readonly flags: EndpointFlags;
}

/** Puts a device that is to get a place in the next one that suits. Only the second pass writes it down. */
export function placeNext(assigning: AssigningPci, any: AnyDevice, fn?: number): void {
  const { state, set, flags } = assigning;
  const needs = connectFlags(state, any, flags);
  const place = blame(state.report, any.device, () => set.reserveNext(needs, groupOf(state, any), fn));
  if (!set.mayGrow) putAt(any.device as Placeable, place);
}

/** Writes a place down; what else the document says of the address stays. */
export function putAt(device: Placeable, { domain, bus, slot, function: fn }: PciPlace, multifunction?: boolean): void {
  const { address } = device;
  const zpci = address?.type === "pci" ? address.zpci : undefined;
  device.address = {
    type: "pci",
    domain,
    bus,
    slot,
    function: fn,
    ...(multifunction !== undefined && { multifunction }),
    ...(zpci !== undefined && { zpci }),
  };
}

/** Devices of the host are kept apart from others by their IOMMU group, on machines that isolate their buses so. */
export function groupOf({ board, facts }: Completing, { kind, device }: AnyDevice): number {
  if (!board.isPseries) return 0;
  let address: object | undefined;
  if (kind === "hostdev" && device.type === "pci") address = device.source?.address;
  else if (kind === "interface" && device.type === "hostdev") address = device.source?.hostAddress;
  if (address === undefined || !("slot" in address)) return 0;
  const group = facts.pciDevice?.(formatPciPlace(address as PciPlace))?.iommuGroup;
  return group === undefined ? 0 : group + 1;
}
