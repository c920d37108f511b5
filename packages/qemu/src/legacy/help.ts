import { ErrorCode, virtError } from "@tsvirt/base";

/** What an emulator says of itself in the first line of `-help` and `-version`. */
export interface Banner {
  /** major × 1,000,000 + minor × 1,000 + micro. */
  readonly version: number;
  /** Of the KVM fork: `(kvm-72)`, `(qemu-kvm-0.12.3)`, `(qemu-kvm-devel-88)`. */
  readonly isKvm: boolean;
  /** The number in `(kvm-72)`, which tells features of forks before 0.10; 0 elsewhere. */
  readonly kvmVersion: number;
  /** What is in parentheses, as it stands. */
  readonly package: string;
}

const bannerForm =
  /^QEMU(?: PC)? emulator[ \t]+version[ \t]+(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?[ \t,]*(\([^)\n]*\))?/m;

/** Reads the banner of any QEMU before 1.2, of its KVM forks and of Xenner, which says it is QEMU. Throws libvirt's refusal for other text. */
export function parseBanner(text: string, emulator: string): Banner {
  const match = bannerForm.exec(text);
  if (!match) {
    const first = text.trimStart().split("\n", 1)[0]?.slice(0, 200) ?? "";
    throw virtError(ErrorCode.internalError, `cannot parse ${emulator} version number in '${first}'`);
  }
  const [, major, minor, micro = "0", packageText = ""] = match;
  return {
    version: Number(major) * 1_000_000 + Number(minor) * 1_000 + Number(micro),
    isKvm: /^\((?:qemu-kvm|kvm)-/.test(packageText),
    kvmVersion: Number(/^\(kvm-(\d{1,4})/.exec(packageText)?.[1] ?? 0),
    package: packageText,
  };
}

/**
 * What an emulator without QMP can be told on its command line, and what its text monitor takes. Where a name is an
 * option's without its dash, `-help` lists that option.
 */
export const legacyFlags = [
  "no-kqemu",
  "no-kvm",
  "enable-kvm",
  "no-reboot",
  "no-acpi",
  "no-hpet",
  "name",
  "name.process",
  "uuid",
  "domid",
  "xen-domid",
  "drive",
  "drive.boot",
  "drive.cache-v2",
  "drive.format",
  "drive.readonly",
  "drive.serial",
  "vga",
  "vga.none",
  "vga.qxl",
  "vga.vmware",
  "spice",
  "sdl",
  "pcidevice",
  "mem-path",
  "balloon",
  "rtc",
  "rtc-td-hack",
  "no-kvm-pit-reinjection",
  "tdf",
  "boot.menu",
  "smbios",
  "smp.topology",
  "bootloader",
  "nodefconfig",
  "device.list",
  // From the version alone.
  "vnc.address",
  "net.name",
  "monitor.unix",
  "cpu.host",
  "getfd",
] as const;
/** One of {@link legacyFlags}. */
export type LegacyFlag = (typeof legacyFlags)[number];

const known: ReadonlySet<string> = new Set(legacyFlags);

/** True for a name of {@link legacyFlags}. */
export function isLegacyFlag(name: string): name is LegacyFlag {
  return known.has(name);
}

/** What the text of the help says beyond the options' names: what to find, and where it counts. */
const details: readonly (readonly [flag: LegacyFlag, form: RegExp, with_?: LegacyFlag])[] = [
  ["name.process", /,process=/, "name"],
  ["drive.boot", /boot=on/, "drive"],
  // `cache=on|off` is the older spelling of `cache=writethrough|writeback|none`.
  ["drive.cache-v2", /cache=(?![^\]\n]*on\|off)/, "drive"],
  ["drive.format", /[[,]format=/, "drive"],
  ["drive.readonly", /readonly=/, "drive"],
  ["drive.serial", /serial=s/, "drive"],
  ["vga.none", /-vga[^\n]*\|none/, "vga"],
  ["vga.qxl", /-vga[^\n]*\|qxl/, "vga"],
  ["vga.vmware", /-vga[^\n]*vmware|-vmwarevga/],
  ["boot.menu", /,menu=on/],
  ["device.list", /-device driver,\?/],
];

/** Facts of releases, by the version that first has them. */
const since: readonly (readonly [flag: LegacyFlag, version: number])[] = [
  ["vnc.address", 9_000],
  ["monitor.unix", 9_000],
  ["net.name", 10_000],
  ["cpu.host", 11_000],
  ["getfd", 12_000],
];

/** Reads what `-help` offers, as libvirt read it before QEMU could be asked by QMP. */
export function parseHelp(help: string, { version }: Banner): LegacyFlag[] {
  const options = new Set<string>();
  for (const [, name = ""] of help.matchAll(/(?:^|[\s/|[,])-([a-z][\w-]*)/gm)) options.add(name);
  const found = new Set<string>(legacyFlags.filter((flag) => options.has(flag)));
  // `-std-vga` is how the card was chosen before there was a `-vga TYPE`.
  if (options.has("std-vga")) found.delete("vga");
  // An emulator that has both only attaches to a domain of Xen's own.
  if (found.has("xen-domid")) found.delete("domid");
  for (const [flag, form, needed] of details) {
    if ((needed === undefined || found.has(needed)) && form.test(help)) found.add(flag);
  }
  // Drives could be read-only before the help said so.
  if (options.has("device") && found.has("drive")) found.add("drive.readonly");
  if (["cores=", "threads=", "sockets="].every((key) => help.includes(key))) found.add("smp.topology");
  for (const [flag, from] of since) if (version >= from) found.add(flag);
  return legacyFlags.filter((flag) => found.has(flag));
}
