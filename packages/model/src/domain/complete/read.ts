import { ErrorCode } from "@tsvirt/base";
import { scaledBytes } from "@tsvirt/codec/xml";
import type { ChardevSource } from "../chardev.ts";
import type { Clock } from "../clock.ts";
import type { Controller } from "../controller.ts";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import type { Interface } from "../interface.ts";
import type { Seclabel } from "../security.ts";
import type { StorageSource } from "../storage-source.ts";
import type { SysinfoEntry } from "../sysinfo.ts";
import { addHostdevControllers, sortControllers } from "./controllers.ts";
import { insertDisk } from "./disks.ts";
import { completeGraphics } from "./graphics.ts";
import { completeInterface } from "./interfaces.ts";
import { completeNumaCells, completeNumatune } from "./numa.ts";
import type { Report } from "./report.ts";
import { completeVcpus } from "./vcpus.ts";

/** What reading needs from outside. */
export interface ReadEnvironment {
  readonly inactive: boolean;
  /** A UUID for a domain that has none. */
  readonly newUuid: () => string;
  /** A MAC address for an interface that has none. */
  readonly newMac: () => string;
}

/** No devices at all. */
export function noDevices(): Devices {
  return {
    disks: [],
    controllers: [],
    leases: [],
    filesystems: [],
    interfaces: [],
    smartcards: [],
    serials: [],
    parallels: [],
    consoles: [],
    channels: [],
    inputs: [],
    tpms: [],
    graphics: [],
    sounds: [],
    audios: [],
    videos: [],
    hostdevs: [],
    redirdevs: [],
    hubs: [],
    watchdogs: [],
    rngs: [],
    panics: [],
    shmems: [],
    memories: [],
    cryptos: [],
  };
}

/** Defaults that libvirt's parser itself fills in, before any hypervisor is asked. */
export function completeRead(domain: Domain, environment: ReadEnvironment, report: Report): void {
  checkTexts(domain, report);
  domain.uuid ??= environment.newUuid();
  if (domain.genid === "") domain.genid = environment.newUuid();
  completeVcpus(domain, report);
  completeIothreads(domain, report);
  domain.clock = completeClock(domain.clock ?? { timers: [] }, report);
  domain.onPoweroff ??= "destroy";
  domain.onReboot ??= "restart";
  domain.onCrash ??= "destroy";
  domain.devices ??= noDevices();
  completeNumaCells(domain, report);
  completeNumatune(domain, report);
  if (!environment.inactive) {
    for (const group of [...(domain.cputune?.cachetunes ?? []), ...(domain.cputune?.memorytunes ?? [])]) {
      group.id ??= `vcpus_${group.vcpus}`;
    }
  }
  completeOs(domain);
  completeCpu(domain);
  completeTseg(domain, report);
  for (const sysinfo of domain.sysinfos) completeSysinfo(sysinfo);
  for (const label of domain.seclabels) completeSeclabel(label, environment.inactive, report);
  // One of a model that leaves the type to the host says nothing.
  domain.seclabels = domain.seclabels.filter(({ type, model }) => type !== undefined || model === undefined);
  completeDevices(domain.devices, environment, report);
}

function checkTexts(domain: Domain, report: Report): void {
  const { name } = domain;
  if (name.includes("/")) report(domain, `name ${name} cannot contain '/'`);
  else if (name === "." || name === "..") report(domain, `name '${name}' cannot be used for a domain`);
  if (domain.title?.includes("\n") === true) report(domain, "Domain title can't contain newlines");
}

function completeIothreads(domain: Domain, report: Report): void {
  const ids = domain.iothreadids?.iothreads ?? [];
  const seen = new Set<number>();
  for (const thread of ids) {
    if (thread.id === 0) report(thread, "iothread id of 0 is invalid");
    if (seen.has(thread.id)) report(thread, `duplicate iothread id '${thread.id}' found`);
    seen.add(thread.id);
  }
  if (domain.iothreads === undefined && ids.length > 0) domain.iothreads = ids.length;
  if (domain.iothreads !== undefined && ids.length > domain.iothreads) domain.iothreads = ids.length;
  if (domain.iothreads === 0) delete domain.iothreads;
  else if (ids.length > 0 && domain.iothreads !== undefined) {
    for (let id = 1; ids.length < Math.min(domain.iothreads, 4096); id++) if (!seen.has(id)) ids.push({ id });
  }
}

