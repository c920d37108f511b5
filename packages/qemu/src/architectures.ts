/** An architecture of guests. */
export interface Architecture {
  /** libvirt's name. */
  readonly name: string;
  readonly wordsize: 32 | 64;
  /** What QEMU's emulator for it is called after `qemu-system-`. */
  readonly emulator: string;
}

function of(wordsize: 32 | 64, ...names: readonly string[]): Architecture[] {
  return names.map((name) => ({ name, wordsize, emulator: name }));
}

/** Every architecture that libvirt knows, in the order in which it lists them; some are emulated under another name. */
export const architectures: readonly Architecture[] = [
  ...of(64, "alpha"),
  { name: "armv6l", wordsize: 32, emulator: "arm" },
  { name: "armv7l", wordsize: 32, emulator: "arm" },
  ...of(32, "armv7b"),
  ...of(64, "aarch64"),
  ...of(32, "cris"),
  { name: "i686", wordsize: 32, emulator: "i386" },
  ...of(64, "ia64"),
  ...of(32, "lm32"),
  ...of(32, "m68k", "microblaze", "microblazeel", "mips", "mipsel"),
  ...of(64, "mips64", "mips64el"),
  { name: "openrisc", wordsize: 32, emulator: "or32" },
  ...of(32, "parisc"),
  ...of(64, "parisc64"),
  ...of(32, "ppc", "ppcle"),
  ...of(64, "ppc64", "ppc64le"),
  ...of(32, "ppcemb", "riscv32"),
  ...of(64, "riscv64"),
  ...of(32, "s390"),
  ...of(64, "s390x"),
  ...of(32, "sh4"),
  // libvirt says so, wrong as it is.
  ...of(64, "sh4eb"),
  ...of(32, "sparc"),
  ...of(64, "sparc64"),
  ...of(32, "unicore32"),
  ...of(64, "x86_64"),
  ...of(32, "xtensa", "xtensaeb"),
];

const byName = new Map(architectures.map((each) => [each.name, each]));

/** An architecture by libvirt's name; `undefined` for other names. */
export function findArchitecture(name: string): Architecture | undefined {
  return byName.get(name);
}

/** Architectures whose hosts also run guests of another one on their own processors. */
const alsoNative: Readonly<Record<string, string>> = {
  x86_64: "i686",
  aarch64: "armv7l",
  ppc64: "ppc64le",
  ppc64le: "ppc64",
};

/** True if a host runs such guests on its own processors (`virQEMUCapsGuestIsNative`). */
export function isNative(host: string, guest: string): boolean {
  return host === guest || alsoNative[host] === guest;
}

/** Other guests that an emulator runs. */
const alsoEmulated: Readonly<Record<string, string>> = {
  x86_64: "i686",
  aarch64: "armv7l",
  armv7l: "armv6l",
  ppc64: "ppc64le",
};

/** True if the emulator of an architecture runs guests of another one (`virQEMUCapsIsArchSupported`). */
export function runsGuest(emulator: string, guest: string): boolean {
  return emulator === guest || alsoEmulated[emulator] === guest;
}

/** The programs that run guests of an architecture on such a host, the preferred first (`virQEMUCapsGetDefaultEmulator`). */
export function emulatorPrograms(host: string, guest: string): readonly string[] {
  const program = (arch: string): string => `qemu-system-${findArchitecture(arch)?.emulator ?? arch}`;
  const names = [program(guest)];
  // Of ARM's, only the 64-bit emulator has KVM.
  if (host === "aarch64" && guest === "armv7l") names.unshift(program(host));
  const target = isNative(host, guest) ? host : guest;
  names.push(program(target === "ppc64le" ? "ppc64" : target));
  return [...new Set(names)];
}

const families: Readonly<Record<string, RegExp>> = {
  x86: /^(?:i686|x86_64)$/,
  ppc: /^ppc/,
  arm: /^(?:arm|aarch64)/,
  s390: /^s390/,
};

/** True for architectures of one kind: one's emulator may be asked about the other. */
export function areRelated(first: string, second: string): boolean {
  return first === second || Object.values(families).some((family) => family.test(first) && family.test(second));
}
