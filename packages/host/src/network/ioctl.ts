import { OwnedDescriptor } from "../descriptor.ts";
import { hasErrno } from "../errors.ts";
import { libc } from "../ffi/libc.ts";
import { littleEndian } from "../ffi/memory.ts";

/** Longest interface name: `IFNAMSIZ` less the final NUL. */
export const INTERFACE_NAME_MAX = 15;

const SIOCBRDELBR = 0x89a1;
const SIOCBRADDIF = 0x89a2;
const SIOCBRDELIF = 0x89a3;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCSIFMTU = 0x8922;
const SIOCSIFHWADDR = 0x8924;
const SIOCGIFINDEX = 0x8933;
const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const TUNSETOWNER = 0x400454cc;
const TUNSETGROUP = 0x400454ce;
const IFF_UP = 1;
const IFF_TAP = 0x0002;
const IFF_MULTI_QUEUE = 0x0100;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const ARPHRD_ETHER = 1;
const O_RDWR = 2;
const O_NONBLOCK = 0o4000;

/** `struct ifreq`: a name and a union, 40 bytes. */
function request(name: string): { readonly bytes: Uint8Array; readonly view: DataView } {
  const bytes = new Uint8Array(40);
  bytes.set(new TextEncoder().encode(name).subarray(0, INTERFACE_NAME_MAX));
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Runs one interface ioctl on a socket of its own. */
function control(code: number, bytes: Uint8Array, what: string): void {
  using socket = new OwnedDescriptor(libc().controlSocket());
  libc().ioctlStruct(socket.fd, code, bytes, what);
}

function interfaceIndex(name: string): number {
  const { bytes, view } = request(name);
  control(SIOCGIFINDEX, bytes, `Unable to get index for interface ${name}`);
  return view.getInt32(16, littleEndian);
}

/** Is there an interface of that name in our network namespace? (sysfs may show another one's.) */
export function interfaceExists(name: string): boolean {
  try {
    interfaceIndex(name);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENODEV", "ENXIO")) return false;
    throw error;
  }
}

/** Removes a bridge that is down; false when it was not there. */
export function deleteBridge(name: string): boolean {
  try {
    control(SIOCBRDELBR, request(name).bytes, `Unable to delete bridge ${name}`);
    return true;
  } catch (error) {
    if (hasErrno(error, "ENXIO", "ENODEV")) return false;
    throw error;
  }
}

/** Plugs an interface into a bridge, or pulls it out. */
export function changeBridgePort(bridge: string, name: string, attached: boolean): void {
  const { bytes, view } = request(bridge);
  view.setInt32(16, interfaceIndex(name), littleEndian);
  const what = attached
    ? `Unable to add bridge ${bridge} port ${name}`
    : `Unable to remove bridge ${bridge} port ${name}`;
  control(attached ? SIOCBRADDIF : SIOCBRDELIF, bytes, what);
}

/** Sets an interface up or down. */
export function setInterfaceUp(name: string, up: boolean): void {
  const { bytes, view } = request(name);
  control(SIOCGIFFLAGS, bytes, `Cannot get interface flags on '${name}'`);
  const flags = view.getInt16(16, littleEndian);
  view.setInt16(16, up ? flags | IFF_UP : flags & ~IFF_UP, littleEndian);
  control(SIOCSIFFLAGS, bytes, `Cannot set interface flags on '${name}'`);
}

/** Sets the largest packet. */
export function setInterfaceMtu(name: string, mtu: number): void {
  const { bytes, view } = request(name);
  view.setInt32(16, mtu, littleEndian);
  control(SIOCSIFMTU, bytes, `Cannot set interface MTU on '${name}'`);
}

/** Sets the hardware address. */
export function setInterfaceMac(name: string, mac: string): void {
  const { bytes, view } = request(name);
  view.setUint16(16, ARPHRD_ETHER, littleEndian);
  for (const [index, part] of mac.split(":").entries()) view.setUint8(18 + index, Number.parseInt(part, 16));
  control(SIOCSIFHWADDR, bytes, `Cannot set interface MAC to ${mac} on '${name}'`);
}

/** What one tap queue is opened with. */
export interface TapQueue {
  readonly name: string;
  readonly vnetHeader: boolean;
  readonly multiQueue: boolean;
}

/** Opens one queue of a tap, making the tap with its first; the name the kernel gave it and the descriptor. */
export function openTapQueue({ name, vnetHeader, multiQueue }: TapQueue): {
  readonly name: string;
  readonly descriptor: OwnedDescriptor;
} {
  using descriptor = new OwnedDescriptor(libc().open("/dev/net/tun", O_RDWR | O_NONBLOCK));
  const { bytes, view } = request(name);
  const flags = IFF_TAP | IFF_NO_PI | (vnetHeader ? IFF_VNET_HDR : 0) | (multiQueue ? IFF_MULTI_QUEUE : 0);
  view.setInt16(16, flags, littleEndian);
  libc().ioctlStruct(descriptor.fd, TUNSETIFF, bytes, `Unable to create tap device ${name}`);
  const end = bytes.indexOf(0);
  return {
    name: new TextDecoder().decode(bytes.subarray(0, end < 0 || end > INTERFACE_NAME_MAX ? INTERFACE_NAME_MAX : end)),
    descriptor: new OwnedDescriptor(descriptor.take()),
  };
}

/** Lets a tap outlive its descriptors, or not. */
export function setTapPersistent(
  fd: number,
  persistent: boolean,
  owner?: { readonly uid: number; readonly gid: number },
): void {
  const c = libc();
  if (owner) {
    c.ioctlInteger(fd, TUNSETOWNER, owner.uid, "Unable to set owner of tap device");
    c.ioctlInteger(fd, TUNSETGROUP, owner.gid, "Unable to set group of tap device");
  }
  c.ioctlInteger(fd, TUNSETPERSIST, persistent ? 1 : 0, "Unable to set tap device persistence");
}
