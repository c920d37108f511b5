import type { Domain } from "@tsvirt/model/domain";
import type { CapabilityFlag } from "../capabilities/flags.ts";

/** What a machine has without being asked for it (`qemuDomainDefAddDefaultDevices`). */
export interface Implied {
  /** A USB controller. */
  readonly usb: boolean;
  /** A keyboard and a mouse on USB, once there is a display. */
  readonly usbInputs: boolean;
  /** A PS/2 keyboard and mouse. */
  readonly ps2Inputs: boolean;
  readonly memballoon: boolean;
  /** The model of the first PCI controller, and the flag without which QEMU has no such bus. */
  readonly pci?: { readonly model: "pci-root" | "pcie-root"; readonly flag?: CapabilityFlag };
  /** SATA in the chipset. */
  readonly sata: boolean;
  /** The firmware or the hardware tells of the guest's panics. */
  readonly panic: boolean;
}

/** Kinds of machine that decide which devices are built in. */
export interface Board {
  readonly machine: string;
  readonly arch: string;
  readonly isX86: boolean;
  /** A PC with i440fx: PCI, IDE, USB and a floppy controller built in. */
  readonly isI440fx: boolean;
  /** A PC with q35: PCI Express and SATA built in. */
  readonly isQ35: boolean;
  readonly isIsapc: boolean;
  readonly isMicrovm: boolean;
  /** 64-bit POWER, of either byte order. */
  readonly isPpc64: boolean;
  readonly isPseries: boolean;
  readonly isArm: boolean;
  readonly isRiscv: boolean;
  /** The `virt` machine of ARM or RISC-V. */
  readonly isVirt: boolean;
  readonly isArmVirt: boolean;
  readonly isRiscvVirt: boolean;
  readonly isS390: boolean;
  /** s390 with channel devices. */
  readonly isS390Ccw: boolean;
  /** The board has an IDE controller of its own. */
  readonly hasIde: boolean;
  /** The board has an ESP SCSI controller of its own. */
  readonly hasEsp: boolean;
  /** Whether there can be PCI (`qemuDomainSupportsPCI`): a flag if that depends on QEMU. */
  readonly pci: boolean | CapabilityFlag;
  /** There can be several PCI buses; the one of other machines has a name without a number. */
  readonly pciBuses: boolean;
  /** Virtio devices can be on the board itself, without a bus (`virtio-mmio`). */
  readonly virtioMmio: boolean;
  /** Network card if no model is given; absent: what the emulator has. */
  readonly nic?: "virtio" | "lan9118" | "scm91c111";
  readonly implied: Implied;
}

const nothing: Implied = {
  usb: true,
  usbInputs: false,
  ps2Inputs: false,
  memballoon: true,
  sata: false,
  panic: false,
};

const pciRoot = { model: "pci-root" } as const;

/** The facts that {@link Implied} is derived from. */
type Kinds = Omit<Board, "implied" | "pci" | "hasIde" | "hasEsp" | "pciBuses" | "virtioMmio" | "nic">;

/** {@link Implied} of a machine: the one table of what architectures bring along. */
function impliedBy({ arch, machine, isIsapc, isMicrovm, isQ35, isI440fx, isVirt, isPseries }: Kinds): Implied {
  switch (arch) {
    case "i686":
    case "x86_64":
      return {
        ...nothing,
        usb: !isIsapc && !isMicrovm,
        ps2Inputs: !isMicrovm,
        sata: isQ35,
        ...(isQ35 && { pci: { model: "pcie-root" } }),
        ...(isI440fx && { pci: pciRoot }),
      };
    case "armv6l":
      return { ...nothing, usb: false, memballoon: false, ...(machine === "versatilepb" && { pci: pciRoot }) };
    case "armv7l":
    case "aarch64":
      return { ...nothing, usb: false, memballoon: false, ...(isVirt && { pci: gpex }) };
    case "ppc64":
    case "ppc64le":
      return { ...nothing, pci: pciRoot, usbInputs: true, panic: isPseries };
    case "alpha":
    case "ppc":
    case "ppcemb":
    case "sh4":
    case "sh4eb":
    case "sparc64":
      return { ...nothing, pci: pciRoot };
    case "riscv32":
    case "riscv64":
      return { ...nothing, usb: false, ...(isVirt && { pci: gpex }) };
    case "s390":
    case "s390x":
      return { ...nothing, usb: false, panic: true, pci: { model: "pci-root", flag: "zpci" } };
    case "sparc":
      return { ...nothing, usb: false, memballoon: false };
    case "mips":
    case "mipsel":
    case "mips64":
    case "mips64el":
      return { ...nothing, ...(machine === "malta" && { pci: pciRoot }) };
    default:
      return nothing;
  }
}

