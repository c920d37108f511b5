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

/** What a device needs of the bus it is plugged into, and what a bus offers (`virDomainPCIConnectFlags`); a set of bits. */
export const Connect = {
  /** The place was not chosen by the user, or may be used without being asked for. */
  autoassign: 1 << 0,
  /** The device is plugged in while the guest runs, or may be. */
  hotpluggable: 1 << 1,
  /** Shares its slot with others of its kind (root ports). */
  aggregateSlot: 1 << 2,
  /** Part of the chipset: sits on bus 0. */
  integrated: 1 << 3,
  pciDevice: 1 << 4,
  pcieDevice: 1 << 5,
  pcieRootPort: 1 << 6,
  pcieSwitchUpstreamPort: 1 << 7,
  pcieSwitchDownstreamPort: 1 << 8,
  dmiToPciBridge: 1 << 9,
  pciExpanderBus: 1 << 10,
  pcieExpanderBus: 1 << 11,
  pciBridge: 1 << 12,
  pcieToPciBridge: 1 << 13,
} as const;

const ENDPOINTS = Connect.pciDevice | Connect.pcieDevice;
const TYPES = ~(Connect.autoassign | Connect.hotpluggable | Connect.aggregateSlot | Connect.integrated);

/** Bits of {@link Connect} that stand for a kind of device, with the name that messages give it. */
const kindNames: readonly (readonly [flag: number, name: string])[] = [
  [Connect.pciDevice, "standard PCI device"],
  [Connect.pcieDevice, "PCI Express device"],
  [Connect.pcieRootPort, "pcie-root-port"],
  [Connect.pcieSwitchUpstreamPort, "pcie-switch-upstream-port"],
  [Connect.pcieSwitchDownstreamPort, "pcie-switch-downstream-port"],
  [Connect.dmiToPciBridge, "dmi-to-pci-bridge"],
  [Connect.pcieToPciBridge, "pcie-to-pci-bridge"],
  [Connect.pciExpanderBus, "pci-expander-bus"],
  [Connect.pcieExpanderBus, "pcie-expander-bus"],
  [Connect.pciBridge, "pci-bridge"],
];

interface Offer {
  /** What can be plugged in. */
  readonly flags: number;
  readonly minSlot: number;
  readonly maxSlot: number;
}

const LAST_SLOT = 31;
const LAST_FUNCTION = 7;

const { autoassign: AUTO, hotpluggable: HOT } = Connect;
const BRIDGED = AUTO | HOT | Connect.pciDevice | Connect.pciBridge;
const PORT = AUTO | HOT | Connect.pcieDevice | Connect.pcieSwitchUpstreamPort | Connect.pcieToPciBridge;

const offers = {
  "pci-root": { flags: BRIDGED | Connect.pciExpanderBus, minSlot: 1, maxSlot: LAST_SLOT },
  // No hot plug, and endpoints only where the user or the chipset puts them.
  "pcie-root": {
    flags: Connect.pcieDevice | Connect.pcieRootPort | Connect.dmiToPciBridge | Connect.pcieExpanderBus,
    minSlot: 1,
    maxSlot: LAST_SLOT,
  },
  "pci-bridge": { flags: BRIDGED, minSlot: 1, maxSlot: LAST_SLOT },
  "dmi-to-pci-bridge": { flags: Connect.pciDevice | Connect.pciBridge, minSlot: 0, maxSlot: LAST_SLOT },
  // Slot 0 is the hot plug controller's.
  "pcie-to-pci-bridge": { flags: BRIDGED, minSlot: 1, maxSlot: LAST_SLOT },
  "pcie-root-port": { flags: PORT, minSlot: 0, maxSlot: 0 },
  "pcie-switch-upstream-port": { flags: Connect.pcieSwitchDownstreamPort, minSlot: 0, maxSlot: LAST_SLOT },
  "pcie-switch-downstream-port": { flags: PORT, minSlot: 0, maxSlot: 0 },
  "pci-expander-bus": { flags: BRIDGED, minSlot: 0, maxSlot: LAST_SLOT },
  "pcie-expander-bus": { flags: Connect.pcieRootPort | Connect.dmiToPciBridge, minSlot: 0, maxSlot: LAST_SLOT },
} as const satisfies Readonly<Record<string, Offer>>;

