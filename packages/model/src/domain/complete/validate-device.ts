import { ErrorCode } from "@tsvirt/base";
import type { ChardevSource } from "../chardev.ts";
import type { Controller } from "../controller.ts";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import type { Hostdev } from "../hostdev.ts";
import type { Input } from "../input.ts";
import type { Interface } from "../interface.ts";
import type { MemoryDevice } from "../memory-device.ts";
import type { Iommu } from "../small-devices.ts";
import type { Video } from "../video.ts";
import type { AnyDevice } from "./any-device.ts";
import { isListening } from "./graphics.ts";
import { isVirtioInterface } from "./interfaces.ts";
import type { Report } from "./report.ts";
import { validateDisk } from "./validate-disk.ts";
import { checkVirtioOptionsAbsent } from "./virtio.ts";

const unsupported = ErrorCode.configUnsupported;
const internal = ErrorCode.internalError;

/** Checks one device of a completed document (`virDomainDeviceDefValidate`). */
export function validateDevice(any: AnyDevice, domain: Domain, devices: Devices, report: Report): void {
  const { kind, device } = any;
  const address = "address" in device ? device.address : undefined;
  if (typeof address === "object" && address.type === "unassigned" && kind !== "hostdev") {
    report(device, "address of type 'unassigned' is supported only for hostdevs", unsupported);
  }
  switch (kind) {
    case "disk":
      return validateDisk(device, domain, report);
    case "interface":
      return validateInterface(device, report);
    case "controller":
      return validateController(device, report);
    case "serial":
    case "parallel":
    case "console":
      return validateChardev(device, false, report);
    case "redirdev":
      if (!devices.controllers.some(({ type, model }) => type === "usb" && model !== "none")) {
        report(device, "cannot add redirected USB device: USB is disabled for this domain", unsupported);
      }
      return validateChardev(device, false, report);
    case "channel": {
      const target = device.target.type;
      if (target === undefined) {
        report(device, "unknown target type '(null)' specified for character device", unsupported);
      } else if (target === "guestfwd") {
        if (device.target.address === undefined) report(device, "guestfwd channel does not define a target address");
        else if (device.target.port === undefined) {
          report(device, "Missing required attribute 'port' in element 'target'");
        }
      } else if (target === "virtio" && device.type === "spicevmc") device.target.name ??= "com.redhat.spice.0";
      return validateChardev(device, target === "virtio" || target === "xen", report);
    }
    case "smartcard":
      if (device.address !== undefined && device.address.type !== "ccid") {
        report(device, "Controllers must use the 'ccid' address type", unsupported);
      }
      if (device.mode === "passthrough" && device.type === undefined) {
        report(device, "passthrough mode requires a character device type attribute");
      } else if (device.mode === "passthrough") validateChardev(device, false, report);
      return;
    case "rng":
      if (device.backend.model === "egd" && device.backend.type === undefined) {
        report(device.backend, "missing EGD backend type");
      } else if (device.backend.model === "egd") validateChardev(device.backend, false, report);
      return;
    case "hostdev":
      return validateHostdev(device, report);
    case "video":
      return validateVideo(device, devices, report);
    case "iommu":
      return validateIommu(device, report);
    case "memory":
      return validateMemory(device, domain, report);
    case "vsock":
      if (device.cid?.address !== undefined && device.cid.address > 0 && device.cid.address <= 2) {
        report(device, "guest CIDs must be >= 3", unsupported);
      }
      return;
    case "input":
      return validateInput(device, domain, report);
    case "shmem":
      if (device.msi !== undefined && device.server === undefined) {
        report(device, "msi option is only supported with a server");
      }
      if (device.name.includes("/")) report(device, "shmem name cannot include '/' character", unsupported);
      else if (device.name === "." || device.name === "..") {
        report(device, `shmem name cannot be equal to '${device.name}'`, unsupported);
      }
      return;
    case "filesystem":
      if (device.type !== "ram" && device.type !== "volume" && Object.keys(device.source ?? {}).length === 0) {
        report(device, device.target ?? "", ErrorCode.noSource);
      } else if (device.target === undefined) {
        report(device, device.source?.dir ?? device.source?.socket ?? "no target device", ErrorCode.noTarget);
      }
      if (device.boot !== undefined && device.driver?.type !== "virtiofs") {
        report(device, "boot order is only supported for virtiofs", unsupported);
      }
      return;
    case "sound":
      return ensureAudio(device, device.audio, devices, report);
    case "audio":
      if (devices.audios.some((other) => other !== device && other.id === device.id)) {
        report(device, `audio ID ${device.id} is used multiple times`);
      }
      return;
    case "graphics":
      if (isListening(device)) {
        for (const listen of device.listens) {
          if (listen.type === "network" && listen.network === undefined) {
            report(device, "'network' attribute is required for listen type 'network'");
          }
        }
      }
      if (device.type === "vnc") ensureAudio(device, device.audio, devices, report);
      if (device.type === "dbus" && device.p2p === true && device.address !== undefined) {
        report(device, "D-Bus p2p with an address is not supported");
      }
      return;
    default:
  }
}