function completeClock(clock: Clock, report: Report): Clock {
  clock.offset ??= "utc";
  const { offset, adjustment } = clock;
  if (offset === "utc" || offset === "localtime") {
    delete clock.basis;
    if (adjustment !== undefined && adjustment !== "reset") {
      clock.basis = offset;
      clock.offset = "variable";
    }
  }
  if (clock.offset === "variable") {
    clock.adjustment ??= "0";
    clock.basis ??= "utc";
    // Whatever is no number counts as none, as in libvirt.
    clock.adjustment = String(/^[+-]?\d{1,18}$/.test(clock.adjustment) ? BigInt(clock.adjustment) : 0);
  } else if (clock.offset === "timezone" && clock.timezone === undefined) {
    report(clock, "missing 'timezone' attribute for clock with offset='timezone'");
  } else if (clock.offset === "absolute" && clock.start === undefined) {
    report(clock, "missing 'start' attribute for clock with offset='absolute'", ErrorCode.internalError);
  }
  return clock;
}

function completeCpu(domain: Domain): void {
  const { cpu } = domain;
  if (cpu === undefined) return;
  const hasModel = cpu.model?.name !== undefined;
  cpu.mode ??= "custom";
  if (cpu.mode === "custom") {
    if (hasModel) cpu.match ??= "exact";
    else delete cpu.match;
  } else delete cpu.match;
  if (hasModel && (cpu.mode === "custom" || cpu.mode === "host-model") && cpu.model !== undefined) {
    cpu.model.fallback ??= "allow";
  }
  for (const feature of cpu.features) feature.policy ??= "require";
}

/** libvirt shows the size with the largest unit that leaves a whole number. */
function completeTseg(domain: Domain, report: Report): void {
  const smm = domain.features?.smm;
  const { tseg } = smm ?? {};
  if (smm === undefined || tseg === undefined) return;
  if (tseg.size === undefined) {
    delete smm.tseg;
    return;
  }
  const bytes = scaledBytes(String(tseg.size), tseg.unit, "MiB");
  if (bytes === undefined) report(tseg, `unknown suffix '${tseg.unit ?? ""}'`, ErrorCode.invalidArg);
  else if (smm.state === false) delete smm.tseg;
  else Object.assign(tseg, prettySize(bytes));
}

function prettySize(bytes: bigint): { unit: string; size: number } {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let index = 0;
  while (value !== 0n && value % 1024n === 0n && index < units.length - 1) {
    value /= 1024n;
    index++;
  }
  return { unit: units[index] ?? "B", size: Number(value) };
}

