import type { Address, Controller } from "@tsvirt/model/domain";
import type { AddressProps } from "../argv/address.ts";

/** A bus of the command line: the controller that makes it. */
export interface BusOwner {
  readonly type: Controller["type"];
  readonly index: number;
  /** Which of the controller's buses. */
  readonly bus?: number;
}

/** The buses of a command line by QEMU's names: the inverse of the `Buses` that a command line is built with. */
export class BusNames {
  readonly #owners = new Map<string, BusOwner>();

  add(name: string, owner: BusOwner): void {
    this.#owners.set(name, owner);
  }

  find(name: string | undefined): BusOwner | undefined {
    if (name === undefined) return undefined;
    // `usb` and `scsi0` stand for their first bus.
    return this.#owners.get(name) ?? this.#owners.get(`${name}.0`);
  }

  /** The place of a device on PCI; `undefined` if it has none, or one that documents cannot express. */
  pci(props: Pick<AddressProps, "bus" | "addr" | "multifunction">): Address | undefined {
    const owner = this.find(props.bus);
    const match = /^(?:0x)?([0-9a-fA-F]{1,2})(?:\.(?:0x)?([0-7]))?$/.exec(props.addr ?? "");
    if (!match || (props.bus !== undefined && owner?.type !== "pci")) return undefined;
    const slot = Number.parseInt(match[1] ?? "0", 16);
    if (slot > 0x1f) return undefined;
    return {
      type: "pci",
      domain: 0,
      bus: owner?.index ?? 0,
      slot,
      function: Number(match[2] ?? 0),
      ...(props.multifunction !== undefined && { multifunction: props.multifunction }),
    };
  }

  /** The place of a device on USB. */
  usb(props: Pick<AddressProps, "bus" | "port">): Address | undefined {
    if (props.bus === undefined && props.port === undefined) return undefined;
    const owner = this.find(props.bus);
    if (props.bus !== undefined && owner?.type !== "usb") return undefined;
    return { type: "usb", bus: owner?.index ?? 0, ...(props.port !== undefined && { port: props.port }) };
  }

  /** The place of a device on a channel subsystem of s390. */
  ccw(devno: string | undefined): Address | undefined {
    const match = /^([0-9a-fA-F]{1,2})\.([0-3])\.([0-9a-fA-F]{1,4})$/.exec(devno ?? "");
    if (!match) return undefined;
    const [cssid = 0, ssid = 0, number = 0] = match.slice(1).map((part) => Number.parseInt(part, 16));
    return { type: "ccw", cssid, ssid, devno: number };
  }
}

/** Keys of a device that say where it is. */
export interface PlaceKeys {
  readonly bus?: string | undefined;
  readonly multifunction?: boolean | undefined;
  readonly addr?: string | undefined;
  readonly "acpi-index"?: number | bigint | undefined;
  readonly port?: string | undefined;
  readonly nr?: number | bigint | undefined;
  readonly reg?: number | bigint | undefined;
  readonly devno?: string | undefined;
  readonly iobase?: number | bigint | undefined;
  readonly irq?: number | bigint | undefined;
}

/** What the keys of a place become, and those that are left. */
export interface Placed<K> {
  readonly device: { address?: Address; acpi?: { index: number } };
  readonly left: Omit<K, keyof PlaceKeys> & PlaceKeys;
}

/** Takes the keys of a place off a device: what they say, and the other keys. Those that cannot be said are left. */
export function takePlace<K extends PlaceKeys>(keys: K, buses: BusNames): Placed<K> {
  const { bus, multifunction, addr, port, nr, reg, devno, iobase, irq, "acpi-index": acpiIndex, ...others } = keys;
  const device: Placed<K>["device"] = {};
  if (acpiIndex !== undefined) device.acpi = { index: Number(acpiIndex) };
  const address = addressOf({ bus, multifunction, addr, port, nr, reg, devno, iobase, irq }, buses);
  if (address) {
    device.address = address;
    return { device, left: others };
  }
  // A bus alone is where the device would be anyway, or where libvirt finds a place for it.
  const known = bus === undefined || buses.find(bus) !== undefined;
  const place = known && addr === undefined ? {} : { bus, multifunction, addr };
  return { device, left: { ...others, ...place, port, nr, reg, devno, iobase, irq } };
}

function addressOf(keys: PlaceKeys, buses: BusNames): Address | undefined {
  if (keys.devno !== undefined) return buses.ccw(keys.devno);
  if (keys.reg !== undefined) return { type: "spapr-vio", reg: BigInt(keys.reg) };
  if (keys.iobase !== undefined || keys.irq !== undefined) {
    return {
      type: "isa",
      ...(keys.iobase !== undefined && { iobase: Number(keys.iobase) }),
      ...(keys.irq !== undefined && { irq: Number(keys.irq) }),
    };
  }
  const owner = buses.find(keys.bus);
  if (owner?.type === "usb" || keys.port !== undefined) return buses.usb(keys);
  if (owner?.type === "virtio-serial") {
    return { type: "virtio-serial", controller: owner.index, bus: owner.bus ?? 0, port: Number(keys.nr ?? 0) };
  }
  if (owner?.type === "ccid") return { type: "ccid", controller: owner.index, slot: 0 };
  return buses.pci(keys);
}
