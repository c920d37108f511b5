import { ErrorCode } from "@tsvirt/base";
import { uuid } from "@tsvirt/codec/xml";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import { type NumberRange, parseRanges } from "../scalars.ts";
import { everyDevice } from "./any-device.ts";
import { isSerialConsole } from "./chardevs.ts";
import { overlaps, validateNuma } from "./numa.ts";
import type { DomainHooks } from "./post-parse.ts";
import { noDevices } from "./read.ts";
import type { Report } from "./report.ts";
import { validateDevice } from "./validate-device.ts";
import { validateHostdevs } from "./validate-hostdevs.ts";

const unsupported = ErrorCode.configUnsupported;

/**
 * Checks that libvirt makes on a completed document when it is defined or started (`virDomainDefValidate`); the texts are
 * its own. The hypervisor's come in between: those of the document first, those of a device after the common ones.
 */
export function validateDomain(domain: Domain, report: Report, hooks: DomainHooks = {}): void {
  const devices = domain.devices ?? noDevices();
  hooks.validate?.(domain, report);
  for (const device of everyDevice(devices)) {
    validateDevice(device, domain, devices, report);
    hooks.validateDevice?.(device, domain, report);
  }
  validateDisks(devices, report);
  validateTopology(domain, report);
  validateAliases(domain, devices, report);
  validateLifecycle(domain, report);
  validateHugepages(domain, report);
  validateLoader(domain, report);
  validateHostdevs(devices, report);
  validateSeclabels(domain, report);
  validateSysinfo(domain, report);
  validateNuma(domain, report);
  validateIdMap(domain, report);
  validateCpuTune(domain, report);
  validateBoot(domain, report);
  validateVideos(devices, report);
  validateBlkio(domain, report);
  if (devices.iommu?.driver?.intremap === true && domain.features?.ioapic !== "qemu") {
    report(devices.iommu, "IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')", unsupported);
  }
  if (devices.iommu?.driver?.eim === true && devices.iommu.driver.intremap !== true) {
    report(devices.iommu, "IOMMU eim requires interrupt remapping to be enabled", unsupported);
  }
}

function validateDisks(devices: Devices, report: Report): void {
  const targets = new Map<string, string>();
  const drives = new Map<string, string>();
  for (const disk of devices.disks) {
    const { dev } = disk.target;
    const source = disk.source?.file ?? disk.source?.dev ?? disk.source?.dir ?? disk.source?.name ?? "(null)";
    const other = targets.get(dev);
    if (other !== undefined) report(disk, `target '${dev}' duplicated for disk sources '${other}' and '${source}'`);
    else targets.set(dev, source);
  }
  for (const disk of devices.disks) {
    const { dev, bus } = disk.target;
    if (disk.address?.type !== "drive") continue;
    const { controller, bus: line, target, unit } = disk.address;
    const key = `${bus} ${controller} ${line} ${target} ${unit}`;
    const first = drives.get(key);
    if (first !== undefined) {
      report(
        disk,
        `Found duplicate drive address for disk with target name '${first}' controller='${controller}' bus='${line}' target='${target}' unit='${unit}'`,
        unsupported,
      );
    } else drives.set(key, dev);
  }
}

function validateTopology(domain: Domain, report: Report): void {
  const topology = domain.cpu?.topology;
  if (topology === undefined) return;
  const { sockets, dies, cores, threads } = topology;
  if (sockets * dies * cores * threads > 0xffff_ffff) {
    report(topology, `cpu topology results in more than ${0xffff_ffff} cpus`, unsupported);
  }
}

function validateAliases(domain: Domain, devices: Devices, report: Report): void {
  const seen = new Set<string>();
  for (const { kind, device } of everyDevice(devices)) {
    const alias = "alias" in device ? device.alias : undefined;
    if (alias === undefined || !alias.startsWith("ua-")) continue;
    // The console that stands for a serial port has its alias too.
    if (kind === "console" && isSerialConsole(device) && domain.os.type.value === "hvm") continue;
    if (seen.has(alias)) report(device, `non unique alias detected: ${alias}`, unsupported);
    seen.add(alias);
  }
}

function validateLifecycle(domain: Domain, report: Report): void {
  const crashOnly = new Set(["coredump-destroy", "coredump-restart"]);
  for (const [name, action] of [
    ["on_poweroff", domain.onPoweroff],
    ["on_reboot", domain.onReboot],
  ] as const) {
    if (action !== undefined && crashOnly.has(action)) {
      report(domain, `'${action}' not allowed for '${name.replace("on_", "")}'`, unsupported);
    }
  }
}

