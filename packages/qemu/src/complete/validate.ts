import { ErrorCode } from "@tsvirt/base";
import type {
  AnyDevice,
  Controller,
  Disk,
  Graphics,
  Hostdev,
  Memballoon,
  Redirdev,
  Shmem,
  Video,
} from "@tsvirt/model/domain";
import type { Completing } from "./state.ts";

/** What QEMU, or this QEMU, cannot do of the guest as a whole (`qemuValidateDomainDef`), in libvirt's words. */
export function validateForQemu(state: Completing): void {
  validateCpuBits(state);
  validatePower(state);
  validateFirmware(state);
  validateMachine(state);
  validateMemory(state);
  validateParallels(state);
  validateDisplays(state);
}

/** What QEMU, or this QEMU, cannot do of one device (`qemuValidateDomainDeviceDef`), in libvirt's words. */
export function validateDeviceForQemu(state: Completing, { kind, device }: AnyDevice): void {
  switch (kind) {
    case "disk":
      return validateDisk(state, device);
    case "hostdev":
      return validateHostdev(state, device);
    case "graphics":
      return validateGraphics(state, device);
    case "video":
      return validateVideo(state, device);
    case "controller":
      return validateController(state, device);
    case "serial":
    case "parallel":
    case "channel":
    case "console":
    case "redirdev":
      return validateChardev(state, device);
    case "memballoon":
      return validateMemballoon(state, device);
    case "shmem":
      return validateShmem(state, device);
    default:
  }
}

const unsupported = ErrorCode.configUnsupported;

function validateFirmware({ domain, report }: Completing): void {
  const { os } = domain;
  const fail = (message: string): void => report(os, message, unsupported);
  if (os.firmware === undefined && (os.firmwareFeatures?.features.length ?? 0) > 0) {
    fail("cannot use feature-based firmware autoselection when firmware autoselection is disabled");
  }
  if (os.loader?.stateless === true) {
    if (os.nvram?.template !== undefined) fail("NVRAM template is not permitted when loader is stateless");
    else if (os.nvram) fail("NVRAM is not permitted when loader is stateless");
  }
  if (os.firmware === "bios" && os.nvram) fail("firmware type 'bios' does not support nvram");
  if (os.loader?.secure === true && domain.features?.smm?.state === false) {
    fail("Secure boot requires SMM feature enabled");
  }
}

function validateMachine({ domain, board, caps, accelerator, report }: Completing): void {
  const { type } = domain.os;
  const machine = caps.findMachine(accelerator, type.machine ?? "");
  const max = Number(machine?.maxCpus ?? 0);
  const count = domain.vcpu?.count ?? 1;
  if (machine && max > 0 && count > max) {
    report(domain, `Maximum CPUs greater than specified machine type limit ${max}`, unsupported);
  }
  const tseg = domain.features?.smm?.tseg;
  if (tseg) {
    if (!board.isQ35) report(tseg, "SMM TSEG is only supported with q35 machine type", unsupported);
    else if (!isWholeMib(tseg.size, tseg.unit)) report(tseg, "SMM TSEG size must be divisible by 1 MiB", unsupported);
  }
  const topology = domain.cpu?.topology;
  if (topology) {
    const product = topology.sockets * topology.dies * topology.cores * topology.threads;
    // Before vCPUs could be plugged in, QEMU did not mind.
    if (product !== count && caps.has("query-hotpluggable-cpus"))
      report(topology, "CPU topology doesn't match maximum vcpu count", unsupported);
  }
  if (accelerator === "kvm" && caps.accelerator("kvm") === undefined) {
    report(
      domain,
      "Domain requires KVM, but it is not available. Check that virtualization is enabled in the host BIOS, and host configuration is setup to load the kvm modules.",
      unsupported,
    );
  }
  if (domain.cpu?.mode === "host-passthrough" && accelerator !== "kvm") {
    report(
      domain.cpu,
      `CPU mode 'host-passthrough' for ${board.arch} qemu domain on ${board.arch} host is not supported by hypervisor`,
      unsupported,
    );
  }
}

function validatePower({ domain, board, caps, report }: Completing): void {
  const { pm } = domain;
  const has = (state: "s3" | "s4"): boolean =>
    caps.has(`disable-${state}`) || (board.isQ35 && caps.has(`ich9-disable-${state}`));
  if (pm?.suspendToMem !== undefined && !has("s3")) report(pm, "setting ACPI S3 not supported", unsupported);
  if (pm?.suspendToDisk !== undefined && !has("s4")) report(pm, "setting ACPI S4 not supported", unsupported);
}

