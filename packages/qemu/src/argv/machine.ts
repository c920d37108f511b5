import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, Features, OsNvram, SysinfoEntry } from "@tsvirt/model/domain";
import { aliasOf } from "./address.ts";
import { sourceOptions } from "./blockdev-source.ts";
import type { Board } from "./board.ts";
import { bootIndexes } from "./boot-order.ts";
import { writeSecret } from "./chardev.ts";
import type { CommandWriter } from "./command.ts";
import { Blockdev, FormatBlockdev, LaunchSecurityObject, SecretObject } from "./declarations/backends.ts";
import {
  Accel,
  Boot,
  Compat,
  FwCfg,
  GlobalProperty,
  Machine,
  Name,
  Rtc,
  Sandbox,
  Smbios,
  Smp,
} from "./declarations/machine-options.ts";
import { VmCoreInfoDevice, VmGenIdDevice } from "./declarations/misc-devices.ts";
import { usesBridgeHelper } from "./interfaces.ts";
import { ramBackendId } from "./memory.ts";
import { usesHmat } from "./numa.ts";

/** Writes the guest's name and what stands before all else. */
export function writeHead(line: CommandWriter, domain: Domain): void {
  const { config } = line.context;
  const [flag, name] = Name.format({
    guest: domain.name,
    process: config.set_process_name === true ? `qemu:${domain.name}` : undefined,
    "debug-threads": true,
  });
  // The key could be left out; libvirt writes it, and people find their guests in `ps` by it.
  line.because({ value: domain, element: "name" }, () => line.add(flag, `guest=${name}`));
  const behavior = domain.qemuDeprecation?.behavior ?? config.deprecation_behavior ?? "none";
  // Words that libvirt does not know mean nothing to it, but for a warning.
  if (isBehavior(behavior) && line.has("compat-deprecated")) {
    line.option(Compat, {
      "deprecated-output": "hide",
      "deprecated-input": behavior === "omit" ? undefined : behavior,
    });
  }
  if (!line.context.byHand) writeDaemonsHold(line);
  if (line.context.fips === true && line.has("enable-fips")) line.add("-enable-fips");
}

function isBehavior(word: string): word is "omit" | "reject" | "crash" {
  return word === "omit" || word === "reject" || word === "crash";
}

/** A guest of the daemon waits to be told to run, and has a key that secrets are encrypted with. */
function writeDaemonsHold(line: CommandWriter): void {
  line.add("-S");
  line.option(SecretObject, {
    "qom-type": "secret",
    id: "masterKey0",
    format: "raw",
    file: line.context.masterKeyFile,
  });
}

/** The flash images of UEFI, as nodes that the machine refers to. */
export function writeFlash(line: CommandWriter, domain: Domain): void {
  const { loader, nvram } = domain.os;
  if (loader?.type !== "pflash" || loader.path === undefined) return;
  const storage = "libvirt-pflash0-storage";
  line.option(Blockdev, {
    driver: "file",
    "node-name": storage,
    "auto-read-only": true,
    discard: "unmap",
    rest: { filename: loader.path },
  });
  line.option(FormatBlockdev, {
    "node-name": "libvirt-pflash0-format",
    "read-only": loader.readonly ?? false,
    driver: loader.format ?? "raw",
    rest: { file: storage },
  });
  if (nvram && hasNvram(nvram)) writeNvram(line, nvram);
}

function hasNvram(nvram: OsNvram): boolean {
  return nvram.path !== undefined || nvram.source !== undefined;
}