const gpex = { model: "pcie-root", flag: "gpex-pcihost" } as const;

/** The card that a board has, or what suits it best (`qemuDomainDefaultNetModel`). */
function nicOf({ isS390, isVirt, isArm, machine }: Kinds): Pick<Board, "nic"> {
  if (isS390 || isVirt) return { nic: "virtio" };
  if (!isArm) return {};
  // Not all boards of ARM have the second, but many. The first has letters the wrong way round in libvirt's documents.
  return { nic: machine === "versatilepb" ? "scm91c111" : "lan9118" };
}

/** Machines other than PCs that have IDE on the board. */
const ideMachines = new Set(["malta", "sun4u", "g3beige"]);

function hasEsp(arch: string, machine: string): boolean {
  if (arch === "sparc") return true;
  if (arch.startsWith("mips64")) return machine === "magnum" || machine === "pica61";
  return arch === "m68k" && machine === "q800";
}

/** What a machine type's name says about it (`qemuDomainIs…`). */
export function boardOf(arch: string, machine: string): Board {
  const isX86 = arch === "x86_64" || arch === "i686";
  const is = (name: string): boolean => machine === name || machine.startsWith(`${name}-`);
  const isArm = arch === "aarch64" || arch === "armv7l" || arch === "armv6l";
  const isRiscv = arch === "riscv32" || arch === "riscv64";
  const isPpc64 = arch === "ppc64" || arch === "ppc64le";
  const isS390 = arch === "s390" || arch === "s390x";
  const isArmVirt = isArm && is("virt");
  const isRiscvVirt = isRiscv && is("virt");
  const kinds: Kinds = {
    machine,
    arch,
    isX86,
    isI440fx:
      isX86 &&
      (machine === "pc" ||
        machine.startsWith("pc-0.") ||
        machine.startsWith("pc-1.") ||
        machine.startsWith("pc-i440") ||
        machine.startsWith("rhel")),
    isQ35: isX86 && (machine === "q35" || machine.startsWith("pc-q35")),
    isIsapc: isX86 && machine === "isapc",
    isMicrovm: isX86 && machine === "microvm",
    isPpc64,
    isPseries: isPpc64 && is("pseries"),
    isArm,
    isRiscv,
    isVirt: isArmVirt || isRiscvVirt,
    isArmVirt,
    isRiscvVirt,
    isS390,
    isS390Ccw: isS390 && machine.startsWith("s390-ccw"),
  };
  return {
    ...kinds,
    hasIde: kinds.isI440fx || ideMachines.has(machine),
    hasEsp: hasEsp(arch, machine),
    pci: kinds.isVirt ? gpex.flag : !(isArm || isRiscv) || machine === "versatilepb",
    pciBuses: isX86 || arch === "ppc" || isPpc64 || isS390 || kinds.isVirt,
    virtioMmio: kinds.isVirt || ((isArm || isRiscv) && machine.startsWith("vexpress-")),
    ...nicOf(kinds),
    implied: impliedBy(kinds),
  };
}

/** The board of a definition whose architecture and machine are filled in. */
export function boardOfDomain(domain: Domain): Board {
  return boardOf(domain.os.type.arch ?? "x86_64", domain.os.type.machine ?? "");
}