function ensureAudio(device: object, id: number | undefined, devices: Devices, report: Report): void {
  if (id === undefined || id === 0 || devices.audios.some((audio) => audio.id === id)) return;
  report(device, `no audio device with ID ${id}`);
}

const channelName = /^[A-Za-z0-9_.-]+$/;

interface Chardev {
  readonly type?: string;
  readonly sources: readonly ChardevSource[];
}

function validateChardev(chardev: Chardev, mayLackPath: boolean, report: Report): void {
  const [source] = chardev.sources;
  switch (chardev.type) {
    case "file":
    case "dev":
    case "pipe":
      if (source?.path === undefined) report(chardev, "Missing source path attribute for char device", internal);
      return;
    case "nmdm":
      if ((source?.master === undefined) !== (source?.slave === undefined)) {
        report(chardev, "Should define both master and slave path attributes for nmdm device", internal);
      }
      return;
    case "tcp":
      if (source?.host === undefined) report(chardev, "Missing source host attribute for char device", internal);
      else if (source.service === undefined)
        report(chardev, "Missing source service attribute for char device", internal);
      break;
    case "udp":
      if (chardev.sources.find((s) => s.mode !== "bind")?.service === undefined) {
        report(chardev, "Missing source service attribute for char device", internal);
      }
      return;
    case "unix":
      if (source?.path === undefined && !mayLackPath) {
        report(chardev, "Missing source path attribute for char device", internal);
      }
      break;
    case "spiceport":
    case "dbus":
      if (source?.channel === undefined)
        report(chardev, "Missing source channel attribute for char device", unsupported);
      else if (!channelName.test(source.channel)) {
        report(chardev, "Invalid character in source channel for char device", ErrorCode.invalidArg);
      }
      return;
    default:
      return;
  }
  if (source?.mode === "bind" && source.reconnect?.enabled !== undefined) {
    report(chardev, "chardev reconnect is possible only for connect mode", internal);
  }
}

/** Ranges of a PCI controller's numbers. */
const pciNumbers = [
  ["chassisNr", 1, 255],
  ["chassis", 0, 255],
  ["port", 0, 255],
  ["busNr", 1, 254],
] as const;

function validateController(controller: Controller, report: Report): void {
  if (controller.type !== "pci") return;
  const refuse = (text: string): void => report(controller, text, unsupported);
  const { target, index = 0 } = controller;
  if ((controller.model === "pci-root" || controller.model === "pcie-root") && controller.address !== undefined) {
    refuse("pci-root and pcie-root controllers should not have an address");
  }
  if (index > 255) refuse(`PCI controller index ${index} too high, maximum is 255`);
  for (const [name, min, max] of pciNumbers) {
    const number = target?.[name];
    if (number !== undefined && (number < min || number > max)) {
      refuse(`PCI controller ${name} '${number}' out of range - must be ${min}-${max}`);
    }
  }
  if (target?.index !== undefined && (target.index < 0 || target.index > 30)) {
    refuse(`PCI controller target index '${target.index}' out of range - must be 0-30`);
  } else if (target?.index !== undefined && (index === 0) !== (target.index === 0)) {
    refuse("Only the PCI controller with index 0 can have target index 0, and vice versa");
  }
  if (target?.node !== undefined && index === 0) {
    refuse("The PCI controller with index=0 can't be associated with a NUMA node");
  }
}

