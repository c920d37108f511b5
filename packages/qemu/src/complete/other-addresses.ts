import { ErrorCode, virtError } from "@tsvirt/base";
import { type Address, type Devices, ensureController } from "@tsvirt/model/domain";
import { portsOfUsbModel, UsbAddressSet } from "../addresses/usb-set.ts";
import { type Completing, findController } from "./state.ts";

/** Ports of virtio-serial for channels: port 0 is a console's. Consoles without a place get one from QEMU. */
export function assignVirtioSerial({ devices }: Completing): void {
  const used = new Map<number, Set<number>>();
  const portsOf = (controller: number): Set<number> => {
    const ports = used.get(controller) ?? new Set();
    used.set(controller, ports);
    return ports;
  };
  const channels = devices.channels.filter(({ target }) => target.type === "virtio");
  const consoles = devices.consoles.filter(({ target }) => target?.type === "virtio");
  const users: { address?: Address }[] = [...channels, ...consoles];
  for (const { address } of users) {
    if (address?.type !== "virtio-serial" || address.port === 0) continue;
    const ports = portsOf(address.controller);
    if (ports.has(address.port)) {
      throw virtError(
        ErrorCode.xmlError,
        `virtio serial port ${address.port} on controller ${address.controller} is already occupied`,
      );
    }
    ports.add(address.port);
  }
  const assign = (device: { address?: Address }): void => {
    const { address } = device;
    if (address?.type === "virtio-serial" && address.port !== 0) return;
    const wanted = address?.type === "virtio-serial" ? address.controller : undefined;
    for (let controller = wanted ?? 0; ; controller++) {
      const found = findController(devices, "virtio-serial", controller);
      if (!found && wanted === undefined) ensureController(devices, "virtio-serial", controller);
      const limit = found?.ports !== undefined && found.ports > 0 ? found.ports : 31;
      const ports = portsOf(controller);
      let port = 1;
      while (ports.has(port)) port++;
      if (port >= limit && wanted === undefined) continue;
      ports.add(port);
      device.address = { type: "virtio-serial", controller, bus: 0, port };
      return;
    }
  };
  for (const channel of channels) assign(channel);
}

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

/** Ports of USB (`qemuDomainAssignUSBAddresses`). */
export function assignUsb(devices: Devices): void {
  const set = new UsbAddressSet();
  for (const { type, index = 0, model = "", ports } of devices.controllers) {
    if (type === "usb") set.addBus(index, portsOfUsbModel(model, ports));
  }
  const hubs = devices.hubs;
  for (const { address } of hubs) {
    if (address?.type === "usb" && address.port !== undefined)
      set.addHub({ bus: address.bus ?? 0, port: address.port });
  }
  const users = usbDevices(devices);
  for (const { address } of users) {
    if (address?.type === "usb" && address.port !== undefined)
      set.reserve({ bus: address.bus ?? 0, port: address.port });
  }
  if (!set.hasBuses) return;
  for (const hub of hubs) {
    if (hub.address?.type === "usb" && hub.address.port !== undefined) continue;
    const place = set.findNext(hub.address?.type === "usb" ? hub.address.bus : undefined);
    if (!place) throw virtError(ErrorCode.xmlError, "No free USB ports");
    set.addHub(place);
    hub.address = { type: "usb", ...place };
  }
  for (const device of users) {
    if (device.address !== undefined && (device.address.type !== "usb" || device.address.port !== undefined)) continue;
    const bus = device.address?.type === "usb" ? device.address.bus : undefined;
    device.address = { type: "usb", ...set.reserveNext(bus) };
  }
}

/** The devices on USB, in the order in which libvirt gives them ports; hubs come before. */
function usbDevices(devices: Devices): { address?: Address }[] {
  return [
    ...devices.hostdevs.filter(({ type }) => type === "usb"),
    ...devices.disks.filter(({ target }) => target.bus === "usb"),
    ...devices.controllers.filter(({ type }) => type === "ccid"),
    ...devices.inputs.filter(({ bus }) => bus === "usb"),
    ...devices.serials.filter(({ target }) => target?.type === "usb-serial"),
    ...devices.sounds.filter(({ model }) => model === "usb"),
    ...devices.redirdevs,
  ];
}
