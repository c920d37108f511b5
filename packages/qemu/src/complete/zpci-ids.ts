import { ErrorCode, virtError } from "@tsvirt/base";
import { type AnyDevice, everyDevice, type PciAddress, placedDevice } from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** The highest `uid` of a PCI device of s390; the lowest is 1. */
export const MAX_UID = 0xffff;
const MAX_FID = 0xffff_ffff;

/** The numbers that are taken, of one kind. */
class Ids {
  readonly #name: "uid" | "fid";
  readonly #first: number;
  readonly #last: number;
  readonly #used = new Set<number>();

  constructor(name: "uid" | "fid", first: number, last: number) {
    this.#name = name;
    this.#first = first;
    this.#last = last;
  }

  /** Takes a number: the given one, or the lowest that is free. Throws if there is none or it is taken. */
  take(wanted: number | undefined): number {
    let id = wanted ?? this.#first;
    while (wanted === undefined && this.#used.has(id)) {
      if (id === this.#last) throw virtError(ErrorCode.internalError, `There is no more free ${this.#name}.`);
      id++;
    }
    if (this.#used.has(id)) {
      // In octal, as libvirt writes it.
      throw virtError(ErrorCode.internalError, `zPCI ${this.#name} ${id.toString(8)} is already reserved`);
    }
    this.#used.add(id);
    return id;
  }
}

/** Gives PCI devices of s390 the two numbers by which its firmware knows them (`qemuDomainAssignPCIAddressExtension`). */
export function assignZpci({ devices, caps }: Completing): void {
  if (!caps.has("zpci")) return;
  const uids = new Ids("uid", 1, MAX_UID);
  const fids = new Ids("fid", 0, MAX_FID);
  const addresses = [...everyDevice(devices)].map(pciAddress).filter((address) => address !== undefined);
  const take = (address: PciAddress): void => {
    address.zpci = { uid: uids.take(address.zpci?.uid), fid: fids.take(address.zpci?.fid) };
  };
  const given = addresses.filter(({ zpci }) => zpci?.uid !== undefined || zpci?.fid !== undefined);
  for (const address of given) take(address);
  for (const address of addresses) if (!given.includes(address)) take(address);
}

/** The address of a device on PCI; character devices cannot be on the PCI of s390. */
function pciAddress(each: AnyDevice): PciAddress | undefined {
  if (each.kind === "serial" || each.kind === "parallel" || each.kind === "channel" || each.kind === "console") {
    return undefined;
  }
  const address = placedDevice(each)?.address;
  return address?.type === "pci" ? address : undefined;
}
