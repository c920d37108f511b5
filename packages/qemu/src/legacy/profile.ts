import { CACHE_FORMAT, QemuCapabilities } from "../capabilities/capabilities.ts";
import { type CapabilityFlag, isCapabilityFlag } from "../capabilities/flags.ts";
import { typeFlags } from "../capabilities/rules.ts";
import { type Banner, type LegacyFlag, parseHelp } from "./help.ts";
import { parseCpuList, parseDeviceList, parseMachineList } from "./lists.ts";

/** What an emulator without QMP printed. */
export interface LegacyAnswers {
  readonly banner: Banner;
  /** Of `-help`. */
  readonly help: string;
  /** Of `-M ?`. */
  readonly machines: string;
  /** Of `-cpu ?`. */
  readonly cpus: string;
  /** Of `-device ?`; empty where there is no such option. */
  readonly devices: string;
}

/** The first version that libvirt asks by QMP; older ones are read from their help. */
export const FIRST_QMP_VERSION = 1_002_000;

/** The machine type of a Xen paravirtual guest under Xenner. */
export const XENNER_MACHINE = "xenner";

/** Xenner is told by its program's name alone: its help is QEMU's. */
export function isXenner(emulator: string): boolean {
  return baseName(emulator) === "xenner";
}

/**
 * libvirt's name of the architecture that an emulator emulates, which old ones do not tell: by the program's name; plain
 * `qemu` is a 32-bit PC, and what has no architecture in its name is the host's.
 */
export function archOfEmulator(emulator: string, hostArch: string): string {
  const name = baseName(emulator);
  if (name === "qemu") return "i686";
  const target = /^qemu-system-([a-z0-9_]+)/.exec(name)?.[1];
  return target === undefined ? hostArch : (architectures.get(target) ?? target);
}

/** libvirt's names of architectures that QEMU names otherwise. */
const architectures: ReadonlyMap<string, string> = new Map([
  ["i386", "i686"],
  ["arm", "armv7l"],
  ["or1k", "openrisc"],
  ["hppa", "parisc"],
]);

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Devices that every PC emulator of that time had, whether or not it could be asked for them. */
const pcDevices: readonly CapabilityFlag[] = ["piix3-usb-uhci", "lsi", "VGA", "cirrus-vga", "rtl8139"];

/**
 * The capabilities of an emulator without QMP. `kvm` says whether `/dev/kvm` can be opened; without it the emulator's KVM is
 * of no use, and Xenner of none at all.
 */
export function legacyCapabilities(
  emulator: string,
  hostArch: string,
  answers: LegacyAnswers,
  kvm: boolean,
): QemuCapabilities {
  const { banner } = answers;
  const arch = archOfEmulator(emulator, hostArch);
  const xenner = isXenner(emulator);
  const legacy = parseHelp(answers.help, banner);
  const has = (flag: LegacyFlag): boolean => legacy.includes(flag);
  const hasKvm = kvm && (xenner || has("no-kvm") || has("enable-kvm"));
  const devices = new Set(parseDeviceList(answers.devices));
  const flags = new Set<string>([
    ...(hasKvm ? ["kvm"] : []),
    ...(xenner ? [] : ["tcg"]),
    ...(arch === "i686" || arch === "x86_64" ? pcDevices : []),
    ...typeFlags.flatMap(([type, flag]) => (devices.has(type) ? [flag] : [])),
    ...["sdl", "spice", "no-acpi", "no-hpet"].filter((name) => legacy.some((flag) => flag === name)),
    ...(has("vga.qxl") ? ["qxl"] : []),
    ...(has("vga.vmware") ? ["vmware-svga"] : []),
    "vnc",
  ]);
  const machines = parseMachineList(answers.machines);
  const accelerator = {
    cpus: parseCpuList(answers.cpus),
    machines: xenner ? parseMachineList(`${XENNER_MACHINE} paravirtual (default)`) : machines,
  };
  return new QemuCapabilities({
    format: CACHE_FORMAT,
    version: banner.version,
    package: banner.package,
    arch,
    flags: [...flags].filter(isCapabilityFlag),
    ...(hasKvm && { kvm: accelerator }),
    ...(!xenner && { tcg: accelerator }),
    gic: [],
    legacy: { flags: legacy, isKvm: banner.isKvm, kvmVersion: banner.kvmVersion, xenner },
  });
}
