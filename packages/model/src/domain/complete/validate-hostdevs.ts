import { ErrorCode } from "@tsvirt/base";
import type { DriveAddress, PciAddress } from "../address.ts";
import type { Devices } from "../devices.ts";
import type { Hostdev } from "../hostdev.ts";
import type { Interface } from "../interface.ts";
import type { Report } from "./report.ts";

const unsupported = ErrorCode.configUnsupported;

/** Devices of the host are given once, and their places in the guest are their own (`virDomainDefHostdevValidate`). */
export function validateHostdevs(devices: Devices, report: Report): void {
  validateSources(devices, report);
  const used = new Map<string, string>();
  for (const disk of devices.disks) {
    if (disk.target.bus === "scsi" && disk.address?.type === "drive") used.set(driveKey(disk.address), disk.target.dev);
  }
  const mine = new Set<string>();
  for (const hostdev of devices.hostdevs) {
    if (hostdev.type !== "scsi" || hostdev.address?.type !== "drive") continue;
    const key = driveKey(hostdev.address);
    if (mine.has(key)) report(hostdev, `SCSI host address ${key} in use by another SCSI host device`, unsupported);
    mine.add(key);
    const disk = used.get(key);
    if (disk !== undefined) {
      report(hostdev, `using disk target name '${disk}' conflicts with SCSI host device address ${key}`, unsupported);
    }
  }
}

function validateSources({ hostdevs, interfaces }: Devices, report: Report): void {
  const seen = new Set<string>();
  const check = (device: object, key: string | undefined): void => {
    if (key === undefined) return;
    if (seen.has(key)) report(device, "Hostdev already exists in the domain configuration");
    seen.add(key);
  };
  let ramfb = false;
  for (const hostdev of hostdevs) {
    check(hostdev, sourceKey(hostdev));
    if (hostdev.type !== "mdev" || hostdev.ramfb !== true) continue;
    if (ramfb) report(hostdev, "Only one vgpu device can have 'ramfb' enabled", unsupported);
    ramfb = true;
  }
  for (const nic of interfaces) check(nic, nicKey(nic));
}

/** What of the host a device is (`virDomainHostdevMatch`). */
function sourceKey({ mode, type, source }: Hostdev): string | undefined {
  if (source === undefined) return undefined;
  if (mode === "capabilities") return [type, source.block, source.char, source.interface].join(" ");
  const { address, vendor, product, protocol, name, host, adapter, wwpn } = source;
  switch (type) {
    case "pci":
      return address !== undefined && "slot" in address ? pciKey(address) : undefined;
    case "usb":
      return address !== undefined && "device" in address
        ? `usb ${address.bus} ${address.device}`
        : `usb ${vendor}:${product}`;
    case "mdev":
      return address !== undefined && "uuid" in address ? address.uuid : undefined;
    case "scsi_host":
      return `${protocol} ${wwpn}`;
    case "scsi":
      if (protocol === "iscsi") return `iscsi ${host?.name} ${host?.port} ${name}`;
      return address !== undefined && "unit" in address
        ? `scsi ${adapter} ${address.bus} ${address.target} ${address.unit}`
        : undefined;
    default:
      return undefined;
  }
}

function nicKey({ type, source }: Interface): string | undefined {
  return type === "hostdev" && source?.hostAddress !== undefined ? pciKey(source.hostAddress) : undefined;
}

function pciKey({ domain, bus, slot, function: fn }: Pick<PciAddress, "domain" | "bus" | "slot" | "function">): string {
  return `pci ${domain ?? 0} ${bus ?? 0} ${slot ?? 0} ${fn ?? 0}`;
}

function driveKey({ controller, bus, target, unit }: DriveAddress): string {
  return `controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`;
}