function validateInterface(device: Interface, report: Report): void {
  const refuse = (text: string): void => report(device, text, unsupported);
  const { source, teaming, type } = device;
  if (source !== undefined && source.ips.length + source.routes.length > 0 && type !== "ethernet") {
    refuse(
      `Invalid attempt to set network interface host-side IP route and/or address info on interface of type '${type}'. This is only supported on interfaces of type 'ethernet'`,
    );
  }
  if (device.target?.managed === false && type !== "ethernet") {
    refuse(`unmanaged target dev is not supported on interfaces of type '${type}'`);
  }
  if (teaming?.type === "transient" && teaming.persistent === undefined) {
    refuse("teaming persistent attribute must be set if teaming type is 'transient'");
  } else if (teaming !== undefined && teaming.type !== "transient" && teaming.persistent !== undefined) {
    refuse(`teaming persistent attribute not allowed if teaming type is '${teaming.type}'`);
  }
  if (device.port?.isolated === true) {
    const mac = device.mac?.address ?? "";
    if (type !== "network" && type !== "bridge") {
      refuse(`interface ${mac} - <port isolated='yes'/> is not supported for network interfaces with type='${type}'`);
    } else if (device.virtualPort?.type !== undefined) {
      refuse(
        `interface ${mac} - <port isolated='yes'/> is not supported for network interfaces with virtualport type='${device.virtualPort.type}'`,
      );
    }
  }
  if (!isVirtioInterface(device)) checkVirtioOptionsAbsent(device, device.driver, report);
  const isPasst = device.backend?.type === "passt";
  if (type !== "user" && isPasst) {
    report(device, "The 'passt' backend can only be used with interface type='user'", internal);
  }
  if (device.portForwards.length > 0 && (type !== "user" || !isPasst)) {
    refuse("The <portForward> element can only be used with <interface type='user'> and its 'passt' backend");
  }
  if (type === "vhostuser") {
    if (!isVirtioInterface(device)) {
      report(
        device,
        "Wrong or no <model> 'type' attribute specified with <interface type='vhostuser'/>. vhostuser requires the virtio-net* frontend",
        internal,
      );
    }
    if (source?.mode === "server" && source.reconnect?.enabled === true) {
      refuse("'reconnect' attribute unsupported 'server' mode for <interface type='vhostuser'>");
    }
  }
  for (const { start, end, to, exclude } of device.portForwards.flatMap(({ ranges }) => ranges)) {
    if (start === undefined && (end !== undefined || to !== undefined || exclude !== undefined)) {
      refuse("The 'range' of a 'portForward' requires 'start' attribute if 'end', 'to', or 'exclude' is specified");
    }
  }
}

function validateHostdev(hostdev: Hostdev, report: Report): void {
  const { address, teaming } = hostdev;
  if (hostdev.mode === "subsystem" && address !== undefined) {
    const { type } = address;
    if (hostdev.type === "pci" && type !== "pci" && type !== "unassigned") {
      report(hostdev, "PCI host devices must use 'pci' or 'unassigned' address type", internal);
    } else if (hostdev.type === "scsi" && type !== "drive") {
      report(hostdev, "SCSI host device must use 'drive' address type", unsupported);
    } else if (hostdev.type === "scsi_host" && type !== "pci" && type !== "ccw") {
      report(hostdev, "SCSI_host host device must use 'pci' or 'ccw' address type", unsupported);
    } else if (hostdev.type === "usb" && type !== "usb") {
      report(hostdev, "USB host device must use 'usb' address type", unsupported);
    }
  }
  if (hostdev.sgio === "unfiltered") report(hostdev, "unfiltered sgio is no longer supported", unsupported);
  if (teaming === undefined) return;
  if (teaming.type !== "transient") report(hostdev, "teaming hostdev devices must have type='transient'", unsupported);
  else if (teaming.persistent === undefined) {
    report(hostdev, "missing required persistent attribute in hostdev teaming element", unsupported);
  }
  if (hostdev.type !== "pci") report(hostdev, "teaming is only supported for pci hostdev devices", unsupported);
}

