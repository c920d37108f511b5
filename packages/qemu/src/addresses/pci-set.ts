import { ErrorCode, virtError } from "@tsvirt/base";

/** Where a function is: slots go from 0 to 31, functions from 0 to 7. */
export interface PciPlace {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** `0000:00:1f.2`, as libvirt's messages name it. */
export function formatPciPlace({ domain, bus, slot, function: fn }: PciPlace): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn.toString(16)}`;
}

/** What a device needs of the bus it is plugged into, and what a bus offers; a set of bits. */
export const Connect = {
  hotpluggable: 1 << 0,
  /** Shares its slot with others of its kind (root ports). */
  aggregateSlot: 1 << 1,
  pciDevice: 1 << 2,
  pcieDevice: 1 << 3,
  pcieRootPort: 1 << 4,
  pcieSwitchUpstreamPort: 1 << 5,
  pcieSwitchDownstreamPort: 1 << 6,
  dmiToPciBridge: 1 << 7,
  pciExpanderBus: 1 << 8,
  pcieExpanderBus: 1 << 9,
  pciBridge: 1 << 10,
  pcieToPciBridge: 1 << 11,
  /** Part of the chipset: sits on bus 0. */
  integrated: 1 << 12,
} as const;

const ENDPOINTS = Connect.pciDevice | Connect.pcieDevice;
const TYPES = ~(Connect.hotpluggable | Connect.aggregateSlot | Connect.integrated);

/** Models of `<controller type='pci'>`. */
export type PciBusModel =
  | "pci-root"
  | "pcie-root"
  | "pci-bridge"
  | "dmi-to-pci-bridge"
  | "pcie-to-pci-bridge"
  | "pcie-root-port"
  | "pcie-switch-upstream-port"
  | "pcie-switch-downstream-port"
  | "pci-expander-bus"
  | "pcie-expander-bus";

/** What a bus controller needs to be plugged into; 0 for roots, which are not plugged in. */
export function connectOfModel(model: PciBusModel): number {
  switch (model) {
    case "pci-root":
    case "pcie-root":
      return 0;
    case "pci-bridge":
      return Connect.pciBridge;
    case "dmi-to-pci-bridge":
      return Connect.dmiToPciBridge;
    case "pcie-to-pci-bridge":
      return Connect.pcieToPciBridge | Connect.hotpluggable;
    case "pcie-root-port":
      return Connect.pcieRootPort | Connect.aggregateSlot;
    case "pcie-switch-upstream-port":
      return Connect.pcieSwitchUpstreamPort;
    case "pcie-switch-downstream-port":
      return Connect.pcieSwitchDownstreamPort;
    case "pci-expander-bus":
      return Connect.pciExpanderBus;
    case "pcie-expander-bus":
      return Connect.pcieExpanderBus;
  }
}

interface Offer {
  readonly flags: number;
  readonly minSlot: number;
  readonly maxSlot: number;
}

/** What the bus behind a controller offers. */
const offers: Readonly<Record<PciBusModel, Offer>> = {
  "pci-root": {
    flags: Connect.hotpluggable | Connect.pciDevice | Connect.pciBridge | Connect.pciExpanderBus,
    minSlot: 1,
    maxSlot: 31,
  },
  "pci-bridge": { flags: Connect.hotpluggable | Connect.pciDevice | Connect.pciBridge, minSlot: 1, maxSlot: 31 },
  "pci-expander-bus": { flags: Connect.hotpluggable | Connect.pciDevice | Connect.pciBridge, minSlot: 0, maxSlot: 31 },
  "pcie-root": {
    flags:
      Connect.pcieDevice |
      Connect.pcieRootPort |
      Connect.dmiToPciBridge |
      Connect.pcieToPciBridge |
      Connect.pcieExpanderBus,
    minSlot: 1,
    maxSlot: 31,
  },
  "dmi-to-pci-bridge": { flags: Connect.pciDevice | Connect.pciBridge, minSlot: 0, maxSlot: 31 },
  "pcie-to-pci-bridge": {
    flags: Connect.hotpluggable | Connect.pciDevice | Connect.pciBridge,
    minSlot: 1,
    maxSlot: 31,
  },
  "pcie-root-port": {
    flags: Connect.hotpluggable | Connect.pcieDevice | Connect.pcieSwitchUpstreamPort | Connect.pcieToPciBridge,
    minSlot: 0,
    maxSlot: 0,
  },
  "pcie-switch-downstream-port": {
    flags: Connect.hotpluggable | Connect.pcieDevice | Connect.pcieSwitchUpstreamPort | Connect.pcieToPciBridge,
    minSlot: 0,
    maxSlot: 0,
  },
  "pcie-switch-upstream-port": { flags: Connect.pcieSwitchDownstreamPort, minSlot: 0, maxSlot: 31 },
  "pcie-expander-bus": { flags: Connect.pcieRootPort | Connect.dmiToPciBridge, minSlot: 0, maxSlot: 31 },
};

interface Slot {
  /** Bit N: function N is taken. */
  functions: number;
  aggregate: boolean;
}

/** A bus and which of its slots are taken. */
export interface PciBus extends Offer {
  readonly model: PciBusModel;
  readonly slots: Slot[];
  /** The isolation group of what is plugged in; see {@link PciAddressSet.reserve}. */
  group: number;
  /** The group is decided: no device changes it. */
  readonly groupLocked: boolean;
}

/** What decides how a guest's PCI grows. */
export interface PciSetOptions {
  /** New buses are added as needed. */
  readonly mayGrow: boolean;
  /** A PCI device on a PCI Express machine gets a pcie-to-pci-bridge; otherwise a dmi-to-pci-bridge with a pci-bridge. */
  readonly hasPcieToPci: boolean;
  /** Host bridges can be added (sPAPR), so no bridges below them are needed. The first keeps emulated devices only. */
  readonly manyRoots?: boolean;
}

/**
 * The PCI buses of a guest and what is plugged in where. When it may grow, a device that finds no place gets a new bus;
 * that is how the number of bridges and root ports is found out.
 */
export class PciAddressSet {
  readonly buses: PciBus[] = [];
  readonly #options: PciSetOptions;

  constructor(models: readonly PciBusModel[], options: PciSetOptions) {
    this.#options = options;
    for (const model of models) this.#add(model);
  }

  #add(model: PciBusModel): void {
    const slots = Array.from({ length: 32 }, () => ({ functions: 0, aggregate: false }));
    const groupLocked = this.#options.manyRoots === true && this.buses.length === 0;
    this.buses.push({ model, ...offers[model], slots, group: 0, groupLocked });
  }

  /** True if nothing is plugged into the bus. */
  isEmpty(bus: PciBus): boolean {
    for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) if (bus.slots[slot]?.functions !== 0) return false;
    return true;
  }

  /** True if anything is plugged into the slot. */
  slotInUse({ bus, slot }: Pick<PciPlace, "bus" | "slot">): boolean {
    return (this.buses[bus]?.slots[slot]?.functions ?? 0) !== 0;
  }

  /** True if no slot of the bus is free. */
  isFull(bus: PciBus): boolean {
    for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) if (bus.slots[slot]?.functions === 0) return false;
    return true;
  }

  /**
   * Takes a place. Places from the document may be of the other kind of endpoint (PCI on PCI Express and the reverse).
   * Throws for a bus that is not there, a slot out of range, a device that does not fit, and a place that is taken.
   * Devices of the host that are isolated together have one group above 0, and share buses with none else unless the
   * document says so.
   */
  reserve(place: PciPlace, flags: number, fromDocument: boolean, group = 0): void {
    if (this.#options.mayGrow) this.#growTo(place.bus, flags);
    this.#validate(place, flags, fromDocument);
    const bus = this.buses[place.bus];
    const slot = bus?.slots[place.slot];
    if (!bus || !slot) return;
    if (slot.functions & (1 << place.function)) {
      throw virtError(ErrorCode.xmlError, `Attempted double use of PCI Address ${formatPciPlace(place)}`);
    }
    if (slot.functions === 0 && flags & Connect.aggregateSlot) slot.aggregate = true;
    // The first device decides for the whole bus; whoever puts others beside it gives up their isolation.
    if (this.isEmpty(bus) && !bus.groupLocked) bus.group = group;
    else if (bus.group !== group && fromDocument) bus.group = 0;
    slot.functions |= 1 << place.function;
  }

  /** Changes which function of its slot a device takes. */
  move(from: PciPlace, to: PciPlace): void {
    const slot = this.buses[from.bus]?.slots[from.slot];
    if (slot) slot.functions = (slot.functions & ~(1 << from.function)) | (1 << to.function);
  }

  /** Takes the next free place that fits. Throws if there is none and none can be added. */
  reserveNext(flags: number, group = 0): PciPlace {
    const place = this.#findNext(flags, group);
    this.reserve(place, flags, false, group);
    return place;
  }

  #findNext(flags: number, group: number): PciPlace {
    // First among its own, then on a bus that can become its own.
    const found =
      this.#findOn(flags, (bus) => bus.group === group) ??
      this.#findOn(flags, (bus) => !bus.groupLocked && this.isEmpty(bus));
    if (found) return found;
    if (this.#options.mayGrow && this.#growTo(this.buses.length, flags)) {
      const bus = this.buses.length - 1;
      return { domain: 0, bus, slot: this.buses[bus]?.minSlot ?? 0, function: 0 };
    }
    throw virtError(ErrorCode.internalError, "No more available PCI slots");
  }

  #findOn(flags: number, suits: (bus: PciBus) => boolean): PciPlace | undefined {
    for (const [index, bus] of this.buses.entries()) {
      // Extra roots belong to a NUMA node: what goes there is the user's decision.
      if (bus.model === "pci-expander-bus" || bus.model === "pcie-expander-bus") continue;
      if (!suits(bus) || !matches(bus.flags, flags, false)) continue;
      if (flags & Connect.integrated && index !== 0) break;
      for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) {
        const { functions, aggregate } = bus.slots[slot] ?? { functions: 0xff, aggregate: false };
        if (functions === 0) return { domain: 0, bus: index, slot, function: 0 };
        if (!(flags & Connect.aggregateSlot) || !aggregate) continue;
        for (let fn = 0; fn < 8; fn++) {
          if (!(functions & (1 << fn))) return { domain: 0, bus: index, slot, function: fn };
        }
      }
    }
    return undefined;
  }

  /** Adds buses up to `index` of the kind that takes such a device; false if no bus could. */
  #growTo(index: number, flags: number): boolean {
    let missing = index - this.buses.length + 1;
    if (missing <= 0) return true;
    let model: PciBusModel;
    if (flags & Connect.pciDevice && this.#options.manyRoots === true) model = "pci-root";
    else if (flags & (Connect.pciDevice | Connect.pciBridge)) {
      const bridged = this.buses.some((bus) => bus.flags & Connect.pciBridge);
      model = "pci-bridge";
      if (!bridged && this.#options.hasPcieToPci) {
        // The bridge itself goes into a root port, so that it can take devices while the guest runs.
        this.#add("pcie-root-port");
        model = "pcie-to-pci-bridge";
      } else if (!bridged) this.#add("dmi-to-pci-bridge");
    } else if (flags & Connect.dmiToPciBridge || flags & Connect.pcieRootPort) return false;
    else if (flags & (Connect.pcieDevice | Connect.pcieSwitchUpstreamPort | Connect.pcieToPciBridge))
      model = "pcie-root-port";
    else if (flags & Connect.pcieSwitchDownstreamPort) model = "pcie-switch-upstream-port";
    else return false;
    for (; missing > 0; missing--) this.#add(model);
    return true;
  }

  #validate(place: PciPlace, flags: number, fromDocument: boolean): void {
    const text = formatPciPlace(place);
    const invalid = (why: string): Error =>
      virtError(fromDocument ? ErrorCode.xmlError : ErrorCode.internalError, `Invalid PCI address ${text}. ${why}`);
    if (place.domain !== 0) throw invalid("Only PCI domain 0 is available");
    const bus = this.buses[place.bus];
    if (!bus) throw invalid(`Only PCI buses up to ${this.buses.length - 1} are available`);
    if (!matches(bus.flags, flags, fromDocument)) {
      throw virtError(fromDocument ? ErrorCode.xmlError : ErrorCode.internalError, misfit(text, bus, flags));
    }
    if (flags & Connect.integrated && place.bus !== 0) {
      throw virtError(
        fromDocument ? ErrorCode.xmlError : ErrorCode.internalError,
        `The device at PCI address ${text} needs to be an integrated device (bus=0)`,
      );
    }
    if (place.slot < bus.minSlot) throw invalid(`slot must be >= ${bus.minSlot}`);
    if (place.slot > bus.maxSlot) throw invalid(`slot must be <= ${bus.maxSlot}`);
    if (place.function > 7) throw invalid("function must be <= 7");
  }
}

/** True if a device that needs `device` can be plugged into a bus that offers `bus`. */
function matches(bus: number, device: number, fromDocument: boolean): boolean {
  let wanted = device;
  // Whoever wrote the place down knows better than our preferences.
  if (fromDocument && device & ENDPOINTS) wanted |= ENDPOINTS;
  if (!(wanted & bus & TYPES)) return false;
  return fromDocument || !(device & Connect.hotpluggable) || (bus & Connect.hotpluggable) !== 0;
}

const names: readonly (readonly [flag: number, name: string])[] = [
  [Connect.pciDevice, "standard PCI device"],
  [Connect.pcieDevice, "PCI Express device"],
  [Connect.pcieSwitchUpstreamPort, "pcie-switch-upstream-port"],
  [Connect.pcieSwitchDownstreamPort, "pcie-switch-downstream-port"],
  [Connect.dmiToPciBridge, "dmi-to-pci-bridge"],
  [Connect.pcieToPciBridge, "pcie-to-pci-bridge"],
  [Connect.pciExpanderBus, "pci-expander-bus"],
  [Connect.pcieExpanderBus, "pcie-expander-bus"],
  [Connect.pciBridge, "pci-bridge"],
  [Connect.pcieRootPort, "pcie-root-port"],
];

function misfit(place: string, bus: PciBus, device: number): string {
  const controller = `the PCI controller with index='${Number.parseInt(place.slice(5, 7), 16)}'`;
  if (bus.flags & device & TYPES) {
    return `The device at PCI address ${place} requires hotplug capability, but ${controller} doesn't support hotplug`;
  }
  const name = names.find(([flag]) => device & flag)?.[1] ?? "device";
  return `The device at PCI address ${place} cannot be plugged into ${controller}. It requires a controller that accepts a ${name}.`;
}
