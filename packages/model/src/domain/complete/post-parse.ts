import { ErrorCode } from "@tsvirt/base";
import type { RawElement } from "@tsvirt/codec/xml";
import { isRawElement } from "@tsvirt/codec/xml";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import type { Video } from "../video.ts";
import { type AnyDevice, everyDevice } from "./any-device.ts";
import { addConsoleCompat, assignIsaSerialPorts, assignPort } from "./chardevs.ts";
import { addImplicitControllers, assignControllerIndexes, rejectDuplicateControllers } from "./controllers.ts";
import { completeDisk, fillPorts } from "./disks.ts";
import { completeHostdev } from "./hostdevs.ts";
import { completeMemory } from "./memory.ts";
import { noDevices, withoutSecurity } from "./read.ts";
import type { Report } from "./report.ts";

/**
 * What a hypervisor adds to a document, at the points at which libvirt asks it (`virDomainXMLOption`). Each may change the
 * domain and report what is wrong.
 */
export interface DomainHooks {
  /** First of all: emulator, architecture, machine. */
  readonly basic?: (domain: Domain, report: Report) => void;
  /** Devices the hypervisor always has, defaults of the whole. Controllers have indexes by now. */
  readonly domain?: (domain: Domain, report: Report) => void;
  /** Defaults of one device, before the common ones. */
  readonly device?: (device: AnyDevice, domain: Domain, report: Report) => void;
  /** Last: addresses and what depends on all devices being known. */
  readonly addresses?: (domain: Domain, report: Report) => void;
  /** Checks of the whole document, before the common ones (`domainValidateCallback`). */
  readonly validate?: (domain: Domain, report: Report) => void;
  /** Checks of one device, after the common ones (`deviceValidateCallback`). */
  readonly validateDevice?: (device: AnyDevice, domain: Domain, report: Report) => void;
  /** Memory of a video card in KiB that has none stated, by its type. */
  readonly videoMemory?: (type: string) => number;
  /** The model of security that the host uses where a document names none, e.g. `none`, `selinux`. */
  readonly securityModel?: string;
  /** The video card for a guest that has a display but no card. */
  readonly defaultVideo?: () => Video;
}

/** Settings of {@link postParse}. */
export interface PostParseOptions {
  /** The document defines a new guest: newest defaults may be taken. */
  readonly abiUpdate?: boolean;
  /** The document is a persistent form. Default true. */
  readonly inactive?: boolean;
}

/**
 * Completes a document that was read: libvirt's common steps with the hypervisor's in between, in libvirt's order
 * (`virDomainDefPostParse`).
 */
export function postParse(domain: Domain, hooks: DomainHooks, report: Report, options: PostParseOptions = {}): void {
  domain.devices ??= noDevices();
  const { devices } = domain;
  completeSecurityModel(domain, hooks.securityModel, options.inactive ?? true, report);
  hooks.basic?.(domain, report);
  fillPorts(domain.os.nvram?.source);
  assignControllerIndexes(devices);
  hooks.domain?.(domain, report);
  assignIsaSerialPorts(devices, report);
  const complete = (device: AnyDevice): void => {
    hooks.device?.(device, domain, report);
    completeDevice(device, domain, devices, hooks, report);
  };
  for (const device of [...everyDevice(devices)]) complete(device);
  if (domain.os.type.value === "exe" && domain.os.init === undefined)
    report(domain.os, "init binary must be specified");
  completeMemory(domain, options.abiUpdate ?? false, report);
  if (domain.os.loader?.path !== undefined) domain.os.loader.type ??= "rom";
  rejectDuplicateControllers(devices, report);
  rejectDuplicatePanics(devices, report);
  if (domain.os.type.value === "hvm") completeBootOrder(domain, devices, report);
  checkTimers(domain, report);
  addImplicitDevices(domain, devices, hooks, report);
  completeVideos(devices, complete);
  const [serial] = devices.serials;
  if (serial !== undefined) complete({ kind: "serial", device: serial });
  for (const device of devices.controllers) {
    if (device.type === "scsi" && device.model === undefined) complete({ kind: "controller", device });
  }
  if (domain.metadata !== undefined) domain.metadata = sanitized(domain.metadata);
  hooks.addresses?.(domain, report);
}