/** Models of `<controller type='pci'>`. */
export type PciBusModel = keyof typeof offers;

/** True for the name of a model of `<controller type='pci'>`. */
export function isPciBusModel(model: string | undefined): model is PciBusModel {
  return model !== undefined && Object.hasOwn(offers, model);
}

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
      return Connect.pcieToPciBridge;
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

interface Slot {
  /** Bit N: function N is taken. */
  functions: number;
  aggregate: boolean;
}

/** A bus and which of its slots are taken. */
export interface PciBus extends Offer {
  readonly model: PciBusModel;
  readonly slots: readonly Slot[];
  /** Devices of different groups do not share a bus if it can be helped; 0 is that of emulated devices. */
  group: number;
  /** The group is not that of the first device plugged in. */
  readonly groupLocked: boolean;
}

/** A bus controller of the document. */
export interface PciBusSpec {
  readonly model: PciBusModel;
  /** Devices may be plugged in while the guest runs. Default true. */
  readonly hotplug?: boolean | undefined;
  /** See {@link PciBus}. Default 0, not locked. */
  readonly group?: number | undefined;
  readonly groupLocked?: boolean | undefined;
}

/** How a {@link PciAddressSet} behaves. */
export interface PciSetOptions {
  /** New buses are added as needed; that is how their number is found out. */
  readonly mayGrow: boolean;
  /** A PCI device on a PCI Express machine gets a pcie-to-pci-bridge; otherwise a dmi-to-pci-bridge with a pci-bridge. */
  readonly hasPcieToPci: boolean;
  /** New buses for PCI devices are roots of their own (sPAPR). */
  readonly multipleRoots?: boolean;
}

/** The PCI buses of a guest and what is plugged in where (`virDomainPCIAddressSet`). */
export class PciAddressSet {
  readonly buses: PciBus[] = [];
  readonly #options: PciSetOptions;

  constructor(specs: readonly PciBusSpec[], options: PciSetOptions) {
    this.#options = options;
    for (const spec of specs) this.#add(spec);
  }

  /** New buses are added as needed. */
  get mayGrow(): boolean {
    return this.#options.mayGrow;
  }

