import { ErrorCode } from "@tsvirt/base";
import type { Devices } from "../devices.ts";
import type { Domain } from "../domain.ts";
import { parseCpuSet } from "../scalars.ts";
import { everyDevice } from "./any-device.ts";
import { isSerialConsole } from "./chardevs.ts";
import { noDevices } from "./read.ts";
import type { Report } from "./report.ts";
import { validateDevice } from "./validate-device.ts";

const unsupported = ErrorCode.configUnsupported;

/**
 * Checks that libvirt makes on a completed document when it is defined or started, whatever the hypervisor
 * (`virDomainDefValidate`); the texts are its own.
 */
export function validateDomain(domain: Domain, report: Report): void {
  const devices = domain.devices ?? noDevices();
  for (const device of everyDevice(devices)) validateDevice(device, domain, devices, report);
  validateDisks(devices, report);
  validateTopology(domain, report);
  validateAliases(domain, devices, report);
  validateLifecycle(domain, report);
  validateHugepages(domain, report);
  validateLoader(domain, report);
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
    const { dev, bus } = disk.target;
    const source = disk.source?.file ?? disk.source?.dev ?? disk.source?.dir ?? disk.source?.name ?? "(null)";
    const other = targets.get(dev);
    if (other !== undefined) report(disk, `target '${dev}' duplicated for disk sources '${other}' and '${source}'`);
    else targets.set(dev, source);
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
  const taken = new Map<number, number>();
  let master: number | undefined;
  for (const page of pages) {
    const nodes = page.nodeset === undefined ? undefined : parseCpuSet(page.nodeset);
    if (nodes === undefined) {
      if (master !== undefined)
        report(page, `two master hugepages detected: ${page.size} and ${master}`, ErrorCode.xmlDetail);
      master = page.size;
      continue;
    }
    for (const node of nodes) {
      const other = taken.get(node);
      if (other !== undefined) {
        report(
          page,
          `nodeset attribute of hugepages of sizes ${page.size} and ${other} intersect`,
          ErrorCode.xmlDetail,
        );
        break;
      }
      taken.set(node, page.size);
    }
    const missing = nodes.find((node) => node >= cells);
    if (missing !== undefined) report(page, `hugepages: node ${missing} not found`, ErrorCode.xmlDetail);
  }
}

function validateLoader(domain: Domain, report: Report): void {
  const { os } = domain;
  if (os.loader !== undefined && os.loader.path === undefined && os.firmware === undefined) {
    report(os.loader, "no loader path specified and firmware auto selection disabled", ErrorCode.xmlDetail);
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
        const same = other.vcpus === item.vcpus;
        if (same ? other.kind === kind : overlaps(other.vcpus, item.vcpus)) {
          report(item, `Overlapping vcpus in ${kind}s`);
        }
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

function overlaps(a: string, b: string): boolean {
  const first = new Set(parseCpuSet(a));
  return (parseCpuSet(b) ?? []).some((cpu) => first.has(cpu));
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