/** A label that names no model is of the host's, if there is but one and it says nothing that depends on the model. */
function completeSecurityModel(
  { seclabels }: Domain,
  hostModel: string | undefined,
  isInactive: boolean,
  report: Report,
): void {
  const [label, ...others] = seclabels;
  if (label === undefined || others.length > 0 || label.model !== undefined || hostModel === undefined) return;
  const isOpen = label.type === "none" || (label.type === "dynamic" && label.baselabel === undefined && isInactive);
  if (!isOpen) {
    report(label, "missing security model in domain seclabel");
    return;
  }
  label.model = hostModel;
  if (isInactive) withoutSecurity(label);
}

function completeDevice(
  { kind, device }: AnyDevice,
  domain: Domain,
  devices: Devices,
  hooks: DomainHooks,
  report: Report,
): void {
  switch (kind) {
    case "disk":
      completeDisk(device, devices, report);
      break;
    case "serial":
      assignPort(device, devices.serials);
      break;
    case "parallel":
      assignPort(device, devices.parallels);
      break;
    case "console":
      device.target ??= {};
      if (device.target.type === undefined || device.target.type === "none") device.target.type = "serial";
      assignPort(device, devices.consoles);
      break;
    case "rng":
      if (device.rate?.bytes === 0) delete device.rate;
      if (device.backend.model === "random") device.backend.path ??= "/dev/random";
      break;
    case "video":
      completeVideoMemory(device, domain, hooks);
      break;
    case "hostdev":
      completeHostdev(device, devices, report);
      break;
    case "controller":
      if (
        device.driver?.iothread !== undefined &&
        device.driver.iothread !== 0 &&
        !device.model?.startsWith("virtio")
      ) {
        report(device, "'iothread' attribute only supported for virtio scsi controllers");
      }
      break;
    case "vsock":
      device.cid ??= {};
      device.cid.auto ??= device.cid.address === undefined || device.cid.address === 0;
      break;
    case "memory":
      if (device.model === "virtio-pmem") device.access ??= "shared";
      break;
    case "filesystem":
      if (device.source?.socket === undefined) device.accessmode ??= "passthrough";
      break;
    case "input":
      if (device.bus === undefined || device.bus === "default") device.bus = inputBus(device.type, domain);
      break;
    default:
  }
}

const x86 = new Set(["x86_64", "i686", undefined]);

function inputBus(type: string, domain: Domain): "ps2" | "usb" | "xen" | "parallels" | "virtio" | "none" {
  const { arch, value } = domain.os.type;
  if (value === "xen" || value === "xenpvh" || value === "linux") return "xen";
  if (value !== "hvm") return "parallels";
  if ((type === "mouse" || type === "keyboard") && x86.has(arch)) return "ps2";
  if (type === "evdev") return "none";
  return arch === "s390x" || type === "passthrough" ? "virtio" : "usb";
}

function nextPowerOfTwo(value: number): number {
  return value <= 1 ? value : 2 ** Math.ceil(Math.log2(value));
}

function completeVideoMemory(video: Video, domain: Domain, hooks: DomainHooks): void {
  const { model } = video;
  if (model === undefined || model.type === "none") return;
  const preset = hooks.videoMemory?.(model.type) ?? defaultVideoMemory(model.type, domain);
  if (model.type === "qxl" && (model.ram ?? 0) === 0) model.ram = preset;
  if ((model.vram ?? 0) === 0) model.vram = preset;
  for (const key of ["ram", "vram"] as const) {
    const value = model[key];
    if (value === undefined || value === 0) delete model[key];
    else model[key] = nextPowerOfTwo(value);
  }
}