  #add({ model, hotplug = true, group = 0, groupLocked = false }: PciBusSpec, only?: number): void {
    const slots = Array.from({ length: LAST_SLOT + 1 }, () => ({ functions: 0, aggregate: false }));
    const { flags, minSlot, maxSlot } = offers[model];
    this.buses.push({
      model,
      flags: only ?? (hotplug ? flags : flags & ~HOT),
      minSlot,
      maxSlot,
      slots,
      group,
      groupLocked,
    });
  }

  /** True if anything is plugged into the slot. */
  slotInUse({ bus, slot }: Pick<PciPlace, "bus" | "slot">): boolean {
    return (this.buses[bus]?.slots[slot]?.functions ?? 0) !== 0;
  }

  /** True if no slot of the bus is free. */
  isFull(bus: PciBus): boolean {
    return bus.slots.every(({ functions }, slot) => slot < bus.minSlot || slot > bus.maxSlot || functions !== 0);
  }

  #isEmpty(bus: PciBus): boolean {
    return bus.slots.every(({ functions }, slot) => slot < bus.minSlot || slot > bus.maxSlot || functions === 0);
  }

  /**
   * Takes a place that is written down, which may be of the other kind of endpoint (PCI on PCI Express and the reverse).
   * Gives the place taken: in a set that may grow, a bridge that has to be added in front may move it to the next bus.
   * Throws for a bus that is not there, a slot out of range, a device that does not fit, and a place that is taken.
   */
  reserve(place: PciPlace, flags: number, group = 0): PciPlace {
    return this.#reserve(place, flags, group, true);
  }

  /**
   * Takes the next free place that fits, with a certain function if one is given. Throws if there is none and none can be
   * added.
   */
  reserveNext(flags: number, group = 0, fn?: number): PciPlace {
    return this.#reserve(this.#findNext(flags, group, fn), flags, group, false);
  }

  #reserve(wanted: PciPlace, flags: number, group: number, fromDocument: boolean): PciPlace {
    const place = this.mayGrow ? { ...wanted, bus: this.#growTo(wanted.bus, flags) } : wanted;
    const code = codeOf(fromDocument);
    const bus = this.check(place, flags, fromDocument, formatPciPlace(wanted));
    const slot = bus.slots[place.slot];
    if (!slot) return place;
    if (slot.functions & (1 << place.function)) {
      throw virtError(code, `Attempted double use of PCI Address ${formatPciPlace(wanted)}`);
    }
    if (slot.functions === 0 && flags & Connect.aggregateSlot) slot.aggregate = true;
    // The first device decides for the whole bus; who puts another one there gives up on isolation.
    if (this.#isEmpty(bus) && !bus.groupLocked) bus.group = group;
    else if (bus.group !== group && fromDocument) bus.group = 0;
    slot.functions |= 1 << place.function;
    return place;
  }

  #findNext(flags: number, group: number, fn: number | undefined): PciPlace {
    if (this.buses.length === 0) throw virtError(ErrorCode.xmlError, "No PCI buses available");
    const search = (suits: (bus: PciBus) => boolean): PciPlace | undefined => {
      for (const [index, bus] of this.buses.entries()) {
        if (!suits(bus) || mismatch(bus, index, flags, false) !== undefined) continue;
        const found = freeFunction(bus, flags, fn);
        if (found) return { domain: 0, bus: index, ...found };
      }
      return undefined;
    };
    const found =
      search((bus) => bus.group === group) ?? search((bus) => this.#isEmpty(bus) && !bus.groupLocked) ?? undefined;
    if (found) return found;
    if (!this.mayGrow) throw virtError(ErrorCode.internalError, "No more available PCI slots");
    const index = this.#growTo(this.buses.length, flags);
    return { domain: 0, bus: index, slot: this.buses[index]?.minSlot ?? 0, function: fn ?? 0 };
  }

  /** Adds buses up to `index` of the kind that takes such a device. Gives the index of the bus for it. */
  #growTo(index: number, flags: number): number {
    let missing = index - this.buses.length + 1;
    if (missing <= 0) return index;
    let bus = index;
    let model: PciBusModel;
    if (flags & Connect.pciDevice) {
      model = this.#options.multipleRoots === true ? "pci-root" : "pci-bridge";
      const bridged = this.buses.some((each) => each.flags & Connect.pciBridge);
      if (model === "pci-bridge" && !bridged) {
        // A guest of nothing but PCI Express: the bridge needs something to sit on.
        if (missing === 1) {
          missing++;
          bus++;
        }
        if (this.#options.hasPcieToPci) {
          // For this bridge alone: the port that is kept free for later must be another one.
          this.#add({ model: "pcie-root-port" }, Connect.pcieToPciBridge);
          this.#add({ model: "pcie-to-pci-bridge" });
          missing -= 2;
        } else {
          this.#add({ model: "dmi-to-pci-bridge", hotplug: false });
          missing--;
        }
      }
    } else if (flags & (Connect.pcieDevice | Connect.pcieSwitchUpstreamPort)) model = "pcie-root-port";
    else throw cannotGrow(flags);
    for (; missing > 0; missing--) this.#add({ model });
    return bus;
  }

  /**
   * Looks whether a device may be put there; gives the bus. Throws libvirt's refusal if not (`virDomainPCIAddressValidate`).
   * `text` is the place in messages.
   */
  check(place: PciPlace, flags: number, fromDocument: boolean, text: string = formatPciPlace(place)): PciBus {
    const code = codeOf(fromDocument);
    const invalid = (why: string): Error => virtError(code, `Invalid PCI address ${text}. ${why}`);
    if (this.buses.length === 0) throw virtError(code, "No PCI buses available");
    if (place.domain !== 0) throw invalid("Only PCI domain 0 is available");
    const bus = this.buses[place.bus];
    if (!bus) throw invalid(`Only PCI buses up to ${this.buses.length - 1} are available`);
    const why = mismatch(bus, place.bus, flags, fromDocument);
    if (why !== undefined) throw virtError(code, `The device at PCI address ${text} ${why}`);
    if (place.slot < bus.minSlot) throw invalid(`slot must be >= ${bus.minSlot}`);
    if (place.slot > bus.maxSlot) throw invalid(`slot must be <= ${bus.maxSlot}`);
    if (place.function > LAST_FUNCTION) throw invalid(`function must be <= ${LAST_FUNCTION}`);
    return bus;
  }
}

