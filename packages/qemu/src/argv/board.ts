import type { Domain } from "@tsvirt/model/domain";

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
  readonly isPseries: boolean;
  /** The `virt` machine of ARM or RISC-V. */
  readonly isVirt: boolean;
  readonly isS390: boolean;
}

/** What a machine type's name says about it (`qemuDomainIs…`). */
export function boardOf(arch: string, machine: string): Board {
  const isX86 = arch === "x86_64" || arch === "i686";
  const is = (name: string): boolean => machine === name || machine.startsWith(`${name}-`);
  return {
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
    isPseries: arch.startsWith("ppc64") && is("pseries"),
    isVirt: (arch === "aarch64" || arch === "armv7l" || arch.startsWith("riscv")) && is("virt"),
    isS390: arch.startsWith("s390"),
  };
}

/** The board of a definition whose architecture and machine are filled in. */
export function boardOfDomain(domain: Domain): Board {
  return boardOf(domain.os.type.arch ?? "x86_64", domain.os.type.machine ?? "");
}