/** What libvirt knows of each table, in the order in which it writes it. */
const tables = {
  bios: ["vendor", "version", "date", "release"],
  system: ["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
  baseBoard: ["manufacturer", "product", "version", "serial", "asset", "location"],
  chassis: ["manufacturer", "version", "serial", "asset", "sku"],
} as const;

function completeSysinfo(sysinfo: Domain["sysinfos"][number]): void {
  if (sysinfo.type !== "smbios") return;
  const keep = (table: { entries: SysinfoEntry[] } | undefined, names: readonly string[]): void => {
    if (table === undefined) return;
    const valued = table.entries.filter(({ value }) => value !== undefined);
    table.entries = names.flatMap((name) => valued.find((entry) => entry.name === name) ?? []);
  };
  keep(sysinfo.bios, tables.bios);
  keep(sysinfo.system, tables.system);
  keep(sysinfo.chassis, tables.chassis);
  for (const board of sysinfo.baseBoards) keep(board, tables.baseBoard);
  sysinfo.processors = [];
  sysinfo.memoryDevices = [];
}

function completeOs(domain: Domain): void {
  const { os } = domain;
  if (os.firmwareFeatures?.type !== undefined) {
    os.firmware ??= os.firmwareFeatures.type;
    delete os.firmwareFeatures.type;
  }
  if (os.firmwareFeatures !== undefined) {
    // What is wished twice, counts as it was wished last.
    const byName = new Map(os.firmwareFeatures.features.map((feature) => [feature.name, feature]));
    if (byName.size === 0) delete os.firmwareFeatures;
    else os.firmwareFeatures.features = [...byName.values()];
  }
  for (const holder of [os.loader, os.nvram]) {
    const path = holder?.path?.trim();
    if (holder !== undefined && path !== undefined) {
      if (path === "") delete holder.path;
    }
    if (holder?.format === "raw") delete holder.format;
  }
  // Keys that are enrolled are of no use without secure boot.
  const wishes = os.firmwareFeatures?.features;
  if (wishes?.some((f) => f.name === "enrolled-keys" && f.enabled) && !wishes.some((f) => f.name === "secure-boot")) {
    wishes.push({ enabled: true, name: "secure-boot" });
  }
  completeNvram(os);
  // With a boot loader of the host's, the kernel and what belongs to it come from there.
  if (domain.bootloader !== undefined) os.boots = [];
  if (os.bootmenu?.enable === undefined) delete os.bootmenu;
  else if (os.bootmenu.enable === false) delete os.bootmenu.timeout;
}

/** Without a type the variables' place is the text; where nothing is said, there is still firmware. */
function completeNvram(os: Domain["os"]): void {
  const { nvram } = os;
  if (nvram === undefined) return;
  if (nvram.type === undefined) delete nvram.source;
  else delete nvram.path;
  os.loader ??= {};
  if (nvram.template === undefined && nvram.path === undefined && nvram.source === undefined) delete os.nvram;
}

function completeSeclabel(label: Seclabel, inactive: boolean, report: Report): void {
  const { type } = label;
  if (type === "none" && label.relabel === true) {
    const text = "resource relabeling is not compatible with 'none' label type";
    report(label, text, ErrorCode.configUnsupported);
  }
  if (type === "dynamic" && label.relabel === false) {
    report(label, "dynamic label type must use resource relabeling", ErrorCode.configUnsupported);
  }
  if (inactive) withoutSecurity(label);
  else if (label.model === "none" && type !== "none") {
    report(label, `unsupported type='${type ?? "default"}' to model 'none'`, ErrorCode.configUnsupported);
  }
  if (label.type === "none") {
    dropLabels(label);
    return;
  }
  label.relabel ??= type !== "static";
  if (type === "static" && label.label === undefined) report(label, "security label is missing");
  if (type !== "static" && inactive) {
    delete label.label;
    delete label.imagelabel;
  }
  if (inactive) delete label.imagelabel;
}

function dropLabels(label: Seclabel): void {
  delete label.relabel;
  delete label.label;
  delete label.imagelabel;
  delete label.baselabel;
}

/** With the model `none` there is nothing to label, whatever an old document says. */
export function withoutSecurity(label: Seclabel): void {
  if (label.model !== "none") return;
  label.type = "none";
  dropLabels(label);
}

/** What {@link completeRead} does with devices: for documents that have only those. */
export function completeDevices(devices: Devices, environment: ReadEnvironment, report: Report): void {
  const { inactive } = environment;
  for (const device of devices.interfaces) completeInterface(device, environment, report);
  for (const graphics of devices.graphics) completeGraphics(graphics, inactive, report);
  const chardevs = [
    ...devices.serials,
    ...devices.parallels,
    ...devices.consoles,
    ...devices.channels,
    ...devices.redirdevs,
    ...devices.smartcards,
    ...devices.rngs.map((rng) => rng.backend),
  ];
  for (const [port, console] of devices.consoles.entries()) console.target = { ...console.target, port };
  for (const chardev of chardevs) completeChardev(chardev, inactive, report);
  const disks = devices.disks.splice(0);
  for (const disk of disks) insertDisk(devices, disk);
  for (const controller of devices.controllers) completeCompanion(controller);
  for (const disk of devices.disks) {
    if (disk.mirror !== undefined && inactive) delete disk.mirror;
    if (disk.device !== "cdrom" && disk.device !== "floppy") delete disk.target.tray;
    else if (disk.target.tray === "closed") delete disk.target.tray;
    if (disk.driver?.type === "none") delete disk.driver.type;
    if (disk.type === "volume" && disk.source?.pool === undefined) disk.type = "file";
    const isRemovable = disk.device === "cdrom" || disk.device === "floppy";
    if (disk.type === "block" && isRemovable && disk.source === undefined) disk.type = "file";
    for (let layer: ImageLayer | undefined = disk; layer !== undefined; layer = layer.backingStore) {
      if (layer.source !== undefined) completeLabels(layer.source, inactive, report);
    }
  }
  for (const shmem of devices.shmems) shmem.model ??= "ivshmem";
  for (const hostdev of devices.hostdevs) if (hostdev.mode === "subsystem") hostdev.managed ??= false;
  for (const video of devices.videos) {
    video.model ??= { type: "default" };
    video.model.heads ??= 1;
    if (video.model.primary === false) delete video.model.primary;
  }
  const primary = devices.videos.findIndex((video) => video.model?.primary === true);
  if (primary > 0) devices.videos.unshift(...devices.videos.splice(primary, 1));
  for (const [index, audio] of devices.audios.entries()) if (audio.id === 0) audio.id = index + 1;
  checkUsb(devices, report);
  sortControllers(devices);
  addHostdevControllers(devices);
}

interface ImageLayer {
  readonly source?: StorageSource;
  readonly backingStore?: ImageLayer;
}

/** Labels of one image: of each model one, and in a persistent form only those that say something. */
function completeLabels(source: StorageSource, inactive: boolean, report: Report): void {
  const seen = new Set<string | undefined>();
  for (const label of source.seclabels) {
    const { model } = label;
    if (seen.has(model))
      report(label, `seclabel for model ${model ?? "(null)"} is already provided`, ErrorCode.xmlDetail);
    seen.add(model);
    if (inactive) delete label.labelskip;
    if (label.labelskip !== true) label.relabel ??= true;
  }
  if (inactive) source.seclabels = source.seclabels.filter((l) => l.label !== undefined || l.relabel === false);
}

/** A controller of the model `none` switches USB off: nothing that needs it can stand beside it. */
function checkUsb(devices: Devices, report: Report): void {
  const controllers = devices.controllers.filter(({ type }) => type === "usb");
  if (!controllers.some(({ model }) => model === "none")) return;
  const [, other] = controllers;
  if (other !== undefined) {
    report(other, "Can't add another USB controller: USB is disabled for this domain", ErrorCode.xmlDetail);
  }
  const refuse = (devices: readonly object[], text: string): void => {
    for (const device of devices) report(device, text, ErrorCode.configUnsupported);
  };
  const inputs = devices.inputs.filter(({ bus }) => bus === "usb");
  refuse(inputs, "Can't add USB input device. USB bus is disabled");
  const hostdevs = devices.hostdevs.filter(({ type }) => type === "usb");
  refuse(hostdevs, "Can't add host USB device: USB is disabled in this host");
  refuse(devices.hubs, "Can't add USB hub: USB is disabled for this domain");
}

const companionPorts: Readonly<Record<string, number>> = { "ich9-uhci1": 0, "ich9-uhci2": 2, "ich9-uhci3": 4 };

/** USB2 companions say by their model where they sit. */
function completeCompanion(controller: Controller): void {
  const port = companionPorts[controller.model ?? ""];
  if (controller.type === "usb" && port !== undefined) controller.master ??= { startport: port };
}

interface Chardev {
  type?: string;
  tty?: string;
  sources: ChardevSource[];
  protocol?: string;
}

function completeChardev(
  chardev: Chardev & { protocol?: "raw" | "telnet" | "telnets" | "tls" },
  inactive: boolean,
  report: Report,
): void {
  const { sources, type } = chardev;
  // The old form of a console: the terminal stands on the element itself.
  if (chardev.tty !== undefined && sources[0]?.path === undefined)
    chardev.sources = [{ seclabels: [], path: chardev.tty }];
  delete chardev.tty;
  for (const source of chardev.sources) {
    if (source.path === "") delete source.path;
    if (type === "pty" && inactive) delete source.path;
    if (source.reconnect !== undefined && source.reconnect.enabled !== true) delete source.reconnect.timeout;
  }
  if (type === "tcp" || type === "udp") {
    for (const source of sources) source.mode ??= "connect";
  }
  if (type === "unix") {
    for (const source of sources) {
      if (source.path !== undefined) source.mode ??= "connect";
      else delete source.mode;
    }
  }
  if (type === "tcp") {
    chardev.protocol ??= "raw";
    if (sources.length > 1) report(chardev, "only one source element is allowed for character device");
  } else delete chardev.protocol;
  if (type === "udp") completeUdp(chardev, report);
  else if (sources.length > 1 && type !== "tcp")
    report(chardev, "only one source element is allowed for character device");
  if (type === "null" || type === "vc" || type === "stdio" || type === "spicevmc") chardev.sources = [];
}

/** libvirt writes the end that is bound first. */
function completeUdp(chardev: Chardev, report: Report): void {
  const bind = chardev.sources.filter((source) => source.mode === "bind");
  const connect = chardev.sources.filter((source) => source.mode !== "bind");
  if (bind.length > 1 || connect.length > 1)
    report(chardev, "only two source elements with different modes are allowed for udp character device");
  chardev.sources = [...bind, ...connect];
}

/** Names of taps that libvirt made up; persistent forms do not keep them. */
export function isGeneratedTap(name: string): boolean {
  return /^(?:vnet|macvtap|macvlan)/.test(name);
}

/** Whether the name of an interface's host end belongs into a persistent form. */
export function keepsTargetName(device: Interface): boolean {
  const dev = device.target?.dev;
  return dev !== undefined && (device.target?.managed === false || !isGeneratedTap(dev));
}
