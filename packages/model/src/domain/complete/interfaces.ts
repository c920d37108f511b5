import { ErrorCode } from "@tsvirt/base";
import type { Interface } from "../interface.ts";
import type { Report } from "./report.ts";
import { completeVirtualPort } from "./virtual-port.ts";

/** Whether a card is a virtio device: only those have driver settings. */
export function isVirtioInterface(device: Interface): boolean {
  return (
    device.model === "virtio" || device.model === "virtio-transitional" || device.model === "virtio-non-transitional"
  );
}

/** The models that libvirt has a name of its own for (`virDomainNetModel`); their case does not matter. */
export const interfaceModels: readonly string[] = [
  "netfront",
  "rtl8139",
  "virtio",
  "e1000",
  "e1000e",
  "virtio-transitional",
  "virtio-non-transitional",
  "usb-net",
  "spapr-vlan",
  "lan9118",
  "scm91c111",
  "vlance",
  "vmxnet",
  "vmxnet2",
  "vmxnet3",
  "Am79C970A",
  "Am79C973",
  "82540EM",
  "82545EM",
  "82543GC",
];

/** Completes a network card and checks that its source is there, with libvirt's words. */
export function completeInterface(
  device: Interface,
  environment: { readonly inactive: boolean; readonly newMac: () => string; readonly newUuid: () => string },
  report: Report,
): void {
  if (device.mac === undefined) device.mac = { address: environment.newMac() };
  else if ((Number.parseInt(device.mac.address.slice(0, 2), 16) & 1) === 1) {
    report(device.mac, `expected unicast mac address, found multicast '${device.mac.address}'`);
  }
  checkSource(device, report);
  completeVirtualPort(device, environment, report);
  if (device.model !== undefined) {
    device.model = interfaceModels.find((model) => model.toLowerCase() === device.model?.toLowerCase()) ?? device.model;
  }
  if ((device.coalesce?.rx?.frames?.max ?? 0) === 0) delete device.coalesce;
  if (environment.inactive) forgetBridge(device);
  const { target } = device;
  if (environment.inactive && target?.dev !== undefined && target.managed !== false) {
    if (/^(?:vnet|macvtap|macvlan)/.test(target.dev)) delete target.dev;
  }
  if (!isVirtioInterface(device) && device.type !== "hostdev") keepVirtioOptions(device);
  if (device.type !== "network" && device.type !== "bridge" && device.type !== "ethernet") delete device.filterRef;
  if (device.type !== "hostdev" || device.managed === false) delete device.managed;
  for (const ip of device.ips) ip.family ??= ip.address.includes(":") ? "ipv6" : "ipv4";
  for (const ip of device.source?.ips ?? []) ip.family ??= ip.address.includes(":") ? "ipv6" : "ipv4";
  if (device.mtu === 0) delete device.mtu;
}

/** Of a card that is not, or not yet, a virtio device only what all virtio devices have is read. */
function keepVirtioOptions(device: Interface): void {
  const { iommu, ats, packed, pagePerVq } = device.driver ?? {};
  delete device.driver;
  if (iommu === undefined && ats === undefined && packed === undefined && pagePerVq === undefined) return;
  device.driver = {
    ...(iommu !== undefined && { iommu }),
    ...(ats !== undefined && { ats }),
    ...(packed !== undefined && { packed }),
    ...(pagePerVq !== undefined && { pagePerVq }),
  };
}

/** The bridge of a network is the network's business: only a running guest knows it. */
export function forgetBridge(device: Interface): void {
  if (device.type !== "network" || device.source === undefined) return;
  delete device.source.bridge;
  delete device.source.macTableManager;
}

const sourced = new Set<Interface["type"]>([
  "network",
  "bridge",
  "direct",
  "vhostuser",
  "server",
  "client",
  "mcast",
  "udp",
  "internal",
  "vdpa",
  "vds",
]);

function checkSource(device: Interface, report: Report): void {
  const source = device.source ?? { ips: [], routes: [] };
  const without = device.source === undefined && sourced.has(device.type);
  if (without) report(device, `interface type='${device.type}' requires a 'source' element`);
  const need = (present: unknown, what: string): void => {
    if (without || (present !== undefined && present !== "")) return;
    report(device.source ?? device, `Missing required attribute '${what}' in element 'source'`);
  };
  switch (device.type) {
    case "network":
      need(source.network, "network");
      break;
    case "bridge":
      need(source.bridge, "bridge");
      break;
    case "direct":
      need(source.dev, "dev");
      source.mode ??= "vepa";
      if (!["vepa", "private", "bridge", "passthrough"].includes(source.mode)) {
        report(source, `Invalid value for attribute 'mode' in element 'source': '${source.mode}'.`);
      }
      break;
    case "vhostuser":
      if (source.type !== "unix") {
        need(source.type, "type");
        if (source.type !== undefined) {
          report(
            source,
            `Type='${source.type}' unsupported for <interface type='vhostuser'>`,
            ErrorCode.configUnsupported,
          );
        }
      } else {
        need(source.path, "path");
        need(source.mode, "mode");
        if (device.model === undefined || !isVirtioInterface(device)) {
          report(
            device,
            "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend",
            ErrorCode.internalError,
          );
        }
      }
      break;
    case "server":
    case "client":
    case "mcast":
    case "udp":
      if (device.type !== "server") need(source.address, "address");
      need(source.port, "port");
      if (device.type === "udp") {
        if (source.local?.port === undefined)
          report(device, "No <local> 'port' attribute specified with socket interface");
        else if (source.local.address === undefined)
          report(device, "No <local> 'address' attribute specified with socket interface");
      }
      break;
    case "hostdev":
      if (source.hostAddress?.type === undefined) report(device, "missing source address type");
      break;
    case "internal":
      need(source.name, "name");
      break;
    case "vdpa":
      need(source.dev, "dev");
      break;
    default:
  }
}