function validateHugepages(domain: Domain, report: Report): void {
  const pages = domain.memoryBacking?.hugepages?.pages ?? [];
  const cells = domain.cpu?.numa?.cells.length ?? 0;
  const taken: { readonly range: NumberRange; readonly size: number }[] = [];
  let master: number | undefined;
  for (const page of pages) {
    const nodes = page.nodeset === undefined ? undefined : parseRanges(page.nodeset);
    if (nodes === undefined) {
      if (master !== undefined)
        report(page, `two master hugepages detected: ${page.size} and ${master}`, ErrorCode.xmlDetail);
      master = page.size;
      continue;
    }
    const other = taken.find(({ range }) => nodes.some((own) => own[0] <= range[1] && range[0] <= own[1]));
    if (other !== undefined) {
      report(
        page,
        `nodeset attribute of hugepages of sizes ${page.size} and ${other.size} intersect`,
        ErrorCode.xmlDetail,
      );
    }
    for (const range of nodes) taken.push({ range, size: page.size });
    const beyond = nodes.find(([, last]) => last >= cells);
    if (beyond !== undefined) {
      report(page, `hugepages: node ${Math.max(beyond[0], cells)} not found`, ErrorCode.xmlDetail);
    }
  }
}

/** What the document says of firmware must fit together (`virDomainDefOSValidate`). */
function validateLoader({ os }: Domain, report: Report): void {
  const refuse = (text: string): void => report(os.loader ?? os, text, ErrorCode.xmlDetail);
  const { loader, nvram, firmware } = os;
  if (firmware !== undefined) {
    const chosen = "cannot be specified when firmware autoselection is enabled";
    if (loader?.readonly !== undefined) refuse(`loader attribute 'readonly' ${chosen}`);
    else if (loader?.type !== undefined) refuse(`loader attribute 'type' ${chosen}`);
    else if (loader?.path !== undefined) refuse(`loader path ${chosen}`);
    else if (nvram?.template !== undefined) refuse(`nvram attribute 'template' ${chosen}`);
    // That it is to be secure was once how to ask for secure boot.
    else if (loader?.secure === false) refuse(`loader attribute 'secure' ${chosen}`);
    else if (nvram !== undefined && firmware !== "efi") refuse(`firmware type '${firmware}' does not support nvram`);
  } else if ((os.firmwareFeatures?.features.length ?? 0) > 0) {
    refuse("cannot use feature-based firmware autoselection when firmware autoselection is disabled");
  } else if (loader !== undefined && loader.path === undefined) {
    refuse("no loader path specified and firmware auto selection disabled");
  }
  if (loader?.stateless === true) {
    if (nvram?.template !== undefined) refuse("NVRAM template is not permitted when loader is stateless");
    else if (nvram !== undefined) refuse("NVRAM is not permitted when loader is stateless");
  } else if (loader?.stateless === false) {
    if (firmware === undefined) {
      if (loader.type !== "pflash") refuse("Only pflash loader type permits NVRAM");
    } else if (firmware !== "efi") refuse("Only EFI firmware permits NVRAM");
  }
}

function validateCpuTune(domain: Domain, report: Report): void {
  const tune = domain.cputune;
  if (tune === undefined) return;
  const check = (name: string, value: bigint | undefined, min: bigint, max: bigint): void => {
    if (value !== undefined && value > 0n && (value < min || value > max)) {
      report(tune, `Value of cputune '${name}' must be in range [${min}, ${max}]`, unsupported);
    }
  };
  check("shares", tune.shares, 2n, 262_144n);
  check("period", tune.period, 1_000n, 1_000_000n);
  check("global_period", tune.globalPeriod, 1_000n, 1_000_000n);
  check("emulator_period", tune.emulatorPeriod, 1_000n, 1_000_000n);
  check("iothread_period", tune.iothreadPeriod, 1_000n, 1_000_000n);
  const most = 17_592_186_044_415n;
  check("quota", tune.quota, 1_000n, most);
  check("global_quota", tune.globalQuota, 1_000n, most);
  check("emulator_quota", tune.emulatorQuota, 1_000n, most);
  check("iothread_quota", tune.iothreadQuota, 1_000n, most);
  validateResctrl(domain, report);
  const missing = tune.iothreadScheds.find(({ iothreads }) => !hasIothread(domain, Number(iothreads)));
  if (missing !== undefined) report(missing, `Cannot find 'iothread' : ${missing.iothreads}`, unsupported);
}

