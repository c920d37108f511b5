/** The storage documents: pools and their volumes. */
export { PciLocation } from "../common/pci-address.ts";
export { Permissions } from "./permissions.ts";
export {
  FreeExtent,
  formatPool,
  MountOption,
  MountOptions,
  ParentAddress,
  type ParsePoolOptions,
  Pool,
  PoolAdapter,
  PoolDevice,
  PoolFeatures,
  PoolHost,
  PoolRefresh,
  PoolSource,
  PoolTarget,
  type PoolType,
  parsePool,
  RbdOption,
  RbdOptions,
} from "./pool.ts";
export { type PoolKind, poolKinds } from "./pool-kinds.ts";
export { Allocation, Available, Capacity, ClusterSize, Physical } from "./sizes.ts";
export { startPoolCommand } from "./start-command.ts";
export {
  formatVolume,
  type ParseVolumeOptions,
  parseVolume,
  Timestamps,
  Volume,
  VolumeBackingStore,
  VolumeDevice,
  VolumeExtent,
  VolumeFeatures,
  VolumeSource,
  VolumeTarget,
  volumeTypeIn,
} from "./volume.ts";