function defaultVideoMemory(type: string, domain: Domain): number {
  switch (type) {
    case "vga":
    case "cirrus":
    case "vmvga":
    case "bochs":
      return domain.type === "vbox" ? 8 * 1024 : domain.type === "vmware" ? 4 * 1024 : 16 * 1024;
    case "xen":
      return 4 * 1024;
    case "qxl":
      return 64 * 1024;
    default:
      return 0;
  }
}

function rejectDuplicatePanics(devices: Devices, report: Report): void {
  const seen = new Set<string>();
  for (const panic of devices.panics) {
    const model = panic.model ?? "default";
    if (seen.has(model)) report(panic, `Multiple panic devices with model '${model}'`);
    seen.add(model);
  }
}

function completeBootOrder(domain: Domain, devices: Devices, report: Report): void {
  const used = new Set<number>();
  for (const { device } of everyDevice(devices)) {
    const order = "boot" in device ? device.boot?.order : undefined;
    if (order === undefined) continue;
    if (used.has(order)) {
      report(device, `boot order '${order}' used for more than one device`, ErrorCode.configUnsupported);
    }
    used.add(order);
  }
  if (domain.os.boots.length > 0 && used.size > 0) {
    report(
      domain.os,
      "per-device boot elements cannot be used together with os/boot elements",
      ErrorCode.configUnsupported,
    );
  }
  if (domain.os.boots.length === 0 && used.size === 0 && domain.bootloader === undefined) domain.os.boots.push("hd");
}

function checkTimers(domain: Domain, report: Report): void {
  for (const timer of domain.clock?.timers ?? []) {
    const refuse = (what: string): void =>
      report(timer, `timer ${timer.name} doesn't support setting of timer ${what}`, ErrorCode.configUnsupported);
    if ((timer.name === "kvmclock" || timer.name === "hypervclock") && timer.tickpolicy !== undefined)
      refuse("tickpolicy");
    if (timer.tickpolicy !== "catchup" && timer.catchup !== undefined && Object.keys(timer.catchup).length > 0) {
      report(timer, "setting of timer catchup policies is only supported with tickpolicy='catchup'");
    }
    if (timer.name !== "tsc") {
      if (timer.frequency !== undefined && timer.frequency !== 0n) refuse("frequency");
      if (timer.mode !== undefined) refuse("mode");
    }
    if (timer.name !== "platform" && timer.name !== "rtc" && timer.track !== undefined) refuse("track");
  }
}

function addImplicitDevices(domain: Domain, devices: Devices, hooks: DomainHooks, report: Report): void {
  addConsoleCompat(domain, report);
  addImplicitControllers(devices);
  if (devices.graphics.length > 0 && devices.videos.length === 0) {
    devices.videos.push(hooks.defaultVideo?.() ?? { model: { type: "default", heads: 1 } });
  }
}

function completeVideos(devices: Devices, complete: (device: AnyDevice) => void): void {
  const [first] = devices.videos;
  if (first?.model === undefined) return;
  if (first.model.type === "none") {
    devices.videos[0] = { model: { type: "none" }, ...(first.alias === undefined ? {} : { alias: first.alias }) };
    return;
  }
  first.model.primary = true;
  complete({ kind: "video", device: first });
}

/** libvirt keeps in `<metadata>` only elements with a namespace, the first of each. */
function sanitized(metadata: RawElement): RawElement {
  const seen = new Set<string>();
  const children = metadata.children.filter((child) => {
    if (!isRawElement(child)) return true;
    const uri = namespaceUri(child);
    if (uri === undefined || seen.has(uri)) return false;
    seen.add(uri);
    return true;
  });
  return { ...metadata, children };
}

function namespaceUri(element: RawElement): string | undefined {
  const colon = element.name.indexOf(":");
  const key = colon < 0 ? "xmlns" : `xmlns:${element.name.slice(0, colon)}`;
  return element.attributes.find(([name]) => name === key)?.[1];
}
