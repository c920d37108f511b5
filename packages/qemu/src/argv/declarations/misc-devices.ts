import { integer, key, oneOf, onOff, text } from "@tsvirt/codec/options";
import { addressKeys, device, romKeys, virtio, virtioKeys } from "./device.ts";

/** Memory balloon. */
export class BalloonDevice extends device(virtio("virtio-balloon"), {
  ...virtioKeys,
  id: key(text),
  ...addressKeys,
  "deflate-on-oom": key.optional(onOff),
  "free-page-reporting": key.optional(onOff),
}) {}

/** Random number generator. */
export class RngDevice extends device(virtio("virtio-rng"), {
  ...virtioKeys,
  rng: key(text),
  id: key(text),
  "max-bytes": key.optional(integer),
  period: key.optional(integer),
  ...addressKeys,
}) {}

/** Directory of the host, over 9p. */
export class Virtio9pDevice extends device(virtio("virtio-9p"), {
  ...virtioKeys,
  id: key(text),
  fsdev: key(text),
  mount_tag: key(text),
  ...addressKeys,
}) {}

/** Directory of the host, over virtiofs. */
export class VhostUserFsDevice extends device(virtio("vhost-user-fs"), {
  ...virtioKeys,
  id: key.optional(text),
  chardev: key(text),
  "queue-size": key.optional(integer),
  tag: key(text),
  bootindex: key.optional(integer),
  ...addressKeys,
}) {}

/** Socket between host and guest. */
export class VsockDevice extends device(virtio("vhost-vsock"), {
  ...virtioKeys,
  id: key(text),
  "guest-cid": key(integer),
  vhostfd: key.optional(text),
  ...addressKeys,
}) {}

/** Serial and parallel ports on ISA, PCI and USB, and the consoles of POWER and s390. */
export class SerialDevice extends device(
  oneOf(
    "isa-serial",
    "pci-serial",
    "usb-serial",
    "isa-debugcon",
    "isa-parallel",
    "spapr-vty",
    "sclpconsole",
    "sclplmconsole",
  ),
  { chardev: key(text), id: key(text), index: key.optional(integer), ...addressKeys },
) {}

/** Channels and consoles on virtio-serial. */
export class VirtioPort extends device(oneOf("virtserialport", "virtconsole"), {
  bus: addressKeys.bus,
  nr: addressKeys.nr,
  /** Of consoles that are channel devices. */
  devno: addressKeys.devno,
  chardev: key(text),
  id: key(text),
  name: key.optional(text),
}) {}

/** Redirected USB device. */
export class UsbRedirDevice extends device(oneOf("usb-redir"), {
  chardev: key(text),
  id: key(text),
  filter: key.optional(text),
  bootindex: key.optional(integer),
  ...addressKeys,
}) {}

/** A device on the host's USB buses: by its node, or by bus and address. */
export class UsbHostDevice extends device(oneOf("usb-host"), {
  hostdevice: key.optional(text),
  hostbus: key.optional(integer),
  hostaddr: key.optional(integer),
  id: key(text),
  bootindex: key.optional(integer),
  "guest-reset": key.optional(onOff),
  "guest-resets-all": key.optional(onOff),
  ...addressKeys,
}) {}

/** A hub that adds eight ports to a USB bus. */
export class UsbHubDevice extends device(oneOf("usb-hub"), { id: key(text), ...addressKeys }) {}

/** PCI and mediated devices of the host. */
export class VfioDevice extends device(oneOf("vfio-pci", "vfio-pci-nohotplug", "vfio-ccw", "vfio-ap"), {
  host: key.optional(text),
  id: key(text),
  sysfsdev: key.optional(text),
  display: key.optional(text),
  ramfb: key.optional(onOff),
  bootindex: key.optional(integer),
  failover_pair_id: key.optional(text),
  ...addressKeys,
  ...romKeys,
}) {}

/** SCSI target of the host's kernel. */
export class VhostScsiDevice extends device(virtio("vhost-scsi"), {
  ...virtioKeys,
  wwpn: key(text),
  vhostfd: key(text),
  id: key(text),
  ...addressKeys,
}) {}

/** Timers that act when the guest no longer resets them; `-action watchdog=` says how. */
export class WatchdogDevice extends device(oneOf("i6300esb", "ib700", "diag288", "itco"), {
  id: key(text),
  ...addressKeys,
}) {}

/** Modules in the slots of the machine. */
export class DimmDevice extends device(oneOf("pc-dimm", "nvdimm", "sgx-epc"), {
  node: key.optional(integer),
  "label-size": key.optional(integer),
  uuid: key.optional(text),
  unarmed: key.optional(onOff),
  memdev: key(text),
  id: key(text),
  slot: key.optional(integer),
  /** Guest address: a number, unlike the slot of a PCI device. */
  addr: key.optional(integer),
}) {}

/** Memory on PCI. */
export class VirtioMemoryDevice extends device(oneOf("virtio-pmem-pci", "virtio-mem-pci"), {
  node: key.optional(integer),
  "block-size": key.optional(integer),
  "requested-size": key.optional(integer),
  memdev: key(text),
  prealloc: key.optional(onOff),
  id: key(text),
  bus: key.optional(text),
  multifunction: key.optional(onOff),
  addr: key.optional(text),
}) {}

/** TPM front ends. */
export class TpmDevice extends device(oneOf("tpm-tis", "tpm-crb", "tpm-spapr", "tpm-tis-device"), {
  tpmdev: key(text),
  id: key(text),
  ...addressKeys,
}) {}

/** The host's TPM, lent to the firmware of POWER. */
export class TpmProxyDevice extends device(oneOf("spapr-tpm-proxy"), { id: key(text), "host-path": key(text) }) {}

/** By which numbers the firmware of s390 knows a PCI device. */
export class ZpciDevice extends device(oneOf("zpci"), {
  uid: key(integer),
  fid: key(integer),
  target: key(text),
  id: key(text),
}) {}

/** Guest's panic notifier. */
export class PanicDevice extends device(oneOf("pvpanic"), { ioport: key.optional(integer) }) {}

/** Generation id that changes when the guest is copied. */
export class VmGenIdDevice extends device(oneOf("vmgenid"), { guid: key(text), id: key(text) }) {}

/** Core dump helper. */
export class VmCoreInfoDevice extends device(oneOf("vmcoreinfo"), {}) {}

/** What translates the addresses that the guest's devices use. */
export class IommuDevice extends device(oneOf("intel-iommu", "virtio-iommu", "virtio-iommu-pci"), {
  id: key.optional(text),
  intremap: key.optional(text),
  "caching-mode": key.optional(onOff),
  eim: key.optional(text),
  "device-iotlb": key.optional(onOff),
  "aw-bits": key.optional(integer),
  ...addressKeys,
}) {}

/** Shared memory between guests. */
export class ShmemDevice extends device(oneOf("ivshmem", "ivshmem-plain", "ivshmem-doorbell"), {
  id: key(text),
  size: key.optional(text),
  shm: key.optional(text),
  memdev: key.optional(text),
  master: key.optional(onOff),
  chardev: key.optional(text),
  msi: key.optional(onOff),
  vectors: key.optional(integer),
  ioeventfd: key.optional(onOff),
  ...addressKeys,
}) {}

/** Smart cards. */
export class SmartcardDevice extends device(oneOf("ccid-card-emulated", "ccid-card-passthru"), {
  backend: key.optional(text),
  cert1: key.optional(text),
  cert2: key.optional(text),
  cert3: key.optional(text),
  db: key.optional(text),
  chardev: key.optional(text),
  id: key(text),
  bus: key.optional(text),
}) {}
