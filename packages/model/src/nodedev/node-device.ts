import { ErrorCode } from "@tsvirt/base";
import {
  attribute,
  child,
  children,
  content,
  element,
  leaf,
  obsolete,
  oneOf,
  type ParseOptions,
  readLive,
  type TypeOf,
  text,
  union,
} from "@tsvirt/codec/xml";
import { reportTo } from "../domain/index.ts";
import { ApCard, ApMatrix, ApQueue, CcwDevice, CssDevice, DrmDevice, VdpaDevice } from "./channel.ts";
import { NetDevice, SystemDevice, UsbDevice, UsbInterface } from "./host-devices.ts";
import { MdevDevice, MdevParent } from "./mdev.ts";
import { PciDevice } from "./pci.ts";
import { ScsiDevice, ScsiGeneric, ScsiHost, ScsiTarget, StorageDevice } from "./scsi.ts";

/** A file of the device under /dev, or a link to it. */
export class DeviceNode extends element("devnode", {
  type: attribute(oneOf("dev", "link")),
  path: content.optional(text),
}) {}

/** The device that a device hangs from; a new one may name an adapter by its World Wide Names. */
export class DeviceParent extends element("parent", {
  wwnn: obsolete(attribute.optional(text)),
  wwpn: obsolete(attribute.optional(text)),
  fabricWwn: obsolete(attribute.optional(text, "fabric_wwn")),
  name: content.optional(text),
}) {}

/** The host's driver for the device. */
export class DeviceDriver extends element("driver", { name: leaf.optional(text) }) {}

/** libvirt's numbers of capabilities (`virNodeDevCapType`). */
const capabilityTypes = [
  "system",
  "pci",
  "usb_device",
  "usb",
  "net",
  "scsi_host",
  "scsi_target",
  "scsi",
  "storage",
  "fc_host",
  "vports",
  "scsi_generic",
  "drm",
  "mdev_types",
  "mdev",
  "ccw",
  "css",
  "vdpa",
  "ap_card",
  "ap_queue",
  "ap_matrix",
  "vpd",
] as const;

const Capability = union("type", {
  system: SystemDevice,
  pci: PciDevice,
  usb_device: UsbDevice,
  usb: UsbInterface,
  net: NetDevice,
  scsi_host: ScsiHost,
  scsi_target: ScsiTarget,
  scsi: ScsiDevice,
  storage: StorageDevice,
  scsi_generic: ScsiGeneric,
  drm: DrmDevice,
  mdev_types: MdevParent,
  mdev: MdevDevice,
  ccw: CcwDevice,
  css: CssDevice,
  vdpa: VdpaDevice,
  ap_card: ApCard,
  ap_queue: ApQueue,
  ap_matrix: ApMatrix,
});
/** What a device is. */
export type NodeDeviceCapability = TypeOf<typeof Capability>;

/** A device of the host: https://libvirt.org/formatnode.html */
export class NodeDevice extends element("device", {
  name: leaf.optional(text),
  path: leaf.optional(text),
  nodes: children(DeviceNode),
  parent: child.optional(DeviceParent),
  driver: readLive(child.optional(DeviceDriver)),
  capabilities: children(Capability),
}) {}

/** How a node device's document is read. */
export interface ParseNodeDeviceOptions extends ParseOptions {
  /** It is to be made or defined, and has no name or number yet. */
  readonly create?: boolean;
  /** Source of World Wide Names for adapters that name none; random unless given. */
  readonly newWwn?: () => string;
}

/** What messages call a device that has no name yet. */
const NEW_DEVICE = "new device";

/** Types that libvirt writes, but takes from nobody. */
const writtenOnly: ReadonlySet<string> = new Set(["fc_host", "vports", "scsi_generic", "mdev_types", "vdpa", "vpd"]);

/** Reads a node device as libvirt's parser does. Throws `DocumentError` with all that is wrong. */
export function parseNodeDevice(xml: string, options: ParseNodeDeviceOptions = {}): NodeDevice {
  const { create = false, newWwn = randomWwn, ...rest } = options;
  const {
    value: device,
    reader,
    root,
  } = NodeDevice.read(xml, {
    label: "(node_device_definition)",
    ...rest,
    inactive: true,
    ...(create && { owner: NEW_DEVICE }),
  });
  const report = reportTo(reader);
  if (create) device.name = NEW_DEVICE;
  else if (device.name === undefined) report(device, "missing name information", ErrorCode.noName);
  const name = device.name ?? "(null)";
  const { wwnn, wwpn } = device.parent ?? {};
  if (wwnn !== undefined && wwpn === undefined) {
    report(device, `when providing parent wwnn='${wwnn}', the wwpn must also be provided`);
  } else if (wwpn !== undefined && wwnn === undefined) {
    report(device, `when providing parent wwpn='${wwpn}', the wwnn must also be provided`);
  }
  if (!root.elements.some((node) => node.name === "capability")) {
    report(device, `no device capabilities for '${name}'`, ErrorCode.internalError);
  }
  for (const capability of device.capabilities) {
    const { type } = capability;
    if (writtenOnly.has(type)) {
      const text = `unknown capability type '${capabilityTypes.indexOf(type)}' for '${name}'`;
      report(capability, text, ErrorCode.internalError);
    }
    if (type !== "scsi_host") continue;
    if (create) {
      delete capability.host;
      delete capability.uniqueId;
    } else if (capability.host === undefined) {
      report(capability, `no SCSI host ID supplied for '${name}'`, ErrorCode.internalError);
    }
    for (const adapter of capability.capabilities) {
      if (adapter.type !== "fc_host") continue;
      adapter.wwnn ??= newWwn();
      adapter.wwpn ??= newWwn();
    }
  }
  reader.throwIfFailed(options.file);
  const links = device.nodes.filter(({ type }) => type === "link");
  device.nodes = [...device.nodes.filter(({ type }) => type === "dev").slice(-1), ...links];
  return device;
}

/** A name of QEMU's own range of manufacturers. */
function randomWwn(): string {
  const digits = [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, "0"));
  return `5525400${digits.join("").slice(1)}`;
}

/** The document as `virsh nodedev-dumpxml` prints it, without the last line break of virsh itself. */
export function formatNodeDevice(device: NodeDevice): string {
  return NodeDevice.format(device);
}