function validateMemory({ domain, board, report }: Completing): void {
  const cells = domain.cpu?.numa?.cells ?? [];
  if (domain.maxMemory && cells.length === 0 && board.isX86) {
    report(domain.maxMemory, "At least one numa node has to be configured when enabling memory hotplug", unsupported);
  }
}

function validateMemballoon({ caps, report }: Completing, memballoon: Memballoon): void {
  if (memballoon.freePageReporting !== undefined && !caps.has("virtio-balloon.free-page-reporting")) {
    report(memballoon, "freePageReporting is not supported by this QEMU binary", unsupported);
  }
  if (memballoon.autodeflate !== undefined && !caps.has("virtio-balloon-pci.deflate-on-oom")) {
    report(memballoon, "deflate-on-oom is not supported by this QEMU binary", unsupported);
  }
}

function validateShmem({ caps, report }: Completing, shmem: Shmem): void {
  if (shmem.address && shmem.address.type !== "pci") {
    report(shmem, "only 'pci' addresses are supported for the shared memory device", unsupported);
  }
  const size = shmem.size;
  if (size !== undefined && (size & (size - 1)) !== 0) report(shmem, "shmem size must be a power of two");
  const flag = shmem.model ?? (shmem.server ? "ivshmem-doorbell" : "ivshmem-plain");
  if (flag === "ivshmem" || !caps.has(flag)) {
    report(shmem, `${flag} device is not supported with this QEMU binary`, unsupported);
  }
}

/** QEMU's device of each USB controller model that not every QEMU has. */
const usbFlags = {
  "piix3-uhci": "piix3-usb-uhci",
  "piix4-uhci": "piix4-usb-uhci",
  ehci: "usb-ehci",
  "ich9-ehci1": "ich9-usb-ehci1",
  "ich9-uhci1": "ich9-usb-ehci1",
  "ich9-uhci2": "ich9-usb-ehci1",
  "ich9-uhci3": "ich9-usb-ehci1",
  "pci-ohci": "pci-ohci",
  "nec-xhci": "nec-usb-xhci",
  "qemu-xhci": "qemu-xhci",
} as const;

function validateController({ caps, report }: Completing, controller: Controller): void {
  const { type, model = "" } = controller;
  if (type !== "usb" || !Object.hasOwn(usbFlags, model)) return;
  if (!caps.has(usbFlags[model as keyof typeof usbFlags])) {
    report(controller, `USB controller model '${model}' not supported in this QEMU binary`, unsupported);
  }
}

function validateChardev({ report }: Completing, device: Pick<Redirdev, "sources">): void {
  for (const { reconnect } of device.sources) {
    if (reconnect?.enabled === true && reconnect.timeout === 0) {
      report(device, "chardev reconnect source timeout cannot be '0'", ErrorCode.invalidArg);
    }
  }
}

function validateCpuBits({ domain, report }: Completing): void {
  const phys = domain.cpu?.maxphysaddr;
  if (phys?.mode === "emulate" && phys.bits === undefined) {
    report(phys, "if using CPU maximum physical address mode='emulate', bits= must be specified too", unsupported);
  }
  if (phys?.mode === "passthrough" && phys.bits !== undefined) {
    report(
      phys,
      "CPU maximum physical address bits number specification cannot be used with mode='passthrough'",
      unsupported,
    );
  }
}

function isWholeMib(size: number, unit: string | undefined): boolean {
  const bytes: Readonly<Record<string, number>> = {
    b: 1,
    bytes: 1,
    B: 1,
    k: 1024,
    K: 1024,
    KiB: 1024,
    M: 1_048_576,
    m: 1_048_576,
    MiB: 1_048_576,
  };
  const scale = bytes[unit ?? "MiB"] ?? 1_048_576;
  return (size * scale) % 1_048_576 === 0;
}

/** Formats in which a disk may be written by several guests. */
function isShareable(format: string | undefined): boolean {
  return format === undefined || format === "raw";
}

