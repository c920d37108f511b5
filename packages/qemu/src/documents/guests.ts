import type { CapabilitiesGuest, GuestMachine } from "@tsvirt/model/capabilities";
import { findArchitecture } from "../architectures.ts";
import type { QemuCapabilities } from "../capabilities/capabilities.ts";

/** An emulator with what is known of it. */
export interface KnownEmulator {
  readonly path: string;
  readonly caps: QemuCapabilities;
  /** Which of the emulator's guests are meant; its own architecture unless given. */
  readonly arch?: string;
}

/** What stands in the capabilities for one architecture of guests. */
export interface GuestKind extends KnownEmulator {
  /** Another emulator that has KVM where this one has not. */
  readonly kvm?: KnownEmulator | undefined;
}

/** The `<guest>` of one emulator in the host's capabilities: its machines, and how it can run guests. */
export function guestCapabilities({ path, caps, arch = caps.arch, kvm }: GuestKind): CapabilitiesGuest {
  const x86 = arch === "i686" || arch === "x86_64";
  const xenner = caps.legacy?.xenner === true;
  const hasKvm = caps.accelerator("kvm") !== undefined;
  const machines = machinesOf(caps);
  const hasModels = !caps.legacy || (caps.accelerator("tcg")?.cpus.length ?? 0) > 0;
  return {
    osType: xenner ? "xen" : "hvm",
    arch: {
      name: arch,
      wordsize: findArchitecture(arch)?.wordsize ?? 64,
      emulator: path,
      machines,
      domains: [
        ...(caps.has("tcg") ? [{ type: "qemu", machines: [] }] : []),
        ...(hasKvm ? [{ type: "kvm", machines: [] }] : []),
        ...(caps.accelerator("hvf") ? [{ type: "hvf", machines: [] }] : []),
        ...(!hasKvm && kvm ? [{ type: "kvm", emulator: kvm.path, machines: machinesOf(kvm.caps) }] : []),
      ],
    },
    features: {
      ...(arch === "i686" && { pae: true as const, nonpae: true as const }),
      ...((x86 || arch === "aarch64") && { acpi: { default: true, toggle: true } }),
      ...(x86 && { apic: { default: true, toggle: false } }),
      ...(hasModels && { cpuselection: true as const }),
      // Both came with what QMP can be asked for.
      ...(!caps.legacy && { deviceboot: true as const, disksnapshot: { default: true, toggle: false } }),
    },
  };
}

/** Each machine by its versioned name, and again by its alias. */
function machinesOf(caps: QemuCapabilities): GuestMachine[] {
  const machines = caps.machines(caps.accelerator("tcg") ? "tcg" : "kvm");
  return machines.flatMap((machine): GuestMachine[] => {
    const maxCpus = Number(machine.maxCpus);
    const common = { ...(maxCpus > 0 && { maxCpus }), ...(machine.deprecated && { deprecated: true }) };
    const own = { ...common, name: machine.name };
    return machine.alias === undefined ? [own] : [own, { canonical: machine.name, ...common, name: machine.alias }];
  });
}