function validateVideo(video: Video, devices: Devices, report: Report): void {
  const refuse = (text: string): void => report(video, text, unsupported);
  const { model, driver } = video;
  if (model === undefined || model.type === "default") {
    report(video, "missing video model and cannot determine default", internal);
    return;
  }
  if (devices.videos.length > 1 && devices.videos.some((other) => other.model?.type === "none")) {
    refuse("a 'none' video type must be the only video device defined for the domain");
  }
  if (driver?.name === "vhostuser") {
    if (model.type !== "virtio") refuse("'vhostuser' driver is only supported with 'virtio' device");
  } else if (model.acceleration?.rendernode !== undefined) {
    refuse("unsupported rendernode accel attribute without 'vhostuser'");
  }
  if (model.resolution !== undefined && (model.resolution.x === 0 || model.resolution.y === 0)) {
    refuse("video resolution values must be greater than 0");
  }
  if (model.type !== "qxl") {
    for (const key of ["ram", "vram64", "vgamem"] as const) {
      if ((model[key] ?? 0) !== 0) refuse(`${key} attribute only supported for video type qxl`);
    }
  }
  if (model.type === "ramfb" && video.address !== undefined) refuse("address not supported for video type ramfb");
  if (model.type !== "virtio") checkVirtioOptionsAbsent(video, driver, report);
}

function validateMemory(memory: MemoryDevice, domain: Domain, report: Report): void {
  const detail = (text: string): void => report(memory, text, ErrorCode.xmlDetail);
  const refuse = (text: string): void => report(memory, text, unsupported);
  const { model, source, target } = memory;
  if (model === "nvdimm" || model === "virtio-pmem") {
    if (source?.path === undefined) detail(`path is required for model '${model}'`);
    if (memory.discard === true) {
      refuse(
        model === "nvdimm" ? "discard is not supported for nvdimms" : `discard is not supported for model '${model}'`,
      );
    }
  }
  if (model === "nvdimm") {
    const power = domain.os.type.arch?.startsWith("ppc64") === true;
    if (power && (target.label?.size ?? 0) === 0) refuse("label size is required for NVDIMM device");
    else if (!power && memory.uuid !== undefined) refuse("UUID is not supported for NVDIMM device");
  }
  if (model === "virtio-pmem") {
    if (memory.access !== "shared") refuse("shared access mode required for virtio-pmem device");
    if (target.node !== undefined) refuse("virtio-pmem does not support NUMA nodes");
  }
  if (model === "virtio-mem") {
    const { block = 0, requested = 0, size } = target;
    if (requested > size) detail("requested size must be smaller than or equal to @size");
    if (block === 0 || (block & (block - 1)) !== 0) detail("block size must be a power of two");
    else if (block < 2048) detail("block size too small, must be at least 2048KiB");
    else if (requested % block !== 0) detail("requested size must be an integer multiple of block size");
  }
}

function validateInput(input: Input, domain: Domain, report: Report): void {
  const { bus, type, model, source } = input;
  if (domain.os.type.value === "hvm") {
    if (bus === "ps2" && type !== "mouse" && type !== "keyboard") {
      report(input, `ps2 bus does not support ${type} input device`, internal);
    } else if (bus === "xen") report(input, "unsupported input bus xen", internal);
  }
  if (type === "passthrough") {
    if (source?.evdev === undefined) report(input, "Missing evdev path for input device");
    else if (bus !== "virtio")
      report(input, "only bus 'virtio' is supported for 'passthrough' input devices", unsupported);
  } else if (type === "evdev") {
    if (bus !== "none") report(input, "input evdev doesn't support bus element", unsupported);
  } else if (source?.evdev !== undefined) {
    report(input, "setting source evdev path only supported for passthrough input devices", unsupported);
  }
  if (model !== undefined && bus !== "virtio") {
    report(input, `only bus 'virtio' is supported for input model '${model}'`, unsupported);
  }
}

/** Only Intel's has settings, only virtio's a place (`virDomainIOMMUDefValidate`). */
function validateIommu(iommu: Iommu, report: Report): void {
  const { model, driver = {}, address } = iommu;
  const { intremap, cachingMode, eim, iotlb, awBits = 0 } = driver;
  const hasSettings = [intremap, cachingMode, eim, iotlb].some((setting) => setting !== undefined) || awBits !== 0;
  if (model !== "intel" && hasSettings) report(iommu, `iommu model '${model}' doesn't support additional attributes`);
  if (model !== "virtio" && address !== undefined) report(iommu, `iommu model '${model}' can't have address`);
}
