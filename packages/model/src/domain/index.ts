/** The domain document: declarations of every element, and the functions that read and write it. */

export type { Difference } from "../compare/comparison.ts";
export {
  Address,
  CcidAddress,
  CcwAddress,
  DimmAddress,
  DriveAddress,
  IsaAddress,
  PciAddress,
  SpaprVioAddress,
  UnassignedAddress,
  UsbAddress,
  VirtioMmioAddress,
  VirtioS390Address,
  VirtioSerialAddress,
  ZpciAddress,
} from "./address.ts";
export { Audio, AudioInput, AudioOutput, AudioSettings, Sound, SoundCodec } from "./audio.ts";
export {
  Channel,
  ChannelTarget,
  ChardevClipboard,
  ChardevLog,
  ChardevSource,
  Console,
  ConsoleTarget,
  Parallel,
  ParallelTarget,
  Redirdev,
  RedirFilter,
  RedirFilterDevice,
  Serial,
  SerialModel,
  SerialTarget,
  Smartcard,
} from "./chardev.ts";
export { Clock, Timer, TimerCatchup } from "./clock.ts";
export type { ChangeTime } from "./compare/changes.ts";
export { type Change, diff } from "./compare/diff.ts";
export { type CompareDomainsOptions, type DomainComparison, sameDomain } from "./compare/same-domain.ts";
export {
  type AnyDevice,
  type DeviceKind,
  everyDevice,
  type PlacedDevice,
  placedDevice,
} from "./complete/any-device.ts";
export { addConsoleCompat, consoleOf, isSerialConsole } from "./complete/chardevs.ts";
export {
  type ControllerType,
  ensureController,
  insertController,
  sortControllers,
  unusedIndex,
} from "./complete/controllers.ts";
export { busOfTarget, driveAddress, indexOfTarget, isEmptySource } from "./complete/disks.ts";
export { isListening, type ListeningGraphics, syncListen } from "./complete/graphics.ts";
export { interfaceModels, isVirtioInterface } from "./complete/interfaces.ts";
export { type DomainHooks, type PostParseOptions, postParse } from "./complete/post-parse.ts";
export { isGeneratedTap, noDevices } from "./complete/read.ts";
export type { Report } from "./complete/report.ts";
export { validateDomain } from "./complete/validate.ts";
export { validateDevice } from "./complete/validate-device.ts";
export { Controller, ControllerDriver, ControllerModel, ControllerTarget } from "./controller.ts";
export {
  Cpu,
  CpuCache,
  CpuCounter,
  CpuFeature,
  CpuMaxPhysAddr,
  CpuMicrocode,
  CpuModel,
  CpuNuma,
  CpuPages,
  CpuSignature,
  CpuTopology,
  NumaBandwidth,
  NumaCache,
  NumaCell,
  NumaDistances,
  NumaInterconnects,
  NumaLatency,
  NumaSibling,
} from "./cpu.ts";
export { DeviceAcpi, DeviceBoot, DeviceMaster, DeviceRom, DeviceSeclabel, Reconnect, VirtioDriver } from "./device.ts";
export { parseDevice } from "./device-document.ts";
export { Devices } from "./devices.ts";
export {
  Disk,
  DiskBlockIo,
  DiskDriver,
  DiskGeometry,
  DiskIoTune,
  DiskPrivateData,
  DiskSecretsPlacement,
  DiskTarget,
  DiskTransient,
  Lease,
} from "./disk.ts";
export {
  completeDocument,
  type FormatDomainOptions,
  formatDomain,
  type ParseDomainOptions,
  parseDomain,
  readDomain,
  reportTo,
  writtenDomain,
} from "./document.ts";
export { Domain, virtType } from "./domain.ts";
export {
  ApicFeature,
  CapabilitiesFeature,
  Features,
  GicFeature,
  HptFeature,
  HypervFeature,
  HypervSpinlocks,
  HypervStimer,
  HypervVendorId,
  KvmDirtyRing,
  KvmFeature,
  SmmFeature,
  TcgFeature,
  Tseg,
  XenFeature,
  XenPassthrough,
} from "./features.ts";
export {
  Filesystem,
  FilesystemBinary,
  FilesystemDriver,
  FilesystemLock,
  FilesystemSource,
  GidMapping,
  IdMap,
  UidMapping,
} from "./filesystem.ts";
export {
  DbusGraphics,
  DesktopGraphics,
  EglHeadlessGraphics,
  Graphics,
  GraphicsGl,
  GraphicsListen,
  RdpGraphics,
  SdlGraphics,
  SpiceChannel,
  SpiceGraphics,
  VncGraphics,
} from "./graphics.ts";
export {
  Hostdev,
  HostdevAddress,
  HostdevDriver,
  HostdevSource,
  HostMdevAddress,
  HostPciDeviceAddress,
  HostScsiAddress,
  HostUsbAddress,
  OriginalStates,
} from "./hostdev.ts";
export { Input, InputSource } from "./input.ts";
export {
  ActualClass,
  Coalesce,
  CoalesceFrames,
  CoalesceRx,
  FilterParameter,
  FilterRef,
  Interface,
  InterfaceActual,
  InterfaceBackend,
  InterfaceDriver,
  InterfaceGuest,
  InterfaceGuestOffloads,
  InterfaceHostOffloads,
  InterfaceIp,
  InterfaceLocal,
  InterfaceMac,
  InterfaceSource,
  InterfaceTarget,
  InterfaceTune,
  PortForward,
  PortForwardRange,
  Teaming,
} from "./interface.ts";
export { MemoryDevice, MemoryDeviceLabel, MemoryDeviceSource, MemoryDeviceTarget } from "./memory-device.ts";
export {
  AcpiTable,
  Bios,
  BootMenu,
  FirmwareFeature,
  InitEnv,
  Os,
  OsAcpi,
  OsFirmware,
  OsLoader,
  OsNvram,
  OsType,
} from "./os.ts";
export {
  QemuArg,
  QemuCapabilitiesOverride,
  QemuCapabilityAdd,
  QemuCapabilityDel,
  QemuCommandline,
  QemuDeprecation,
  QemuEnv,
  QemuOverride,
  QemuOverrideDevice,
  QemuOverrideFrontend,
  QemuOverrideProperty,
} from "./qemu-namespace.ts";
export { Rng, RngBackend, RngRate } from "./rng.ts";
export { formatCpuSet, formatRanges, type NumberRange, parseCpuSet, parseRanges, QEMU_NAMESPACE } from "./scalars.ts";
export { KeyWrap, KeyWrapCipher, LaunchSecurity, Seclabel } from "./security.ts";
export {
  Crypto,
  CryptoBackend,
  Hub,
  Iommu,
  IommuDriver,
  Memballoon,
  Nvram,
  Panic,
  Shmem,
  ShmemMsi,
  ShmemServer,
  Vsock,
  VsockCid,
  Watchdog,
} from "./small-devices.ts";
export { SnapshotDisk, SnapshotDiskDriver, SnapshotMemory } from "./snapshot.ts";
export {
  BackingStore,
  checkHost,
  DiskMirror,
  EncryptionCipher,
  EncryptionIvgen,
  HostPciAddress,
  hostFields,
  ImageFormat,
  Initiator,
  MetadataCache,
  NodeName,
  NodeNames,
  PrivateObject,
  PrivateObjects,
  PrivateTls,
  ReservationSource,
  SecretRef,
  SourcePrivateData,
  StorageAuth,
  StorageCookie,
  StorageCookies,
  StorageEncryption,
  StorageHost,
  StorageIdentity,
  StorageReconnect,
  StorageReservations,
  StorageSlice,
  StorageSlices,
  StorageSource,
  startupPolicy,
  storageFormat,
  storageType,
} from "./storage-source.ts";
export {
  Sysinfo,
  SysinfoBaseBoard,
  SysinfoBios,
  SysinfoChassis,
  SysinfoEntry,
  SysinfoMemoryDevice,
  SysinfoOemStrings,
  SysinfoProcessor,
  SysinfoSystem,
} from "./sysinfo.ts";
export { Tpm, TpmBackend, TpmPcrBanks, TpmSource } from "./tpm.ts";
export {
  BlkioDevice,
  BlkioTune,
  CacheTune,
  CpuTune,
  DefaultIoThread,
  EmulatorSched,
  FibreChannel,
  HugePage,
  HugePages,
  IoThread,
  IoThreadIds,
  IoThreadPin,
  IoThreadPoll,
  IoThreadSched,
  MaxMemory,
  Memory,
  MemoryAllocation,
  MemoryBacking,
  MemoryTune,
  Memtune,
  Numatune,
  NumatuneMemory,
  NumatuneNode,
  Perf,
  PerfEvent,
  PowerManagement,
  Resource,
  TuneCache,
  TuneMonitor,
  TuneNode,
  Vcpu,
  VcpuCount,
  VcpuPin,
  VcpuSched,
  Vcpus,
} from "./tuning.ts";
export { Video, VideoAcceleration, VideoDriver, VideoModel, VideoResolution } from "./video.ts";
