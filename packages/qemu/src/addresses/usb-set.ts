import { ErrorCode, virtError } from "@tsvirt/base";

/** A port of a USB bus: the way from the root hub down, e.g. `1.2`. */
export interface UsbPlace {
  readonly bus: number;
  readonly port: string;
}

interface Hub {
  readonly ports: (Hub | "taken" | undefined)[];
}

/** A USB hub has eight ports in QEMU. */
const HUB_PORTS = 8;
/** Hubs can be this deep. */
const MAX_DEPTH = 4;

/**
 * Ports of a host controller's model, no model being the machine's own; 0 for companions, whose ports are their master's.
 */
export function portsOfUsbModel(model: string, ports?: number): number {
  switch (model) {
    case "":
    case "piix3-uhci":
    case "piix4-uhci":
    case "vt82c686b-uhci":
      return 2;
    case "pci-ohci":
      return 3;
    case "ehci":
    case "ich9-ehci1":
      return 6;
    case "nec-xhci":
    case "qemu-xhci":
      return ports ?? 4;
    case "qusb1":
    case "qusb2":
      return ports ?? 8;
    default:
      return 0;
  }
}

/** The ports of a guest's USB buses. */
export class UsbAddressSet {
  readonly #buses = new Map<number, Hub>();

  /** Adds a bus with so many ports. Throws if it is there already. */
  addBus(index: number, ports: number): void {
    if (ports === 0) return;
    if (this.#buses.has(index)) {
      throw virtError(ErrorCode.xmlError, `Duplicate USB controllers with index ${index}`);
    }
    this.#buses.set(index, { ports: Array.from({ length: ports }, () => undefined) });
  }

  get hasBuses(): boolean {
    return this.#buses.size > 0;
  }

  /** Takes a port and hangs a hub on it. */
  addHub(place: UsbPlace): void {
    const { hub, index } = this.#find(place);
    if (hub.ports[index] !== undefined) {
      throw virtError(ErrorCode.xmlError, `USB port ${place.port} is already in use on bus ${place.bus}`);
    }
    hub.ports[index] = { ports: Array.from({ length: HUB_PORTS }, () => undefined) };
  }

  /** Takes a port. Throws if it is not there or taken. */
  reserve(place: UsbPlace): void {
    const { hub, index } = this.#find(place);
    if (hub.ports[index] !== undefined) {
      throw virtError(ErrorCode.xmlError, `Duplicate USB address bus ${place.bus} port ${place.port}`);
    }
    hub.ports[index] = "taken";
  }

  /** Takes the next free port, of `bus` if given: nearest to the root first. Throws if there is none. */
  reserveNext(bus?: number): UsbPlace {
    const place = this.findNext(bus);
    if (!place) throw virtError(ErrorCode.xmlError, "No free USB ports");
    this.reserve(place);
    return place;
  }

  /** The next free port, nearest to the root first. */
  findNext(bus?: number): UsbPlace | undefined {
    const indexes = bus === undefined ? [...this.#buses.keys()].sort((a, b) => a - b) : [bus];
    for (const index of indexes) {
      const hub = this.#buses.get(index);
      const port = hub && freePort(hub);
      if (port !== undefined) return { bus: index, port };
    }
    return undefined;
  }

  #find({ bus, port }: UsbPlace): { hub: Hub; index: number } {
    let hub = this.#buses.get(bus);
    if (!hub)
      throw virtError(ErrorCode.xmlError, `USB bus ${bus} requested but no controller with that index is present`);
    const path = port.split(".").map(Number);
    const last = path.pop() ?? 0;
    for (const step of path) {
      const next: Hub | "taken" | undefined = hub.ports[step - 1];
      if (typeof next !== "object") {
        throw virtError(ErrorCode.xmlError, `there is no hub at port ${step} in USB address bus: ${bus} port: ${port}`);
      }
      hub = next;
    }
    if (last < 1 || last > hub.ports.length) {
      throw virtError(ErrorCode.xmlError, `port ${last} out of range in USB address bus: ${bus} port: ${port}`);
    }
    return { hub, index: last - 1 };
  }
}

/** Breadth first: a port of the hub itself before those of the hubs on it. */
function freePort(root: Hub): string | undefined {
  let level: { hub: Hub; prefix: string }[] = [{ hub: root, prefix: "" }];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: { hub: Hub; prefix: string }[] = [];
    for (const { hub, prefix } of level) {
      for (const [index, port] of hub.ports.entries()) {
        if (port === undefined) return `${prefix}${index + 1}`;
        if (typeof port === "object") next.push({ hub: port, prefix: `${prefix}${index + 1}.` });
      }
    }
    level = next;
  }
  return undefined;
}
