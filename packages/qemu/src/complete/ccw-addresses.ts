import { ErrorCode, virtError } from "@tsvirt/base";
import {
  type Address,
  type AnyDevice,
  type CcwAddress,
  everyDevice,
  isSerialConsole,
  type PlacedDevice,
  placedDevice,
} from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";
import { isVirtioDevice } from "./virtio-devices.ts";

/** Virtio devices are in this channel subsystem, whatever the guest's own is called. */
const VIRTIO_CSSID = 0xfe;
const LAST_DEVNO = 0xffff;

/** A channel device's number as libvirt's messages and QEMU write it: `fe.0.0001`. */
export function formatCcw({ cssid = 0, ssid = 0, devno = 0 }: CcwAddress): string {
  return `${cssid.toString(16)}.${ssid.toString(16)}.${devno.toString(16).padStart(4, "0")}`;
}

/** Gives the channel devices of s390 their numbers (`qemuDomainAssignS390Addresses`). */
export function assignCcw(state: Completing): void {
  const { devices, board, caps, report } = state;
  if (!board.isS390Ccw) return;
  const hasVfioCcw = caps.has("vfio-ccw");
  for (const hostdev of devices.hostdevs) if (hasVfioCcw && hostdev.model === "vfio-ap") delete hostdev.address;
  const users: PlacedDevice[] = [];
  for (const each of everyDevice(devices)) {
    // The console that stands for a serial port is no device of its own.
    const device = each.kind === "console" && isSerialConsole(each.device) ? undefined : placedDevice(each);
    if (device && onChannel(each, hasVfioCcw)) users.push(device);
  }
  const used = new Set<string>();
  for (const device of users) {
    if (!isNumbered(device.address)) continue;
    const name = formatCcw(device.address);
    if (used.has(name)) report(device, `The CCW devno '${name}' is in use already`);
    used.add(name);
  }
  let devno = 0;
  const next = (): CcwAddress => ({ type: "ccw", cssid: VIRTIO_CSSID, ssid: 0, devno });
  for (const device of users) {
    if (isNumbered(device.address)) continue;
    while (used.has(formatCcw(next()))) devno++;
    if (devno > LAST_DEVNO) throw virtError(ErrorCode.internalError, "There are no more free CCW devnos.");
    device.address = next();
    used.add(formatCcw(device.address));
  }
}

function isNumbered(address: Address | undefined): address is CcwAddress {
  return address?.type === "ccw" && address.devno !== undefined;
}

/** A device that is on the channel subsystem, or is put there as it has no place of its own. */
function onChannel(any: AnyDevice, hasVfioCcw: boolean): boolean {
  const { kind, device } = any;
  const address = "address" in device ? device.address : undefined;
  if (typeof address === "object") return address.type === "ccw";
  if (kind === "hostdev" && device.type === "mdev") return hasVfioCcw && device.model === "vfio-ccw";
  return isVirtioDevice(any) || kind === "filesystem" || kind === "vsock";
}
