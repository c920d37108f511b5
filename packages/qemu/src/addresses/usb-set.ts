import { ErrorCode, virtError } from "@tsvirt/base";

/** A port of a USB bus: the way from the root hub down, e.g. `1.2`. */
export interface UsbPlace {
  readonly bus: number;
  readonly port: string;
}

/** A hub with the ports that are taken; by what, if it is a hub. */
interface Hub {
  readonly size: number;
  readonly taken: Map<number, Hub | undefined>;
}

/** A USB hub has eight ports in QEMU. */
export const USB_HUB_PORTS = 8;
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

/** The ports of a guest's USB buses (`virDomainUSBAddressSet`). */
export class UsbAddressSet {
  readonly #buses = new Map<number, Hub>();

  /** Adds a bus with so many ports. Throws if it is there already. */
  addBus(index: number, ports: number): void {
    if (ports === 0) return;
    if (this.#buses.has(index)) {
      throw virtError(ErrorCode.xmlError, `Duplicate USB controllers with index ${index}`);
    }
    this.#buses.set(index, { size: ports, taken: new Map() });
  }

  /** Takes a port and hangs a hub on it, whatever else is there already but another hub. */
  addHub(place: UsbPlace): void {
    const { hub, port } = this.#find(place);
    if (hub.taken.get(port) !== undefined) {
      throw virtError(ErrorCode.xmlError, `Duplicate USB hub on bus ${place.bus} port ${place.port}`);
    }
    hub.taken.set(port, { size: USB_HUB_PORTS, taken: new Map() });
  }

  /** Takes a port. Throws if it is not there or taken. */
  reserve(place: UsbPlace): void {
    const { hub, port } = this.#find(place);
    if (hub.taken.has(port)) {
      throw virtError(ErrorCode.xmlError, `Duplicate USB address bus ${place.bus} port ${place.port}`);
    }
    hub.taken.set(port, undefined);
  }

  /** Takes the next free port, of `bus` if given. Throws if there is none. */
  reserveNext(bus?: number): UsbPlace {
    if (bus !== undefined && !this.#buses.has(bus)) {
      throw virtError(ErrorCode.xmlError, `USB bus ${bus} requested but no controller with that index is present`);
    }
    const indexes = bus === undefined ? [...this.#buses.keys()].sort((a, b) => a - b) : [bus];
    for (const index of indexes) {
      const hub = this.#buses.get(index);
      const port = hub && freePort(hub, 1);
      if (port === undefined) continue;
      this.reserve({ bus: index, port });
      return { bus: index, port };
    }
    throw virtError(ErrorCode.internalError, "No free USB ports");
  }

  #find({ bus, port }: UsbPlace): { hub: Hub; port: number } {
    let hub = this.#buses.get(bus);
    if (!hub) throw virtError(ErrorCode.xmlError, `Missing USB bus ${bus}`);
    const path = port.split(".").map(Number);
    const last = path.pop() ?? 0;
    for (const step of path) {
      const what = `USB address bus: ${bus} port: ${port}`;
      if (step > hub.size) throw virtError(ErrorCode.xmlError, `port ${step} out of range in ${what}`);
      const next: Hub | undefined = hub.taken.get(step);
      if (next === undefined) throw virtError(ErrorCode.xmlError, `there is no hub at port ${step} in ${what}`);
      hub = next;
    }
    if (last > hub.size) {
      throw virtError(ErrorCode.xmlError, `requested USB port ${port} not present on USB bus ${bus}`);
    }
    return { hub, port: last };
  }
}

/** A port of the hub itself, or else of the first hub on it that has one. */
function freePort(hub: Hub, depth: number): string | undefined {
  for (let port = 1; port <= hub.size; port++) if (!hub.taken.has(port)) return String(port);
  if (depth >= MAX_DEPTH) return undefined;
  for (const [port, below] of [...hub.taken].sort(([a], [b]) => a - b)) {
    const free = below && freePort(below, depth + 1);
    if (free !== undefined) return `${port}.${free}`;
  }
  return undefined;
}
