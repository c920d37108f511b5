import { ErrorCode } from "@tsvirt/base";
import { type Interface, isVirtioInterface } from "@tsvirt/model/domain";
import type { Completing } from "../state.ts";
import { checked, type Refuse } from "./refuse.ts";

type InterfaceType = Interface["type"];

/** Interfaces whose host's end has a size of packets to be set. */
const withMtu: readonly InterfaceType[] = ["network", "bridge", "ethernet", "vhostuser"];

/** What QEMU cannot do with a network card (`qemuValidateDomainDeviceDefNetwork`). */
export function validateInterface(state: Completing, nic: Interface): void {
  checked(state, nic, (refuse) => {
    const { type, driver, teaming } = nic;
    checkGuestAddresses(state, nic, refuse);
    if (isVirtioInterface(nic)) {
      for (const [name, size = 0] of [
        ["rx_queue_size", driver?.rxQueueSize],
        ["tx_queue_size", driver?.txQueueSize],
      ] as const) {
        if (size !== 0 && !isPowerOfTwo(size)) refuse(`${name} has to be a power of two`);
      }
      const canHash = state.caps.has("virtio-net.rss");
      if (driver?.rss !== undefined && !canHash) refuse("virtio rss is not supported with this QEMU binary");
      if (driver?.rssHashReport !== undefined && !canHash) {
        refuse("virtio rss hash report is not supported with this QEMU binary");
      }
    }
    const passt = type === "user" && nic.backend?.type === "passt";
    if ((nic.mtu ?? 0) > 0 && !withMtu.includes(type) && !passt) {
      refuse(`setting MTU on interface type ${type} is not supported yet`);
    }
    if (teaming?.type === "persistent" && !isVirtioInterface(nic)) {
      refuse(`virtio-net teaming persistent interface must be <model type='virtio'/>, not '${nic.model ?? "<null>"}'`);
    }
    if (teaming?.type === "transient" && type !== "hostdev" && type !== "network") {
      refuse(`virtio-net teaming transient interface must be type='hostdev', not '${type}'`);
    }
    if (nic.coalesce !== undefined && type !== "network" && type !== "bridge") {
      refuse(`coalesce settings on interface type ${type} are not supported`);
    }
  });
}

/** QEMU gives addresses to guests only on its own network. */
function checkGuestAddresses({ caps }: Completing, nic: Interface, refuse: Refuse): void {
  const { type, ips, routes } = nic;
  if (type === "vdpa") {
    if (!caps.has("netdev.vhost-vdpa")) refuse("vDPA devices are not supported with this QEMU binary");
    if (nic.model !== "virtio") {
      refuse(`invalid model for interface of type '${type}': '${nic.model ?? "unknown"}'`);
    }
    return;
  }
  if (type !== "user") {
    if (ips.length + routes.length > 0) {
      refuse("Invalid attempt to set network interface guest-side IP route and/or address info, not supported by QEMU");
    }
    return;
  }
  if (routes.length > 0) {
    refuse("Invalid attempt to set network interface guest-side IP route, not supported by QEMU");
  }
  const families = new Set<"IPv4" | "IPv6">();
  for (const { address, prefix = 0, peer } of ips) {
    if (peer !== undefined) refuse("Invalid attempt to set peer IP for guest");
    const family = address.includes(":") ? "IPv6" : "IPv4";
    if (families.has(family)) refuse(`Only one ${family} address per interface is allowed`);
    families.add(family);
    if (family === "IPv4" && prefix > 0 && (prefix < 4 || prefix > 27)) {
      refuse("invalid prefix, must be in range of 4-27", ErrorCode.xmlError);
    }
    if (family === "IPv6" && prefix !== 0 && prefix !== 64) {
      refuse(`unsupported IPv6 address prefix='${prefix}' - must be 64`);
    }
  }
}

/** True for 1, 2, 4, … */
export function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value));
}
