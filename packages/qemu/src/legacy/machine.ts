import { ErrorCode, virtError } from "@tsvirt/base";
import type { Domain, Timer } from "@tsvirt/model/domain";
import type { CommandWriter } from "../argv/command.ts";
import { Rtc, Smp } from "../argv/declarations/machine-options.ts";
import { writeSysinfo } from "../argv/machine.ts";

const unsupported = (detail: string): Error => virtError(ErrorCode.configUnsupported, detail);

/** Writes how the guest's instructions are run: what this emulator would use by itself may have to be turned off. */
export function writeLegacyAccelerator(line: CommandWriter, { type }: Domain, emulator: string): void {
  const { caps } = line;
  if (caps.legacy?.xenner === true) return;
  switch (type) {
    case "qemu":
      if (caps.hasLegacy("no-kqemu")) line.add("-no-kqemu");
      if (caps.hasLegacy("no-kvm")) line.add("-no-kvm");
      return;
    case "kvm":
      if (caps.hasLegacy("no-kqemu")) line.add("-no-kqemu");
      if (caps.hasLegacy("enable-kvm")) line.add("-enable-kvm");
      // The fork uses KVM unless told not to.
      else if (!caps.hasLegacy("no-kvm")) throw unsupported(`the QEMU binary ${emulator} does not support kvm`);
      return;
    default:
      throw unsupported(`the QEMU binary ${emulator} does not support ${type}`);
  }
}

/** Writes the CPU model. A 64-bit emulator is told to run a 32-bit guest by it. */
export function writeLegacyCpu(line: CommandWriter, { cpu, os, type }: Domain, emulator: string): void {
  const model = cpu?.model?.name;
  if (cpu?.mode === "host-passthrough") {
    if (type !== "kvm" || !line.caps.hasLegacy("cpu.host")) {
      throw unsupported("CPU mode 'host-passthrough' is not supported by this QEMU");
    }
    line.add("-cpu", "host");
  } else if (cpu?.mode === "host-model" || cpu?.mode === "maximum") {
    throw unsupported(`CPU mode '${cpu.mode}' is not supported by this QEMU`);
  } else if (model !== undefined) {
    const known = line.caps.accelerator(line.accelerator)?.cpus ?? [];
    if (known.length > 0 && !known.some(({ name }) => name === model)) {
      throw unsupported(`CPU model '${model}' is not supported by hypervisor`);
    }
    const features = (cpu?.features ?? []).map(({ name, policy }) => {
      const on = policy === undefined || policy === "require" || policy === "force";
      return `,${on ? "+" : "-"}${name}`;
    });
    line.add("-cpu", `${model}${features.join("")}`);
  } else if (os.type.arch === "i686" && /x86_64|kvm/.test(emulator) && line.caps.arch === "x86_64") {
    line.add("-cpu", "qemu32");
  }
}

/** Writes memory in whole MiB, rounded down as every libvirt of that time did, and the vCPUs. */
export function writeLegacyResources(line: CommandWriter, domain: Domain): void {
  const { memory, memoryBacking, vcpu, cpu } = domain;
  line.because({ value: domain, element: "memory" }, () => {
    line.add("-m", String(Math.floor((memory?.kib ?? 0) / 1024)));
    if (memoryBacking?.hugepages === undefined) return;
    const mount = line.context.hugePages.find(({ isDefault }) => isDefault);
    if (!line.caps.hasLegacy("mem-path")) throw unsupported("hugepage backing is not supported by this QEMU");
    if (!mount) throw virtError(ErrorCode.internalError, "hugetlbfs filesystem is not mounted or disabled");
    line.add("-mem-prealloc", "-mem-path", mount.path);
  });
  line.because({ value: domain, element: "vcpu" }, () => {
    const max = vcpu?.count ?? 1;
    const current = vcpu?.current ?? max;
    if (line.caps.hasLegacy("smp.topology")) {
      const { sockets = max, cores = 1, threads = 1 } = cpu?.topology ?? {};
      line.option(Smp, { cpus: current, maxcpus: current === max ? undefined : max, sockets, cores, threads });
    } else if (current !== max) {
      throw unsupported("setting current vcpu count less than maximum is not supported with this QEMU binary");
    } else line.add("-smp", String(max));
  });
}

/** Writes name and UUID, and the number of a Xen domain. */
export function writeLegacyIdentity(line: CommandWriter, domain: Domain, emulator: string): void {
  const { caps, context } = line;
  if (caps.hasLegacy("name")) {
    const process = context.config.set_process_name === true && caps.hasLegacy("name.process");
    line.add("-name", process ? `${domain.name},process=qemu:${domain.name}` : domain.name);
  }
  if (caps.hasLegacy("uuid") && domain.uuid !== undefined) line.add("-uuid", domain.uuid);
  const kind = domain.os.type.value;
  if (kind === "xen" || kind === "linux") {
    const id = String(context.domainId);
    if (caps.hasLegacy("domid")) line.add("-domid", id);
    else if (caps.hasLegacy("xen-domid")) line.add("-xen-attach", "-xen-domid", id);
    else throw unsupported(`qemu emulator '${emulator}' does not support xen`);
  }
  if (domain.os.smbios === undefined || domain.os.smbios === "emulate") return;
  if (!caps.hasLegacy("smbios")) throw unsupported(`the QEMU binary ${emulator} does not support smbios settings`);
  line.because({ value: domain, element: "sysinfo" }, () => writeSysinfo(line, domain));
}