function writeNvram(line: CommandWriter, nvram: OsNvram): void {
  const storage = "libvirt-pflash1-storage";
  if (nvram.template !== undefined && nvram.path !== undefined) {
    line.context.byHand?.note(`firmware variables: 'cp ${nvram.template} ${nvram.path}' before the first start`);
  }
  const source = nvram.source ?? { file: nvram.path ?? "", hosts: [], seclabels: [] };
  let authSecret: string | undefined;
  if (source.auth?.secret) {
    authSecret = `${storage}-auth-secret0`;
    writeSecret(line, authSecret, { type: "iscsi", uuid: source.auth.secret.uuid, usage: source.auth.secret.usage });
  }
  const { driver, ...rest } = sourceOptions(source, {
    type: nvram.type ?? "file",
    format: "raw",
    readonly: false,
    floppy: false,
    hostCdrom: false,
    authSecret,
  });
  line.option(Blockdev, {
    driver: String(driver),
    "node-name": storage,
    "auto-read-only": true,
    discard: "unmap",
    rest,
  });
  line.option(FormatBlockdev, {
    "node-name": "libvirt-pflash1-format",
    "read-only": false,
    driver: nvram.format ?? "raw",
    rest: { file: storage },
  });
}

/** Writes `-machine` and `-accel`. */
export function writeMachine(line: CommandWriter, domain: Domain, board: Board): void {
  const { features, os } = domain;
  const dumpCore = domain.memory?.dumpCore ?? line.context.config.dump_guest_core ?? false;
  const hpet = domain.clock?.timers.find(({ name }) => name === "hpet");
  const memories = domain.devices?.memories ?? [];
  const enclaves = memories
    .filter(({ model }) => model === "sgx-epc")
    .map((each) => ({ memdev: `mem${aliasOf(each)}`, node: each.target.node ?? 0 }));
  const pflash = os.loader?.type === "pflash" && os.loader.path !== undefined;
  line.option(Machine, {
    type: board.machine,
    usb: false,
    "aes-key-wrap": keyWrap(line, domain, "aes"),
    "dea-key-wrap": keyWrap(line, domain, "dea"),
    vmport: features?.vmport,
    smm: features?.smm?.state,
    kernel_irqchip: features?.ioapic === undefined ? undefined : features.ioapic === "qemu" ? "split" : "on",
    "dump-guest-core": dumpCore,
    "mem-merge": domain.memoryBacking?.nosharepages === true ? false : undefined,
    nvdimm: memories.some(({ model }) => model === "nvdimm") ? true : undefined,
    "sgx-epc": enclaves.length > 0 ? enclaves : undefined,
    ...pseriesProps(features),
    "max-cpu-compat": domain.cpu?.mode === "host-model" && board.isPseries ? domain.cpu.model?.name : undefined,
    loadparm: board.isS390 && line.has("loadparm") ? bootLoadparm(domain) : undefined,
    "gic-version": gicVersion(line, domain),
    iommu: domain.devices?.iommu?.model === "smmuv3" ? "smmuv3" : undefined,
    hmat: usesHmat(domain) ? true : undefined,
    "confidential-guest-support": domain.launchSecurity ? "lsec0" : undefined,
    pflash0: pflash ? "libvirt-pflash0-format" : undefined,
    pflash1: pflash && os.nvram && hasNvram(os.nvram) ? "libvirt-pflash1-format" : undefined,
    "memory-backend": ramBackendId(line, domain),
    hpet: line.has("machine-hpet") ? hpet?.present : undefined,
  });
  const tbCache = features?.tcg?.tbCache;
  const ring = features?.kvm?.dirtyRing;
  line.option(Accel, {
    accel: line.accelerator,
    "dirty-ring-size": ring?.state === true ? ring.size : undefined,
    "tb-size": tbCache === undefined ? undefined : Math.floor(tbCache / 1024),
  });
  const tseg = features?.smm?.tseg;
  if (tseg?.size !== undefined) line.add("-global", `mch.extended-tseg-mbytes=${tsegMib(tseg.size, tseg.unit)}`);
}

/** The version of ARM's interrupt controller. A QEMU that cannot be told has version 2. */
function gicVersion(line: CommandWriter, { features }: Domain): string | undefined {
  const version = features?.gic?.version;
  if (version === undefined || line.has("gic-version")) return version;
  if (version === "2") return undefined;
  throw virtError(ErrorCode.configUnsupported, "gic-version option is not available with this QEMU binary");
}