function codeOf(fromDocument: boolean): ErrorCode {
  return fromDocument ? ErrorCode.xmlError : ErrorCode.internalError;
}

/** Why a device that needs `device` cannot be plugged into a bus; undefined if it can. */
function mismatch(bus: PciBus, index: number, device: number, fromDocument: boolean): string | undefined {
  let offered = bus.flags;
  let wanted = device;
  if (device & Connect.integrated) {
    if (index !== 0) return "needs to be an integrated device (bus=0)";
    // The chipset's own devices sit there whatever the bus says.
    offered |= Connect.pciDevice | Connect.autoassign;
  }
  const controller = `the PCI controller with index='${index}'`;
  if (fromDocument) {
    // Whoever wrote the place down knows better than our preferences.
    if (offered & ENDPOINTS) offered |= ENDPOINTS;
    if (device & Connect.pciBridge) wanted |= Connect.pciDevice;
  } else if (device & Connect.autoassign && !(offered & Connect.autoassign)) {
    return `was auto-assigned this address, but ${controller} doesn't allow auto-assignment`;
  }
  if (device & Connect.hotpluggable && !(offered & Connect.hotpluggable)) {
    return `requires hotplug capability, but ${controller} doesn't support hotplug`;
  }
  if (wanted & offered & TYPES) return undefined;
  const kind = kindNames.find(([flag]) => wanted & flag)?.[1];
  if (kind === undefined) return "has unrecognized connection type flags 0x00";
  return `cannot be plugged into ${controller}. It requires a controller that accepts a ${kind}.`;
}

function freeFunction(bus: PciBus, flags: number, fn = 0): Pick<PciPlace, "slot" | "function"> | undefined {
  for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) {
    const { functions, aggregate } = bus.slots[slot] ?? { functions: 0xff, aggregate: false };
    if (functions === 0) return { slot, function: fn };
    if (!(flags & Connect.aggregateSlot) || !aggregate) continue;
    for (let free = fn; free <= LAST_FUNCTION; free++) if (!(functions & (1 << free))) return { slot, function: free };
  }
  return undefined;
}

function cannotGrow(flags: number): Error {
  const model = (Object.keys(offers) as PciBusModel[]).find(
    (each) => each !== "pcie-to-pci-bridge" && (connectOfModel(each) & flags & TYPES) !== 0,
  );
  return virtError(
    ErrorCode.internalError,
    model === undefined
      ? `Cannot automatically add a new PCI bus for a device with connect flags ${flags.toString(16).padStart(2, "0")}`
      : `a PCI slot is needed to connect a PCI controller model='${model}', but none is available, and it cannot be automatically added`,
  );
}
