import type { Channel, ChardevSource, DeviceSeclabel, Disk, Domain, Hostdev, Serial } from "@tsvirt/model/domain";
import { DEFAULT_DEVICES } from "@tsvirt/qemu";
import { layersOf, pathOf } from "../block/chain.ts";

/** A file or device that a guest's QEMU opens by its path, and so has to own while it runs. */
export interface LabelledFile {
  readonly path: string;
  /** `user:group` of its own; otherwise the guest's. */
  readonly label?: string;
  /** Other guests, or other hosts, may use it at the same time. */
  readonly shared: boolean;
}

/** Groups of devices that are given away together, by what names them. Absent: none is known. */
export type GroupNode = (hostdev: Hostdev) => string | undefined;

/** Nodes that all processes of the host use: they stay whose they are. */
const EVERYBODYS = new Set<string>([...DEFAULT_DEVICES, "/dev/tty", "/dev/console"]);

/**
 * What of a document is given to QEMU's user (libvirt's `virSecurityDACSetAllLabel`): images with what is behind them,
 * kernel, initrd, device tree and ACPI table, firmware variables (not the firmware), files and sockets of character
 * devices, and nodes of host devices. A `<seclabel relabel='no'/>` leaves a file out. Each path comes once.
 */
export function labelledFiles(domain: Domain, groupNode: GroupNode = () => undefined): LabelledFile[] {
  const { os, devices, launchSecurity } = domain;
  const found = new Map<string, LabelledFile>();
  const add = (path: string | undefined, shared = false, label?: string): void => {
    if (path === undefined || !path.startsWith("/") || EVERYBODYS.has(path) || found.has(path)) return;
    found.set(path, { path, shared, ...(label !== undefined && { label }) });
  };
  for (const disk of devices?.disks ?? []) addImages(disk, add);
  for (const path of [os.kernel, os.initrd, os.dtb, os.nvram?.path ?? os.nvram?.source?.file]) add(path);
  for (const { path } of os.acpi?.tables ?? []) add(path);
  if (launchSecurity?.type === "sev") add("/dev/sev", true);
  if (!devices) return [...found.values()];
  const { serials, parallels, consoles, channels, inputs, tpms, rngs, memories, hostdevs } = devices;
  for (const device of [...serials, ...parallels, ...consoles, ...channels]) addChardev(device, add);
  for (const { source } of inputs) add(source?.evdev ?? source?.dev);
  for (const { backend } of tpms) if (backend.type === "passthrough") add(backend.device ?? "/dev/tpm0");
  // Generators of the host are read by whoever wants to.
  for (const { backend } of rngs) if (backend.model === "random") add(backend.path, true);
  for (const { model, source } of memories) {
    if (model === "sgx-epc") for (const path of ["/dev/sgx_vepc", "/dev/sgx_provision"]) add(path, true);
    else add(source?.path);
  }
  for (const hostdev of hostdevs) add(hostdevNode(hostdev) ?? groupNode(hostdev));
  return [...found.values()];
}

/** The images of a disk as {@link labelledFiles} has them. */
export function labelledImages(disk: Disk): LabelledFile[] {
  const found = new Map<string, LabelledFile>();
  addImages(disk, (path, shared = false, label) => {
    if (!found.has(path)) found.set(path, { path, shared, ...(label !== undefined && { label }) });
  });
  return [...found.values()];
}

function addImages(disk: Disk, add: (path: string, shared?: boolean, label?: string) => void): void {
  const layers = layersOf(disk);
  const whole = dacLabel(layers[0]?.source.seclabels);
  for (const [index, { source }] of layers.entries()) {
    const own = dacLabel(source.seclabels) ?? whole;
    const path = pathOf(source);
    if (path === "" || own?.relabel === false) continue;
    // What is behind the top image may be behind others' too.
    add(path, index > 0 || disk.readonly === true || disk.shareable === true, own?.label);
  }
}

function addChardev(
  device: Serial | Channel | { readonly type: string; readonly sources: readonly ChardevSource[] },
  add: (path: string | undefined, shared?: boolean, label?: string) => void,
): void {
  for (const source of device.sources) {
    const own = dacLabel(source.seclabels);
    if (own?.relabel === false) continue;
    const { path } = source;
    if (device.type === "dev" || device.type === "file") add(path, false, own?.label);
    // Sockets on which QEMU listens are made for it.
    else if (device.type === "unix" && source.mode === "connect") add(path, false, own?.label);
    else if (device.type === "pipe" && path !== undefined) {
      for (const each of [path, `${path}.in`, `${path}.out`]) add(each, false, own?.label);
    }
  }
}

/** A label for this driver: its own, or one that names none. */
function dacLabel(labels: readonly DeviceSeclabel[] | undefined): DeviceSeclabel | undefined {
  return labels?.find(({ model }) => model === "dac");
}

/** The one node of a USB device; others have nodes that only the host knows. */
function hostdevNode({ mode, type, source }: Hostdev): string | undefined {
  const address = source?.address;
  if ((mode ?? "subsystem") !== "subsystem") return undefined;
  if (type === "usb" && address && "device" in address && !("slot" in address)) {
    const three = (value: number | undefined): string => String(value ?? 0).padStart(3, "0");
    return `/dev/bus/usb/${three(address.bus)}/${three(address.device)}`;
  }
  return type === "scsi_host" ? "/dev/vhost-scsi" : undefined;
}