/** Whether a guest of s390 may have its keys wrapped by the host's. Throws if QEMU does not know of it. */
function keyWrap(line: CommandWriter, domain: Domain, name: "aes" | "dea"): boolean | undefined {
  const state = domain.keywrap?.ciphers.find((each) => each.name === name)?.state;
  if (state !== undefined && !line.has(`${name}-key-wrap`)) {
    throw virtError(ErrorCode.configUnsupported, `${name}-key-wrap is not available with this QEMU binary`);
  }
  return state;
}

/** What the firmware of sPAPR offers a guest. */
function pseriesProps(features: Features | undefined): Partial<Machine> {
  const { hpt } = features ?? {};
  return {
    ...(hpt?.resizing !== undefined && { "resize-hpt": hpt.resizing }),
    ...(hpt?.maxpagesize !== undefined && { "cap-hpt-max-page-size": `${hpt.maxpagesize}k` }),
    ...(features?.htm !== undefined && { "cap-htm": features.htm }),
    ...(features?.nestedHv !== undefined && { "cap-nested-hv": features.nestedHv }),
    ...(features?.ccfAssist !== undefined && { "cap-ccf-assist": features.ccfAssist }),
    ...(features?.cfpc !== undefined && { "cap-cfpc": features.cfpc }),
    ...(features?.sbbc !== undefined && { "cap-sbbc": features.sbbc }),
    ...(features?.ibs !== undefined && { "cap-ibs": features.ibs }),
  };
}

/** What the boot loader of s390 is told, by the device that is booted from. */
function bootLoadparm(domain: Domain): string | undefined {
  const { disks, interfaces } = bootIndexes(domain);
  const { disks: allDisks = [], interfaces: nics = [], hostdevs = [] } = domain.devices ?? {};
  const bootable = hostdevs.filter(
    ({ type, model, boot }) => (type === "scsi" || (type === "mdev" && model === "vfio-ccw")) && boot?.order === 1,
  );
  const first = [
    ...allDisks.filter((disk) => disks.get(disk) === 1),
    ...nics.filter((nic) => interfaces.get(nic) === 1),
    ...bootable,
  ];
  return first.find(({ boot }) => boot?.loadparm !== undefined)?.boot?.loadparm;
}

function tsegMib(size: number, unit: string | undefined): number {
  const scale: Readonly<Record<string, number>> = {
    MiB: 1,
    M: 1,
    KiB: 1 / 1024,
    GiB: 1024,
    B: 1 / 1_048_576,
    bytes: 1 / 1_048_576,
  };
  return size * (scale[unit ?? "MiB"] ?? 1);
}

/** Writes firmware that is no flash, and what protects flash. */
export function writeLoader(line: CommandWriter, domain: Domain): void {
  const { loader } = domain.os;
  if (!loader) return;
  if (loader.type !== "pflash") {
    if (loader.path !== undefined) line.add("-bios", loader.path);
  } else if (loader.secure === true) {
    line.option(GlobalProperty, { driver: "cfi.pflash01", property: "secure", value: "on" });
  }
}

/** Writes the number of vCPUs and their topology. */
export function writeSmp(line: CommandWriter, domain: Domain): void {
  const { vcpu, cpu, vcpus } = domain;
  const max = vcpu?.count ?? 1;
  const enabled = vcpus
    ? vcpus.vcpus.filter((each) => each.enabled !== false && each.hotpluggable !== true).length
    : undefined;
  const current = enabled ?? vcpu?.current ?? max;
  const topology = cpu?.topology;
  line.option(Smp, {
    cpus: current,
    maxcpus: current === max ? undefined : max,
    sockets: topology?.sockets ?? max,
    dies: topology && line.has("smp-dies") ? topology.dies : undefined,
    cores: topology?.cores ?? 1,
    threads: topology?.threads ?? 1,
  });
}

type SmbiosKeys = Omit<Smbios, "type">;

/** The table's keys by the names that documents have for its entries. */
function entriesOf(entries: readonly SysinfoEntry[] | undefined): ReadonlyMap<string, string> {
  return new Map(entries?.map(({ name, value }) => [name ?? "", value ?? ""]));
}

