import { ErrorCode, virtError } from "@tsvirt/base";
import { type Address, ensureController, everyDevice, placedDevice } from "@tsvirt/model/domain";
import { blame } from "./blame.ts";
import { type Completing, findController } from "./state.ts";

/** Ports of a controller that does not say how many it has. */
const DEFAULT_PORTS = 31;

interface Port {
  readonly controller: number;
  readonly port: number;
}

/** The ports of the controllers, and which of them are taken (`virDomainVirtioSerialAddrSet`). */
class PortSet {
  readonly #controllers = new Map<number, { readonly size: number; readonly taken: Set<number> }>();

  add(index: number, size: number): void {
    this.#controllers.set(index, { size, taken: new Set() });
  }

  has(index: number): boolean {
    return this.#controllers.has(index);
  }

  /** Takes a port. Throws if it is not there or taken. */
  reserve({ controller, port }: Port): void {
    const found = this.#controllers.get(controller);
    if (!found) throw virtError(ErrorCode.xmlError, `virtio serial controller ${controller} is missing`);
    if (port >= found.size) {
      throw virtError(ErrorCode.xmlError, `virtio serial controller ${controller} does not have port ${port}`);
    }
    if (found.taken.has(port)) {
      throw virtError(ErrorCode.xmlError, `virtio serial port ${port} on controller ${controller} is already occupied`);
    }
    found.taken.add(port);
  }

  /** The next free port from `first` on, of any controller. */
  findNext(first: number): Port | undefined {
    for (const controller of [...this.#controllers.keys()].sort((a, b) => a - b)) {
      const port = this.findOn(controller, first);
      if (port !== undefined) return { controller, port };
    }
    return undefined;
  }

  /** The next free port of a controller from `first` on. */
  findOn(controller: number, first: number): number | undefined {
    const found = this.#controllers.get(controller);
    for (let port = first; found && port < found.size; port++) if (!found.taken.has(port)) return port;
    return undefined;
  }
}

/** Ports of virtio-serial: port 0 is a console's. Consoles without a place get one from QEMU; room is left for them. */
export function assignVirtioSerial({ devices, report }: Completing): void {
  const channels = devices.channels.filter(({ target }) => target.type === "virtio");
  const consoles = devices.consoles.filter(({ target }) => target?.type === "virtio");
  const set = new PortSet();
  for (const { type, index = 0, ports } of devices.controllers) {
    if (type === "virtio-serial") set.add(index, ports === undefined || ports < 0 ? DEFAULT_PORTS : ports);
  }
  for (const any of everyDevice(devices)) {
    const place = placeOf(placedDevice(any)?.address);
    if (place) blame(report, any.device, () => set.reserve(place));
  }
  const onAny = (first: number): Port => {
    const found = set.findNext(first);
    if (found) return found;
    let controller = 0;
    while (findController(devices, "virtio-serial", controller)) controller++;
    ensureController(devices, "virtio-serial", controller);
    set.add(controller, DEFAULT_PORTS);
    return { controller, port: first };
  };
  const on = (controller: number): Port => {
    if (!set.has(controller)) {
      throw virtError(ErrorCode.internalError, `virtio-serial controller ${controller} not available`);
    }
    const port = set.findOn(controller, 1);
    if (port === undefined) {
      throw virtError(ErrorCode.xmlError, `Unable to find a free port on virtio-serial controller ${controller}`);
    }
    return { controller, port };
  };
  for (const device of consoles) {
    if (placeOf(device.address)) continue;
    // Which controller a console names without a port does not count.
    const placed = device.address?.type === "virtio-serial";
    blame(report, device, () => set.reserve(placed ? on(0) : onAny(0)));
  }
  for (const device of channels) {
    const { address } = device;
    if (placeOf(address)) continue;
    const { controller, port } = blame(report, device, () => {
      const place = address?.type === "virtio-serial" ? on(address.controller) : onAny(1);
      set.reserve(place);
      return place;
    });
    device.address = { type: "virtio-serial", controller, bus: 0, port };
  }
}

/** The port that an address names; none if it leaves the port open. */
function placeOf(address: Address | undefined): Port | undefined {
  if (address?.type !== "virtio-serial" || address.port === 0) return undefined;
  return { controller: address.controller, port: address.port };
}