/** Writes the clock and its timers. Gives what QEMU's environment must say of it. */
export function writeLegacyClock(line: CommandWriter, { clock }: Domain): Readonly<Record<string, string>> {
  if (!clock) return {};
  const offset = clock.offset ?? "utc";
  const local = offset === "localtime" || offset === "timezone";
  const rtc = clock.timers.find(({ name }) => name === "rtc");
  if (line.caps.hasLegacy("rtc")) {
    line.option(Rtc, { base: rtcBase(line, offset, clock.adjustment), ...rtcSettings(rtc) });
  } else if (local) line.add("-localtime");
  else if (offset !== "utc") throw unsupported(`unsupported clock offset '${offset}'`);
  for (const timer of clock.timers) writeTimer(line, timer);
  return offset === "timezone" && clock.timezone !== undefined ? { TZ: clock.timezone } : {};
}

function rtcBase(line: CommandWriter, offset: string, adjustment: string | undefined): string {
  switch (offset) {
    case "utc":
      return "utc";
    case "localtime":
    case "timezone":
      return "localtime";
    case "variable": {
      const seconds = line.context.now + Number(adjustment ?? 0);
      return new Date(seconds * 1000).toISOString().slice(0, 19);
    }
    default:
      throw unsupported(`unsupported clock offset '${offset}'`);
  }
}

function rtcSettings(rtc: Timer | undefined): Pick<Rtc, "clock" | "driftfix"> {
  if (!rtc) return {};
  const clocks: Readonly<Record<string, string>> = { guest: "vm", wall: "host" };
  const clock = rtc.track === undefined ? undefined : clocks[rtc.track];
  if (rtc.track !== undefined && clock === undefined) throw unsupported(`unsupported rtc timer track '${rtc.track}'`);
  return { clock, driftfix: driftOf(rtc) === "catchup" ? "slew" : undefined };
}

/** Whether missed ticks are made up for. Throws for what no QEMU of that time could do. */
function driftOf({ name, tickpolicy }: Timer): "delay" | "catchup" {
  if (tickpolicy === undefined || tickpolicy === "delay") return "delay";
  if (tickpolicy === "catchup") return "catchup";
  throw unsupported(`unsupported ${name} tickpolicy '${tickpolicy}'`);
}

function writeTimer(line: CommandWriter, timer: Timer): void {
  const { caps } = line;
  switch (timer.name) {
    case "rtc":
      if (caps.hasLegacy("rtc") || driftOf(timer) === "delay") return;
      if (!caps.hasLegacy("rtc-td-hack")) throw unsupported("unsupported rtc tickpolicy 'catchup'");
      return line.add("-rtc-td-hack");
    case "pit":
      if (driftOf(timer) === "delay") {
        if (caps.hasLegacy("no-kvm-pit-reinjection")) line.add("-no-kvm-pit-reinjection");
      } else if (caps.hasLegacy("tdf")) line.add("-tdf");
      // With KVM's own timer that is how it is anyway.
      else if (!caps.hasLegacy("no-kvm-pit-reinjection")) throw unsupported("unsupported pit tickpolicy 'catchup'");
      return;
    case "hpet":
      if (caps.hasLegacy("no-hpet")) {
        if (timer.present === false) line.add("-no-hpet");
      } else if (timer.present === true) throw unsupported("hpet timer is not supported");
      return;
    default:
      throw unsupported(`unsupported timer type (name) '${timer.name}'`);
  }
}

const bootLetters = { cdrom: "d", fd: "a", hd: "c", network: "n" } as const;

/** Writes what is booted, by the firmware or without it. */
export function writeLegacyBoot(line: CommandWriter, domain: Domain): void {
  const { os, bootloader, features, onReboot } = domain;
  const { caps } = line;
  if (caps.hasLegacy("no-reboot") && onReboot !== undefined && onReboot !== "restart") line.add("-no-reboot");
  if (features?.acpi !== true && caps.hasLegacy("no-acpi")) line.add("-no-acpi");
  if (bootloader !== undefined) {
    if (!caps.hasLegacy("bootloader")) throw unsupported("a bootloader is not supported by this QEMU");
    return line.add("-bootloader", bootloader);
  }
  const order = os.boots.map((dev) => bootLetters[dev]).join("");
  if (order !== "") {
    const menu = os.bootmenu?.enable;
    const withMenu = menu !== undefined && caps.hasLegacy("boot.menu");
    line.add("-boot", withMenu ? `order=${order},menu=${menu ? "on" : "off"}` : order);
  }
  if (os.loader?.path !== undefined) line.add("-bios", os.loader.path);
  if (os.kernel !== undefined) line.add("-kernel", os.kernel);
  if (os.initrd !== undefined) line.add("-initrd", os.initrd);
  if (os.cmdline !== undefined) line.add("-append", os.cmdline);
}