/** Writes SMBIOS tables and firmware configuration. */
export function writeSysinfo(line: CommandWriter, domain: Domain): void {
  const smbios = domain.sysinfos.find(({ type }) => type === "smbios");
  if (domain.os.smbios === "sysinfo" && smbios) {
    const bios = entriesOf(smbios.bios?.entries);
    const system = entriesOf(smbios.system?.entries);
    const chassis = entriesOf(smbios.chassis?.entries);
    if (smbios.bios) {
      table(line, 0, {
        vendor: bios.get("vendor"),
        version: bios.get("version"),
        date: bios.get("date"),
        release: bios.get("release"),
      });
    }
    if (smbios.system) {
      table(line, 1, {
        manufacturer: system.get("manufacturer"),
        product: system.get("product"),
        version: system.get("version"),
        serial: system.get("serial"),
        uuid: system.get("uuid"),
        sku: system.get("sku"),
        family: system.get("family"),
      });
    }
    for (const board of smbios.baseBoards) {
      const values = entriesOf(board.entries);
      table(line, 2, {
        manufacturer: values.get("manufacturer") ?? "",
        product: values.get("product"),
        version: values.get("version"),
        serial: values.get("serial"),
        asset: values.get("asset"),
        location: values.get("location"),
      });
    }
    if (smbios.chassis) {
      table(line, 3, {
        manufacturer: chassis.get("manufacturer") ?? "",
        version: chassis.get("version"),
        serial: chassis.get("serial"),
        asset: chassis.get("asset"),
        sku: chassis.get("sku"),
      });
    }
    if (smbios.oemStrings) table(line, 11, { value: smbios.oemStrings.entries });
  }
  for (const config of domain.sysinfos.filter(({ type }) => type === "fwcfg")) {
    for (const { name, value, file } of config.entries) {
      line.option(FwCfg, { name: name ?? "", file, string: file === undefined ? (value ?? "") : undefined });
    }
  }
}

function table(line: CommandWriter, type: number, keys: SmbiosKeys): void {
  line.option(Smbios, { type, ...keys });
}

/** Writes the device that tells the guest it was copied or reverted (`<genid>`). */
export function writeGenerationId(line: CommandWriter, domain: Domain): void {
  if (domain.genid === undefined) return;
  line.option(VmGenIdDevice, { driver: "vmgenid", guid: domain.genid, id: "vmgenid0" });
}

/** Writes the real-time clock and the policies of timers. */
export function writeClock(line: CommandWriter, domain: Domain): void {
  const timers = domain.clock?.timers ?? [];
  const rtc = timers.find(({ name }) => name === "rtc");
  line.option(Rtc, {
    base: rtcBase(line, domain),
    clock:
      rtc?.track === undefined ? undefined : rtc.track === "guest" ? "vm" : rtc.track === "wall" ? "host" : undefined,
    driftfix: rtc?.tickpolicy === "catchup" ? "slew" : undefined,
  });
  for (const timer of timers) {
    if (timer.name === "pit" && (timer.tickpolicy === "delay" || timer.tickpolicy === "discard")) {
      if (line.has("kvm-pit-lost-tick-policy")) line.add("-global", `kvm-pit.lost_tick_policy=${timer.tickpolicy}`);
    } else if (timer.name === "hpet" && timer.present === false && line.has("no-hpet")) line.add("-no-hpet");
  }
}

function rtcBase(line: CommandWriter, domain: Domain): string {
  const { clock } = domain;
  switch (clock?.offset) {
    case "localtime":
    case "timezone":
      return "localtime";
    case "variable": {
      // Local time is added by the daemon, which knows the zone.
      const shift = /^[+-]?\d+$/.test(clock.adjustment ?? "") ? Number(clock.adjustment) : 0;
      return isoSeconds(line.context.now + shift + (clock.basis === "localtime" ? line.context.utcOffset : 0));
    }
    case "absolute":
      return isoSeconds(Number(clock.start ?? 0n));
    default:
      return "utc";
  }
}

function isoSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19);
}

