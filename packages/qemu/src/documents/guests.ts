import type { CapabilitiesGuest, GuestMachine } from "@tsvirt/model/capabilities";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";

/** An emulator with what is known of it. */
export interface KnownEmulator {
  readonly path: string;
  readonly caps: QemuCapabilities;
}

const wordsizes: Readonly<Record<string, number>> = {
  armv7l: 32,
  armv6l: 32,
  cris: 32,
  i686: 32,
  m68k: 32,
  microblaze: 32,
  microblazeel: 32,
  mips: 32,
  mipsel: 32,
  or32: 32,
  ppc: 32,
  riscv32: 32,
  sh4: 32,
  sh4eb: 32,
  sparc: 32,
  unicore32: 32,
  xtensa: 32,
  xtensaeb: 32,
};

/** The `<guest>` of one emulator in the host's capabilities: its machines, and how it can run guests. */
export function guestCapabilities({ path, caps }: KnownEmulator): CapabilitiesGuest {
  const { arch } = caps;
  const x86 = arch === "i686" || arch === "x86_64";
  const hasKvm = caps.accelerator("kvm") !== undefined;
  const machines = machinesOf(caps);
  return {
    osType: "hvm",
    arch: {
      name: arch,
      wordsize: wordsizes[arch] ?? 64,
      emulator: path,
      machines,
      domains: [
        ...(caps.has("tcg") ? [{ type: "qemu", machines: [] }] : []),
        ...(hasKvm ? [{ type: "kvm", machines: [] }] : []),
      ],
    },
    features: {
      ...(arch === "i686" && { pae: true as const, nonpae: true as const }),
      ...((x86 || arch === "aarch64") && { acpi: { default: true, toggle: true } }),
      ...(x86 && { apic: { default: true, toggle: false } }),
      cpuselection: true,
      deviceboot: true,
      disksnapshot: { default: true, toggle: false },
    },
  };
}

/** Each machine by its versioned name, and again by its alias. */
function machinesOf(caps: QemuCapabilities): GuestMachine[] {
  const machines = caps.machines(caps.accelerator("tcg") ? "tcg" : "kvm");
  return machines.flatMap((machine): GuestMachine[] => {
    const common = { maxCpus: Number(machine.maxCpus), ...(machine.deprecated && { deprecated: true }) };
    const own = { ...common, name: machine.name };
    return machine.alias === undefined ? [own] : [own, { canonical: machine.name, ...common, name: machine.alias }];
  });
}
