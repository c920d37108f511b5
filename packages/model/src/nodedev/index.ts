/** Devices of the host. */
export { PciLocation } from "../common/pci-address.ts";
export {
  ApCard,
  ApMatrix,
  ApQueue,
  CcwDevice,
  ChannelDeviceAddress,
  CssDevice,
  DrmDevice,
  VdpaDevice,
} from "./channel.ts";
export {
  NetDevice,
  networkFeatures,
  SystemDevice,
  SystemFirmware,
  SystemHardware,
  UsbDevice,
  UsbInterface,
  UsbProduct,
  UsbVendor,
} from "./host-devices.ts";
export { MdevAttribute, MdevDevice, MdevIommuGroup, MdevParent, MdevType, MdevTypeId, MdevTypes } from "./mdev.ts";
export {
  DeviceDriver,
  DeviceNode,
  DeviceParent,
  formatNodeDevice,
  NodeDevice,
  type NodeDeviceCapability,
  type ParseNodeDeviceOptions,
  parseNodeDevice,
} from "./node-device.ts";
export {
  CardbusBridge,
  IommuGroup,
  PciBridge,
  type PciCapability,
  PciDevice,
  PciExpress,
  PciExpressLink,
  PciProduct,
  PciVendor,
  PhysicalFunctionOf,
  VirtualFunctions,
} from "./pci.ts";
export {
  FcHost,
  FcRemotePort,
  Hotpluggable,
  RemovableMedia,
  ScsiDevice,
  ScsiGeneric,
  ScsiHost,
  ScsiTarget,
  type StorageCapability,
  StorageDevice,
  VportOperations,
} from "./scsi.ts";
export {
  VitalProductData,
  type VpdFields,
  VpdReadOnlyFields,
  VpdReadWriteFields,
  VpdSystemField,
  VpdVendorField,
} from "./vpd.ts";