/** Writes what happens at shutdown, sleep states and booting. */
export function writeBoot(line: CommandWriter, domain: Domain, board: Board): void {
  const { pm, os, onReboot, onPoweroff, onCrash } = domain;
  const noReboot =
    !line.has("set-action") &&
    onReboot === "destroy" &&
    onPoweroff === "destroy" &&
    (onCrash ?? "destroy") === "destroy";
  if (noReboot) line.add("-no-reboot");
  // The daemon ends a guest that has shut down; by hand QEMU does.
  else if (!line.context.byHand) line.add("-no-shutdown");
  if (domain.features?.acpi !== true && line.has("no-acpi")) line.add("-no-acpi");
  // The chip that knows the sleep states; other boards have none.
  const chip = (state: "s3" | "s4"): string =>
    board.isQ35 && line.has(`ich9-disable-${state}`) ? "ICH9-LPC" : "PIIX4_PM";
  if (pm?.suspendToMem !== undefined) line.add("-global", `${chip("s3")}.disable_s3=${pm.suspendToMem ? 0 : 1}`);
  if (pm?.suspendToDisk !== undefined) line.add("-global", `${chip("s4")}.disable_s4=${pm.suspendToDisk ? 0 : 1}`);
  const { bootmenu, bios } = os;
  line.option(Boot, {
    menu: bootmenu?.enable,
    "reboot-timeout": bios?.rebootTimeout,
    "splash-time": bootmenu?.enable === true ? bootmenu.timeout : undefined,
    strict: true,
  });
  if (os.kernel !== undefined) line.add("-kernel", os.kernel);
  if (os.initrd !== undefined) line.add("-initrd", os.initrd);
  if (os.cmdline !== undefined) line.add("-append", os.cmdline);
  if (os.dtb !== undefined) line.add("-dtb", os.dtb);
  for (const { path = "" } of os.acpi?.tables ?? []) {
    line.add("-acpitable", `sig=SLIC,file=${path.replaceAll(",", ",,")}`);
  }
}

/** Writes memory encryption. */
export function writeLaunchSecurity(line: CommandWriter, domain: Domain): void {
  const security = domain.launchSecurity;
  if (!security) return;
  if (security.type === "s390-pv") {
    line.option(LaunchSecurityObject, { "qom-type": "s390-pv-guest", id: "lsec0" });
    return;
  }
  line.option(LaunchSecurityObject, {
    "qom-type": "sev-guest",
    id: "lsec0",
    cbitpos: security.cbitpos ?? line.caps.data.sev?.cbitpos,
    "reduced-phys-bits": security.reducedPhysBits ?? line.caps.data.sev?.reducedPhysBits,
    policy: security.policy ?? 0,
    "dh-cert-file": security.dhCert === undefined ? undefined : `${line.context.privateDir}/dh_cert.base64`,
    "session-file": security.session === undefined ? undefined : `${line.context.privateDir}/session.base64`,
    "kernel-hashes": security.kernelHashes,
  });
}

/** Writes the guest's core dump helper. */
export function writeVmCoreInfo(line: CommandWriter, domain: Domain): void {
  if (domain.features?.vmcoreinfo === true) line.option(VmCoreInfoDevice, { driver: "vmcoreinfo" });
}

/** Writes the filter of system calls. */
export function writeSandbox(line: CommandWriter, domain: Domain): void {
  const mode = line.context.config.seccomp_sandbox ?? -1;
  if (mode === 0) {
    if (line.has("seccomp-sandbox")) line.add("-sandbox", "off");
    return;
  }
  if (!line.has("seccomp-sandbox")) {
    if (mode > 0) throw virtError(ErrorCode.configUnsupported, "QEMU does not support seccomp sandboxes");
    return;
  }
  // The helper that makes taps by hand is a program with rights of its own.
  const helper = line.context.byHand !== undefined && domain.devices?.interfaces.some(usesBridgeHelper) === true;
  line.option(Sandbox, {
    enable: true,
    obsolete: "deny",
    elevateprivileges: helper ? undefined : "deny",
    spawn: helper ? undefined : "deny",
    resourcecontrol: "deny",
  });
}
