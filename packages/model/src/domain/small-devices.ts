import { attribute, child, element, i32, integer, oneOf, onOff, single, text, u32, yesNo } from "@tsvirt/codec/xml";
import { deviceInfo, VirtioDriver, virtioOptions } from "./device.ts";
import { mib } from "./scalars.ts";
import { internalMissing, unsupportedValue } from "./texts.ts";

const virtioModel = oneOf("virtio", "virtio-transitional", "virtio-non-transitional");

/** Takes memory from the guest and gives it back. https://libvirt.org/formatdomain.html#memory-balloon-device */
export class Memballoon extends element("memballoon", {
  model: attribute(oneOf("virtio", "xen", "none", "virtio-transitional", "virtio-non-transitional")),
  autodeflate: attribute.optional(onOff),
  freePageReporting: attribute.optional(onOff),
  /** Seconds between two statistics of the guest. */
  stats: single("period", i32),
  ...deviceInfo,
  driver: child.optional(VirtioDriver),
}) {}

/** Acts when the guest stops calling it. https://libvirt.org/formatdomain.html#watchdog-devices */
export class Watchdog extends element("watchdog", {
  model: attribute(
    oneOf("i6300esb", "ib700", "diag288", "itco"),
    undefined,
    internalMissing("watchdog must contain model name", unsupportedValue("unknown watchdog model '%s'")),
  ),
  action: attribute.withDefault(
    oneOf("reset", "shutdown", "poweroff", "pause", "dump", "none", "inject-nmi"),
    "reset",
    undefined,
    unsupportedValue("unknown watchdog action '%s'"),
  ),
  ...deviceInfo,
}) {}

/** Tells the host that the guest's kernel panicked. */
export class Panic extends element("panic", {
  model: attribute.optional(
    oneOf("default", "isa", "pseries", "hyperv", "s390"),
    undefined,
    unsupportedValue("unknown panic model '%s'"),
  ),
  ...deviceInfo,
}) {}

/** Interrupts of shared memory. */
export class ShmemMsi extends element("msi", {
  vectors: attribute.optional(u32),
  ioeventfd: attribute.optional(onOff),
}) {}

/** The server that hands out shared memory. */
export class ShmemServer extends element("server", { path: attribute.optional(text) }) {}

/** Memory shared with other guests. https://libvirt.org/formatdomain.html#shared-memory-device */
export class Shmem extends element(
  "shmem",
  {
    name: attribute(text, undefined, { missing: "shmem element must contain 'name' attribute" }),
    role: attribute.optional(oneOf("peer", "master")),
    model: single("type", oneOf("ivshmem", "ivshmem-plain", "ivshmem-doorbell")),
    /** MiB. */
    size: mib(),
    server: child.optional(ShmemServer),
    msi: child.optional(ShmemMsi),
    ...deviceInfo,
  },
  { expanded: true },
) {}

/** A USB hub. */
export class Hub extends element("hub", {
  type: attribute(
    oneOf("usb"),
    undefined,
    internalMissing("missing hub device type", unsupportedValue("unknown hub device type '%s'")),
  ),
  ...deviceInfo,
}) {}

/** Non-volatile memory of sPAPR machines. */
export class Nvram extends element("nvram", { ...deviceInfo }, { expanded: true }) {}

/** Settings of an IOMMU. */
export class IommuDriver extends element(
  "driver",
  {
    intremap: attribute.optional(onOff),
    cachingMode: attribute.optional(onOff, "caching_mode"),
    eim: attribute.optional(onOff),
    iotlb: attribute.optional(onOff),
    awBits: attribute.optional(integer(0, 64), "aw_bits"),
  },
  { omitEmpty: true },
) {}

/** An emulated IOMMU. */
export class Iommu extends element("iommu", {
  model: attribute(oneOf("intel", "smmuv3", "virtio")),
  driver: child.optional(IommuDriver),
  ...deviceInfo,
}) {}

/** Context id of a vsock. */
export class VsockCid extends element("cid", {
  auto: attribute.optional(yesNo),
  address: attribute.optional(u32),
}) {}

/** Sockets between host and guest. */
export class Vsock extends element("vsock", {
  model: attribute.optional(virtioModel),
  cid: child.optional(VsockCid),
  ...deviceInfo,
  driver: child.optional(VirtioDriver),
}) {}

/** What computes for a crypto device. */
export class CryptoBackend extends element("backend", {
  model: attribute(oneOf("builtin", "lkcf")),
  queues: attribute.optional(u32),
}) {}

/** A virtual crypto device. */
export class Crypto extends element("crypto", {
  model: attribute(oneOf("virtio")),
  type: attribute(oneOf("qemu")),
  backend: child(CryptoBackend),
  driver: child.optional(class CryptoDriver extends element("driver", { ...virtioOptions }, { omitEmpty: true }) {}),
  ...deviceInfo,
}) {}
