import { ErrorCode, virtError } from "@tsvirt/base";
import type { Address, Devices, Hub, Report } from "@tsvirt/model/domain";
import { portsOfUsbModel, USB_HUB_PORTS, UsbAddressSet, type UsbPlace } from "../addresses/usb-set.ts";
import { blame } from "./blame.ts";

interface UsbDevice {
  address?: Address;
}

/**
 * Ports of USB (`qemuDomainAssignUSBAddresses`), with hubs if there are too few. In a definition that exists already
 * (`isNew` false) devices stay where QEMU put them, which is known only if all have a port.
 */
export function assignUsb(devices: Devices, isNew: boolean, report: Report = () => undefined): void {
  const users = usbDevices(devices);
  if (!isNew && [...devices.hubs, ...users].some((device) => placeOf(device) === undefined)) return;
  addHubs(devices, users.length);
  const set = new UsbAddressSet();
  for (const controller of devices.controllers) {
    const { type, index = 0, model = "", ports } = controller;
    if (type === "usb") blame(report, controller, () => set.addBus(index, portsOfUsbModel(model, ports)));
  }
  for (const hub of devices.hubs) {
    const place = placeOf(hub);
    if (place) blame(report, hub, () => set.addHub(place));
  }
  for (const device of users) {
    const place = placeOf(device);
    if (place) blame(report, device, () => set.reserve(place));
  }
  const assign = (device: UsbDevice): UsbPlace => {
    const bus = device.address?.type === "usb" ? (device.address.bus ?? 0) : undefined;
    const place = blame(report, device, () => set.reserveNext(bus));
    device.address = { type: "usb", ...place };
    return place;
  };
  for (const hub of devices.hubs) if (placeOf(hub) === undefined) set.addHub(assign(hub));
  for (const device of users) {
    const { address } = device;
    if (address === undefined || (address.type === "usb" && placeOf(device) === undefined)) assign(device);
  }
}

function placeOf({ address }: UsbDevice): UsbPlace | undefined {
  if (address?.type !== "usb" || address.port === undefined) return undefined;
  return { bus: address.bus ?? 0, port: address.port };
}

/** Adds hubs until everything has a port. */
function addHubs(devices: Devices, users: number): void {
  const wanted = users + devices.hubs.length;
  if (wanted > 0 && !devices.controllers.some(({ type, model }) => type === "usb" && model !== "none")) {
    throw virtError(
      ErrorCode.configUnsupported,
      "USB is disabled for this domain, but USB devices are present in the domain XML",
    );
  }
  let ports = devices.hubs.length * USB_HUB_PORTS;
  for (const controller of devices.controllers) {
    if (controller.type === "usb") ports += portsOfUsbModel(controller.model ?? "", controller.ports);
  }
  if (wanted <= ports) return;
  const needed = Math.ceil((wanted - ports + 1) / (USB_HUB_PORTS - 1));
  devices.hubs.push(...Array.from({ length: needed }, (): Hub => ({ type: "usb" })));
}

/** The devices on USB, in the order in which libvirt gives them ports; hubs come before. */
function usbDevices(devices: Devices): UsbDevice[] {
  return [
    ...devices.hostdevs.filter(({ mode, type }) => mode === "subsystem" && type === "usb"),
    ...devices.disks.filter(({ target }) => target.bus === "usb"),
    ...devices.controllers.filter(({ type }) => type === "ccid"),
    ...devices.inputs.filter(({ bus }) => bus === "usb"),
    ...devices.serials.filter(({ target }) => target?.type === "usb-serial"),
    ...devices.sounds.filter(({ model }) => model === "usb"),
    ...devices.redirdevs.filter(({ bus }) => bus === "usb"),
  ];
}