function hasIothread({ iothreads = 0, iothreadids }: Domain, id: number): boolean {
  if (iothreadids === undefined) return id > 0 && id <= iothreads;
  return iothreadids.iothreads.some((thread) => thread.id === id);
}

/** CPUs share caches and memory bandwidth in groups that must be equal or apart. */
function validateResctrl(domain: Domain, report: Report): void {
  const groups: { readonly kind: string; readonly vcpus: string }[] = [];
  for (const [kind, list] of [
    ["cachetune", domain.cputune?.cachetunes ?? []],
    ["memorytune", domain.cputune?.memorytunes ?? []],
  ] as const) {
    for (const item of list) {
      for (const other of groups) {
        if (other.vcpus === item.vcpus) {
          if (other.kind === kind) report(item, `Identical vcpus in ${kind}s found`);
        } else if (overlaps(other.vcpus, item.vcpus)) report(item, "Overlapping vcpus in resctrls");
      }
      groups.push({ kind, vcpus: item.vcpus });
    }
  }
  for (const item of domain.cputune?.cachetunes ?? []) {
    const seen = new Map<string, string>();
    for (const cache of item.caches) {
      const key = `${cache.level} ${cache.id}`;
      const other = seen.get(key);
      if (other !== undefined && (other === cache.type || other === "both" || cache.type === "both")) {
        report(
          cache,
          `Colliding cache allocations for cache level '${cache.level}' id '${cache.id}', type '${cache.type}'`,
        );
      }
      seen.set(key, cache.type);
    }
  }
}

function validateSeclabels(domain: Domain, report: Report): void {
  const seen = new Set<string>();
  for (const label of domain.seclabels) {
    const { model } = label;
    if (model === undefined) continue;
    if (seen.has(model)) report(label, `seclabel for model ${model} is already provided`, ErrorCode.xmlDetail);
    seen.add(model);
  }
  if (domain.seclabels.length < 2) return;
  for (const label of domain.seclabels) {
    if (label.model === undefined) report(label, "missing security model when using multiple labels");
  }
}

function validateSysinfo(domain: Domain, report: Report): void {
  for (const sysinfo of domain.sysinfos) {
    const date = sysinfo.bios?.entries.find((entry) => entry.name === "date")?.value;
    if (date !== undefined && !/^(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])\/(?:\d{2}|\d{4})$/.test(date)) {
      report(sysinfo, "Invalid BIOS 'date' format", ErrorCode.xmlDetail);
    }
    const id = sysinfo.system?.entries.find((entry) => entry.name === "uuid")?.value;
    if (id !== undefined && uuid.parse(id) !== domain.uuid) {
      report(sysinfo, "UUID mismatch between <uuid> and <sysinfo>", ErrorCode.xmlDetail);
    }
  }
}

function validateIdMap({ idmap }: Domain, report: Report): void {
  if (idmap === undefined) return;
  const refuse = (text: string): void => report(idmap, text, unsupported);
  const { uids, gids } = idmap;
  if (uids.length > 0 !== gids.length > 0) refuse("uid and gid should be mapped both");
  else if ([uids, gids].some(([first]) => first !== undefined && first.start !== 0)) {
    refuse("You must map the root user of container");
  }
}

function validateBoot(domain: Domain, report: Report): void {
  const timeout = domain.os.bootmenu?.timeout;
  if (timeout !== undefined && timeout > 65_535) {
    report(domain.os, "invalid value for boot menu timeout, must be in range [0,65535]", unsupported);
  }
  const delay = domain.os.bios?.rebootTimeout;
  if (delay !== undefined && (delay < -1 || delay > 65_535)) {
    report(domain.os, "invalid value for rebootTimeout, must be in range [-1,65535]", unsupported);
  }
}

function validateVideos(devices: Devices, report: Report): void {
  const [, ...others] = devices.videos;
  for (const video of others) {
    if (video.model?.primary === true) report(video, "Only one primary video device is supported", unsupported);
  }
}

function validateBlkio(domain: Domain, report: Report): void {
  const seen = new Set<string>();
  for (const device of domain.blkiotune?.devices ?? []) {
    if (seen.has(device.path)) report(device, `duplicate blkio device path '${device.path}'`, unsupported);
    seen.add(device.path);
  }
}
