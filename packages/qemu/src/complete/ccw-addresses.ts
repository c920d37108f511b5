import { ErrorCode, virtError } from "@tsvirt/base";
import {
  type Address,
  type AnyDevice,
  type CcwAddress,
  everyDevice,
  type PlacedDevice,
  placedDevice,
} from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

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
  for (const hostdev of devices.hostdevs) if (hostdev.model === "vfio-ap") delete hostdev.address;
  const users: PlacedDevice[] = [];
  for (const each of everyDevice(devices)) {
    const device = placedDevice(each);
    if (device && onChannel(each, caps.has("vfio-ccw"))) users.push(device);
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
function onChannel({ kind, device }: AnyDevice, hasVfioCcw: boolean): boolean {
  const address = "address" in device ? device.address : undefined;
  if (typeof address === "object") return address.type === "ccw";
  switch (kind) {
    case "disk":
      return device.target.bus === "virtio";
    case "interface":
      return device.model?.startsWith("virtio") === true;
    case "video":
      return device.model?.type === "virtio";
    case "input":
      return device.bus === "virtio";
    case "controller":
      return device.type === "virtio-serial" || device.type === "scsi";
    case "hostdev":
      return device.type === "scsi_host" || (hasVfioCcw && device.type === "mdev" && device.model === "vfio-ccw");
    case "memballoon":
      return device.model !== "none";
    case "memory":
      return device.model === "virtio-pmem" || device.model === "virtio-mem";
    case "rng":
    case "filesystem":
    case "vsock":
    case "crypto":
      return true;
    default:
      return false;
  }
}