function validateDisk(state: Completing, disk: Disk): void {
  const { report, caps } = state;
  const { target, driver, source, address } = disk;
  if (disk.shareable === true && !isShareable(driver?.type)) {
    report(disk, `shared access for disk '${target.dev}' requires use of supported storage format`, unsupported);
  }
  const secret = (disk.auth ?? source?.auth)?.secret;
  const wanted = source?.protocol === "iscsi" ? "iscsi" : source?.protocol === "rbd" ? "ceph" : undefined;
  if (secret?.type !== undefined && wanted !== undefined && secret.type !== wanted) {
    report(disk, `invalid secret type '${secret.type}'`, unsupported);
  }
  const encryption = disk.encryption ?? source?.encryption;
  if (encryption && driver?.type !== undefined && driver.type !== "raw" && driver.type !== "qcow2") {
    report(disk, "encryption is supported only with 'raw' and 'qcow2' image format", unsupported);
  }
  if (source?.tlsHostname !== undefined && !caps.has("blockdev.nbd.tls-hostname")) {
    report(disk, "'tlsHostname' field is not supported by this QEMU", unsupported);
  }
  if (target.bus === "usb" && address && address.type !== "usb") {
    report(disk, "unexpected address type for usb disk", ErrorCode.internalError);
  }
  if (target.bus === "ide" && state.board.isQ35) {
    report(disk, "IDE controllers are unsupported for this QEMU binary or machine type", unsupported);
  }
  if (driver?.name !== undefined && driver.name !== "qemu") {
    report(
      disk,
      `unsupported driver name '${driver.name}' for disk '${source?.file ?? source?.dev ?? target.dev}'`,
      unsupported,
    );
  }
  if (driver?.copyOnRead === true && disk.readonly === true) {
    report(disk, `copy_on_read is not compatible with read-only disk '${target.dev}'`, unsupported);
  }
}

function validateHostdev({ devices, report }: Completing, hostdev: Hostdev): void {
  if (hostdev.display === true && devices.graphics.length === 0) {
    report(hostdev, "graphics device is needed for attribute value 'display=on' in <hostdev>", unsupported);
  }
  if (hostdev.type === "scsi_host" && hostdev.boot) {
    report(hostdev, "booting from assigned devices is not supported by vhost SCSI devices", unsupported);
  }
}

function usesOpenGl(graphics: Graphics): boolean {
  switch (graphics.type) {
    case "egl-headless":
      return true;
    case "spice":
    case "sdl":
    case "dbus":
      return graphics.gl?.enable === true;
    default:
      return false;
  }
}

function validateDisplays({ devices, report, domain }: Completing): void {
  const count = (type: Graphics["type"]): number => devices.graphics.filter((each) => each.type === type).length;
  if (count("sdl") > 1 || count("vnc") > 1 || count("spice") > 1) {
    report(domain, "only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported", unsupported);
  }
  if (devices.graphics.filter(usesOpenGl).length > 1) {
    report(domain, "multiple OpenGL displays are not supported by QEMU", unsupported);
  }
}

function validateGraphics({ report }: Completing, graphics: Graphics): void {
  if (graphics.type === "vnc" && graphics.port !== undefined && graphics.port > 0 && graphics.port < 5900) {
    report(graphics, `vnc port must be in range [5900,65535]`, unsupported);
  }
}

/** QEMU's device for each video type, by the flag that says it is there. */
const videoFlags = {
  vga: "VGA",
  cirrus: "cirrus-vga",
  vmvga: "vmware-svga",
  qxl: "qxl",
  virtio: "virtio-gpu",
  bochs: "bochs-display",
  ramfb: "ramfb",
} as const;

function validateVideo({ devices, caps, report }: Completing, video: Video): void {
  const type = video.model?.type;
  if (type === undefined || type === "none" || type === "default") return;
  if (video !== devices.videos[0] && type !== "qxl" && type !== "virtio") {
    report(video, `video type '${type}' is only valid as primary video device`, unsupported);
  }
  const flag = type in videoFlags ? videoFlags[type as keyof typeof videoFlags] : undefined;
  if (flag === undefined || (!caps.has(flag) && video.driver?.name !== "vhostuser")) {
    report(video, `domain configuration does not support video model '${type}'`, unsupported);
  }
}

/** Checked before addresses are given: an IOMMU that the board cannot have has no place either. */
export function validateIommu({ devices, board, report }: Completing): void {
  const { iommu } = devices;
  if (!iommu) return;
  if (iommu.model === "intel" && !board.isQ35) {
    report(iommu, "IOMMU device: 'intel' is only supported with Q35 machines", unsupported);
  }
  if (iommu.model === "virtio" && !board.isQ35 && !board.isVirt) {
    report(iommu, "IOMMU device: 'virtio' is only supported with Q35 and ARM Virt machines", unsupported);
  } else if (iommu.model === "virtio" && (iommu.address?.type ?? "pci") !== "pci") {
    report(iommu, "IOMMU device: 'virtio' needs a PCI address", unsupported);
  }
}

function validateParallels({ devices, report }: Completing): void {
  if (devices.parallels.length > 3) {
    report(devices, "Only 3 parallel ports are supported", unsupported);
  }
}
